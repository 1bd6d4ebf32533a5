"""Claims about the sizes and the advice: their numbers, counted by hand, and what is said first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nam_kernel
from nam_kernel import Finding, Result
from nam_kernel.models import document_of
from nam_plugin_capture.advice import next_step
from nam_plugin_capture.sizes import SIZES, larger, net_of


def by_hand(stacks: list[tuple[int, int, int, int, bool]]) -> int:
    """
    Return the numbers in a WaveNet's file: per layer three taps, a mixer, a 1x1 layer and two biases.

    :param stacks: inputs, channels, outputs of the head, layers, and whether the head has a bias
    """
    count = 1
    for inputs, channels, head, layers, bias in stacks:
        layer = 3 * channels**2 + channels + channels + channels**2 + channels
        count += inputs * channels + layers * layer + channels * head + head * bias
    return count


@pytest.mark.parametrize(
    ("size", "stacks"),
    [
        ("tiny", [(1, 6, 4, 7, False), (6, 4, 1, 9, True)]),
        ("nano", [(1, 4, 2, 7, False), (4, 2, 1, 13, True)]),
        ("feather", [(1, 8, 4, 7, False), (8, 4, 1, 13, True)]),
        ("lite", [(1, 12, 6, 7, False), (12, 6, 1, 13, True)]),
        ("standard", [(1, 16, 8, 10, False), (16, 8, 1, 10, True)]),
    ],
)
def test_each_size_has_as_many_numbers_as_its_shape_says(
    size: str, stacks: list[tuple[int, int, int, int, bool]]
) -> None:
    net = net_of(size)
    made = nam_kernel.make_net(net["name"], net["config"])
    assert len(document_of(made)["weights"]) == by_hand(stacks)


def test_the_default_holds_both_a2_sizes() -> None:
    net = net_of("a2")
    made = nam_kernel.make_net(net["name"], net["config"])
    assert made.outputs == ("small", "large")


def test_the_receptive_field_of_the_smaller_ones_is_as_long_as_that_of_the_standard() -> None:
    fields = {s: nam_kernel.make_net(**net_of(s)).receptive_field for s in ("nano", "feather", "lite", "standard")}
    # Three taps look back by twice the dilation, and the dilations of all four add up to twice 1023.
    assert set(fields.values()) == {1 + 2 * 2 * 1023}


def test_every_size_leads_to_a_larger_one_but_the_last() -> None:
    assert [larger(size) for size in SIZES] == [*SIZES[1:], None]


def result(esr: float, *findings: Finding, best: int = 20) -> Result:
    net = nam_kernel.make_net(**net_of("tiny"))
    known = Result(net=net, directory=Path(), metrics={"ESR": esr}, best_epoch=best, epochs=20)
    return replace(known, findings=findings)


NOISE = Finding("info", "amp.wav", "noise", facts={"lowest_esr": 0.04})
TREMOLO = Finding("warning", "amp.wav", "the output moves", "switch it off", kind="tremolo")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (result(0.004), "nothing"),
        (result(0.05, NOISE), "quieter recording"),
        (result(0.3, NOISE), "noise allows 0.04, so train longer"),
        (result(0.3, TREMOLO), "first, the output moves: switch it off"),
        (result(0.05, best=4), "--size nano"),
        (result(float(np.nan), best=20), "diverged"),
    ],
    ids=["good", "noise", "time", "recording", "size", "diverged"],
)
def test_the_next_step_is_the_one_that_helps_most(known: Result, said: str) -> None:
    assert said in next_step(known, "tiny")
