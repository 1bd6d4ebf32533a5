"""Items that nobody recorded: silence at settings within the range, and knobs that move from one capture to another."""

from __future__ import annotations

import pytest
import torch

from nam_kernel import BaseDataset, Condition
from nam_kernel.errors import DataError
from nam_plugin_parametric.augment import Augmented

KNOBS = (
    Condition("gain", 2.0, 8.0),
    Condition("f", 100.0, 1000.0, curve="log"),
    Condition("mode", choices=("a", "b", "c")),
)
SETTINGS = ((3.0, 200.0, 0.0), (7.0, 800.0, 0.0))


class Two(BaseDataset):
    """Two captures of one input: y is x times the gain."""

    nx, ny, sample_rate, conditions, captures = 3, 8, 48000.0, KNOBS, ("one", "other")

    def __init__(self, shared=True):
        self.x = torch.linspace(0.1, 1.0, 40)
        self.copies = [self.x, self.x if shared else self.x.clone()]

    @classmethod
    def init_from_config(cls, config, *, nx=1):
        return cls()

    def __len__(self):
        return 8

    def __getitem__(self, index):
        if not -8 <= index < 8:
            raise IndexError
        which, at = divmod(index % 8, 4)
        x = self.copies[which][at * 8 : at * 8 + 10]
        return (x, *map(torch.tensor, SETTINGS[which]), SETTINGS[which][0] * x[2:])


def test_silence_answers_silence_at_settings_within_the_range():
    data = Augmented(Two(), 50, 0, seed=3)
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
    assert [d.tolist() for d in data[9][1:-1]] == [d.tolist() for d in Augmented(Two(), 50, 0, seed=3)[9][1:-1]]


def test_own_items_stay_as_they_are():
    data, plain = Augmented(Two(), 2, 0), Two()
    for index in range(8):
        for a, b in zip(data[index], plain[index], strict=True):
            assert torch.equal(a, b)
    assert data.captures == ("one", "other")
    with pytest.raises(IndexError):
        data[10]


def test_a_move_goes_from_one_setting_to_the_other_while_the_output_fades():
    data = Augmented(Two(), 0, 6, seed=1)
    for index in range(8, 14):
        x, gain, f, mode, y = data[index]
        begin, end = float(gain[0]), float(gain[-1])
        assert {begin, end} == {3.0, 7.0}
        assert (float(f[0]), float(f[-1])) == ((200.0, 800.0) if begin == 3.0 else (800.0, 200.0))
        assert not mode.any()
        way = torch.linspace(0, 1, 10)[2:]
        expected = begin * x[2:] + (end - begin) * x[2:] * way
        torch.testing.assert_close(y, expected)
    # In a batch with them, the knobs of all items are signals.
    assert all(part.shape == (10,) for part in data[0][:-1])


def test_moves_need_captures_of_one_input_and_items_of_one_length():
    with pytest.raises(DataError, match="no two captures share their input file"):
        Augmented(Two(shared=False), 0, 1)
    whole = Two()
    whole.ny = None
    with pytest.raises(DataError, match="give the training data an ny"):
        Augmented(whole, 1, 0)
