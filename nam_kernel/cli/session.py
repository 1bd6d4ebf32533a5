"""What a person reads before and after a training: what is about to happen, and a verdict in plain words."""

import sys
from collections.abc import Iterator

from nam_kernel.interfaces import BaseDataset, Result
from nam_kernel.quality import ESR, GOOD, band_of
from nam_kernel.run.parts import Prepared
from nam_kernel.text import findings_table


def describe(run: Prepared) -> list[tuple[str, str]]:
    """Return what is known of a run before it starts, as rows (label, value)."""
    net, rate = run.net, run.net.sample_rate
    field = int(net.receptive_field)
    span = f" ({1000 * field / rate:.1f} ms)" if rate else ""
    data = (("training", run.train), ("validation", run.validation))
    return [
        ("net", run.checked.model.net.name if run.checked.model.net else type(net).__name__),
        ("receptive field", f"{field} sample{'s' * (field != 1)}{span}"),
        ("parameters", str(net.parameter_count())),
        *((label, _items(d, rate) if d is not None else "none: the last state counts") for label, d in data),
        *run.trainer.plan(run.job),
    ]


def lines(run: Prepared) -> Iterator[str]:
    """Yield the description of a run and what was found about it, as lines."""
    for label, value in describe(run):
        yield f"{label:<15} {value}"
    yield from findings_table(run.findings).splitlines()


def print_summary(run: Prepared) -> None:
    """Print both to stderr, where the progress will follow."""
    for line in lines(run):
        print(line, file=sys.stderr)


def verdict(run: Prepared, result: Result) -> Iterator[str]:
    """Yield in plain words what came out, where it is, and what to try next."""
    if result.interrupted is not None:
        yield "The training was interrupted."
    elif result.stopped:
        yield result.stopped
    if result.model_path is None:
        yield "Nothing had been learned yet, so no model was written."
        return
    worst = None
    for name, metrics in (result.outputs or {"": result.metrics}).items():
        esr = metrics.get(ESR)
        if esr is None:
            yield "Nothing was validated, so how good the model is, is not known; add a validation part to the data."
            break
        worst = esr if worst is None else max(worst, esr)
        band = band_of(esr)
        told = f"{band.word}: {band.meaning}" if band else "not a number: the training has diverged"
        yield f"{f'Size {name}: ' if name else ''}ESR {esr:.4f}, {told}{'' if told.endswith('?') else '.'}"
    lowest = _lowest_esr(result)
    if worst is not None and lowest is not None:
        yield f"The noise of the recording allows an ESR of {lowest:.2g} at best."
    yield f"The model: {result.model_path}"
    yield from filter(None, [getattr(run.checked.exporters[0].record, "advice", "")])
    if result.interrupted is not None:
        yield f"To go on: nam_full --resume {result.directory}"
    elif worst is not None and worst > GOOD:
        more = f"nam-kernel resume {result.directory} --epochs {2 * result.epochs}"
        yield f"To get closer: train longer ({more}), check the delay of the recordings, or choose a larger net."
    yield from result.told


def finish(run: Prepared, result: Result) -> int:
    """Print the verdict, to stderr where stdout is for programs, and return the exit code."""
    for line in verdict(run, result):
        print(line, file=sys.stderr if run.options.progress == "json" else sys.stdout)
    return 0 if result.interrupted is None else 128 + result.interrupted


def _lowest_esr(result: Result) -> float | None:
    """Return what the noise of the recordings allows; the noisiest counts."""
    return max((f.facts["lowest_esr"] for f in result.findings if "lowest_esr" in f.facts), default=None)


def _items(dataset: BaseDataset, rate: float | None) -> str:
    count, length = len(dataset), dataset.ny
    samples = f" of {length} sample{'s' * (length != 1)}" if length else ""
    seconds = f", {count * length / rate:.1f} s" if length and rate else ""
    return f"{count} item{'s' * (count != 1)}{samples}{seconds}"
