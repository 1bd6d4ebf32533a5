"""Write a signal to record with, which capture recognises: clicks, silence, notes, chords, noise, sweeps."""

from __future__ import annotations

import argparse
from pathlib import Path

from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write, writing_to

LOWEST_RATE, HIGHEST_RATE = 16_000, 192_000


def main(argv: list[str]) -> int:
    """
    Run the command.

    :param argv: the arguments after ``signal``
    :raises UserError: when the file cannot be written, or an option is out of range
    """
    parser = argparse.ArgumentParser(
        "nam-kernel signal",
        description="Write a signal to play into the amplifier: clicks for the delay, silence, computed strings, quiet "
        "and loud, noise and sweeps. It is the same each time, and free of any licence.",
        epilog="Then: nam-kernel capture OUT.wav AMP.wav",
    )
    parser.add_argument("out", metavar="OUT.wav", type=Path, help="the file to write: mono, 24 bits")
    parser.add_argument("--rate", type=int, default=48000, metavar="HZ", help="sample rate (%(default)s)")
    parser.add_argument("--minutes", type=float, default=3.0, metavar="M", help="duration (%(default)g)")
    parser.add_argument("--force", action="store_true", help="overwrite the file where it exists")
    arguments = parser.parse_args(argv)
    from nam_plugin_capture.sound import LEAST_MINUTES, MOST_MINUTES

    if not LOWEST_RATE <= arguments.rate <= HIGHEST_RATE:
        raise UserError(f"--rate {arguments.rate}: expected {LOWEST_RATE} to {HIGHEST_RATE} Hz; 48000 is usual")
    if not LEAST_MINUTES <= arguments.minutes <= MOST_MINUTES:
        raise UserError(f"--minutes {arguments.minutes:g}: expected {LEAST_MINUTES:g} to {MOST_MINUTES:g}")
    if arguments.out.suffix.lower() != ".wav":
        raise UserError(f"{arguments.out}: the signal is a wav file; give it a name that ends in .wav")
    from nam_plugin_nam.outputs import output_path

    target = output_path(arguments.out, force=arguments.force)
    write_signal(target, arguments.minutes, arguments.rate)
    print(
        f"{target}: {arguments.minutes:g} minutes at {arguments.rate} Hz\n"
        "Play it into the amplifier at the level of a guitar, and record what comes out, at the same rate.\n"
        f"Next: nam-kernel capture {target.name} AMP.wav"
    )
    return 0


def write_signal(path: Path, minutes: float = 3.0, rate: int = 48000) -> None:
    """
    Write the signal: a mono wav file of 24 bits, the same each time.

    :param minutes: its duration
    :param rate: in Hz
    """
    import soundfile

    from nam_plugin_capture.sound import compose

    samples = compose(minutes, rate)
    with writing_to(path.parent), atomic_write(path) as temporary:
        soundfile.write(temporary, samples, rate, subtype="PCM_24", format="WAV")
