"""Play a recording through a model, as a player would."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import torch

from nam_kernel import accelerate
from nam_kernel.config import collect_notes
from nam_kernel.errors import DataError, UserError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import read_model
from nam_plugin_nam.loudness import DEFAULT_RATE
from nam_plugin_nam.motion import Motion, read_motion
from nam_plugin_nam.opening import irregular
from nam_plugin_nam.options import add_meanings
from nam_plugin_nam.outputs import output_path
from nam_plugin_nam.read import read
from nam_plugin_nam.turning import Knobs

MOST_SAMPLES = 2**28
"""Of a recording, all channels together: an hour and a half at 48 kHz, and 1 GiB of memory."""


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("nam-kernel render", description=__doc__)
    parser.add_argument("model", type=Path, help="the model file, .nam")
    parser.add_argument("input", type=Path, help="the recording, at the model's sample rate")
    parser.add_argument("output", type=Path, help="the wav file to write: float32, as long as the input")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the position of a knob or switch; as often as there are some, the others are at their defaults",
    )
    parser.add_argument(
        "--automate",
        type=Path,
        metavar="CSV",
        help="knobs that move: a column seconds or samples, and one for each knob",
    )
    parser.add_argument("--slim", type=float, metavar="S", help="the player's size control, 0 to 1")
    parser.add_argument("--channel", type=int, metavar="N", help="which channel of the input to play, from 1 on")
    parser.add_argument("--block", type=int, default=65536, metavar="N", help="samples in one piece (%(default)s)")
    parser.add_argument("--force", action="store_true", help="overwrite the output where it exists")
    add_meanings(parser)
    arguments = parser.parse_args(argv)
    if arguments.block < 1:
        raise UserError(f"--block {arguments.block}: expected a number of samples, at least 1")
    values = _values(arguments.set)
    target = output_path(arguments.output, (arguments.input, arguments.model), force=arguments.force)
    with collect_notes() as notes:
        net = _read_model(arguments)
    for told in notes:
        print(f"note: {told}", file=sys.stderr)
    if arguments.slim is not None:
        if not 0.0 <= arguments.slim <= 1.0:
            raise UserError(f"--slim {arguments.slim}: expected a number from 0 to 1")
        net = net.at_size(arguments.slim)
    elif net.outputs:
        net = net.at_size(1.0)
    moving = None if arguments.automate is None else read_motion(arguments.automate)
    choices = {"channel": arguments.channel, "block": arguments.block}
    render(net, arguments.input, target, values, moving=moving, force=True, **choices)
    return 0


def render(
    net: BaseNet,
    source: Path,
    target: Path,
    values: Mapping[str, float | str] | None = None,
    *,
    moving: Motion | None = None,
    channel: int | None = None,
    block: int = 65536,
    force: bool = False,
) -> None:
    """
    Play a file through a net.

    :param values: of the net's conditions, by name; those left out have their defaults. Of a net that does not declare
        any, by the names or the numbers of what its ``forward`` takes after the audio, all of them.
    :param moving: values over time of the conditions that move
    :param channel: from 1 on; needed when the file has several that differ
    :param force: overwrite a target that exists
    :raises UserError: when there is no such condition, a value is out of range, or the target cannot be written
    :raises DataError: when the recording cannot be used with this model
    """
    knobs = Knobs.of(net, values or {}, moving)
    rate = net.sample_rate or DEFAULT_RATE
    target = output_path(target, (source,), force=force)
    samples = _read(source, rate, channel)
    pieces = net.blocks(torch.from_numpy(samples), *knobs.over(len(samples), rate), size=block, forward=accelerate(net))
    try:
        _write(target, round(rate), pieces)
    except (OSError, soundfile.LibsndfileError) as error:
        raise UserError(f"{target} cannot be written ({getattr(error, 'strerror', None) or error})") from error


def _write(target: Path, rate: int, pieces: Iterable[torch.Tensor]) -> None:
    with (
        atomic_write(target) as temporary,
        soundfile.SoundFile(temporary, "w", rate, 1, subtype="FLOAT", format="WAV") as file,
    ):
        for piece in pieces:
            file.write(piece.numpy())


def _read_model(arguments: argparse.Namespace) -> BaseNet:
    path: Path = arguments.model
    if arguments.player == "released" and not arguments.newest_last:
        return read_model(path)
    if path.suffix.lower() != ".nam":
        raise UserError(f"{path}: --player and --newest-last are about .nam files; leave them out")
    return read(path, arguments.player, newest_last=arguments.newest_last)


def _values(given: Sequence[str]) -> dict[str, float | str]:
    """Return the settings of ``--set``, by name."""
    values: dict[str, float | str] = {}
    for setting in given:
        name, equals, value = (part.strip() for part in setting.partition("="))
        if not name or not equals or not value:
            raise UserError(f"--set {setting}: expected NAME=VALUE, such as gain=0.5")
        if name in values:
            raise UserError(f"--set {setting}: {name} was set to {values[name]} already; set it once")
        values[name] = value
    return values


def _read(path: Path, rate: float, channel: int | None) -> npt.NDArray[np.float32]:
    problem = irregular(path, "recording")
    if problem:
        raise DataError(problem)
    try:
        size = soundfile.info(path)
        if size.frames * size.channels > MOST_SAMPLES:
            raise DataError(f"{path} is longer than can be played at once ({size.frames} samples); cut it")
        samples, found = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise DataError(f"{path} is not an audio file that can be read ({error})") from None
    if not len(samples):
        raise DataError(f"{path} is empty: there is nothing to play")
    if found != rate:
        raise DataError(
            f"{path} has {found} Hz, but the model is made for {rate:g} Hz; convert the recording, "
            f"for example with: sox {path.name} -r {rate:g} converted.wav"
        )
    chosen = _choose(samples, channel, path)
    if not np.isfinite(chosen).all():
        raise DataError(f"{path} holds samples that are not numbers; export it again")
    return np.ascontiguousarray(chosen)


def _choose(samples: npt.NDArray[np.float32], channel: int | None, path: Path) -> npt.NDArray[np.float32]:
    count = samples.shape[1]
    if channel is not None:
        if not 1 <= channel <= count:
            raise DataError(f"{path} has {count} channels; --channel {channel} is none of them")
        return samples[:, channel - 1]
    if count > 1 and any(not np.array_equal(samples[:, 0], samples[:, i]) for i in range(1, count)):
        raise DataError(f"{path} has {count} different channels; choose one with --channel 1 to {count}")
    return samples[:, 0]
