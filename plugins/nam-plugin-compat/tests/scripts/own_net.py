"""A script of 0.13: a net of one's own with two knobs, trained and written to a file. Argument: the folder."""

import json
import sys
from pathlib import Path

import numpy as np
import torch

from nam.data import Dataset, register_dataset_initializer
from nam.hooks import ExportModelDictPostHook
from nam.models import exportable, factory
from nam.models.base import BaseNet
from nam.train import full
from nam.train.lightning_module import LightningModule


class ParametricNAM(BaseNet):
    """A tanh whose drive and brightness are set by two knobs."""

    def __init__(self, taps, sample_rate=None):
        super().__init__(sample_rate=sample_rate)
        self.conv = torch.nn.Conv1d(1, 2, taps)
        self.mix = torch.nn.Linear(2, 2)
        self.out = torch.nn.Conv1d(2, 1, 1)

    @property
    def pad_start_default(self):
        return True

    @property
    def receptive_field(self):
        return self.conv.kernel_size[0]

    def forward(self, x, gain, tone, pad_start=None):
        if pad_start or pad_start is None:
            x = torch.nn.functional.pad(x, (self.receptive_field - 1, 0))
        return self._forward(x, gain, tone)

    def _forward(self, x, gain, tone):
        knobs = self.mix(torch.stack((gain, tone), dim=-1))
        return self.out(torch.tanh(self.conv(x[:, None]) + knobs[:, :, None]))[:, 0]

    def _at_nominal_settings(self, x):
        half = torch.full((1,), 0.5)
        return self(x[None], half, half)[0]

    def _export_config(self):
        return {"taps": self.receptive_field}

    def _export_weights(self):
        return np.concatenate([p.detach().cpu().numpy().flatten() for p in self.parameters()])


class ParametricDataset(Dataset):
    """Recordings with one position of two knobs."""

    def __init__(self, gain, tone, **kwargs):
        super().__init__(**kwargs)
        self.knobs = torch.tensor(gain), torch.tensor(tone)

    def __getitem__(self, idx):
        x, y = super().__getitem__(idx)
        return (x, *self.knobs, y)


class Signed(ExportModelDictPostHook):
    """Adds a signature to the file."""

    def apply(self, model_dict):
        return {**model_dict, "metadata": {**model_dict["metadata"], "signed": True}}


def main(folder):
    LightningModule.register_net_initializer("ParametricNAM", ParametricNAM.init_from_config)
    register_dataset_initializer("ParametricDataset", ParametricDataset.init_from_config)
    assert issubclass(ParametricNAM, exportable.Exportable)
    data, learning = (json.loads((folder / f"{n}.json").read_text()) for n in ("data", "learning"))
    data["train"] = [{**data["train"], "gain": gain, "tone": 0.5} for gain in (0.25, 0.75)]
    data["validation"] |= {"gain": 0.5, "tone": 0.5}
    data["type"] = "ParametricDataset"
    net = {"name": "ParametricNAM", "config": {"taps": 4}}
    model = {"net": net, "optimizer": {"lr": 0.01}, "lr_scheduler": None, "loss": {"val_loss": "esr"}}
    outdir = folder / "out" / "own"
    outdir.mkdir(parents=True)
    full.main(data, model, learning, outdir, no_show=True, make_plots="plots" in sys.argv)
    document = json.loads((outdir / "model.nam").read_text())
    assert (document["architecture"], document["config"]) == ("ParametricNAM", {"taps": 4})

    net = factory.init("ParametricNAM", kwargs={"config": {"taps": 4}})
    net.sample_rate = document["sample_rate"]
    net.export_model_dict_post_hooks.append(Signed())
    net.export(folder, basename="own")
    document = json.loads((folder / "own.nam").read_text())
    assert document["metadata"]["signed"]
    assert np.isfinite(document["metadata"]["loudness"])
    assert len(document["weights"]) == 2 * 4 + 2 + 2 * 2 + 2 + 2 + 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
