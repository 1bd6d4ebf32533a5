"""The names that extensions import, and the signatures that they call and override."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import importlib_metadata
import pytest

import nam
from nam_kernel.errors import DataError, HandshakeError
from nam_plugin_compat.rival import refuse_rival

SIGNATURES = {
    "nam._core.InitializableFromConfig.init_from_config": "config",
    "nam._core.InitializableFromConfig.parse_config": "config",
    "nam.data.AbstractDataset.__getitem__": "self idx",
    "nam.data.AbstractDataset.handshake": "self model",
    "nam.data.AbstractDataset.teardown": "self",
    "nam.data.ConcatDataset.__init__": "self datasets flatten=True",
    "nam.data.Dataset.__init__": (
        "self x y nx ny start=None stop=None start_samples=None stop_samples=None start_seconds=None "
        "stop_seconds=None delay=None y_scale=1.0 x_path=None y_path=None input_gain=0.0 sample_rate=None "
        "require_input_pre_silence=0.4"
    ),
    "nam.data.Dataset.scale_output": "self gain",
    "nam.data.JointDatasetHook.apply": "self dataset_train dataset_validation",
    "nam.data.NormalizeJointDatasetOutput.__init__": "self level_rms_dbfs",
    "nam.data.apply_joint_dataset_hooks": "dataset_train dataset_validation hooks",
    "nam.data.get_joint_dataset_hooks": "hook_configs",
    "nam.data.init_dataset": "config split",
    "nam.data.np_to_wav": "x filename rate=48000 sampwidth=3 scale=None **kwargs",
    "nam.data.register_dataset_initializer": "name constructor overwrite=False",
    "nam.data.tensor_to_wav": "x *args **kwargs",
    "nam.data.wav_to_np": (
        "filename rate=None require_match=None required_shape=None required_wavinfo=None preroll=None info=False"
    ),
    "nam.hooks.ExportModelDictPostHook.apply": "self model_dict",
    "nam.models._from_nam.init_from_nam": "config",
    "nam.models.base.BaseNet.__init__": "self sample_rate=None",
    "nam.models.base.BaseNet._export_config": "self",
    "nam.models.base.BaseNet._export_input_output": "self",
    "nam.models.base.BaseNet._export_weights": "self",
    "nam.models.recurrent.LSTM._apply_head": "self features",
    "nam.models.recurrent.LSTM._export_cell_weights": "self i hidden_state cell_state",
    "nam.models.recurrent.LSTM._get_initial_state": "self inputs=None",
    "nam.models.recurrent.LSTM._init_head": "self hidden_size",
    "nam.models.recurrent.LSTM._initial_state": "self n",
    "nam.models.wavenet.PackedWaveNet.__init__": "self wavenet spec sample_rate=None",
    "nam.models.wavenet.PackedWaveNet.extract_submodel": "self submodel_index",
    "nam.models.wavenet.PackedWaveNet.import_submodel": "self submodel_index submodel",
    "nam.train.full._create_callbacks": "learning_config packed=False",
    "nam.train.full._plot": "model ds savefig=None show=True window_start=None window_end=None",
    "nam.models.base.BaseNet._get_export_architecture": "self",
    "nam.models.base.BaseNet._get_export_dict": "self",
    "nam.models.base.BaseNet._get_non_user_metadata": "self",
    "nam.models.base.BaseNet.export": (
        "self outdir include_snapshot=False basename='model' user_metadata=None other_metadata=None"
    ),
    "nam.models.base.BaseNet.export_onnx": "self filename",
    "nam.models.base.BaseNet.handshake": "self dataset",
    "nam.models.base.BaseNet.import_weights": "self weights",
    "nam.models.factory.init": "name args=None kwargs=None",
    "nam.models.factory.register": "name constructor overwrite=False",
    "nam.models.linear.Linear.__init__": "self receptive_field *args bias=False **kwargs",
    "nam.models.losses.apply_pre_emphasis_filter": "x coef",
    "nam.models.losses.esr": "preds targets",
    "nam.models.losses.mse": "preds targets",
    "nam.models.losses.mse_fft": "preds targets",
    "nam.models.losses.multi_resolution_stft_loss": "preds targets loss_func=None device=None",
    "nam.models.recurrent.LSTM.__init__": (
        "self hidden_size train_burn_in=None train_truncate=None input_size=1 sample_rate=None **lstm_kwargs"
    ),
    "nam.models.sequential.Sequential.__init__": "self *args models **kwargs",
    "nam.models.wavenet.WaveNet.__init__": "self wavenet=None sample_rate=None **kwargs",
    "nam.models.wavenet.WaveNet.import_weights": "self weights i=0",
    "nam.train.full.main": "data_config model_config learning_config outdir no_show=False make_plots=True",
    "nam.train.lightning_module.LightningModule.__init__": (
        "self net optimizer_config=None scheduler_config=None loss_config=None"
    ),
    "nam.train.lightning_module.LightningModule.register_net_initializer": "name constructor overwrite=False",
    "nam.train.lightning_module.LightningModule.training_step": "self batch batch_idx",
    "nam.train.lightning_module.LightningModule.validation_step": "self batch batch_idx",
    "nam.util.init": "name *args **kwargs",
    "nam.util.timestamp": "",
}
"""Of neural-amp-modeler 0.13, as ``inspect`` tells them there; ``wavenet`` may be left out, as it could before 0.13."""


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_those_that_extensions_know(name: str) -> None:
    parts = name.split(".")
    modules = next(i for i, part in enumerate(parts) if i and (part[0].isupper() or i == len(parts) - 1))
    found = import_module(".".join(parts[:modules]))
    for part in parts[modules:]:
        found = getattr(found, part)
    told = []
    for p in inspect.signature(found).parameters.values():
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        told.append(f"{stars}{p.name}" + ("" if p.default is p.empty else f"={p.default!r}"))
    assert " ".join(told) == SIGNATURES[name]


def test_the_package_gives_its_modules_as_attributes_and_its_version() -> None:
    assert nam.__version__ == "0.13.0"
    assert nam.data.wav_to_np and nam.models.base.BaseNet and nam.train.lightning_module and nam.util.init  # noqa: PT018
    with pytest.raises(AttributeError, match="nothing"):
        nam.nothing  # noqa: B018


def test_the_package_alone_leads_to_every_module() -> None:
    names = ("train.core.train", "train.full.main", "models.factory.init", "models.wavenet.WaveNet", "hooks", "_core")
    code = f"import nam; {', '.join(f'nam.{name}' for name in names)}"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize(
    ("name", "bases"),
    [
        ("XYError", (ValueError, DataError)),
        ("StartError", (ValueError, DataError)),
        ("StopError", (ValueError, DataError)),
        ("StartStopError", (ValueError, DataError)),
        ("AudioShapeMismatchError", (ValueError, DataError)),
        ("ConcatDatasetValidationError", (ValueError,)),
        ("JointDatasetValidationError", (RuntimeError,)),
        ("DatasetModelHandshakeError", (HandshakeError,)),
    ],
)
def test_errors_are_caught_by_the_older_and_by_the_kernels_names(name: str, bases: tuple[type, ...]) -> None:
    assert all(issubclass(getattr(nam.data, name), base) for base in bases)


def test_the_rival_package_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_rival()
    monkeypatch.setattr(importlib_metadata, "version", {"neural-amp-modeler": "0.13.0"}.__getitem__)
    with pytest.raises(ImportError, match=r"both own the package folder 'nam'.*pip uninstall neural-amp-modeler"):
        refuse_rival()


def test_the_hello_command_names_both_packages(capsys: pytest.CaptureFixture[str]) -> None:
    from nam.cli import nam_hello_world

    nam_hello_world()
    assert "nam 0.13.0" in capsys.readouterr().out


def test_a_warning_filter_is_gone_after_its_block() -> None:
    import warnings

    from nam.util import filter_warnings

    with filter_warnings("ignore", category=UserWarning):
        warnings.warn("not to be heard", UserWarning, stacklevel=1)
    with pytest.raises(UserWarning):
        warnings.warn("to be heard", UserWarning, stacklevel=1)
