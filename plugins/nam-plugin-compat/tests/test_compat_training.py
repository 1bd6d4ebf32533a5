"""The losses and the Lightning module, against what neural-amp-modeler 0.13 gives for the same calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from nam.data import Split, init_dataset
from nam.models import losses
from nam.models.linear import Linear
from nam.train.lightning_module import LightningModule, LossConfig, PackedLightningModule, ValidationLoss
from nam_kernel.errors import ModelFileError
from nam_plugin_lightning.module import NamModule

P = torch.tensor([[0.1, 0.2, 0.3, 0.4]] * 2)
Q = torch.tensor([[0.1, 0.1, 0.3, 0.5]] * 2)


def absolute(scale: float) -> Any:
    return lambda preds, targets: scale * (preds - targets).abs().mean()


def test_losses_have_the_values_and_the_shapes_that_they_had() -> None:
    assert [float(f(P, Q)) for f in (losses.esr, losses.mse, losses.mse_fft)] == pytest.approx([1 / 18, 0.005, 0.02])
    assert float(losses.esr(P[0], Q[0])) == pytest.approx(1 / 18)
    assert losses.apply_pre_emphasis_filter(P, 0.5)[0].tolist() == pytest.approx([0.15, 0.2, 0.25])
    with pytest.raises(ValueError, match="items, samples"):
        losses.esr(P[None], Q[None])


def test_the_stft_loss_takes_one_signal_a_batch_and_a_batch_with_a_channel() -> None:
    generator = torch.Generator().manual_seed(1)
    a, b = torch.rand(2, 4000, generator=generator), torch.rand(2, 4000, generator=generator)
    values = [
        float(losses.multi_resolution_stft_loss(*pair)) for pair in ((a, b), (a[0], b[0]), (a[:, None], b[:, None]))
    ]
    assert values == pytest.approx([1.0033, 0.9981, 1.0033], abs=5e-5)
    shapes: list[torch.Size] = []
    losses.multi_resolution_stft_loss(a, b, loss_func=lambda u, v: shapes.append(u.shape))
    assert shapes == [(2, 1, 4000)]


def test_every_loss_of_a_batch_is_the_one_of_0_13() -> None:
    loss = {"val_loss": "esr", "mrstft_weight": 2e-4, "pre_emph_weight": 1.0, "pre_emph_coef": 0.85, "dc_weight": 0.1}
    config = {
        "net": {"name": "Linear", "config": {"receptive_field": 4}},
        "optimizer": {"lr": 0.01},
        "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}},
        "loss": loss,
    }
    module = LightningModule.init_from_config(config)
    module.net.import_weights([0.25] * 4)
    torch.manual_seed(0)
    batch = torch.rand(2, 3003), torch.rand(2, 3000) * 0.5
    preds, targets, terms = module._shared_step(batch)
    assert preds.shape == targets.shape == (2, 3000)
    told = {label: (item.weight, float(item.value.detach())) for label, item in terms.items()}
    expected = {
        "MSE": (1.0, 0.10124),
        "Pre-emphasized MSE": (1.0, 0.0474),
        "MRSTFT": (2e-4, 2.18741),
        "DC MSE": (0.1, 0.05967),
    }
    assert told.keys() == expected.keys()
    for label, (weight, value) in expected.items():
        assert told[label] == (weight, pytest.approx(value, abs=1e-5))
    assert float(module.training_step(batch, 0).detach()) == pytest.approx(0.15505, abs=1e-5)
    optimizers = module.configure_optimizers()
    assert type(optimizers["optimizer"]) is torch.optim.Adam
    assert optimizers["lr_scheduler"]["scheduler"].gamma == 0.9


def test_a_loss_config_refuses_what_it_cannot_mean() -> None:
    assert LossConfig() == LossConfig.init_from_config({})
    assert LossConfig.init_from_config({"val_loss": "esr"}).val_loss is ValidationLoss.ESR
    with pytest.raises(LossConfig.ValLossNameError, match="strange"):
        LossConfig.init_from_config({"val_loss": "strange"})
    with pytest.raises(TypeError, match="strange"):
        LossConfig.init_from_config({"val_loss": "strange"})
    with pytest.raises(ValueError, match="old name"):
        LossConfig.init_from_config({"mstft_weight": 1.0, "mrstft_weight": 1.0})
    with pytest.raises(ValueError, match="pre_emph_coef"):
        LightningModule(Linear(3), loss_config=LossConfig(pre_emph_weight=1.0))
    assert [z.shape for z in LossConfig(mask_first=3).apply_mask(P, Q)] == [(2, 1)] * 2


def test_a_custom_loss_is_made_by_its_factory_and_may_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "absolute", absolute, raising=False)
    custom = {"mine": {"name": "nam.models.losses.absolute", "kwargs": {"scale": 2.0}, "weight": 3.0}}
    config = LossConfig.init_from_config({"custom_losses": custom, "val_loss": "mine", "mse_weight": None})
    module = LightningModule(Linear(1), loss_config=config)
    (term,) = module.losses
    assert (term.label, term.weight, module.val_loss) == ("mine", 3.0, "mine")
    assert float(module._get_loss_dict(P, Q)["mine"].value) == pytest.approx(0.1)


@pytest.mark.filterwarnings("default")
def test_a_subclass_with_a_training_step_of_its_own_trains_in_a_script(
    tmp_path: Path, data: dict[str, Any], model: dict[str, Any]
) -> None:
    class Mine(LightningModule):
        def training_step(self, batch: Any, batch_idx: int) -> Tensor:
            preds, targets, _ = self._shared_step(batch)
            return self._mse_loss(preds, targets) + self._mse_loss(preds, targets, pre_emph_coef=0.85)

    module = Mine.init_from_config({**model, "loss": {"val_loss": "esr"}})
    assert isinstance(module, NamModule)
    data["common"]["nx"] = module.net.receptive_field
    train, validation = init_dataset(data, Split.TRAIN), init_dataset(data, Split.VALIDATION)
    module.net.sample_rate = train.sample_rate
    before = module.net.export_weights().copy()
    best = pl.callbacks.ModelCheckpoint(dirpath=tmp_path, monitor="val_loss")
    trainer = pl.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_progress_bar=False, callbacks=[best], devices=1
    )
    trainer.fit(module, DataLoader(train, batch_size=4), DataLoader(validation))
    assert {"val_loss", "ESR", "MSE"} <= set(trainer.callback_metrics)
    again = Mine.load_from_checkpoint(best.best_model_path, **Mine.parse_config(model))
    assert again.net.sample_rate == 8000
    assert (again.net.export_weights() == module.net.export_weights()).all()
    assert (again.net.export_weights() != before).any()

    checkpoint = torch.load(best.best_model_path, weights_only=False)
    checkpoint["state_dict"] = {f"_{key}": value for key, value in checkpoint["state_dict"].items()}
    torch.save(checkpoint, tmp_path / "older.ckpt")
    older = Mine.init_from_config({**model, "checkpoint_path": str(tmp_path / "older.ckpt")})
    assert (older.net.export_weights() == module.net.export_weights()).all()


class Overriding(LightningModule):
    """Every step that a subclass may override, and a parameter of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = torch.nn.Parameter(torch.zeros(3))

    def _mse_loss(self, preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None) -> Tensor:
        return 10 * super()._mse_loss(preds, targets, pre_emph_coef)

    def _mrstft_loss(self, preds: Tensor, targets: Tensor, pre_emph_coef: float | None = None) -> Tensor:
        return 0 * preds.sum() + 7.0


