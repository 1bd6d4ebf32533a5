"""What subclasses of the nets do, and what they write."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nam.data import DatasetModelHandshakeError, init_dataset
from nam.hooks import ExportModelDictPostHook
from nam.models import ConvNet, Linear, WaveNet, base, factory, init_from_nam
from nam.models.metadata import GearType, ToneType, UserMetadata
from nam.models.recurrent import LSTM
from nam.models.sequential import Sequential
from nam_kernel.errors import ModelFileError
from nam_kernel.models import net_of
from nam_plugin_convnet.net import ConvNet as RealConvNet
from nam_plugin_wavenet.net import WaveNet as RealWaveNet

STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 2,
    "head_size": 1,
    "kernel_size": 3,
    "dilations": [1, 2],
    "activation": "Tanh",
    "gated": False,
    "head_bias": True,
}
WAVENET = {"layers_configs": [STACK], "head_config": None, "head_scale": 0.02}


class Average(base.BaseNet):
    """The mean of three samples."""

    def __init__(self, length: int = 3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.taps = torch.nn.Parameter(torch.full((length,), 1 / length))

    @property
    def receptive_field(self) -> int:
        return len(self.taps)

    def _forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        return scale * torch.nn.functional.conv1d(x[:, None], self.taps[None, None])[:, 0]

    def _export_config(self) -> dict[str, int]:
        return {"length": self.receptive_field}

    def _export_weights(self) -> np.ndarray[Any, Any]:
        return self.taps.detach().numpy()[::-1].copy()


def written(net: Any, folder: Path, **kwargs: Any) -> dict[str, Any]:
    net.export(folder, **kwargs)
    document: dict[str, Any] = json.loads((folder / "model.nam").read_text())
    return document


def test_pad_start_default_decides_where_nothing_is_said_also_in_training() -> None:
    ramp = torch.arange(3.0, 9.0)
    net = Average().train()
    torch.testing.assert_close(net(ramp), torch.tensor([1.0, 7 / 3, 4.0, 5.0, 6.0, 7.0]))
    torch.testing.assert_close(net(ramp[None], pad_start=False), torch.tensor([[4.0, 5.0, 6.0, 7.0]]))
    assert net(ramp, False).shape == (4,)
    torch.testing.assert_close(net(ramp, pad_start=False, scale=2.0), torch.tensor([8.0, 10.0, 12.0, 14.0]))
    with pytest.raises(ValueError, match="2 samples"):
        net(ramp[:2], pad_start=False)


def test_the_sample_rate_is_part_of_the_state_dict_and_not_of_the_weights() -> None:
    net, other = Average(sample_rate=44100), Average()
    assert set(net.state_dict()) == {"taps", "_has_sample_rate", "_sample_rate"}
    other.load_state_dict(net.state_dict())
    assert other.sample_rate == 44100
    linear = Linear(4, sample_rate=48000)
    assert len(linear.export_weights()) == 4


def test_metadata_is_joined_the_last_word_being_that_of_other_metadata(tmp_path: Path) -> None:
    said = UserMetadata(name="Mine", gear_type=GearType.PEDAL)
    other = {"training": {"tone": ToneType.FUZZ}, "loudness": 3}
    document = written(Average(sample_rate=48000), tmp_path, user_metadata=said, other_metadata=other)
    metadata = document["metadata"]
    assert {"name": "Mine", "gear_type": "pedal", "gear_make": None}.items() <= metadata.items()
    assert metadata["training"] == {"tone": "fuzz"}
    assert metadata["loudness"] == 3
    assert set(metadata["date"]) == {"year", "month", "day", "hour", "minute", "second"}
    assert document["weights"] == pytest.approx([1 / 3] * 3)
    assert document["sample_rate"] == 48000


def test_a_snapshot_is_three_seconds_and_needs_a_sample_rate(tmp_path: Path) -> None:
    Average(sample_rate=8000).train().export(tmp_path, include_snapshot=True)
    x, y = np.load(tmp_path / "test_inputs.npy"), np.load(tmp_path / "test_outputs.npy")
    assert x.shape == y.shape == (24000,)
    # The mean of three neighbours turns a sine of frequency f into the same times (1 + 2 cos(2 pi f / rate)) / 3.
    inside = slice(9000, 15000)
    assert y[inside].std() / x[inside].std() == pytest.approx((1 + 2 * np.cos(2 * np.pi * 220 / 8000)) / 3, rel=1e-4)
    with pytest.raises(RuntimeError, match="sample rate"):
        Average().export(tmp_path, include_snapshot=True)


def test_overridden_steps_and_post_hooks_change_the_document_of_export_and_of_a_run(tmp_path: Path) -> None:
    class Edited(Average):
        def _get_export_architecture(self) -> str:
            return "Averager"

        def _get_non_user_metadata(self) -> dict[str, Any]:
            return {**super()._get_non_user_metadata(), "mood": "calm"}

        def _get_export_dict(self) -> dict[str, Any]:
            return {**super()._get_export_dict(), "licence": "MIT"}

    class Doubled(ExportModelDictPostHook):
        def apply(self, model_dict: dict[str, Any]) -> dict[str, Any]:
            return {**model_dict, "config": {"twice": model_dict["config"]}}

    from nam_plugin_nam.write import export

    net = Edited()
    net.export_model_dict_post_hooks.append(Doubled())
    export(net, tmp_path, "run", {"name": "Mine"})
    for document in (written(net, tmp_path), json.loads((tmp_path / "run.nam").read_text())):
        assert document["architecture"] == "Averager"
        assert document["metadata"]["mood"] == "calm"
        assert document["licence"] == "MIT"
        assert document["config"] == {"twice": {"length": 3}}
    assert document["metadata"]["name"] == "Mine"


def test_either_spelling_of_the_export_may_call_the_one_behind_it() -> None:
    class Older(ConvNet):
        def _export_config(self) -> Any:
            return {**super()._export_config(), "mine": 1}

    class Documented(ConvNet):
        def export_config(self) -> Any:
            return {**super().export_config(), "mine": 1}

    for kind in (Older, Documented):
        net = kind.init_from_config({"channels": 2, "dilations": [1]})
        assert net.export_config() == net._export_config()
        assert net._export_config()["mine"] == 1
        assert net._export_config()["channels"] == 2


def test_weights_in_an_order_of_their_own_are_imported_in_that() -> None:
    class Folded(Average):
        def _export_weights(self) -> np.ndarray[Any, Any]:
            return 2 * self.taps.detach().numpy()

    net = Average()
    net.import_weights([1.0, 2.0, 3.0])
    assert net.taps.tolist() == [3.0, 2.0, 1.0]
    with pytest.raises(ModelFileError, match="4 weights"):
        net.import_weights([1.0, 2.0, 3.0, 4.0])
    folded = Folded()
    for error in (NotImplementedError, ModelFileError):
        with pytest.raises(error, match="Folded does not define import_weights"):
            folded.import_weights([1.0, 2.0, 3.0])
    assert folded.taps.tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("name", "config", "field"),
    [
        ("WaveNet", WAVENET, 7),
        ("ConvNet", {"channels": 2, "dilations": [1, 2], "batchnorm": True}, 4),
        ("Linear", {"receptive_field": 5, "bias": True}, 5),
        ("LSTM", {"hidden_size": 3, "num_layers": 2, "train_truncate": None}, 1),
        ("Sequential", {"models": [{"name": "Linear", "config": {"receptive_field": r}} for r in (3, 4)]}, 6),
    ],
)
def test_the_factory_gives_nets_that_are_the_plugins_and_come_back_from_their_file(
    name: str, config: dict[str, Any], field: int
) -> None:
    before = json.dumps(config)
    net = factory.init(name, kwargs={"config": config}).eval()
    assert json.dumps(config) == before
    assert net.receptive_field == field
    real = net_of(net._get_export_dict())
    assert isinstance(real, base.BaseNet)
    assert isinstance(real, type(net))
    assert isinstance(net, type(real))
    again = init_from_nam(net._get_export_dict()).eval()
    assert type(again) is type(net)
    x = torch.linspace(-0.5, 0.5, 50)
    torch.testing.assert_close(again(x), real(x))
    if name != "LSTM":  # its file holds the state that it settles to on silence, in place of the initial one
        torch.testing.assert_close(again(x), net(x))


def test_a_subclass_of_wavenet_may_take_keys_of_its_own() -> None:
    class Mine(WaveNet):
        def __init__(self, flavour: str, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.flavour = flavour

        @classmethod
        def parse_config(cls, config: Any) -> dict[str, Any]:
            config = dict(config)
            flavour = config.pop("flavour")
            return {**super().parse_config(config), "flavour": flavour}

    net = Mine.init_from_config({**WAVENET, "flavour": "sweet", "sample_rate": 44100.0})
    assert (net.flavour, net.sample_rate, net.architecture) == ("sweet", 44100, "Mine")
    assert isinstance(net, RealWaveNet)
    end = net.import_weights(torch.arange(len(net.export_weights()) + 5.0), 2)
    assert end == len(net.export_weights()) + 2
    assert net.export_weights()[0] == 2


def test_hooks_of_isinstance_do_not_mix_the_kinds() -> None:
    real = RealConvNet(2, (1,))
    assert isinstance(real, base.BaseNet)
    assert isinstance(real, ConvNet)
    assert not isinstance(real, (WaveNet, Linear, LSTM, Sequential, Average))


def test_a_name_is_taken_once_and_a_strange_one_is_a_key_error() -> None:
    factory.register("Average", Average.init_from_config)
    for name in ("Average", "WaveNet"):
        with pytest.raises(KeyError, match=f"'{name}' is held by"):
            factory.register(name, Average.init_from_config)
    factory.register("Average", lambda config: Average(9), overwrite=True)
    assert factory.init("Average", kwargs={"config": {}}).receptive_field == 9
    for name in ("Strange", "no_module.Net", "nam.models.base.Net"):
        with pytest.raises(KeyError):
            factory.init(name, kwargs={"config": {}})


def test_nets_and_datasets_refuse_what_is_neither(data: dict[str, Any]) -> None:
    from nam.data import Split

    data["common"]["nx"] = 3
    dataset = init_dataset(data, Split.TRAIN)
    dataset.handshake(Average())
    Average().handshake(dataset)
    with pytest.raises(DatasetModelHandshakeError, match="Linear"):
        dataset.handshake(torch.nn.Linear(1, 1))
    with pytest.raises(base.ModelDatasetHandshakeError, match="object is not a dataset"):
        Average().handshake(object())


@pytest.mark.parametrize("bad", [[], [torch.nn.Linear(1, 1)]])
def test_a_sequential_is_made_of_nets(bad: list[Any]) -> None:
    with pytest.raises(ValueError, match="one net or more"):
        Sequential(models=bad)


def test_nets_can_be_copied_and_pickled() -> None:
    net = factory.init("WaveNet", kwargs={"config": WAVENET})
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        with torch.no_grad():
            next(other.parameters()).add_(1)
        assert type(other) is WaveNet
        assert (other.export_weights() != net.export_weights()).sum() == 2


def test_the_packed_wavenet_is_one_of_the_container_plugin() -> None:
    from nam.models.wavenet import PackedWaveNet
    from nam_plugin_container.packed import PackedWaveNet as Real

    assert issubclass(PackedWaveNet, (base.BaseNet, Real))
    assert factory.class_of("PackedWaveNet") is PackedWaveNet


LISTED = {**STACK, "kernel_size": [3, 2]}


@pytest.mark.parametrize("sizes", [[3, 2], (3, 2)])
def test_a_stack_may_list_its_kernel_sizes_under_either_key(sizes: Any) -> None:
    wavenet = {**WAVENET, "layers_configs": [{**STACK, "kernel_size": sizes}]}
    conditioned = {**WAVENET, "condition_dsp": {"name": "WaveNet", "config": wavenet}}
    packed = {"submodels": [{"config": wavenet}, {"config": WAVENET}]}
    # One sample, (3 - 1) 1 of the first layer and (2 - 1) 2 of the second; 7 is that of WAVENET. The condition enters
    # after its first convolution, which reaches 2 samples back.
    for name, config, field in (("WaveNet", wavenet, 5), ("WaveNet", conditioned, 9), ("PackedWaveNet", packed, 7)):
        assert factory.init(name, kwargs={"config": config}).receptive_field == field
    assert wavenet["layers_configs"][0]["kernel_size"] == sizes  # type: ignore[index]


def test_a_run_understands_a_list_of_kernel_sizes(
    data: dict[str, Any], model: dict[str, Any], learning: dict[str, Any]
) -> None:
    import nam_kernel

    nets = {"name": "WaveNet", "config": {**WAVENET, "layers_configs": [LISTED]}}
    for net, field in ((nets, 5), ({"name": "Sequential", "config": {"models": [nets, nets]}}, 9)):
        run = nam_kernel.check(data, {**model, "net": net}, learning)
        assert run.net.receptive_field == field
        assert any("kernel_sizes" in str(finding) for finding in run.findings)
        run.teardown()


def test_a_wavenet_may_be_made_of_its_config_as_before_0_13() -> None:
    for net in (
        WaveNet(layers_configs=[STACK], head_config=None, head_scale=0.02, sample_rate=44100.0),
        WaveNet([STACK], head_scale=0.02, sample_rate=44100.0),
    ):
        assert (net.receptive_field, net.sample_rate) == (7, 44100)
        assert net._export_config() == WaveNet.init_from_config(WAVENET)._export_config()
    head = {"in_channels": 2, "channels": 2, "activation": "Tanh", "num_layers": 2, "out_channels": 1}
    assert WaveNet(layers_configs=[{**STACK, "head_size": 2}], head_config=head)(torch.zeros(9)).shape == (9,)
    with pytest.raises(ValueError, match="layers_configs"):
        WaveNet()
