"""Items that nobody recorded: silence at settings within the range, and knobs that move from one capture to another."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captures_parts import made, table, write

from nam_kernel import BaseDataset, Condition
from nam_kernel.errors import DataError
from nam_kernel.interfaces import ConcatDataset
from nam_plugin_parametric.augmentation.dataset import Augmented
from nam_plugin_parametric.augmentation.extras import Ends, Extra, Moves, Silence

KNOBS = (
    Condition("gain", 2.0, 8.0),
    Condition("f", 100.0, 1000.0, curve="log"),
    Condition("mode", choices=("a", "b", "c")),
)
SETTINGS = ((3.0, 200.0, 0.0), (7.0, 800.0, 0.0))


class Two(BaseDataset):
    """Items at two settings: y is x times the gain."""

    nx, ny, sample_rate, conditions, note = 3, 8, 48000.0, KNOBS, "of the dataset"

    def __init__(self):
        self.x = torch.linspace(0.1, 1.0, 40)

    @classmethod
    def init_from_config(cls, config, *, nx=1):
        return cls()

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if not -8 <= index < 8:
            raise IndexError
        which, at = divmod(index % 8, 4)
        x = self.x[at * 8 : at * 8 + 10]
        return (x, *map(torch.tensor, SETTINGS[which]), SETTINGS[which][0] * x[2:])


def with_extras(dataset: BaseDataset, kind: type[Extra], count: int, seed: int = 0) -> Augmented:
    return Augmented(dataset, [kind(dataset, count, torch.Generator().manual_seed(seed))])


def test_silence_answers_silence_at_settings_within_the_range():
    data = with_extras(Two(), Silence, 50, seed=3)
    assert len(data) == 58
    settings = []
    for index in range(8, 58):
        x, *knobs, y = data[index]
        assert not x.any()
        assert not y.any()
        assert (x.shape, y.shape) == ((10,), (8,))
        settings.append([float(k) for k in knobs])
    gain, f, mode = torch.tensor(settings).T
    assert 2.0 <= float(gain.min()) < 3.5
    assert 6.5 < float(gain.max()) <= 8.0
    # Half of a log knob's settings lie below its geometric mean.
    assert 0.3 < float((f < 316.0).float().mean()) < 0.7
    assert set(mode.tolist()) == {0.0, 1.0, 2.0}
    assert [d.tolist() for d in data[9][1:-1]] == [d.tolist() for d in with_extras(Two(), Silence, 50, seed=3)[9][1:-1]]


def test_own_items_stay_as_they_are():
    data, plain = with_extras(Two(), Silence, 2), Two()
    for index in range(8):
        for a, b in zip(data[index], plain[index], strict=True):
            assert torch.equal(a, b)
    assert data.note == "of the dataset"
    with pytest.raises(IndexError):
        data[10]


def captures(folder, delays, ny=8, **keys):
    """Return captures of the input (n + 1) / 10000, cut ``delays`` samples late: y is gain times x."""
    x = (np.arange(100) + 1) / 10_000
    write(folder / "di.wav", x, 1000)
    lines = ["x_path,y_path,gain,delay"]
    for gain, delay in zip((3, 5, 7), delays, strict=False):
        write(folder / f"{gain}.wav", gain * np.concatenate((np.zeros(max(delay, 0)), x[max(-delay, 0) :])), 1000)
        lines.append(f"di.wav,{gain}.wav,{gain},{delay}")
    quiet = {"require_input_pre_silence": None, "allow_unequal_lengths": True}
    return made({"table": str(table(folder, *lines)), "ny": ny, **quiet, **keys}, nx=3)


@pytest.mark.parametrize("delays", [(0, 0), (-3, -14, 0), (5, -7, 2)])
def test_a_move_goes_from_one_setting_to_the_other_while_the_output_fades(tmp_path, delays):
    dataset = captures(tmp_path, delays)
    data = with_extras(dataset, Moves, 40, seed=1)
    gains = {3.0, 5.0, 7.0} if len(delays) > 2 else {3.0, 5.0}
    seen = set()
    for index in range(len(dataset), len(data)):
        x, gain, y = data[index]
        begin, end = float(gain[0]), float(gain[-1])
        seen.add((begin, end))
        assert begin != end
        way = torch.linspace(0, 1, 10)
        torch.testing.assert_close(gain, begin + (end - begin) * way)
        # Each sample of the output belongs to the sample of the input beside it, at any delay.
        torch.testing.assert_close(y, (begin + (end - begin) * way[2:]) * x[2:])
    assert seen == {(a, b) for a in gains for b in gains if a != b}
    # In a batch with them, the knobs of all items are signals.
    assert all(part.shape == (10,) for part in data[0][:-1])


def test_moves_keep_to_the_parts_that_both_captures_have(tmp_path):
    first = captures(tmp_path, (0, 0, 0), ny=10, stop_samples=60)
    second = captures(tmp_path, (0, 0, 0), ny=10, start_samples=40)
    data = with_extras(ConcatDataset([first, second]), Moves, 100, seed=2)
    for index in range(len(first) + len(second), len(data)):
        x, gain, y = data[index]
        way = torch.linspace(0, 1, 12)[2:]
        torch.testing.assert_close(y, (gain[0] + (gain[-1] - gain[0]) * way) * x[2:])


def test_moves_need_captures_of_one_input_and_items_of_one_length(tmp_path):
    with pytest.raises(DataError, match="no two captures share their input file"):
        with_extras(captures(tmp_path, (0,)), Moves, 1)
    with pytest.raises(DataError, match="no two captures share their input file"):
        with_extras(Two(), Moves, 1)
    whole = Two()
    whole.ny = None
    with pytest.raises(DataError, match="give the training data an ny"):
        with_extras(whole, Silence, 1)


def test_beyond_what_was_recorded_a_knob_stays_as_at_the_last_recording(tmp_path):
    knobs = [{"name": "gain", "low": 0, "high": 7}]
    dataset = captures(tmp_path, (0, -2, 4), conditions=knobs)
    data = with_extras(dataset, Ends, 50)
    found = []
    for index in range(len(dataset), len(data)):
        x, gain, y = data[index]
        # Nothing lies above 7; below 3 all is as it is at 3.
        torch.testing.assert_close(y, 3 * x[2:])
        found.append(float(gain))
    assert 0 <= min(found) < 0.3
    assert 2.7 < max(found) <= 3
    within = captures(tmp_path, (0, 0, 0))
    assert len(with_extras(within, Ends, 50)) == len(within)