def test_overridden_losses_and_parameters_of_its_own_are_used() -> None:
    loss = LossConfig(mrstft_weight=1.0, pre_emph_weight=1.0, pre_emph_coef=0.5)
    module = Overriding(Linear(4), {"lr": 0.1}, None, loss)
    values = {label: float(item.value) for label, item in module._get_loss_dict(P, Q).items()}
    # (0.1, 0, -0.1) filtered with 0.5: squares 0.01, 0.0025, 0.01 of three samples; the first target's is 0.
    assert values == pytest.approx({"MSE": 0.05, "Pre-emphasized MSE": 10 * 0.0225 / 3, "MRSTFT": 7.0})
    trained = [p for group in module.configure_optimizers().param_groups for p in group["params"]]
    assert sum(p.numel() for p in trained) == 4 + 3
    mapped = [float(module.validation_step((torch.zeros(2, 7), Q), 0).detach())]
    assert mapped == pytest.approx([10 * float(Q.square().mean())])


def test_a_validation_by_hand_tells_its_metric_or_that_there_is_none() -> None:
    batch = torch.zeros(2, 7), Q

    def told(**loss: Any) -> float:
        module = LightningModule(Linear(4), None, None, LossConfig(**loss))
        return float(module.validation_step(batch, 0).detach())

    assert told(fourier=True) == pytest.approx(float(Q.square().mean()))
    assert told(val_loss=ValidationLoss.ESR) == 1
    with pytest.raises(RuntimeError, match="strange"):
        told(val_loss="strange")


