"""What a person reads before and after a training: what is about to happen, and a verdict in plain words."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

from nam_kernel.interfaces import Result
from nam_kernel.interfaces.dataset import leaves
from nam_kernel.prepare import Prepared
from nam_kernel.quality import band_of
from nam_kernel.text import findings_table

GOOD = 0.01
"""The ESR from which on no advice is needed."""


def describe(prepared: Prepared) -> Iterator[str]:
    """List what is known of a run before it starts, in lines for people."""
    net, checked = prepared.net, prepared.checked
    rate = net.sample_rate
    field = int(net.receptive_field)
    name = checked.model.net.name if checked.model.net else type(net).__name__
    span = f" ({1000 * field / rate:.1f} ms)" if rate else ""
    yield f"net             {name}"
    yield f"receptive field {field} samples{span}"
    yield f"parameters      {sum(p.numel() for p in net.parameters())}"
    for label, dataset in (("training", prepared.train), ("validation", prepared.validation)):
        yield (
            f"{label:<15} {_items(dataset, rate)}"
            if dataset is not None
            else f"{label:<15} none: the last state counts"
        )
    steps, epochs = steps_per_epoch(prepared), checked.learning.trainer.get("max_epochs")
    yield f"steps           {steps} per epoch" + (f", {steps * epochs} in {epochs} epochs" if epochs else "")


def warnings(prepared: Prepared) -> Iterator[str]:
    """List what the checks noted and what would go wrong later."""
    for sentence in prepared.notes:
        yield f"note            {sentence}"
    first = leaves(prepared.train)[0]
    if hasattr(first, "look"):
        yield from findings_table(first.look(prepared.train, prepared.validation)).splitlines()


def introduce(prepared: Prepared) -> None:
    """Print both to stderr, where the progress will follow."""
    for line in (*describe(prepared), *warnings(prepared)):
        print(line, file=sys.stderr)


def steps_per_epoch(prepared: Prepared) -> int:
    """Count the batches of an epoch."""
    loader = prepared.checked.learning.train_dataloader
    batch = loader.get("batch_size") or 1
    items = len(prepared.train)
    return items // batch if loader.get("drop_last") else math.ceil(items / batch)


def verdict(result: Result) -> Iterator[str]:
    """Say in plain words what came out, where it is, and what to try next."""
    if result.interrupted is not None:
        yield "The training was interrupted."
    elif result.stopped:
        yield result.stopped
    if result.model_path is None:
        yield "Nothing had been learned yet, so no model was written."
        return
    worst = None
    for name, metrics in (result.outputs or {"": result.metrics}).items():
        esr = metrics.get("ESR")
        if esr is None:
            yield "Nothing was validated, so how good the model is, is not known; add a validation part to the data."
            break
        worst = esr if worst is None else max(worst, esr)
        band = band_of(esr)
        told = f"{band.word}: {band.meaning}" if band else "not a number: the training has diverged"
        yield f"{f'Size {name}: ' if name else ''}ESR {esr:.4f}, {told}{'' if told.endswith('?') else '.'}"
    if worst is not None and result.lowest_esr is not None:
        yield f"The noise of the recording allows an ESR of {result.lowest_esr:.2g} at best."
    yield f"The model: {result.model_path}"
    yield "Load it in a player that reads .nam files." if result.model_path.suffix == ".nam" else ""
    if result.interrupted is not None:
        yield f"To go on: nam_full --resume {result.directory}"
    elif worst is not None and worst > GOOD:
        yield "To get closer: train for more epochs, check the delay of the recordings, or choose a larger net."


def finish(result: Result) -> int:
    """Print the verdict and give the exit code."""
    for line in verdict(result):
        if line:
            print(line)
    return 0 if result.interrupted is None else 128 + result.interrupted


def _items(dataset: Any, rate: float | None) -> str:
    count, length = len(dataset), getattr(dataset, "ny", None)
    if not length:
        return f"{count} items"
    seconds = f", {count * length / rate:.1f} s" if rate else ""
    return f"{count} item{'s' if count > 1 else ''} of {length} samples{seconds}"
