"""Estimate the delay between two recordings, and draw it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from nam_kernel.errors import DataError
from nam_plugin_wav.alignment import Alignment
from nam_plugin_wav.audio import Recording, read_audio, read_header
from nam_plugin_wav.counts import samples
from nam_plugin_wav.delay import ENOUGH, Delay
from nam_plugin_wav.latency import listen
from nam_plugin_wav.wording import listed

LONGEST_SECONDS = 30 * 60
"""The part of longer recordings that is used."""


def main(argv: list[str]) -> int:
    """
    Run the command ``align``, and return the exit code 0.

    :param argv: the arguments after ``align``
    :raises DataError: when a file cannot be used, or the confidence is low (the plot is written all the same)
    """
    options = _parser().parse_args(argv)
    x = _read(options.x, options.x_channel, "--x-channel")
    y = _read(options.y, options.y_channel, "--y-channel")
    if x.sample_rate != y.sample_rate:
        raise DataError(
            f"{x.path.name} has {x.sample_rate} Hz and {y.path.name} {y.sample_rate} Hz; "
            "export one of them again at the other's sample rate"
        )
    reach = options.max_delay
    found, measured = listen(x.samples, y.samples, x.sample_rate, max_delay_seconds=reach)
    plot = None if options.no_plot else _plot(options.plot or _beside(options.y), x, y, found, measured)
    found.require()
    print(_as_json(found, plot) if options.json else _as_text(found, plot))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nam-kernel align",
        description="Estimate the delay between two recordings of one performance, whatever was played, and draw it.",
    )
    parser.add_argument("x", type=Path, help="the input: the DI recording")
    parser.add_argument("y", type=Path, help="the output: the amplifier's recording")
    parser.add_argument("--x-channel", type=int, metavar="N", help="channel of the input, counted from 1")
    parser.add_argument("--y-channel", type=int, metavar="N", help="channel of the output, counted from 1")
    parser.add_argument(
        "--max-delay", type=_seconds, default=1.0, metavar="SECONDS", help="how far to search (default: 1 second)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    plot = parser.add_mutually_exclusive_group()
    plot.add_argument("--plot", type=Path, metavar="FILE", help="the picture (default: Y.align.png, beside Y)")
    plot.add_argument("--no-plot", action="store_true", help="write no picture")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 60 seconds")
    return seconds


def _read(path: Path, channel: int | None, key: str) -> Recording:
    header = read_header(path)
    stop = min(header.frames, LONGEST_SECONDS * header.sample_rate)
    return read_audio(path, channel, stop=stop, key=key)


def _beside(y: Path) -> Path:
    return y.with_name(f"{y.stem}.align.png")


def _plot(path: Path, x: Recording, y: Recording, found: Delay, measured: Alignment | None) -> Path | None:
    try:
        from nam_plugin_wav.align_plot import cut_attacks, write_plot
    except ModuleNotFoundError:
        print("no picture: matplotlib is not installed (pip install matplotlib)", file=sys.stderr)
        return None
    attacks = cut_attacks(x.samples, y.samples, found.sample_rate, found.delay_at)
    response = None if measured is None else measured.from_beginning
    try:
        write_plot(path, attacks, response, found, names=(x.path.name, y.path.name))
    except OSError as error:
        raise DataError(
            f"the picture cannot be written to {path} ({error.strerror}); choose another place with --plot FILE, "
            "or leave it out with --no-plot"
        ) from None
    return path


def _as_json(found: Delay, plot: Path | None) -> str:
    return json.dumps(
        {
            "delay": found.delay,
            "milliseconds": round(found.milliseconds, 4),
            "inverted": found.inverted,
            "confidence": found.confidence,
            "drift_ppm": found.drift_ppm,
            "slips": [{"seconds": slip.seconds, "samples": slip.samples} for slip in found.slips],
            "kind": found.kind,
            "sentence": found.sentence,
            "sample_rate": found.sample_rate,
            "plot": None if plot is None else str(plot),
        },
        indent=2,
    )


def _as_text(found: Delay, plot: Path | None) -> str:
    polarity = "inverted" if found.inverted else "the same"
    unknown = "the recording slips" if found.slips else "the recording is too short to tell"
    rows = {
        "delay": f"{samples(found.delay)} ({found.milliseconds:.2f} ms)",
        "found": found.sentence,
        "polarity": polarity,
        "confidence": f"{found.confidence:.2f} of 1 ({ENOUGH:g} is needed)",
        "drift": unknown if found.drift_ppm is None else f"{found.drift_ppm:+.1f} ppm",
        "slips": listed(found.slips) or "none",
        "picture": "none" if plot is None else str(plot),
    }
    lines = [f"{name + ':':12}{value}" for name, value in rows.items()]
    notes = [found.remedy] if found.remedy else []
    return "\n".join([*lines, "", *notes, f'In the data config: "delay": {found.delay}  (or "auto")'])
