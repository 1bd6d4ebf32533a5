"""Wrong labels are named after a training, and right ones are not doubted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from after_parts import GAIN, TONE, Take, Takes, takes, trained

from nam_kernel import Condition, Finding
from nam_plugin_parametric.after.evidence import SHORTEST, listen
from nam_plugin_parametric.after.excerpts import captured
from nam_plugin_parametric.after.labels import label_findings
from nam_plugin_parametric.after.neighbours import beside, crossfade, edges, nearest_pair, outside

LINE = [(float(gain),) for gain in range(11)]
GRID = [(gain, tone) for gain in (0.0, 3.0, 7.0, 10.0) for tone in (0.0, 5.0, 10.0)]
STEPS = 120


def found(
    training: Sequence[Take], conditions: tuple[Condition, ...] = (GAIN,), held_out: Sequence[Take] = (), seed: int = 0
) -> list[Finding]:
    net = trained(training, conditions, seed=seed, steps=STEPS)
    captures = [
        *captured(net, Takes(training, conditions), "train"),  # type: ignore[arg-type]
        *captured(net, Takes(held_out, conditions), "validation"),  # type: ignore[arg-type]
    ]
    return label_findings(net, captures)


def with_swap(labels: list[tuple[float, ...]], a: int, b: int) -> list[tuple[float, ...]]:
    truths = list(labels)
    truths[a], truths[b] = truths[b], truths[a]
    return truths


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))]


@pytest.mark.parametrize("seed", SEEDS)
def test_right_labels_are_not_doubted(seed: int) -> None:
    assert found(takes(LINE, LINE, seed), seed=seed) == []
    assert found(takes(GRID, GRID, seed), (GAIN, TONE), seed=seed) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_settings_without_a_pattern_are_not_doubted(seed: int) -> None:
    anywhere = [(float(a), float(b)) for a, b in 10 * np.random.default_rng(seed).random((16, 2))]
    assert found(takes(anywhere, anywhere, seed), (GAIN, TONE), seed=seed) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_one_wrong_label_is_named_with_the_setting_that_it_sounds_like(seed: int) -> None:
    truths = [*LINE[:2], (5.4,), *LINE[3:]]
    (finding,) = found(takes(LINE, truths, seed), seed=seed)
    assert finding.kind == "label"
    assert finding.sentence.startswith("02.wav says gain 2, sounds like gain 5.")
    assert finding.facts["esr_at_label"] > 10 * finding.facts["esr_elsewhere"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_one_wrong_label_on_a_grid_is_named(seed: int) -> None:
    truths = [*GRID[:4], (9.0, 5.0), *GRID[5:]]
    (finding,) = found(takes(GRID, truths, seed), (GAIN, TONE), seed=seed)
    assert finding.sentence.startswith("04.wav says gain 3")
    assert "sounds like gain 9" in finding.sentence


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wrong_label_at_the_end_of_a_knob_is_named(seed: int) -> None:
    (finding,) = found(takes(LINE, [*LINE[:10], (2.3,)], seed), seed=seed)
    assert finding.sentence.startswith("10.wav says gain 10, sounds like gain 2.")


@pytest.mark.parametrize("seed", SEEDS)
def test_two_swapped_captures_are_named_as_a_pair(seed: int) -> None:
    (finding,) = found(takes(LINE, with_swap(LINE, 2, 8), seed), seed=seed)
    assert finding.kind == "swapped"
    assert "02.wav" in finding.sentence
    assert "08.wav" in finding.sentence
    (finding,) = found(takes(GRID, with_swap(GRID, 4, 10), seed), (GAIN, TONE), seed=seed)
    assert finding.kind == "swapped"
    assert "04.wav" in finding.sentence
    assert "10.wav" in finding.sentence


@pytest.mark.parametrize("seed", SEEDS)
def test_a_knob_that_is_reversed_in_the_validation_is_named(seed: int) -> None:
    truths = [(1.5,), (3.5,), (6.5,), (8.5,)]
    held_out = takes([(10 - gain,) for (gain,) in truths], truths, seed)
    (finding,) = found(takes(LINE, LINE, seed), held_out=held_out, seed=seed)
    assert finding.kind == "reversed"
    assert finding.sentence.startswith("gain seems to be reversed in 4 captures")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_knob_that_is_reversed_in_a_part_of_the_training_is_named(seed: int) -> None:
    mirrored = [(1.5,), (3.5,), (7.5,), (8.5,)]
    labels, truths = [*LINE, *mirrored], [*LINE, *((10 - gain,) for (gain,) in mirrored)]
    (finding,) = found(takes(labels, truths, seed), seed=seed)
    assert finding.kind == "reversed"


def test_a_net_that_learned_nothing_doubts_nobody() -> None:
    captures = takes(LINE, LINE)
    net = trained(captures, steps=4)
    assert label_findings(net, list(captured(net, Takes(captures), "train"))) == []  # type: ignore[arg-type]


def test_captures_without_sound_or_company_are_passed_over() -> None:
    net = trained(takes(LINE, LINE), steps=4)
    silent = Take("silent.wav", {"gain": 3.0}, torch.zeros(4000), torch.zeros(4000))
    assert label_findings(net, list(captured(net, Takes([silent, silent]), "train"))) == []  # type: ignore[arg-type]
    assert label_findings(net, []) == []


def test_on_a_slow_machine_fewer_captures_are_compared_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    net, captures = trained(takes(LINE, LINE), steps=4), takes(LINE, LINE)
    whole = list(captured(net, Takes(captures), "train"))  # type: ignore[arg-type]
    hours = iter(range(0, 10**9, 3600))
    heard = listen(net, whole, clock=lambda: float(next(hours)))
    assert heard.seconds == SHORTEST
    assert [e.name for e in heard.excerpts] == ["00.wav", "05.wav", "10.wav"]
    monkeypatch.setattr("nam_plugin_parametric.after.labels.listen", lambda net, captures: heard)
    (finding,) = label_findings(net, whole)
    assert finding.severity == "info"
    assert finding.sentence == "the labels of 8 captures were not looked at, for want of time"


def test_neighbours_along_a_line_are_the_one_before_and_the_one_after() -> None:
    nodes = np.array([[0.0], [0.2], [0.6], [1.0]])
    assert beside(np.array([0.5]), nodes) == [1, 2]
    assert edges(nodes) == [(0, 1), (1, 2), (2, 3)]
    a, b, share = nearest_pair(np.array([0.5]), nodes)
    assert (a, b) == (1, 2)
    assert share == pytest.approx(0.75)


def test_the_best_crossfade_is_that_of_which_a_sound_was_made() -> None:
    sounds = np.random.default_rng(0).standard_normal((2, 500))
    target = 0.3 * sounds[0] + 0.7 * sounds[1]
    share, error = crossfade(sounds @ sounds.T, sounds @ target, float(target @ target), (0, 1))
    assert share == pytest.approx(0.7)
    assert error == pytest.approx(0, abs=1e-12)


def test_a_point_outside_of_a_triangle_is_as_far_as_its_edge() -> None:
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert outside(np.array([0.2, 0.3]), triangle) < 0.02
    assert outside(np.array([0.5, -0.4]), triangle) == pytest.approx(0.4, abs=1e-6)
