"""A whole script of the easy trainer: its own word on the signal, its own net, a callback, the file, what is known."""

import json
import sys
from pathlib import Path

import pytorch_lightning as pl

from nam.data import wav_to_np
from nam.models.metadata import GearType, ToneType, UserMetadata
from nam.train import core
from nam.train import metadata as train_metadata
from nam.train._version import Version

folder = Path(sys.argv[1])
input_path, output_path, out = folder / "x.wav", folder / "y.wav", folder / "out"
layer = {"input_size": 1, "condition_size": 1, "channels": 2, "kernel_size": 3, "dilations": [1, 2]}
layer["activation"] = "Tanh"
layer["head"] = {"out_channels": 1, "kernel_size": 1, "bias": True}


def own_model_config():
    return {
        "net": {"name": "WaveNet", "config": {"layers_configs": [layer], "head_scale": 0.1}},
        "optimizer": {"lr": 0.02},
        "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.99}},
        "loss": {"val_loss": "esr"},
    }


class Reporter(pl.Callback):
    def __init__(self):
        self.heard = []

    def on_validation_end(self, trainer, pl_module):
        if not trainer.sanity_checking:
            self.heard.append(float(trainer.callback_metrics.get("ESR", -1.0)))


reporters, callbacks_of_the_package = [], core.get_callbacks


def own_callbacks(*args, **kwargs):
    reporters.append(Reporter())
    return [*callbacks_of_the_package(*args, **kwargs), reporters[-1]]


core._detect_input_version = lambda path: (Version(1, 1, 1), False)
core._get_packed_model_config = own_model_config
core.get_callbacks = own_callbacks

checked = core.validate_data(input_path, output_path, None)
assert checked.passed_critical
assert not checked.passed  # version 1 is deprecated
found = core._calibrate_latency_v1(wav_to_np(output_path), manual_available=True, show_plots=False)
delay = found.recommended
refused = core.train(str(input_path), str(output_path), str(out), epochs=2, silent=True)
assert refused.model is None

user = UserMetadata(name="Mine", gear_type=GearType.AMP, tone_type=ToneType.CRUNCH, gear_make="Acme")
output = core.train(
    str(input_path),
    str(output_path),
    str(out),
    epochs=2,
    latency=delay,
    silent=True,
    save_plot=True,
    modelname="mine",
    ignore_checks=True,
    local=True,
    user_metadata=user,
)
assert output is not None
assert output.model is not None
known = output.metadata.model_dump()
assert known["data"]["latency"]["manual"] == known["data"]["latency"]["calibration"]["recommended"] == delay
assert len(reporters[-1].heard) == 2
output.model.net.export(out, basename="mine", user_metadata=user, other_metadata={train_metadata.TRAINING_KEY: known})
written = json.loads((out / "mine.nam").read_text())
assert written["architecture"] == "WaveNet"
assert written["metadata"]["gear_make"] == "Acme"
assert written["metadata"]["training"]["validation_esr"] == output.metadata.validation_esr
assert (out / "mine.png").exists()
checkpoints = out / "lightning_logs" / "version_0" / "checkpoints"
assert len([*checkpoints.glob("checkpoint_best_*.nam")]) == 2
assert len([*checkpoints.glob("checkpoint_last_*.ckpt")]) == 1
print(f"ESR {output.metadata.validation_esr:.3f}, heard {reporters[-1].heard}")
