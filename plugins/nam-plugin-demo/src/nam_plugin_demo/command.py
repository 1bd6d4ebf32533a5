"""Train on a computed guitar and amplifier, in two minutes; leaves material to start from."""

from __future__ import annotations

import argparse
from pathlib import Path


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        "nam-kernel demo",
        description="Compute a guitar signal and an amplifier, and train a model of it in two minutes.",
    )
    parser.add_argument("outdir", metavar="OUTDIR", type=Path, help="a new folder for everything")
    parser.add_argument("--no-train", action="store_true", help="write the recordings and the configs only")
    arguments = parser.parse_args(argv)
    from nam_kernel.cli.full import trained
    from nam_kernel.run import train
    from nam_plugin_demo.material import write_material

    folder: Path = arguments.outdir.expanduser()
    configs = write_material(folder)
    command = f"nam_full {' '.join(str(configs[name]) for name in ('data', 'model', 'learning'))} {folder}"
    if arguments.no_train:
        print(f"To train it: {command}")
        return 0
    documents = (configs["data"], configs["model"], configs["learning"])
    code = trained(lambda ready: train(*documents, folder, ready=ready))
    print(
        f"What happened: {folder / 'di.wav'} (a computed guitar) went through a computed amplifier, which made\n"
        f"{folder / 'amp.wav'} of it; from this pair of files alone, the net learned the amplifier.\n"
        f"Next: put your own two recordings in place of these, change what you like in the three\n"
        f"configs, and run: {command}"
    )
    return code
