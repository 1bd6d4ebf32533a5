"""Propose the settings to record next: the farthest from all captures, or where interpolation or models fail."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nam_kernel import BaseNet, Condition
from nam_kernel.errors import UserError
from nam_kernel.files import expanded
from nam_kernel.text import printable
from nam_plugin_parametric.captures.check import checked
from nam_plugin_parametric.settings import sentence_of

if TYPE_CHECKING:
    from nam_plugin_parametric.after.excerpts import Excerpt

WAYS = ("maximin", "interpolation", "disagreement")

MOST = 100
"""Settings that are proposed."""


def main(argv: list[str]) -> int:
    """
    Run the command ``knobs next``, and return the exit code.

    :param argv: the arguments after ``knobs next``
    :raises UserError: when the captures or a model cannot be used
    """
    arguments = _parser().parse_args(argv)
    if not 1 <= arguments.count <= MOST:
        raise UserError(f"--count {arguments.count}: propose 1 to {MOST} settings")
    way = arguments.by or ("disagreement" if arguments.model else "maximin")
    if way == "disagreement" and len(arguments.model) < 2:
        raise UserError("models disagree when there are two or more; give --model twice, or --by maximin")
    if way != "disagreement" and arguments.model:
        raise UserError(f"--by {way} asks no model; leave out --model")
    nets = _nets(arguments.model)
    measured, conditions, _ = checked(expanded(arguments.captures))
    excerpts = _still(measured, conditions)
    if not excerpts:
        raise UserError(
            f"{arguments.captures}: the knobs move in all captures; settings are proposed beside fixed ones"
        )
    rate = measured[0].sample_rate
    found = _proposed(way, conditions, excerpts, nets, rate, arguments.count)
    settings = [_setting(conditions, values) for values in found]
    if arguments.json:
        print(json.dumps({"by": way, "settings": settings}, indent=2))
    elif not settings:
        print("Every setting of these knobs' steps is recorded already.")
    for i, setting in enumerate(() if arguments.json else settings, 1):
        print(f"{i}. {printable(sentence_of(setting))}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("nam-kernel knobs next", description=__doc__)
    parser.add_argument("captures", type=Path, help="a table of captures (.csv), or a data config that names some")
    parser.add_argument("--count", type=int, default=3, metavar="N", help="settings to propose (default: 3)")
    parser.add_argument(
        "--model",
        type=Path,
        action="append",
        default=[],
        metavar="MODEL",
        help="a model that was trained on them, .nam; twice or more, snapshots of one training or several seeds: "
        "where they disagree is proposed",
    )
    parser.add_argument(
        "--by",
        choices=WAYS,
        help="maximin: farthest from all captures (the default); interpolation: where the crossfade of a capture's "
        "neighbours is unlike it; disagreement: of the models (the default with --model)",
    )
    parser.add_argument("--json", action="store_true", help="print the settings as one JSON object, for programs")
    return parser


def _nets(paths: Sequence[Path]) -> list[BaseNet]:
    from nam_kernel.models import read_model
    from nam_plugin_parametric.settings import knobs_of

    nets = [read_model(expanded(path)) for path in paths]
    for path, net in zip(paths, nets, strict=True):
        knobs_of(net, str(path))
    return nets


def _still(measured: Sequence[object], conditions: Sequence[Condition]) -> list[Excerpt]:
    """Return the captures in which no knob moves, whole."""
    from nam_plugin_parametric.after.excerpts import Excerpt

    found = []
    for m in measured:
        capture, split = m.capture, m.split  # type: ignore[attr-defined]
        if all(c.name in capture.settings for c in conditions) and len(capture.y):
            values = tuple(float(capture.settings[c.name]) for c in conditions)
            found.append(Excerpt(capture.name, split, values, capture.x, capture.y))
    return found


def _proposed(
    way: str, conditions: Sequence[Condition], excerpts: list[Excerpt], nets: list[BaseNet], rate: float, count: int
) -> list[tuple[float, ...]]:
    from nam_plugin_parametric.after.design import maximin
    from nam_plugin_parametric.after.propose import by_disagreement, by_interpolation

    if way == "maximin":
        return maximin(conditions, [e.values for e in excerpts], count)
    if way == "interpolation":
        return by_interpolation(conditions, excerpts, rate, count)
    wanted = [c.name for c in conditions]
    for net in nets:
        names = [c.name for c in net.conditions or ()]
        if sorted(names) != sorted(wanted):
            raise UserError(
                f"a model has the knobs {', '.join(names)}, and the captures {', '.join(wanted)}; "
                "give models that were trained on these captures"
            )
        if net.sample_rate and net.sample_rate != rate:
            raise UserError(f"a model has {net.sample_rate:g} Hz, and the captures {rate:g} Hz")
    return by_disagreement(conditions, excerpts, nets, count)


def _setting(conditions: Sequence[Condition], values: Sequence[float]) -> dict[str, float | str]:
    return {c.name: c.choices[round(v)] if c.choices else v for c, v in zip(conditions, values, strict=True)}
