"""Every key of an entry: what it means, its edges, and its misuse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from wav_parts import check_headers, config_of, make

from nam_kernel.config import validate
from nam_kernel.config.base import collect_notes
from nam_kernel.errors import ConfigError, DataError
from nam_plugin_wav.audio import Header, read_header
from nam_plugin_wav.config import WavConfig
from nam_plugin_wav.dataset import WavDataset
from nam_plugin_wav.inspection import inspect_all


def numbers(dataset: WavDataset) -> tuple[list[int], list[int]]:
    """Undo the coding of the ``counted`` fixture: the positions of the served samples in both files."""
    return [round(1000 * v) - 1 for v in dataset.x.tolist()], [round(-1000 * v) - 1 for v in dataset.y.tolist()]


def refused(entry: dict[str, Any], *patterns: str, nx: int = 1, error: type[Exception] = DataError) -> None:
    for attempt in (check_headers, make):
        with pytest.raises(error) as caught:
            attempt(entry, nx)
        for pattern in patterns:
            assert re.search(pattern, str(caught.value)), str(caught.value)


def test_without_further_keys_everything_is_one_item(counted: Any) -> None:
    dataset = make(counted())
    assert numbers(dataset) == (list(range(100)), list(range(100)))
    assert (len(dataset), dataset.nx, dataset.ny, dataset.sample_rate) == (1, 1, 100, 1000.0)


def test_an_output_sample_gets_nx_input_samples_of_which_the_last_is_its_own(counted: Any) -> None:
    dataset = make(counted(ny=10), nx=4)
    assert len(dataset) == 9
    for index in (0, 1, 8, -1):
        x, y = dataset[index]
        first = 10 * (index % 9)
        assert torch.equal(x, torch.arange(first + 1, first + 14) / 1000)
        assert torch.equal(y, -torch.arange(first + 4, first + 14) / 1000)


def test_ny_null_is_the_whole_part(counted: Any) -> None:
    dataset = make(counted(ny=None), nx=4)
    assert (len(dataset), dataset.ny) == (1, 97)


def test_what_ny_leaves_over_is_dropped(counted: Any) -> None:
    dataset = make(counted(ny=25), nx=4)
    assert (len(dataset), dataset.left_over) == (3, 100 - 3 - 3 * 25)
    assert make(counted(ny=25), nx=1).left_over == 0


def test_ny_as_long_as_the_part_is_one_item_and_one_more_is_refused(counted: Any) -> None:
    assert len(make(counted(ny=97), nx=4)) == 1
    refused(counted(ny=98), r"ny is 98", r"only 97 output samples", nx=4)


def test_a_part_shorter_than_the_receptive_field_is_refused(counted: Any) -> None:
    assert make(counted(), nx=100).ny == 1
    refused(counted(), r"x\.wav .* 100 samples", r"needs 101", r"receptive field", nx=101)


def test_nx_comes_from_the_net_whatever_an_older_config_says(counted: Any) -> None:
    with collect_notes() as notes:
        dataset = make(counted(nx=9, ny=10), nx=4)
    assert (dataset.nx, len(dataset[0][0])) == (4, 13)
    assert len(notes) == 1
    assert "nx is not needed" in notes[0]
    for nx in ("long", 4.5, None, True, [4]):
        refused(counted(nx=nx), r"nx is the receptive field of the net.*leave it out", error=ConfigError)


@pytest.mark.parametrize(
    ("keys", "first", "last"),
    [
        ({"start_samples": 0}, 0, 99),
        ({"start_samples": 30}, 30, 99),
        ({"start_samples": 99}, 99, 99),
        ({"start_samples": -1}, 99, 99),
        ({"start_samples": -100}, 0, 99),
        ({"start_samples": -0.0}, 0, 99),
        ({"stop_samples": 1}, 0, 0),
        ({"stop_samples": 100}, 0, 99),
        ({"stop_samples": -1}, 0, 98),
        ({"stop_samples": -99}, 0, 0),
        ({"start_samples": 20, "stop_samples": -20}, 20, 79),
        ({"start_samples": -20, "stop_samples": 90}, 80, 89),
        ({"start_seconds": 0.03}, 30, 99),
        ({"start_seconds": -0.03, "stop_seconds": -0.01}, 70, 89),
        ({"start_seconds": -0.0}, 0, 99),
        ({"start_seconds": 0.0309}, 30, 99),
        ({"start_seconds": -0.0309}, 70, 99),
        ({"start_seconds": None, "stop_samples": None}, 0, 99),
        ({"start": 30, "stop": -30}, 30, 69),
    ],
)
def test_start_and_stop(counted: Any, keys: dict[str, Any], first: int, last: int) -> None:
    expected = list(range(first, last + 1))
    assert numbers(make(counted(**keys))) == (expected, expected)


@pytest.mark.parametrize(
    ("keys", "pattern"),
    [
        ({"start_samples": 100}, r"start_samples is after the end of x\.wav \(100 samples, 0\.100 s\): 100 samples"),
        ({"start_samples": -101}, r"start_samples is before the beginning"),
        ({"start_seconds": 5.0}, r"start_seconds is after the end .* 5\.0 s"),
        ({"start": 100}, r"start is after"),
        ({"stop_samples": 101}, r"stop_samples is after the end"),
        ({"stop_samples": -100}, r"stop_samples is before the beginning"),
        ({"stop_samples": 0}, r"stop_samples is 0, .*null goes to the end"),
        ({"stop_seconds": -0.0}, r"stop_seconds is 0, .*null goes to the end"),
        (
            {"start_samples": 50, "stop_samples": 50},
            r"nothing of x\.wav is left between start_samples and stop_samples",
        ),
        ({"start_samples": 60, "stop_samples": 40}, r"from sample 60 to sample 40"),
    ],
)
def test_positions_outside_of_the_file_are_refused(counted: Any, keys: dict[str, Any], pattern: str) -> None:
    refused(counted(**keys), pattern)


def test_two_starts_are_refused(counted: Any) -> None:
    refused(counted(start_samples=1, start_seconds=0.001), "start_samples and start_seconds", error=ConfigError)
    refused(counted(stop=1, stop_samples=1), "stop and stop_samples", error=ConfigError)


def test_deprecated_keys_are_noted_once(counted: Any) -> None:
    with collect_notes() as notes:
        for _ in range(3):
            make(counted(start_seconds=0.01, stop_seconds=0.09))
    assert len(notes) == 1
    assert "start_samples" in notes[0]
    with collect_notes() as notes:
        make(counted(start_samples=10))
    assert notes == []


@pytest.mark.parametrize(
    ("delay", "x_first", "y_first", "length"),
    [
        (0, 0, 0, 100),
        (None, 0, 0, 100),
        (3, 0, 3, 97),
        (-3, 3, 0, 97),
        (3.0, 0, 3, 97),
        (99, 0, 99, 1),
        (-99, 99, 0, 1),
    ],
)
def test_delay(counted: Any, delay: Any, x_first: int, y_first: int, length: int) -> None:
    """A lagging output loses its first samples and the input its last; a leading one the other way round."""
    x, y = numbers(make(counted(delay=delay)))
    assert x == list(range(x_first, x_first + length))
    assert y == list(range(y_first, y_first + length))


def test_how_older_configs_read_between_samples_is_left_out(counted: Any) -> None:
    with collect_notes() as notes:
        x, y = numbers(make(counted(delay=3, delay_interpolation_method="cubic")))
    assert (x, y) == (list(range(97)), list(range(3, 100)))
    assert len(notes) == 1
    assert "delay_interpolation_method" in notes[0]


def test_a_delay_that_leaves_nothing_is_refused(counted: Any) -> None:
    refused(counted(delay=100), r"delay is 100 samples, but .* only 100")
    refused(counted(delay=-40, start_samples=50, stop_samples=90), r"delay is -40 samples, but .* only 40")


def test_delay_is_removed_inside_of_the_part(counted: Any) -> None:
    x, y = numbers(make(counted(delay=5, start_samples=20, stop_samples=60)))
    assert (x[0], x[-1], y[0], y[-1]) == (20, 54, 25, 59)


@pytest.mark.parametrize("delay", [0.5, "sometimes", True, [1]])
def test_delay_is_a_whole_number(counted: Any, delay: Any) -> None:
    refused(counted(delay=delay), "delay", error=ConfigError)


def test_unequal_lengths_are_refused_with_both_lengths_and_the_key(counted: Any) -> None:
    refused(
        counted(100, 1100),
        r"x\.wav has 100 samples \(0\.100 s\)",
        r"y\.wav has 1100 \(1\.100 s\)",
        r"1\.000 s",
        "allow_unequal_lengths",
    )


def test_unequal_lengths_are_cut_at_the_end(counted: Any) -> None:
    for x_frames, y_frames in ((100, 80), (80, 100)):
        x, y = numbers(make(counted(x_frames, y_frames, allow_unequal_lengths=True)))
        assert x == y == list(range(80))


def test_a_negative_start_counts_from_the_end_of_the_shorter_file(counted: Any) -> None:
    x, _ = numbers(make(counted(100, 80, allow_unequal_lengths=True, start_samples=-10)))
    assert x == list(range(70, 80))


def test_y_preroll_drops_the_beginning_of_the_output(counted: Any) -> None:
    x, y = numbers(make(counted(100, 107, y_preroll=7)))
    assert (x, y) == (list(range(100)), list(range(7, 107)))


def test_y_preroll_comes_before_the_comparison_of_lengths(counted: Any) -> None:
    refused(counted(100, 100, y_preroll=7), r"y\.wav has 93 .*after the y_preroll of 7")
    refused(counted(100, 100, y_preroll=100), r"y_preroll drops 100 samples, but y\.wav has only 100")
    refused(counted(y_preroll=-1), "y_preroll", error=ConfigError)


def test_sample_rate_must_match(counted: Any) -> None:
    assert make(counted(sample_rate=1000)).sample_rate == 1000
    refused(counted(sample_rate=48000), r"sample_rate is 48000 Hz, but x\.wav has 1000 Hz", "resample")
    refused(counted(sample_rate=0), "sample_rate", error=ConfigError)


def test_files_of_different_rates_are_refused(pair: Any) -> None:
    entry = pair(np.zeros(480), np.zeros(441), rate=48000, y_rate=44100)
    refused(entry, r"x\.wav has 48000 Hz, but y\.wav has 44100 Hz", "resample")
    refused({**entry, "sample_rate": 48000}, r"sample_rate is 48000 Hz, but y\.wav has 44100 Hz")


def test_input_gain_is_in_decibels(counted: Any) -> None:
    plain, louder = make(counted()), make(counted(input_gain=20.0))
    torch.testing.assert_close(louder.x, 10 * plain.x)
    assert torch.equal(louder.y, plain.y)
    refused(counted(input_gain="loud"), "input_gain", error=ConfigError)


def test_y_scale_is_a_factor(counted: Any) -> None:
    plain, scaled = make(counted()), make(counted(y_scale=-0.5))
    torch.testing.assert_close(scaled.y, -0.5 * plain.y)
    assert torch.equal(scaled.x, plain.x)
    refused(counted(y_scale=0), "y_scale", error=ConfigError)


def test_notes_are_no_keys_and_unknown_keys_are_suggested(counted: Any) -> None:
    make(counted(_notes=["the bright channel"]))
    refused(counted(stop_sample=3), "did you mean 'stop_samples'", error=ConfigError)


def test_headers_are_enough_to_accept_what_the_samples_allow(counted: Any) -> None:
    entry = counted(100, 120, ny=7, delay=-3, start_samples=10, y_preroll=2, allow_unequal_lengths=True)
    check_headers(entry, nx=5)
    dataset = make(entry, nx=5)
    assert len(dataset.x) == len(dataset.y) == 100 - 10 - 3
    assert (len(dataset), dataset.left_over) == ((87 - 4) // 7, (87 - 4) % 7)
    assert (dataset.nx, dataset.ny, dataset.delay, dataset.conditions) == (5, 7, -3, ())


def test_a_header_is_read_once_to_check_it_and_once_to_make_the_dataset(
    counted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counting(path: Path) -> Header:
        read.append(Path(path).name)
        return read_header(path)

    monkeypatch.setattr("nam_plugin_wav.pair.read_header", counting)
    config = config_of(counted(start_samples=10))
    WavDataset.check_headers(config, nx=3)
    assert sorted(read) == ["x.wav", "y.wav"]
    WavDataset.init_from_config(config, nx=3)
    assert sorted(read) == ["x.wav", "x.wav", "y.wav", "y.wav"]


def test_a_mistake_costs_no_reading(counted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any, **__: Any) -> None:
        raise AssertionError("samples were read")

    monkeypatch.setattr("nam_plugin_wav.pair.read_audio", read)
    with pytest.raises(DataError, match="receptive field"):
        make(counted(), nx=101)


def test_the_entries_of_older_configs_validate(cases: Path) -> None:
    for name in ("v0.10/single_pair.json", "v0.6/two_pairs.json"):
        document = json.loads((cases / "configs" / name).read_text())
        files = {"x_path": str(cases / "pairs/di.wav"), "y_path": str(cases / "pairs/jcm.wav")}
        for split in ("train", "validation"):
            model, problems = validate(WavConfig, {**document["common"], **document[split], **files})
            assert problems == []
            assert model is not None
            assert model.ny == (8192 if split == "train" else None)


def test_the_real_pair_is_split_as_its_config_says(cases: Path) -> None:
    document = json.loads((cases / "pairs/data.json").read_text())
    files = {key: str(cases / "pairs" / document["common"][key]) for key in ("x_path", "y_path")}
    common = {**document["common"], **files}
    train, validation = (make({**common, **document[split]}, nx=4093) for split in ("train", "validation"))
    assert (len(train.x), len(validation.x)) == (43 * 48000, 17 * 24000)
    assert (len(train), len(validation)) == ((43 * 48000 - 4092) // 8192, 1)
    assert not [finding for finding in inspect_all(train, validation) if finding.severity == "error"]
