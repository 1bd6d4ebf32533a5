"""Make a model of an amplifier from two recordings: the dry guitar, and the same through the amplifier."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nam_kernel.cli.full import PROGRESS, trained
from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write, writing_to
from nam_plugin_capture.sizes import DEFAULT, SIZES

if TYPE_CHECKING:
    from nam_kernel import Result
    from nam_kernel.run import Prepared
    from nam_plugin_capture.plan import Plan

Style = Literal["bar", "lines", "json"] | None

METADATA = {
    "name": ("--name", "the capture"),
    "modeled_by": ("--by", "you"),
    "gear_type": ("--gear", "amp, pedal, pedal_amp, amp_cab, amp_pedal_cab, preamp or studio"),
    "gear_make": ("--make", "who built the amplifier"),
    "gear_model": ("--model", "its model"),
    "tone_type": ("--tone", "clean, overdrive, crunch, hi_gain or fuzz"),
    "input_level_dbu": ("--input-level", "dBu of a full-scale sine at the amplifier's input"),
    "output_level_dbu": ("--output-level", "dBu of a full-scale sine at its output"),
}
"""The keys of the data config's metadata, with the option of each and what it means."""


def main(argv: list[str]) -> int:
    """
    Run the command; the exit code is that of the training.

    :param argv: the arguments after ``capture``
    :raises UserError: when the recordings cannot be used, or the output cannot be written
    """
    arguments = _parser().parse_args(argv)
    _require_positive(arguments)
    from nam_plugin_capture.pair import analyse
    from nam_plugin_capture.plan import make_plan
    from nam_plugin_capture.recordings import read_recordings

    target = _target(arguments)
    channels = {"di_channel": arguments.di_channel, "amplifier_channel": arguments.amp_channel}
    analysis = analyse(read_recordings(arguments.di, arguments.amp, **channels), delay=arguments.delay)
    _print_rows(analysis.rows())
    if arguments.anyway and analysis.refusal:
        print(f"--anyway, although {analysis.refusal}", file=sys.stderr)
    metadata = {"name": target.stem} | {key: v for key in METADATA if (v := getattr(arguments, key)) is not None}
    chosen = {"size": arguments.size, "epochs": arguments.epochs, "metadata": metadata, "anyway": arguments.anyway}
    plan = make_plan(analysis, **chosen)
    _print_rows(plan.rows())
    if arguments.minutes is not None:
        plan = _timed(plan, arguments.minutes)
    return _train(plan, target, force=arguments.force, plots=not arguments.no_plots, progress=arguments.progress)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "nam-kernel capture",
        description="Make a model of an amplifier from two recordings. Everything else is found: how far they are "
        "apart, what to hold out, how to train.",
        epilog="The run lies in the folder OUT beside OUT.nam, with its three configs, to be changed and trained with "
        "nam_full. 'nam-kernel signal' writes something to record with.",
    )
    parser.add_argument("di", metavar="DI.wav", help="the dry guitar, which went into the amplifier")
    parser.add_argument("amp", metavar="AMP.wav", help="what came out of the amplifier, of the same take")
    parser.add_argument("out", metavar="OUT.nam", nargs="?", help="the model to write (AMP.nam, in this folder)")
    parser.add_argument("--size", choices=SIZES, default=DEFAULT, help="of the net (%(default)s: two, in one file)")
    how_long = parser.add_mutually_exclusive_group()
    how_long.add_argument("--minutes", type=float, metavar="M", help="train for about so long")
    how_long.add_argument("--epochs", type=int, metavar="N", help="train so many epochs")
    parser.add_argument("--delay", type=int, metavar="N", help="samples by which AMP lags, where it is not found")
    parser.add_argument("--di-channel", type=int, metavar="N", help="which channel of DI, from 1 on")
    parser.add_argument("--amp-channel", type=int, metavar="N", help="which channel of AMP, from 1 on")
    parser.add_argument("--anyway", action="store_true", help="train although the recordings seem wrong")
    parser.add_argument("--force", action="store_true", help="overwrite OUT.nam; a run folder is kept under a new name")
    parser.add_argument("-np", "--no-plots", action="store_true", help="draw no plots")
    parser.add_argument("--progress", **PROGRESS)
    described = parser.add_argument_group("what the model file says")
    for key, (option, meaning) in METADATA.items():
        kind = float if key.endswith("_dbu") else str
        names = dict.fromkeys((option, f"--{key.replace('_', '-')}"))
        described.add_argument(*names, dest=key, type=kind, metavar="DBU" if kind is float else "TEXT", help=meaning)
    return parser