def test_the_stft_loss_may_be_replaced_and_keeps_channels() -> None:
    shapes: list[torch.Size] = []
    module = LightningModule(Linear(4))
    module._mrstft = lambda u, v: shapes.append(u.shape)
    module._mrstft_loss(P, Q)
    losses.multi_resolution_stft_loss(P[None], Q[None], lambda u, v: shapes.append(u.shape))
    assert shapes == [(2, 1, 4), (1, 2, 4)]
    with pytest.raises(RuntimeError, match="1025"):
        losses.multi_resolution_stft_loss(P, Q)
    with pytest.raises(AssertionError):
        losses.multi_resolution_stft_loss(P[None, None], Q[None, None])


def test_a_packed_module_measures_every_output() -> None:
    stack = {"input_size": 1, "condition_size": 1, "channels": 2, "kernel_size": 3, "dilations": [1]}
    stack |= {"activation": "Tanh", "head": {"out_channels": 1, "kernel_size": 1, "bias": True}}
    wavenet = {"config": {"layers_configs": [stack], "head_scale": 0.02}}
    net = {"name": "PackedWaveNet", "config": {"submodels": [wavenet, wavenet]}}
    module = PackedLightningModule.init_from_config({"net": net})
    batch = torch.rand(2, 12), torch.rand(2, 10)
    preds, targets, each = module._shared_step(batch)
    assert (preds.shape, targets.shape, [list(terms) for terms in each]) == ((2, 2, 10), (2, 10), [["MSE"], ["MSE"]])
    both = sum(float(terms["MSE"].value.detach()) for terms in each)
    assert float(module.training_step(batch, 0).detach()) == pytest.approx(both)
    assert float(module.validation_step(batch, 0).detach()) == pytest.approx(both)


def test_what_scripts_call_of_the_full_trainer(tmp_path: Path) -> None:
    from nam.data import ConcatDataset, Dataset
    from nam.train import full

    class WithKnob(Dataset):
        def __getitem__(self, idx: int) -> Any:
            x, y = super().__getitem__(idx)
            return x, (y, torch.tensor(0.5))

    class Louder(Linear):
        def _forward(self, x: Tensor, gain: Tensor) -> Tensor:
            return gain[:, None] * super()._forward(x)

    def pair(kind: Any, ny: int | None = None) -> Any:
        return kind(torch.zeros(100), torch.linspace(-0.5, 0.5, 100), 3, ny, require_input_pre_silence=None)

    both = ConcatDataset([pair(Dataset), pair(Dataset)])
    full._plot(LightningModule(Linear(3)), pair(Dataset), savefig=tmp_path / "plot.png", show=False)
    full._plot(LightningModule(Louder(3)), pair(WithKnob, 10), savefig=str(tmp_path / "knob.png"), show=False)
    full._plot(LightningModule(Linear(3)), both, savefig=tmp_path / "both.png", show=False)
    assert {p.name for p in tmp_path.iterdir()} == {"plot.png", "knob.png", "both_0.png", "both_1.png"}
    assert full._rms(torch.full((4,), 2.0)) == 2
    with pytest.raises(TypeError):
        full._rms(3)


