"""Train a model of a computed amplifier in two minutes, and leave its recordings and configs to start from."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path


def program() -> str:
    """Return the training command as it can be pasted into a terminal here: by its name, or by its place."""
    if shutil.which("nam_full") is not None:
        return "nam_full"
    place = Path(sys.executable).with_name("nam_full.exe" if os.name == "nt" else "nam_full")
    return os.path.relpath(place) if place.is_relative_to(Path.cwd()) else str(place)


def main(argv: list[str]) -> int:
    """
    Run the command ``demo``, and return its exit code.

    :param argv: the arguments after ``demo``
    :raises nam_kernel.errors.UserError: when the folder holds such files already, or cannot be written
    """
    parser = argparse.ArgumentParser(
        "nam-kernel demo",
        description="Compute a guitar signal and an amplifier, and train a model of the amplifier in two minutes.",
    )
    parser.add_argument("outdir", metavar="OUTDIR", type=Path, help="the folder for everything, a new one")
    parser.add_argument("--no-train", action="store_true", help="write the recordings and the configs only")
    arguments = parser.parse_args(argv)
    from nam_kernel.cli.full import trained
    from nam_kernel.run import train
    from nam_plugin_demo.material import write_material

    folder: Path = arguments.outdir.expanduser()
    configs = write_material(folder)
    command = f"{program()} {' '.join(str(configs[name]) for name in ('data', 'model', 'learning'))} {folder}"
    if arguments.no_train:
        print(f"To train it: {command}")
        return 0
    documents = (configs["data"], configs["model"], configs["learning"])
    code = trained(lambda ready: train(*documents, folder, ready=ready))
    print(
        f"What happened: a computed guitar, {folder / 'di.wav'}, was played through a computed amplifier,\n"
        f"which made {folder / 'amp.wav'}; from this pair of files alone, the net learned the amplifier.\n"
        "Next: put two recordings of your own in their place, change what you like in the three\n"
        f"configs, and run: {command}"
    )
    return code