def _require_positive(arguments: argparse.Namespace) -> None:
    for name in ("minutes", "epochs"):
        value = getattr(arguments, name)
        if value is not None and not 0 < value < 1e6:
            raise UserError(f"--{name} {value}: expected a number above 0")


def _target(arguments: argparse.Namespace) -> Path:
    """Return where the model goes, once nothing stands in its way."""
    from nam_plugin_nam.outputs import output_path

    out = arguments.out if arguments.out is not None else f"{Path(arguments.amp).stem}.nam"
    if Path(out).suffix.lower() != ".nam":
        raise UserError(
            f"{out}: the model to write ends in .nam; give the DI first, then the amplifier, then OUT.nam "
            "(one amplifier at a time)"
        )
    target = output_path(out, (arguments.di, arguments.amp), force=arguments.force)
    folder = target.with_suffix("")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file, where the folder of the run would be; give the model another name")
    if folder.is_dir() and any(folder.iterdir()) and not arguments.force:
        raise UserError(f"{folder} holds something already; give the model another name, or use --force")
    return target


def _timed(plan: Plan, minutes: float) -> Plan:
    """Return a plan for as many epochs as fit into a time."""
    from nam_plugin_capture.pace import measure

    print("Measuring a few steps, since the schedule needs to know how many there will be.", file=sys.stderr)
    pace = measure(plan)
    epochs, most_steps = pace.fit(60 * minutes)
    told = f"{epochs} epoch{'s' * (epochs != 1)} of {most_steps or pace.steps} steps"
    rows = [("pace", f"{1000 * pace.step:.0f} ms a step, {pace.epoch:.1f} s an epoch of {pace.steps} steps")]
    _print_rows([*rows, ("planned", f"{told} for {minutes:g} minutes, {pace.spent:.0f} s of which were measuring")])
    return plan.lasting(epochs, most_steps)


def _train(plan: Plan, target: Path, *, force: bool, plots: bool, progress: Style) -> int:
    from nam_kernel import train
    from nam_plugin_capture.advice import next_step

    folder = target.with_suffix("")
    results: list[Result] = []

    def start(ready: Any) -> Result:
        def begin(run: Prepared) -> None:
            ready(run)
            with writing_to(target.parent):
                _make_room(folder, force=force)

        documents = plan.documents()
        results.append(train(*documents, folder, plots=plots, progress=progress, ready=begin, new_folder=False))
        return results[-1]

    code = trained(start)
    result = results[-1]
    if result.model_path is not None:
        with writing_to(target.parent), atomic_write(target) as temporary:
            shutil.copyfile(result.model_path, temporary)
        # With --progress json, stdout is for the program that reads it.
        stream = sys.stderr if progress == "json" else sys.stdout
        print(f"\nYour model: {target}", file=stream)
        print(f"Everything about it: {folder}", file=stream)
        print(f"Next: {next_step(result, plan.size)}", file=stream)
    return code


def _make_room(folder: Path, *, force: bool) -> None:
    """Make the folder of the run; one that holds something is kept under the next free name."""
    if force and folder.is_dir() and any(folder.iterdir()):
        number = next(n for n in range(1, 10_000) if not folder.with_name(f"{folder.name}.{n}").exists())
        kept = folder.with_name(f"{folder.name}.{number}")
        folder.rename(kept)
        print(f"The earlier run is kept in {kept}", file=sys.stderr)
    folder.mkdir(exist_ok=True)


def _print_rows(rows: list[tuple[str, str]]) -> None:
    for label, value in rows:
        print(f"{label:<15} {value}", file=sys.stderr)