@pytest.mark.parametrize(
    ("trainer", "steps", "epochs"),
    [
        ({}, [0, 0], [1, 1]),
        ({"check_val_every_n_epoch": 5}, [0, 0], [5, 1]),
        ({"val_check_interval": 7}, [7, 7, 0], [0, 0, 1]),
        ({"val_check_interval": 0.25}, [0, 0, 0], [1, 1, 1]),
    ],
)
def test_checkpoints_are_saved_when_the_model_is_validated(
    trainer: dict[str, Any], steps: list[int], epochs: list[int]
) -> None:
    from nam.train.full import _create_callbacks

    made: list[Any] = _create_callbacks({"trainer": trainer})
    assert [callback._every_n_train_steps for callback in made] == steps
    assert [callback._every_n_epochs for callback in made] == epochs
    assert (made[0].monitor, made[0].save_top_k) == ("val_loss", 3)


@pytest.mark.filterwarnings("default")
def test_a_packed_training_in_a_script_leaves_what_scripts_look_for(tmp_path: Path, data: dict[str, Any]) -> None:
    from nam.train.full import _create_callbacks

    sizes = [{"name": name, "config": WAVENET} for name in ("small", "large")]
    module = PackedLightningModule.init_from_config({"net": {"name": "PackedWaveNet", "config": {"submodels": sizes}}})
    data["common"]["nx"] = module.net.receptive_field
    train, validation = init_dataset(data, Split.TRAIN), init_dataset(data, Split.VALIDATION)
    pl.Trainer(
        max_epochs=1,
        accelerator="cpu",
        devices=1,
        default_root_dir=tmp_path,
        callbacks=_create_callbacks({"trainer": {}}, packed=True),
        enable_progress_bar=False,
    ).fit(module, DataLoader(train, batch_size=4), DataLoader(validation))
    metrics = module.trainer.callback_metrics
    assert {f"{name}_packed_{i}" for name in ("val_loss", "MSE", "ESR") for i in (0, 1)} <= set(metrics)
    best = json.loads((tmp_path / "packed_best.json").read_text())["submodels"]
    assert [entry["submodel_name"] for entry in best] == ["small", "large"]
    for i, entry in enumerate(best):
        assert entry["best_metric"] == pytest.approx(float(metrics[f"val_loss_packed_{i}"]))
        assert (entry["epoch"], entry["step"]) == (0, 4)
        again = PackedLightningModule.load_from_checkpoint(entry["checkpoint_path"], net=module.net)
        assert again.net.sample_rate is None
    assert list((tmp_path / "lightning_logs" / "version_0" / "checkpoints").glob("epoch=0000_step=4_ESR=*_MSE=*.ckpt"))


