"""Tell how two recordings are aligned, and what in them no net of this kind can learn."""

from __future__ import annotations

from collections.abc import Iterator

from nam_kernel import Finding
from nam_kernel.errors import DataError
from nam_plugin_wav.counts import samples
from nam_plugin_wav.dataset import WavDataset
from nam_plugin_wav.delay import Delay
from nam_plugin_wav.hearing import Heard
from nam_plugin_wav.wording import listed

_TOLERANCE_SECONDS = 0.00025
"""By how much a stated delay may differ from the estimate: a net can wait so long, and hardly misses what it cannot."""

_HOPELESS_SECONDS = 0.02
"""What no net can foresee."""

_SURE = 0.9
"""The confidence from which a stated delay may be called hopeless."""

_LONG_REVERB = 24.0


def timing(pair: WavDataset) -> Iterator[Finding]:
    """
    Yield what was found between the recordings of a pair, whatever its ``delay`` is.

    Recordings that do not belong together, or are exchanged, or are so far apart that nothing can be learned, are
    errors; where that is in doubt, and the config states a delay, they are warnings.
    """
    try:
        heard = pair.pair.hear()
    except DataError:
        # The part that is used can be read; what is wrong with the rest does not matter.
        return
    found = heard.delay
    if found.kind in ("exchanged", "strangers"):
        stated = isinstance(pair.config.delay, int)
        severe = (found.certain or not stated) and not pair.config.anyway
        yield Finding("error" if severe else "warning", pair.title, found.sentence, found.remedy, kind=found.kind)
    elif found.trusted:
        yield from _unsteady(pair, heard)
        yield _auto(pair, found) if pair.config.delay == "auto" else _stated(pair, found)
        if found.kind == "leads":
            yield Finding("warning", pair.title, found.sentence, found.remedy, kind="leads")
    elif found.kind == "unclear" and len(pair.x) > 0:
        told = f"delay: {pair.delay} cannot be checked, because {found.sentence}"
        yield Finding("note", pair.title, told, "make sure of it with 'nam-kernel align'", kind="delay")


def _auto(pair: WavDataset, found: Delay) -> Finding:
    margin = pair.config.delay_margin
    told = f"delay: {found.sentence}"
    if margin:
        told += f"; the delay_margin of {margin} makes it {pair.delay}"
    elif pair.delay != found.delay:
        told += f"; of the part that is used by {pair.delay}"
    return Finding("info", pair.title, told, kind="delay", facts={"delay": pair.delay})


def _stated(pair: WavDataset, found: Delay) -> Finding:
    """Return what is to be said of a delay that the config states, or leaves out, which is 0."""
    start, stop = pair.pair.span.x_start, pair.pair.span.x_stop
    delay, written = found.within(start, stop), pair.delay
    late = written - delay
    facts = {"delay": delay, "written": written}
    tolerance = max(_TOLERANCE_SECONDS * pair.sample_rate, 2)
    part = f" from {start / pair.sample_rate:.3f} s to {stop / pair.sample_rate:.3f} s" if found.slips else ""
    compared = f"delay: found {delay}{part}, you wrote {written}"
    if abs(late) <= tolerance or (found.drifts and late <= tolerance and -late <= _drift(pair, found)):
        return Finding("info", pair.title, f"{compared}: {found.sentence}", kind="delay", facts=facts)
    told = f"{compared}: {found.sentence}"
    hopeless = True
    if -late >= pair.nx:
        field = f"outside of the receptive field of the net ({samples(pair.nx)})"
        told = f"{compared}: the answer lies {field}, so nothing can be learned"
    elif late > _HOPELESS_SECONDS * pair.sample_rate:
        told = f"{compared}: the output would answer {samples(late)} before it is played, so nothing can be learned"
    else:
        hopeless = False
    severe = hopeless and found.confidence >= _SURE and not pair.config.anyway
    remedy = f'write {delay} or "auto"'
    return Finding("error" if severe else "warning", pair.title, told, remedy, kind="delay", facts=facts)


def _drift(pair: WavDataset, found: Delay) -> float:
    """Return by how many samples the lag changes within the part that is used."""
    return abs(found.course.slope) * (pair.pair.span.x_stop - pair.pair.span.x_start)


def _unsteady(pair: WavDataset, heard: Heard) -> Iterator[Finding]:
    """Yield what changes with time, or lasts too long."""
    found, title = heard.delay, pair.title
    if found.drifts:
        ppm = found.course.slope * 1e6
        told = (
            f"the clocks of the recordings differ by {abs(ppm):.{0 if abs(ppm) >= 10 else 1}f} ppm, so the delay drifts"
        )
        remedy = "record input and output in one pass of one interface, or stretch one of the files"
        yield Finding("warning", title, told, remedy, kind="drift", facts={"drift_ppm": ppm})
    if found.slips:
        told = f"a recording slips: {listed(found.slips)}"
        remedy = "record again with a larger buffer, or use the part before or after it (start_samples, stop_samples)"
        facts = {"samples": found.slips[0].samples, "seconds": found.slips[0].seconds}
        yield Finding("warning", title, told, remedy, kind="slip", facts=facts)
    if heard.motion is not None:
        moves = "its gain (tremolo)" if heard.motion.kind == "tremolo" else "its delays (chorus, vibrato, flanger)"
        told = f"the output moves {moves} about {heard.motion.rate:g} times a second, which no such net can learn"
        yield Finding("warning", title, told, "switch the effect off and record again", kind=heard.motion.kind)
    if heard.fallen is not None and heard.fallen < _LONG_REVERB:
        field = f"{samples(pair.nx)}, {pair.nx / pair.sample_rate * 1000:.0f} ms"
        told = (
            f"the output rings on, as with reverb, when the receptive field of the net ({field}) is over: it fell "
            f"by only {heard.fallen:.0f} dB, which no such net can learn"
        )
        yield Finding("warning", title, told, "switch reverb and echo off and record again", kind="reverb")
