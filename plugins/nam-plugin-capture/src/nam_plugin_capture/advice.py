"""Say what to do next, once a model is there: what is wrong with the recordings, their noise, time, or size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nam_kernel import Finding, Result
from nam_kernel.quality import ESR, GOOD
from nam_plugin_capture.sizes import larger

_NEAR = 2.0
"""Times what the noise allows: nearer than this, nothing but a quieter recording helps."""

_LATE = 0.8
"""The share of the epochs after which the best one shows that more would have been better still."""

_ROUGH = 0.1

FIRST = ("drift", "slip", "tremolo", "chorus", "reverb", "clipping", "lossy", "level", "unlike")
"""What is wrong with recordings, by the kind of the finding, in the order of how much it spoils."""


def next_step(result: Result, size: str) -> str:
    """
    Return in a sentence or two what would bring a model closer to its amplifier, or that nothing needs to be done.

    :param size: of the model, one of ``sizes.SIZES``
    """
    esr = _esr(result)
    if esr is None:
        return "nothing was validated: record a longer take."
    if not math.isfinite(esr):
        return "the training diverged: check the recordings, and train with the usual settings."
    if esr <= GOOD:
        return f"nothing: the ESR of {esr:.2g} is very close. Play it."
    return " ".join(_steps(result, size, esr, _lowest(result.findings)))


def _steps(result: Result, size: str, esr: float, lowest: float | None) -> Iterator[str]:
    spoiling = _worst(result.findings)
    if lowest is not None and esr < _NEAR * lowest:
        yield f"the noise of the recording allows {lowest:.2g}, and the model has {esr:.2g}: a quieter recording helps."
        return
    if spoiling is not None:
        remedy = f": {spoiling.remedy}" if spoiling.remedy else ""
        yield f"first, {spoiling.sentence}{remedy}."
    allowed = f"the noise allows {lowest:.2g}, so " if lowest is not None else ""
    bigger = larger(size)
    if result.interrupted is not None or (result.best_epoch or 0) >= _LATE * result.epochs:
        more = f"--epochs {2 * max(result.epochs, 1)}"
        yield f"{allowed}train longer (the same command with {more} --force, or with more --minutes)."
    elif bigger is not None:
        yield f"{allowed}take a larger net (--size {bigger})."
    else:
        yield f"{allowed}record more: three minutes of all that you play."
    if esr > _ROUGH and bigger is not None:
        yield f"A larger net helps too (--size {bigger})."


def _esr(result: Result) -> float | None:
    """Return the figure of a model; of several sizes, that of the largest."""
    last = list(result.outputs.values())[-1:] or [result.metrics]
    return last[0].get(ESR)


def _lowest(findings: Sequence[Finding]) -> float | None:
    return max((f.facts["lowest_esr"] for f in findings if "lowest_esr" in f.facts), default=None)


def _worst(findings: Sequence[Finding]) -> Finding | None:
    told = {finding.kind: finding for finding in findings if finding.severity == "warning"}
    return next((told[kind] for kind in FIRST if kind in told), None)