@pytest.mark.parametrize("signature", ["of 0.13", "before packed nets"])
@pytest.mark.parametrize("way", ["main", "train"])
def test_callbacks_of_an_extension_are_called_in_a_run(
    signature: str,
    way: str,
    tmp_path: Path,
    data: dict[str, Any],
    model: dict[str, Any],
    learning: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import nam_kernel
    from nam.train import full

    ends: list[int] = []

    class Counting(pl.Callback):
        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            ends.append(trainer.current_epoch)

    before = full._create_callbacks
    own: Any = lambda config, packed=False: [*before(config, packed), Counting()]  # noqa: E731
    older: Any = lambda config: own(config)  # noqa: E731
    monkeypatch.setattr(full, "_create_callbacks", own if signature == "of 0.13" else older)
    if way == "main":
        full.main(data, model, learning, tmp_path, no_show=True, make_plots=False)
    else:
        nam_kernel.train(data, model, learning, tmp_path, plots=False)
    assert ends == [0]
    paths = [path for path in tmp_path.rglob("*.ckpt") if path.name.startswith("epoch=0000")]
    assert len(paths) == (way == "main")
    for path in paths:
        again = LightningModule.load_from_checkpoint(path, **LightningModule.parse_config(model))
        assert again(torch.zeros(50)).shape == (50,)


def test_custom_losses_may_take_other_resolutions_from_auraloss() -> None:
    from nam._dependencies.auraloss.freq import MultiResolutionSTFTLoss

    generator = torch.Generator().manual_seed(1)
    a, b = torch.rand(2, 4000, generator=generator), torch.rand(2, 4000, generator=generator)
    other = MultiResolutionSTFTLoss(fft_sizes=[512, 256], hop_sizes=[50, 25], win_lengths=[240, 120])
    assert float(losses.multi_resolution_stft_loss(a, b, other)) == pytest.approx(0.98775, abs=1e-5)


class Trap:
    """Runs when it is unpickled."""

    sprung: list[str] = []

    def __reduce__(self) -> Any:
        return Trap.sprung.append, ("unpickled",)


def trap(*args: Any, **kwargs: Any) -> Any:
    Trap.sprung.append("called")


@pytest.mark.parametrize("weights_only", [True, False, None])
def test_a_checkpoint_never_runs_what_is_in_it(tmp_path: Path, weights_only: bool | None) -> None:
    path, taps = tmp_path / "some.ckpt", torch.tensor([3.0, 2.0, 1.0])
    held = {"state_dict": {"net.impulse_response": taps}, "pytorch-lightning_version": "2.6.1"}
    for name in ("builtins.exit", f"{__name__}.trap", "no_such_module.name"):
        torch.save({**held, "hyper_parameters": {"_instantiator": name}}, path)
        loaded = LightningModule.load_from_checkpoint(path, net=Linear(3), weights_only=weights_only)
        assert loaded.net.export_weights().tolist() == [3.0, 2.0, 1.0]
    torch.save({**held, "callbacks": Trap()}, path)
    Trap.sprung.clear()
    with pytest.raises(ModelFileError, match="some.ckpt"):
        LightningModule.load_from_checkpoint(path, net=Linear(3), weights_only=weights_only)
    torch.save({"state_dict": {"net.w": taps}, "hyper_parameters": {"_instantiator": "builtins.print"}}, path)
    with pytest.raises(RuntimeError, match="impulse_response"):
        LightningModule.load_from_checkpoint(path, net=Linear(3), weights_only=weights_only)
    assert Trap.sprung == []


def test_a_checkpoint_may_hold_arguments_of_the_constructor(tmp_path: Path) -> None:
    class Sized(LightningModule):
        def __init__(self, taps: int, gain: float = 1.0) -> None:
            super().__init__(Linear(taps))
            self.gain = gain

    state = {"net.impulse_response": torch.ones(4), "net.unknown": torch.ones(1)}
    kept = {"state_dict": state, "hyper_parameters": {"taps": 4, "gain": 2.0, "_class_path": "builtins.exit"}}
    torch.save(kept, tmp_path / "some.ckpt")
    with pytest.raises(RuntimeError, match="unknown"):
        Sized.load_from_checkpoint(tmp_path / "some.ckpt")
    module = Sized.load_from_checkpoint(tmp_path / "some.ckpt", strict=False, gain=3.0)
    assert (module.net.receptive_field, module.gain) == (4, 3.0)


STACK = {"input_size": 1, "condition_size": 1, "channels": 2, "kernel_size": 3, "dilations": [1], "activation": "Tanh"}
WAVENET = {"layers_configs": [{**STACK, "head": {"out_channels": 1, "kernel_size": 1, "bias": True}}]}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", ["WaveNet", "PackedWaveNet", "LSTM", "ConvNet"])
def test_every_net_takes_hooks_so_that_lightning_can_summarise_it(
    name: str, data: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    nets = {"WaveNet": WAVENET, "PackedWaveNet": {"submodels": [{"config": WAVENET}] * 2}, "LSTM": {"hidden_size": 2}}
    kind = PackedLightningModule if name == "PackedWaveNet" else LightningModule
    module = kind.init_from_config({"net": {"name": name, "config": nets.get(name, {"channels": 2})}})
    module.example_input_array = torch.zeros(1, 40)
    heard: list[Any] = []
    module.net.register_forward_hook(lambda *given: heard.append(given)).remove()
    handle = module.net.register_forward_hook(lambda _, args, y: heard.append(y.shape))
    data["common"]["nx"] = module.net.receptive_field
    train, validation = init_dataset(data, Split.TRAIN), init_dataset(data, Split.VALIDATION)
    quiet = {"logger": False, "enable_progress_bar": False, "enable_checkpointing": False}
    pl.Trainer(max_epochs=1, accelerator="cpu", devices=1, **quiet).fit(  # type: ignore[arg-type]
        module, DataLoader(train, batch_size=4), DataLoader(validation)
    )
    assert len(heard) >= len(train) // 4
    handle.remove()
    count = len(heard)
    module(torch.zeros(1, 40))
    assert len(heard) == count
