"""Which settings are proposed next: far from all that are recorded, where neighbours fail, or where models disagree."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from after_parts import GAIN, RATE, TONE, riff
from captures_parts import amplifier, guitar, table, write
from test_after_scan import MODE, Formula

from nam_kernel import Condition
from nam_kernel.errors import UserError
from nam_plugin_parametric.after.design import candidates, maximin, snapped
from nam_plugin_parametric.after.excerpts import Excerpt, cut_alike
from nam_plugin_parametric.after.next import main
from nam_plugin_parametric.after.propose import by_disagreement, by_interpolation, disagreement, failures


def recorded(*gains: float) -> list[Excerpt]:
    """Return captures of a gain that does the more the higher it is: ``tanh(g**3 x)``."""
    x = riff()
    return [Excerpt(f"{g:g}", "train", (g,), x, torch.tanh((1 + g**3 / 10) * x)) for g in gains]


def test_a_maximin_design_halves_the_largest_gap() -> None:
    assert maximin((GAIN,), [(0.0,), (10.0,)], 3) == [(5.0,), (2.5,), (7.5,)]
    corners = [(0.0, 0.0), (0.0, 10.0), (10.0, 0.0), (10.0, 10.0)]
    assert maximin((GAIN, TONE), corners, 1) == [(5.0, 5.0)]
    assert maximin((GAIN,), [], 2)[0] == (5.0,)
    assert maximin((MODE,), [(0.0,), (1.0,)], 5) == [(2.0,)]


def test_values_are_those_of_the_control() -> None:
    assert snapped(Condition("a", 0.0, 1.0, step=0.25), 0.4) == 0.5
    assert snapped(Condition("a", 1.0, 10.0, step=2.0), 10.0) == 9.0
    assert snapped(Condition("f", 200.0, 2000.0, curve="log"), 632.4555) == 632.0
    assert snapped(MODE, 1.4) == 1.0
    stepped = Condition("gain", 0.0, 10.0, step=5.0)
    assert candidates((stepped,), [(5.0,)]) == [(0.0,), (10.0,)]
    assert maximin((stepped,), [(0.0,), (5.0,), (10.0,)], 3) == []


def test_interpolation_fails_where_the_sound_bends_and_that_is_proposed_first() -> None:
    captures = recorded(0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
    (group,) = cut_alike(captures, 2.0, RATE, 0)
    bends = failures((GAIN,), group)
    assert np.isnan(bends[[0, -1]]).all()
    assert int(np.nanargmax(bends)) + 1 in (2, 3)
    found = by_interpolation((GAIN,), captures, RATE, 2)
    assert all(0 < gain < 10 and gain not in (2, 4, 6, 8) for (gain,) in found)
    worst = group[int(np.nanargmax(bends))].values[0]
    assert abs(found[0][0] - worst) == pytest.approx(1.0, abs=0.5)


def test_a_sound_that_is_the_crossfade_of_its_neighbours_does_not_bend() -> None:
    x = riff()
    linear = [Excerpt(f"{g:g}", "train", (g,), x, (0.1 + g) * x) for g in (0.0, 2.0, 7.0, 10.0)]
    assert failures((GAIN,), cut_alike(linear, 2.0, RATE, 0)[0])[1:3] == pytest.approx([0, 0], abs=1e-3)
    assert by_interpolation((GAIN,), linear[:2], RATE, 1) == maximin((GAIN,), [(0.0,), (2.0,)], 1)


def test_models_disagree_where_they_differ_whatever_the_level_is() -> None:
    def off(amount: float) -> Formula:
        return Formula((GAIN,), lambda x, gain: x * 10 ** (gain / 5) * (1 + amount * (gain - 3).abs().lt(1)))

    captures = recorded(0.0, 10.0)
    (group,) = cut_alike(captures, 2.0, 48000.0, 1)
    spread = disagreement((GAIN,), [off(0.1), off(-0.1)], group[0], [(0.0,), (3.0,), (10.0,)])
    assert spread == pytest.approx([0, 0.01 / 1.01, 0], rel=1e-5)
    (found,) = by_disagreement((GAIN,), captures, [off(0.1), off(-0.1)], 1)
    assert 2 < found[0] < 4
    assert by_disagreement((GAIN,), captures, [off(0.1), off(0.1)], 3) == [(5.0,), (2.5,), (7.5,)]


def test_nets_are_told_by_the_names_of_their_knobs() -> None:
    nets = [Formula((TONE, GAIN), lambda x, tone, gain, a=a: x * (1 + a * tone)) for a in (0.1, 0.2)]
    x = Excerpt("", "train", (0.0, 0.0), riff(), riff())
    spread = disagreement((GAIN, TONE), nets, x, [(10.0, 0.0), (0.0, 10.0)])
    assert spread[0] == pytest.approx(0, abs=1e-12)
    assert spread[1] > 0.01


class TestCommand:
    """``knobs next``."""

    def make(self, folder: Path) -> Path:
        x = guitar(1.0)
        write(folder / "di.wav", x)
        for gain in (0, 4, 10):
            write(folder / f"{gain}.wav", amplifier(x, gain))
        return table(folder, "x_path,y_path,gain", *(f"di.wav,{gain}.wav,{gain}" for gain in (0, 4, 10)))

    def test_it_proposes_settings_in_words_and_for_programs(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        captures = self.make(tmp_path)
        assert main([str(captures), "--count", "2"]) == 0
        assert capsys.readouterr().out == "1. gain 7\n2. gain 2\n"
        assert main([str(captures), "--by", "interpolation", "--count", "1", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["by"] == "interpolation"
        assert list(told["settings"][0]) == ["gain"]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--count", "0"], "propose 1 to 100"),
            (["--by", "disagreement"], "give --model twice"),
            (["--model", "a.nam"], "give --model twice"),
            (["--by", "maximin", "--model", "a.nam"], "leave out --model"),
            (["--model", "missing.nam", "--model", "missing.nam"], "missing.nam"),
        ],
    )
    def test_it_refuses_what_makes_no_sense(self, tmp_path: Path, arguments: list[str], message: str) -> None:
        with pytest.raises(UserError, match=message):
            main([str(self.make(tmp_path)), *arguments])
