"""Audio files and datasets, against what neural-amp-modeler 0.13 gives for the same calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nam import data as nd

X = torch.zeros(100)
Y = torch.linspace(-0.5, 0.5, 100)


def dataset(x: Tensor = X, y: Tensor = Y, **kwargs: Any) -> nd.Dataset:
    return nd.Dataset(x, y, **{"nx": 3, "ny": 5, "require_input_pre_silence": None, **kwargs})


def test_an_item_has_nx_minus_1_samples_more_of_input_than_of_output() -> None:
    whole = dataset()
    assert (len(whole), whole.nx, whole.ny, whole.y_offset, whole.sample_rate) == (19, 3, 5, 2, None)
    x, y = whole[1]
    assert (len(x), len(y)) == (7, 5)
    assert y.tolist() == pytest.approx([-0.4293, -0.4192, -0.4091, -0.399, -0.3889], abs=5e-5)
    assert (len(dataset(ny=None)), dataset(ny=None).ny) == (1, 98)
    with pytest.raises(IndexError):
        whole[19]


@pytest.mark.parametrize(
    ("given", "items", "first", "length"),
    [
        ({"start": 5}, 18, -0.4495, 95),
        ({"start_samples": 5, "stop_samples": -5}, 17, -0.4495, 90),
        ({"start_seconds": 0.5, "stop_seconds": 1.5, "sample_rate": 40}, 7, -0.298, 40),
        ({"delay": 3}, 19, -0.4697, 97),
        ({"delay": -3}, 19, -0.5, 97),
        ({"delay": 2.0}, 19, -0.4798, 98),
        ({"y_scale": 1.9, "input_gain": 6.0}, 19, -0.95, 100),
        ({"require_input_pre_silence": 0.4, "sample_rate": 10.0, "start_samples": 20}, 15, -0.298, 80),
    ],
)
def test_the_part_that_is_used(given: dict[str, Any], items: int, first: float, length: int) -> None:
    part = dataset(**given)
    assert (len(part), len(part.x), len(part.y)) == (items, length, length)
    assert float(part.y[0]) == pytest.approx(first, abs=5e-5)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"start": 5, "start_samples": 5}, ValueError),
        ({"start_seconds": 1.0}, ValueError),
        ({"start_samples": 100}, nd.StartError),
        ({"start_samples": -101}, nd.StartError),
        ({"stop_samples": 101}, nd.StopError),
        ({"stop_samples": -100}, nd.StopError),
        ({"start_samples": 50, "stop_samples": 50}, nd.StartStopError),
        ({"delay": 2.5}, TypeError),
        ({"y_scale": 2.0}, ValueError),
        ({"nx": 101}, RuntimeError),
        ({"ny": 99}, nd.XYError),
        ({"ny": 99}, AssertionError),
        ({"x": X[:, None], "y": Y[:, None]}, AssertionError),
        ({"require_input_pre_silence": 0.4}, ValueError),
        ({"y": Y[:5]}, nd.XYError),
        ({"x": X[:0], "y": Y[:0]}, nd.XYError),
        ({"x": X + 1, "start_samples": 50, "sample_rate": 10.0, "require_input_pre_silence": 0.4}, nd.XYError),
    ],
)
def test_the_part_that_is_refused(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        dataset(**given)


def test_24_bits_are_cut_and_clipped_as_in_0_13(tmp_path: Path) -> None:
    nd.np_to_wav(np.array([0, 0.5, -0.5, 1.0, -1.0, 1.5, 0.1]), tmp_path / "a.wav")
    samples, told = nd.wav_to_np(tmp_path / "a.wav", info=True)
    full = 1 - 2**-23
    assert samples.tolist() == [0.0, 0.5, -0.5, full, -1.0, full, 0.09999990463256836]
    assert samples.dtype == np.float64
    assert told == nd.WavInfo(sampwidth=3, rate=48000)
    nd.tensor_to_wav(torch.tensor([0, 0.5]), tmp_path / "b.wav", rate=44100, sampwidth=2)
    tensor, told = nd.wav_to_tensor(tmp_path / "b.wav", info=True)
    assert (tensor.tolist(), tensor.dtype, told) == ([0, 0.5], torch.float32, nd.WavInfo(2, 44100))


def test_a_file_that_is_not_as_required_is_refused(tmp_path: Path) -> None:
    nd.np_to_wav(np.zeros(7), tmp_path / "a.wav")
    nd.np_to_wav(np.zeros(7), tmp_path / "b.wav", rate=44100)
    assert len(nd.wav_to_np(tmp_path / "a.wav", required_shape=(7, 1), preroll=0)) == 7
    assert len(nd.wav_to_np(tmp_path / "a.wav", preroll=2)) == 5
    with pytest.raises(RuntimeError, match="44100 Hz"):
        nd.wav_to_np(tmp_path / "a.wav", rate=44100)
    with pytest.raises(ValueError, match="44100 Hz"):
        nd.wav_to_np(tmp_path / "a.wav", require_match=tmp_path / "b.wav")
    with pytest.raises(FileNotFoundError):
        nd.wav_to_np(tmp_path / "c.wav")
    with pytest.raises(nd.AudioShapeMismatchError) as caught:
        nd.wav_to_np(tmp_path / "a.wav", required_shape=(3, 1))
    assert (caught.value.shape_expected, caught.value.shape_actual) == ((3, 1), (7, 1))


def test_a_file_that_is_not_mono_audio_is_refused_as_it_was(tmp_path: Path) -> None:
    nd.np_to_wav(np.zeros((7, 2)), tmp_path / "stereo.wav")
    (tmp_path / "text.wav").write_text("no sound")
    for error in (nd.DataError, AssertionError):
        with pytest.raises(error, match="2 channels"):
            nd.wav_to_np(tmp_path / "stereo.wav")
    for error in (nd.DataError, EOFError):
        with pytest.raises(error):
            nd.wav_to_np(tmp_path / "text.wav")
    nd.np_to_wav(np.zeros(7), tmp_path / "a.wav")
    with pytest.raises(AssertionError, match="require_match"):
        nd.wav_to_np(tmp_path / "a.wav", require_match=tmp_path / "a.wav", required_shape=(7, 1))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    nd.np_to_wav(np.zeros(4800), tmp_path / "x.wav")
    nd.np_to_wav(np.full(4800, 0.25), tmp_path / "y.wav")
    nd.np_to_wav(np.full(4000, 0.25), tmp_path / "short.wav")
    return {"x_path": str(tmp_path / "x.wav"), "y_path": str(tmp_path / "y.wav"), "nx": 3}


def test_a_split_is_one_dataset_or_several(files: dict[str, Any], tmp_path: Path) -> None:
    one = nd.init_dataset({"train": {**files, "ny": 10}, "validation": {}}, nd.Split.TRAIN)
    assert (type(one), len(one), one.sample_rate) == (nd.Dataset, 479, 48000)
    entries = [{"ny": 10}, {"ny": 10, "start_samples": 100}]
    both = nd.init_dataset({"train": entries, "common": files}, nd.Split.TRAIN)
    assert isinstance(both, nd.ConcatDataset)
    assert (len(both), both.nx, both.ny, len(both.datasets)) == (948, 3, 10, 2)
    assert torch.equal(both[479][1], both.datasets[1][0][1])
    with pytest.raises(nd.ConcatDatasetValidationError, match=r"ny .*10.*11"):
        nd.init_dataset({"train": [{"ny": 10}, {"ny": 11}], "common": files}, nd.Split.TRAIN)
    short = {**files, "ny": 10, "y_path": str(tmp_path / "short.wav")}
    with pytest.raises(nd.DataError, match="allow_unequal_lengths"):
        nd.init_dataset({"train": short}, nd.Split.TRAIN)
    assert len(nd.init_dataset({"train": {**short, "allow_unequal_lengths": True}}, nd.Split.TRAIN)) == 399


def test_a_registered_dataset_is_made_by_its_type_for_all_entries_or_for_one(files: dict[str, Any]) -> None:
    class Mine(nd.Dataset):
        pass

    nd.register_dataset_initializer("mine", Mine.init_from_config)
    of_all = {"type": "mine", "validation": {"ny": 10}, "common": files}
    assert type(nd.init_dataset(of_all, nd.Split.VALIDATION)) is Mine
    of_one = {"train": [{"ny": 10, "type": "mine"}, {"ny": 10}], "common": files}
    assert [type(d) for d in nd.init_dataset(of_one, nd.Split.TRAIN).datasets] == [Mine, nd.Dataset]
    for taken in ("mine", "dataset"):
        with pytest.raises(KeyError, match=f"'{taken}' is held by"):
            nd.register_dataset_initializer(taken, Mine.init_from_config)
    nd.register_dataset_initializer("dataset", Mine.init_from_config, overwrite=True)
    assert type(nd.init_dataset({"train": {**files, "ny": 10}}, nd.Split.TRAIN)) is Mine
    with pytest.raises(KeyError, match="strange"):
        nd.init_dataset({**of_all, "type": "strange"}, nd.Split.VALIDATION)


def test_lists_in_lists_are_flattened_unless_they_are_not_to_be() -> None:
    pair = nd.ConcatDataset([dataset(), dataset()])
    assert len(nd.ConcatDataset([pair, dataset()]).datasets) == 3
    assert len(nd.ConcatDataset([pair, dataset()], flatten=False).datasets) == 2


def test_the_joint_level_of_the_output_is_undone_by_the_export() -> None:
    from nam.models.linear import Linear
    from nam_plugin_nam.write import make_document

    train, validation = dataset(), dataset()
    hook = {"name": "nam.data.normalize_joint_dataset_output", "kwargs": {"level_rms_dbfs": -18.0}}
    nd.apply_joint_dataset_hooks(train, validation, nd.get_joint_dataset_hooks([hook]))
    assert float(train.y.square().mean().sqrt()) == pytest.approx(10 ** (-18 / 20))
    assert float(validation.y[0]) == pytest.approx(-0.21588, abs=5e-6)
    net = Linear(3)
    before = net.export_weights()
    train.handshake(net)
    weights = make_document(net, {"name": "Mine"})["weights"]
    assert weights == pytest.approx(before * 0.5 / 0.21588, rel=1e-4)


def test_the_scale_of_the_output_is_undone_by_one_post_hook(tmp_path: Path) -> None:
    import json

    from nam.models.wavenet import WaveNet

    stack = {"input_size": 1, "condition_size": 1, "channels": 2, "kernel_size": 3, "dilations": [1]}
    stack |= {"activation": "Tanh", "head": {"out_channels": 1, "kernel_size": 1, "bias": True}}
    net = WaveNet.init_from_config({"layers_configs": [stack], "head_scale": 0.02})
    one, other, plain = dataset(), dataset(), dataset()
    assert plain._y_scale is None
    plain.handshake(net)
    assert net.export_model_dict_post_hooks == []
    one.scale_output(4.0)
    one.scale_output(0.5)
    assert one._y_scale == 2
    one.handshake(net)
    one.handshake(net)
    assert [hook.scale for hook in net.export_model_dict_post_hooks] == [0.5]
    net.export(tmp_path)
    document = json.loads((tmp_path / "model.nam").read_text())
    assert document["config"]["head_scale"] == pytest.approx(0.01)
    assert document["weights"][-1] == pytest.approx(0.01)
    assert document["metadata"]["loudness"] == pytest.approx(net._metadata_loudness() - 6.0206, abs=1e-3)
    other.scale_output(3.0)
    for error in (ValueError, nd.DatasetModelHandshakeError.__base__):
        with pytest.raises(error, match="by 2 and 3"):  # type: ignore[arg-type]
            other.handshake(net)


def test_the_list_of_datasets_is_the_one_that_was_given() -> None:
    pair = [dataset(), dataset()]
    both = nd.ConcatDataset(pair)
    assert both.datasets == both._datasets == pair
    for error in (KeyError, IndexError):
        with pytest.raises(error, match="item 38 of 38"):
            both[38]
    for error in (RuntimeError, nd.DataError):
        with pytest.raises(error, match="empty"):
            nd.ConcatDataset([])


def test_a_dataset_that_does_not_call_its_base_works_with_what_it_sets() -> None:
    from nam.models.linear import Linear

    class Own(nd.Dataset):
        def __init__(self, x: Tensor, y: Tensor) -> None:
            self._x, self._y, self._nx, self._ny, self._sample_rate = x, y, 3, 5, None

    Own(X, Y).handshake(Linear(3))
    assert len(Own(X, Y)) == 19


def test_the_registry_of_datasets_can_be_looked_into() -> None:
    class Own(nd.Dataset):
        def __init__(self, config: Any) -> None:
            super().__init__(X, Y, config["nx"], 5, require_input_pre_silence=None)

    nd.register_dataset_initializer("own", Own)
    made = nd.init_dataset({"type": "own", "train": {"nx": 4}}, nd.Split.TRAIN)
    assert (type(made), made.nx) == (Own, 4)
    assert {"dataset", "own"} <= set(nd._dataset_init_registry)
    assert (nd._DEFAULT_REQUIRE_INPUT_PRE_SILENCE, nd._REQUIRED_CHANNELS) == (0.4, 1)


def test_joint_hooks_begin_with_the_comparison_of_sample_rates() -> None:
    with pytest.raises(nd.JointDatasetValidationError, match="sample rate"):
        nd.apply_joint_dataset_hooks(dataset(), dataset(sample_rate=1.0), nd.get_joint_dataset_hooks([]))


def test_a_rate_may_be_a_whole_number_of_any_type(tmp_path: Path) -> None:
    for rate in (48000.0, np.float64(44100), np.int64(8000)):
        nd.np_to_wav(np.zeros(7), tmp_path / "a.wav", rate=rate)
        assert nd.wav_to_np(tmp_path / "a.wav", info=True)[1].rate == rate
        nd.tensor_to_wav(torch.zeros(7), tmp_path / "a.wav", rate=rate)
    with pytest.raises(ValueError, match=r"44100\.5"):
        nd.np_to_wav(np.zeros(7), tmp_path / "b.wav", rate=44100.5)
    assert not (tmp_path / "b.wav").exists()
