"""Items are the right samples with the right knobs, in every form; inputs are shared, seams are not crossed."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from captures_parts import RATE, configured, counted, guitar, made, table, write
from torch.utils.data import DataLoader

from nam_kernel import make_net, read_model, write_model
from nam_kernel.config import collect_notes
from nam_kernel.errors import ConfigError, DataError, HandshakeError
from nam_kernel.interfaces import ConcatDataset, unpack_batch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    counted(tmp_path, ["a.wav", "b.wav", "c.wav"])
    return tmp_path


def two(folder: Path, *more: str) -> dict[str, object]:
    lines = ["x_path,y_path,gain,mode", "di.wav,a.wav,2.5,lead", "di.wav,b.wav,10,clean", *more]
    return {"table": str(table(folder, *lines)), "knobs": {"gain": {"low": 0, "high": 10}}, "ny": 100}


def declared(folder: Path) -> dict[str, object]:
    knobs = {"gain": {"low": 0, "high": 10}, "mode": {"choices": ["clean", "lead"]}}
    return {**two(folder), "knobs": knobs}


def test_an_item_is_its_samples_and_its_knobs(folder: Path) -> None:
    dataset = made(declared(folder), nx=11)
    assert (len(dataset), dataset.ny, dataset.nx, dataset.sample_rate) == (18, 100, 11, 1000)
    assert [condition.name for condition in dataset.conditions] == ["gain", "mode"]
    x, gain, mode, y = dataset[9 + 2]
    whole = np.arange(1, 1001) / 10_000
    np.testing.assert_allclose(x, whole[200:310], atol=1e-7)
    np.testing.assert_allclose(y, -2 * whole[210:310], atol=1e-7)
    assert (gain.shape, float(gain), float(mode)) == ((), 10.0, 0.0)


def test_one_input_is_in_memory_once(folder: Path) -> None:
    dataset, other = made(declared(folder)), made({**declared(folder), "split": "validation"})
    first, second = dataset.captures
    assert first.x.data_ptr() == second.x.data_ptr() == dataset[0][0].data_ptr()
    assert other.captures[0].x.data_ptr() == first.x.data_ptr()
    assert dataset.nbytes == (1000 + 2 * 1000) * 4


def test_captures_know_their_items(folder: Path) -> None:
    dataset = made({**declared(folder), "delay": 5, "y_scale": 0.5}, nx=11)
    for capture, factor in zip(dataset.captures, (1, 2), strict=True):
        assert capture.x.shape == capture.y.shape == (995,)
        np.testing.assert_allclose(capture.y, -0.5 * factor * np.arange(6, 1001) / 10_000, atol=1e-7)
        for position, index in enumerate(capture.items):
            np.testing.assert_array_equal(dataset[index][0], capture.x[100 * position :][:110])
    dataset.scale_output(3)
    assert [capture.factor for capture in dataset.captures] == [1.5, 1.5]


@pytest.mark.parametrize("form", ["plain", "nested", "grouped"])
def test_batches_are_the_stacked_items(folder: Path, form: str) -> None:
    dataset = made({**declared(folder), "form": form}, nx=11)
    for data in (dataset, ConcatDataset([dataset])):
        (batch,) = DataLoader(data, batch_size=18)
        x, conditions, y = unpack_batch(batch)
        items = [unpack_batch(dataset[index]) for index in range(18)]
        assert torch.equal(x, torch.stack([item.x for item in items]))
        assert torch.equal(y, torch.stack([item.y for item in items]))
        for got, expected in zip(conditions, zip(*(item.conditions for item in items), strict=True), strict=True):
            assert torch.equal(got, torch.stack(expected))


def test_the_forms_are_those_that_nets_ask_for(folder: Path) -> None:
    x, (y, gain, mode) = made({**declared(folder), "form": "nested"})[0]
    assert (x.shape, y.shape, float(gain), float(mode)) == ((100,), (100,), 2.5, 1.0)
    x, params, y = made({**declared(folder), "form": "grouped"})[0]
    assert params.tolist() == [2.5, 1.0]


def test_several_inputs_lie_side_by_side(folder: Path) -> None:
    write(folder / "other.wav", np.linspace(-0.5, 0.5, 700), 1000)
    entry = {**declared(folder), "ny": 50}
    path = table(folder, "x_path,y_path,gain,mode", "di.wav,a.wav,0,lead", "other.wav,other.wav,1,clean")
    dataset = made({**entry, "table": str(path)}, nx=3)
    x, *_, y = dataset[len(dataset) - 1]
    np.testing.assert_allclose(x, np.linspace(-0.5, 0.5, 700)[600:652], atol=1e-6)
    np.testing.assert_array_equal(x[2:], y)


@pytest.mark.parametrize("delay", [0, 3, -4])
@pytest.mark.parametrize("start", [0, 37])
def test_no_item_crosses_a_seam(folder: Path, delay: int, start: int) -> None:
    nx, ny, segment = 11, 20, 100
    keys = {"segment_samples": segment, "delay": delay, "start_samples": start, "require_input_pre_silence": None}
    dataset = made({**declared(folder), **keys, "ny": ny}, nx=nx)
    assert len(dataset) > 10
    seen = set()
    for index in range(len(dataset)):
        x = dataset[index][0]
        first, last = (round(float(x[at]) * 10_000) - 1 for at in (0, -1))
        assert first // segment == last // segment
        seen.add(first // segment)
    assert seen == set(range(10))


def test_what_does_not_fit_between_two_seams_is_refused_with_the_largest(folder: Path) -> None:
    entry = {**declared(folder), "segment_samples": 100, "ny": 95}
    with pytest.raises(DataError, match="lower ny to 90"):
        made(entry, nx=11)
    assert made({**entry, "ny": None}, nx=11).ny == 90
    with pytest.raises(DataError, match="no item lies between two seams"):
        made({**entry, "ny": 1}, nx=101)


def test_the_delay_of_each_capture_is_found_once(tmp_path: Path) -> None:
    x = guitar()
    lags = {"a": 31, "b": 240, "c": -17}
    write(tmp_path / "di.wav", x)
    for gain, (name, lag) in enumerate(lags.items()):
        write(tmp_path / f"{name}.wav", 0.4 * np.roll(np.tanh((1 + gain) * x), lag))
    lines = ["x_path,y_path,gain", *(f"di.wav,{name}.wav,{gain}" for gain, name in enumerate(lags))]
    dataset = made({"table": str(table(tmp_path, *lines)), "delay": "auto", "ny": 1000})
    for capture, lag in zip(dataset.captures, lags.values(), strict=True):
        assert abs(capture.delay - lag) <= 3
    part = made({"table": str(tmp_path / "captures.csv"), "delay": "auto", "ny": 1000, "start_samples": RATE, **QUIET})
    assert [c.delay for c in part.captures] == [c.delay for c in dataset.captures]


QUIET: dict[str, object] = {"require_input_pre_silence": None}


def test_captures_of_other_lengths_are_refused_all_at_once(folder: Path) -> None:
    write(folder / "b.wav", np.ones(900), 1000)
    write(folder / "c.wav", np.ones(800), 1000)
    entry = two(folder, "di.wav,c.wav,5,lead")
    with pytest.raises(DataError, match=r"(?s)line 3: .*900.*allow_unequal_lengths.*line 4: .*800"):
        made({**entry, "knobs": {}})
    dataset = made({**entry, "knobs": {}, "allow_unequal_lengths": True})
    assert [len(capture.items) for capture in dataset.captures] == [10, 9, 8]


def test_a_net_of_another_receptive_field_is_refused(folder: Path) -> None:
    with pytest.raises(HandshakeError, match="nx = 5.*is 1"):
        made(declared(folder), nx=5).handshake(make_net("CatLSTM", {"hidden_size": 1, "conditions": ["gain", "mode"]}))


def test_the_fingerprint_knows_settings_and_samples(folder: Path) -> None:
    before = made(declared(folder)).fingerprint()
    scaled = made(declared(folder))
    scaled.scale_output(2)
    assert scaled.fingerprint() == before
    lines = (folder / "captures.csv").read_text().replace("2.5", "2.6")
    other = made({**declared(folder), "table": str(table(folder, *lines.splitlines(), name="o.csv"))}).fingerprint()
    assert {key for key in before if before[key] != other[key]} == {"settings"}


def test_a_model_plays_the_capture_that_names_one(tmp_path: Path) -> None:
    x = guitar(1.0)
    write(tmp_path / "di.wav", x)
    torch.manual_seed(0)
    net = make_net("LSTM", {"hidden_size": 3})
    net.sample_rate = RATE
    write_model(net, tmp_path / "clean.nam", {})
    entry = {"x_path": str(tmp_path / "di.wav"), "pattern": "{mode}.nam", "y_scale": 0.5}
    with collect_notes() as notes:
        dataset = made(entry)
    with torch.no_grad():
        expected = read_model(tmp_path / "clean.nam").render(torch.tensor(x, dtype=torch.float32))
    torch.testing.assert_close(dataset.captures[0].y, 0.5 * expected)
    assert any("models play" in note for note in notes)


def test_a_model_at_another_rate_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "di.wav", guitar(1.0))
    net = make_net("LSTM", {"hidden_size": 3})
    net.sample_rate = 44_100
    write_model(net, tmp_path / "clean.nam", {})
    with pytest.raises(DataError, match=r"clean\.nam is made for 44100 Hz, but di\.wav has 48000 Hz"):
        made({"x_path": str(tmp_path / "di.wav"), "pattern": "{mode}.nam"})


class TestMotion:
    """Knobs that move while a capture is recorded."""

    def entry(self, folder: Path, *lines: str, **keys: object) -> dict[str, object]:
        knobs = table(folder, *lines, name="knobs.csv")
        files = {"x_path": str(folder / "di.wav"), "y_path": str(folder / "a.wav"), "knob_data_path": str(knobs)}
        return {**files, "ny": 100, **keys}

    def test_a_knob_is_as_long_as_the_input(self, folder: Path) -> None:
        lines = ("seconds,gain,mode", "0.1,0,a", "0.5,8,b")
        dataset = made(self.entry(folder, *lines), nx=11)
        x, gain, mode, _ = dataset[2]
        assert gain.shape == mode.shape == x.shape == (110,)
        # From 0 at sample 100 to 8 at sample 500, and mode a until there.
        np.testing.assert_allclose(gain, (np.arange(200, 310) - 100) * 8 / 400, rtol=1e-5)
        assert set(mode.tolist()) == {0.0}
        assert set(dataset[5][2].tolist()) == {1.0}

    def test_a_held_value_lasts_until_the_next(self, folder: Path) -> None:
        dataset = made(self.entry(folder, "samples,gain", "0,1", "250,3", knob_data="held"))
        assert dataset[1][1].tolist() == [1.0] * 100
        assert dataset[2][1].tolist() == [1.0] * 50 + [3.0] * 50

    def test_the_values_follow_the_input_through_delay_and_start(self, folder: Path) -> None:
        keys = {"delay": -20, "start_samples": 40, **QUIET}
        dataset = made(self.entry(folder, "samples,gain", "0,0", "999,999", **keys))
        x, gain, _ = dataset[0]
        np.testing.assert_allclose(gain, np.arange(60, 160), rtol=1e-5)
        np.testing.assert_allclose(x, np.arange(61, 161) / 10_000, rtol=1e-5)

    def test_still_captures_beside_a_moving_one_are_signals_too(self, folder: Path) -> None:
        moving = self.entry(folder, "samples,gain", "0,0", "999,10")
        still = {**{k: v for k, v in moving.items() if "knob" not in k}, "knobs": {"gain": 4}}
        data = {"train": [moving, still], "common": {"type": "Captures"}}
        config, _ = configured(data)
        built = [made({k: v for k, v in entry.items() if k != "type"}) for entry in config.data["train"]]
        (batch,) = DataLoader(ConcatDataset(built), batch_size=20)
        assert unpack_batch(batch).conditions[0].shape == (20, 100)
        assert set(unpack_batch(batch).conditions[0][10:].flatten().tolist()) == {4.0}

    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            (("gain,seconds", "0,1"), "the first column is 'gain'"),
            (("seconds", "0"), "no column beside seconds"),
            (("seconds,gain", "0,1", "0,2"), "line 3: seconds is 0, not after the line before"),
            (("seconds,gain", "x,1"), "line 2: seconds is 'x'"),
            (("seconds,gain", "0,"), "line 2: gain is empty"),
            (("seconds,gain", "0,1", "1,99"), "line 3: gain is 99; it goes from 0 to 10"),
        ],
    )
    def test_what_is_wrong_with_the_values_is_told_with_its_line(
        self, folder: Path, lines: tuple[str, ...], told: str
    ) -> None:
        with pytest.raises(ConfigError, match=rf"knobs\.csv.*{told}"):
            made(self.entry(folder, *lines, knobs={"gain": {"low": 0, "high": 10}}))


def test_workers_of_their_own_memory_serve_the_same(folder: Path) -> None:
    dataset = made(declared(folder), nx=11)
    copied = pickle.loads(pickle.dumps(dataset))
    for index in (0, 12):
        assert all(map(torch.equal, dataset[index], copied[index]))


def test_samples_of_a_file_are_not_changed(folder: Path) -> None:
    made(declared(folder)).scale_output(7)
    samples, _ = soundfile.read(folder / "a.wav")
    np.testing.assert_allclose(samples, -np.arange(1, 1001) / 10_000, atol=1e-7)
