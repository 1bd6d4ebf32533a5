"""Level, tilt, error and dead zones along a knob, players, and sentences at the end of a run."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from after_parts import GAIN, RATE, TONE, Takes, takes, trained
from test_after_scan import MODE, Formula
from torch import Tensor

from nam_kernel import BaseNet, Condition
from nam_plugin_parametric.after.curves import curve, level, mean_esr, measured, tilt
from nam_plugin_parametric.after.excerpts import Excerpt, captured, cut_alike, excerpts_of
from nam_plugin_parametric.after.looked import looked, sentences

SETTINGS = [(0.0,), (3.0,), (6.0,), (10.0,)]


def run_of(net: BaseNet, training: Any, validation: Any = None, interrupted: int | None = None) -> tuple[Any, Any]:
    """Return what a hook gets of a run."""
    return SimpleNamespace(train=training, validation=validation), SimpleNamespace(net=net, interrupted=interrupted)


def noise(seconds: float = 2.0) -> Tensor:
    return torch.randn(round(seconds * 48000), generator=torch.Generator().manual_seed(0)).double()


def excerpt(net: Formula, values: Sequence[float], split: str = "train", x: Tensor | None = None) -> Excerpt:
    sound = 0.1 * noise().float() if x is None else x
    y = net.render(sound, *values)
    return Excerpt(f"at {values[0]:g}", split, tuple(values), sound, y)


def test_level_and_tilt_are_those_of_known_signals() -> None:
    assert level(torch.sin(2 * torch.pi * 1000 * torch.arange(48000) / 48000)) == pytest.approx(-3.01, abs=0.01)
    assert tilt(noise(), 48000) == pytest.approx(0, abs=0.3)
    # A running sum of white noise falls by 6 dB for each octave.
    assert tilt(noise().cumsum(0), 48000) == pytest.approx(-6.02, abs=0.4)


def test_a_curve_has_the_level_of_the_net_along_its_knob_and_the_captures_as_dots() -> None:
    net = Formula((GAIN, TONE), lambda x, gain, tone: x * 10 ** (gain / 10 - 1))
    x = 0.1 * noise().float()
    settings = [(0.0, 2.0), (4.0, 2.0), (10.0, 2.0), (10.0, 7.0)]
    captures = measured(net, [excerpt(net, values, x=x) for values in settings])
    along = curve(net, 0, captures)
    assert along.base[1] == 2.0
    assert [m.excerpt.values for m in along.on_it] == settings[:3]
    assert along.levels[-1] - along.levels[0] == pytest.approx(20, abs=1e-3)
    assert [m.level for m in along.on_it] == pytest.approx(
        [along.levels[-1] - 20, along.levels[-1] - 12, along.levels[-1]]
    )
    assert all(m.esr < 1e-10 for m in captures)


def test_a_dead_zone_is_where_the_output_hardly_changes() -> None:
    deaf = Formula((GAIN, TONE), lambda x, gain, tone: x * (0.1 + gain.clamp(max=5.0)))
    assert curve(deaf, 0, []).dead_zones() == [(5.0, 10.0)]
    assert curve(deaf, 1, []).dead_zones() == [(0.0, 10.0)]
    alive = Formula((GAIN, MODE), lambda x, gain, mode: x * (0.1 + gain) * (1 + (mode > 1.5)))
    assert curve(alive, 0, []).dead_zones() == []
    assert curve(alive, 1, []).dead_zones() == [(0.0, 1.0)]


def test_the_figure_of_a_run_is_the_equal_mean_over_captures_and_the_worst_is_named() -> None:
    right = Formula((GAIN,), lambda x, gain: x * (1 + gain))
    half = Formula((GAIN,), lambda x, gain: x * (1 + gain) * torch.where(gain > 5, 0.5, 0.9))
    captures = measured(half, [excerpt(right, (0.0,)), excerpt(right, (10.0,))])
    mean = mean_esr(captures)
    assert mean is not None
    assert mean[0] == pytest.approx((0.25 + 0.01) / 2, rel=1e-3)
    assert mean[1].excerpt.name == "at 10"
    assert mean_esr([]) is None


def test_the_loudest_seconds_are_those_of_all_captures_of_an_input() -> None:
    x = torch.zeros(48000 * 4)
    x[120_000:130_000] = 1.0
    whole = [Excerpt("a", "train", (0.0,), x, 0.001 * x), Excerpt("b", "train", (1.0,), x, x)]
    (group,) = cut_alike(whole, 0.5, 48000.0, 100)
    assert len(group) == 2
    assert group[0].x is group[1].x
    assert float(group[0].y.sum()) == pytest.approx(10.0, rel=1e-3)


def test_captures_are_matched_by_name_and_those_with_a_moving_knob_are_left_out() -> None:
    net = trained(takes([(1.0, 2.0)], [(1.0, 2.0)]), (GAIN, TONE), steps=1)
    listed = takes([(1.0, 2.0), (3.0, 4.0)], [(1.0, 2.0), (3.0, 4.0)])
    del listed[1].settings["tone"]
    (found,) = captured(net, Takes(listed, (TONE, GAIN)), "train")  # type: ignore[arg-type]
    assert found.values == (1.0, 2.0)
    assert excerpts_of(net, SimpleNamespace(train=None, validation=None)) == []  # type: ignore[arg-type]


def test_the_end_of_a_run_is_told_once_and_only_where_something_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = Formula((GAIN,), lambda x, gain: x * (0.5 + gain / 20))
    assert sentences(*run_of(fine, None)) is None
    wild = Formula((GAIN,), lambda x, gain: x * (1 + 100 * (gain == 10)))
    run, result = run_of(wild, None)
    told = sentences(run, result)
    assert told is not None
    assert told.startswith("the model runs away at gain 10: its peak is 101 times")
    assert looked(run, result) is looked(run, result)
    assert sentences(*run_of(wild, None, interrupted=2)) is None
    assert sentences(*run_of(Formula((), lambda x: x), None)) is None


class TestPanels:
    """What the page shows and plays."""

    def test_every_knob_has_a_panel_with_a_picture_and_players_of_one_length(self) -> None:
        pytest.importorskip("nam_plugin_report")
        from nam_plugin_parametric.after.panel import panels

        training, held_out = takes(SETTINGS, SETTINGS), takes([(4.5,)], [(4.5,)])
        net = trained(training, steps=100)
        every, knob = panels(*run_of(net, Takes(training), Takes(held_out)))
        labels = [label for label, _ in every.rows]
        assert labels[:2] == ["Mean ESR, settings never seen", "Mean ESR, settings of the training"]
        assert "over 4 captures; the worst is" in every.rows[1][1]
        assert len(every.table) == 6
        assert knob.title == "Knob: gain"
        assert knob.picture is not None
        titles = [player.title for player in knob.players]
        assert [t for t in titles if t.startswith("Model")] == ["Model, gain 0", "Model, gain 4.5", "Model, gain 10"]
        assert {"Recording, gain 4.5", "Nearest other capture, gain 4.5", "Crossfade, gain 4.5"} < set(titles)
        lengths = set()
        for player in knob.players:
            with wave.open(io.BytesIO(player.wav)) as file:
                lengths.add((file.getnframes(), file.getframerate()))
        assert len(lengths) == 1
        assert lengths.pop()[1] == RATE

    def test_the_crossfade_is_as_loud_as_its_captures(self) -> None:
        pytest.importorskip("nam_plugin_report")
        from nam_plugin_parametric.after.hearing import between_captures, crossfade_at

        net = Formula((GAIN,), lambda x, gain: x * 10 ** (gain / 10 - 1))
        x = 0.1 * noise().float()
        # One is the other delayed by a sample, so that their sum is quieter than they are.
        first, last = excerpt(net, (0.0,), x=x), excerpt(net, (10.0,), x=x)
        last = Excerpt(last.name, "train", last.values, x, torch.roll(last.y, 1))
        along = curve(net, 0, measured(net, [first, last]))
        assert between_captures(along) == pytest.approx(5.0)
        found = crossfade_at(along, 5.0, along.on_it)
        assert found is not None
        ends = [level(m.excerpt.target) for m in along.on_it]
        assert level(found[0]) == pytest.approx(sum(ends) / 2, abs=1e-6)

    def test_a_strangers_net_without_captures_has_its_panels(self) -> None:
        pytest.importorskip("nam_plugin_report")
        from nam_plugin_parametric.after.panel import panels

        net = Formula(
            (Condition("mid", 200.0, 2000.0, unit="Hz", curve="log"), MODE), lambda x, mid, mode: x * mid / 2e3
        )
        every, mid, mode = panels(*run_of(net, Takes([]), None))
        assert ("Dead zone", "mode does nothing") in every.rows
        assert mid.players == mode.players == ()
        assert mid.picture is not None
        assert list(panels(*run_of(Formula((), lambda x: x), None))) == []


def test_a_tilt_of_too_few_samples_is_no_number() -> None:
    assert math.isnan(tilt(torch.ones(20), 48000))
    assert np.isfinite(tilt(torch.zeros(4800), 48000))
