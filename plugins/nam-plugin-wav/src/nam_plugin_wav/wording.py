"""Tell what was found between two recordings, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from nam_plugin_wav.alignment import Alignment
from nam_plugin_wav.counts import samples
from nam_plugin_wav.delay import Kind, Slip

_MANY_SLIPS = 3
_DISTINCT = 0.5


def told(
    found: Alignment,
    judged: tuple[Kind, bool],
    delay: int,
    first: int,
    confidence: float,
    slips: Sequence[Slip],
    sample_rate: float,
    reach: float,
) -> tuple[str, str]:
    """
    Return a sentence, and a remedy, which is empty where nothing is wrong.

    :param judged: the kind, and whether it is beyond doubt
    :param delay: of all of the recording, in samples
    :param first: at its beginning
    :param reach: how far was searched, in seconds
    """
    together = f"check that both files are of the same performance and no more than {reach:g} s apart"
    unsteady = bool(slips) or found.course.slope != 0
    where = place(first, sample_rate) + (" at first" if unsteady else "")
    kind, certain = judged
    if kind == "strangers":
        sentence = "the recordings do not belong together: nothing of the input is found in the output"
        if certain:
            return sentence, together
        hidden = "; or an effect hides it, such as vibrato, a ring modulator, or reverb without the dry sound"
        return sentence + hidden, f"{together}, and that the effect is off"
    if kind == "unclear":
        number = "or set 'delay' to a number of samples (0 where they are aligned already)"
        again = "or record again with a click and a second of silence before the music"
        return _doubt(found), f"{together}, {number}, {again}"
    if kind == "exchanged":
        sentence = f"input and output seem to be exchanged: what is given as the output ({where}) sounds like the input"
        return sentence, "exchange x_path and y_path" + (
            "" if certain else "; if they are right, write the delay as a number"
        )
    upside = ", with inverted polarity" if found.inverted else ""
    drift = f", and its clock drifts by {found.course.slope * 1e6:.1f} ppm" if found.course.slope else ""
    jumps = f"; {listed(slips)}" if slips else ""
    whole = f"; the delay that leaves nothing to foresee anywhere is {delay}" if unsteady and delay != first else ""
    sentence = f"the output {where}{upside}{drift}{jumps}{whole} (confidence {confidence:.2f})"
    if kind == "leads":
        return sentence, "no amplifier answers before it is played: are the files exchanged, or was the input cut?"
    return sentence, ""


def place(delay: int, sample_rate: float) -> str:
    """Return where an output is, as ``lags by 3 samples (0.06 ms)``."""
    way = "lags" if delay >= 0 else "leads"
    return f"{way} by {samples(abs(delay))} ({abs(delay) / sample_rate * 1000:.2f} ms)"


def listed(slips: Sequence[Slip]) -> str:
    """Return the first slips, as ``25 samples are missing at 3.0 s``, and how many more there are."""
    first = ", ".join(str(slip) for slip in slips[:_MANY_SLIPS])
    rest = len(slips) - _MANY_SLIPS
    return f"{first}, and {rest} more" if rest > 0 else first


def _doubt(found: Alignment) -> str:
    seen = []
    count = len(found.excerpts.starts)
    if found.agreement <= 0.5:
        places = len(found.sightings)
        seen.append(f"only {count} of {places} places of the input are found at one delay in the output")
    if found.distinctness < _DISTINCT:
        seen.append(f"other delays fit nearly as well ({1 - found.distinctness:.0%})")
    reasons = "recordings that do not belong together, a steady tone, a short loop"
    return f"{' and '.join(seen) or 'the beginning of the response is lost in noise'}, as with {reasons}"
