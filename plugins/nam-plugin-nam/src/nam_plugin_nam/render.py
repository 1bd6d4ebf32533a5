"""Play a recording through a model, as a player would."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import torch

from nam_kernel import accelerate
from nam_kernel.errors import DataError, UserError
from nam_kernel.files import atomic_write
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import read_model
from nam_plugin_nam.loudness import DEFAULT_RATE


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
    parser.add_argument("--slim", type=float, metavar="S", help="the player's size control, 0 to 1")
    parser.add_argument("--channel", type=int, metavar="N", help="which channel of the input to play, from 1 on")
    parser.add_argument("--block", type=int, default=65536, metavar="N", help="samples in one piece (%(default)s)")
    arguments = parser.parse_args(argv)
    if arguments.block < 1:
        raise UserError(f"--block {arguments.block}: expected a number of samples, at least 1")
    values = _values(arguments.set)
    net = read_model(arguments.model)
    if arguments.slim is not None:
        if not 0.0 <= arguments.slim <= 1.0:
            raise UserError(f"--slim {arguments.slim}: expected a number from 0 to 1")
        net = net.at_size(arguments.slim)
    elif net.outputs:
        net = net.at_size(1.0)
    render(net, arguments.input, arguments.output, values, channel=arguments.channel, block=arguments.block)
    return 0


def render(
    net: BaseNet,
    source: Path,
    target: Path,
    values: Mapping[str, float | str] | None = None,
    *,
    channel: int | None = None,
    block: int = 65536,
) -> None:
    """
    Play a file through a net.

    :param values: of the net's conditions, by name; those left out have their defaults
    :param channel: from 1 on; needed when the file has several that differ
    :raises UserError: when there is no such condition, or a value is out of range
    :raises DataError: when the recording cannot be used with this model
    """
    if net.conditions is None:
        raise DataError(
            f"this {net.architecture} model does not say which conditions it takes beside the audio; "
            "render it from Python"
        )
    settings = net.settings(values)
    rate = net.sample_rate or DEFAULT_RATE
    samples = _read(source, rate, channel)
    if not target.parent.is_dir():
        raise UserError(f"{target.parent} is not a folder; make it first")
    with (
        atomic_write(target) as temporary,
        soundfile.SoundFile(temporary, "w", round(rate), 1, subtype="FLOAT", format="WAV") as file,
    ):
        for piece in net.blocks(torch.from_numpy(samples), *settings, size=block, forward=accelerate(net)):
            file.write(piece.numpy())


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
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    try:
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
