"""Train a table of captures, or a folder of them: one model for each row, side by side or one after the other."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nam_kernel.errors import ConfigError, UserError
from nam_kernel.files import expanded, writing_to
from nam_plugin_capture import DEFAULT, SIZES

if TYPE_CHECKING:
    from nam_plugin_batch.places import Place
    from nam_plugin_batch.rows import Row
    from nam_plugin_batch.task import Task
    from nam_plugin_batch.templates import Templates

LOCK = ".batch.lock"
"""In the folder of the batch; held while it runs."""


def main(argv: list[str]) -> int:
    """
    Run the command.

    :param argv: the arguments after ``batch``
    :return: 0 when every row is done, 1 when the program failed at one, 2 when what was given for one cannot be used,
        130 or 143 when Ctrl-C or SIGTERM ended it
    :raises UserError: when nothing can begin, with everything that is wrong
    """
    arguments = _parser().parse_intermixed_args(argv)
    _require_sense(arguments)
    from nam_plugin_batch.task import task_of
    from nam_plugin_batch.templates import read_templates
    from nam_plugin_batch.validity import require_valid

    named = (arguments.data, arguments.model, arguments.learning)
    given = [None if path is None else expanded(path) for path in named]
    templates = read_templates(*given, size=arguments.size or DEFAULT, epochs=arguments.epochs)
    outdir = expanded(arguments.outdir)
    if outdir.exists() and not outdir.is_dir():
        told = "is a file, where the folder of the batch would be; give the table first, then a folder"
        raise UserError(f"{outdir} {told}")
    rows = _rows(arguments, templates)
    tasks, problems = [], []
    for row in rows:
        try:
            tasks.append(task_of(row, templates.of(row), outdir))
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError(str(outdir), problems)
    todo = [task.row for task in tasks if not task.is_done or (task.changed and arguments.redo_changed)]
    if todo:
        require_valid(templates, todo)
    return _run(tasks, outdir, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "nam-kernel batch",
        description="Train one model for each row of a table, or for each recording of a folder. What is done is "
        "skipped, and what was interrupted goes on.",
        usage="nam-kernel batch TABLE.csv OUTDIR [options]\n"
        "       nam-kernel batch FOLDER... OUTDIR --di DI.wav [options]",
        epilog="The columns: name, x_path (the DI), y_path (the amplifier); gear_make and the other metadata; and keys "
        "of the configs, as data.common.delay or model.optimizer.lr. Each row becomes OUTDIR/NAME.nam, its run is in "
        "OUTDIR/NAME. Exit code: 0 all done, 1 a row failed, 2 the input of a row is wrong.",
    )
    parser.add_argument("sources", metavar="TABLE.csv", nargs="+", help="a CSV table, or folders of recordings")
    parser.add_argument("outdir", metavar="OUTDIR", help="folder for the models")
    configs = parser.add_argument_group("configs that all rows begin with")
    configs.add_argument("--data", metavar="D", help="data config; without it, each row is split as 'capture' does")
    configs.add_argument("--model", metavar="M", help="model config; without it, the net of --size")
    configs.add_argument("--learning", metavar="L", help="learning config; without it, as 'capture' trains")
    configs.add_argument("--size", choices=SIZES, help=f"of the net ({DEFAULT})")
    configs.add_argument("--epochs", type=int, metavar="N", help="train so many epochs")
    files = parser.add_argument_group("recordings")
    files.add_argument("--di", metavar="DI.wav", help="the DI of all rows that name none")
    told = "what the names of files mean, as '{gear_make}_{name}.wav' ('{name}.wav')"
    files.add_argument("--pattern", metavar="P", help=told)
    parser.add_argument("--jobs", type=int, metavar="N", help="rows at a time, which share the cores (1)")
    parser.add_argument("--redo-changed", action="store_true", help="train again what is done but has changed since")
    parser.add_argument("-np", "--no-plots", action="store_true", help="draw no plots")
    cluster = parser.add_argument_group("on a Ray cluster, which sees OUTDIR (pip install 'nam-plugin-batch[ray]')")
    cluster.add_argument("--ray", metavar="ADDRESS", help="'auto', or the address of the cluster")
    cluster.add_argument("--cpus", type=float, metavar="C", help="of each row (1)")
    cluster.add_argument("--gpus", type=float, metavar="G", help="of each row, as 0.25 (0)")
    return parser


def _require_sense(arguments: argparse.Namespace) -> None:
    """
    Refuse options that make none, alone or together.

    :raises UserError: naming them
    """
    for name in ("jobs", "epochs", "cpus", "gpus"):
        value = getattr(arguments, name)
        if value is not None and not 0 < value < 1e6 and not (name == "gpus" and value == 0):
            raise UserError(f"--{name} {value}: expected a number above 0")
    if arguments.ray is None and (arguments.cpus is not None or arguments.gpus is not None):
        raise UserError(
            "--cpus and --gpus are for a cluster, which --ray names; on one computer --jobs divides the cores"
        )
    if arguments.ray is not None and arguments.jobs is not None:
        raise UserError("--jobs is for one computer; on a cluster, --cpus and --gpus decide how many rows fit")
    if arguments.model is not None and arguments.size is not None:
        raise UserError("--model names the net, and so does --size; leave one of them out")


def _rows(arguments: argparse.Namespace, templates: Templates) -> list[Row]:
    """
    Return the rows of the table, or of the folders.

    :raises UserError: with everything that is wrong with them
    """
    from nam_plugin_batch.given import rows_from_files, rows_from_table

    sources = [expanded(source) for source in arguments.sources]
    di = None if arguments.di is None else expanded(arguments.di)
    if di is not None and not di.is_file():
        raise UserError(f"--di {arguments.di}: there is no such file; check the path")
    if any(source.is_dir() for source in sources) or arguments.pattern is not None:
        rows, others = rows_from_files(sources, arguments.pattern, templates, di)
        if others:
            told = ", ".join(file.name for file in others[:5]) + (", ..." if len(others) > 5 else "")
            print(f"{len(others)} of the files do not fit the pattern, and are left out: {told}", file=sys.stderr)
        return rows
    if len(sources) > 1:
        raise UserError(f"{len(sources)} tables are given; give one, and after it the folder for the models")
    return rows_from_table(sources[0], templates, di)


def _run(tasks: Sequence[Task], outdir: Path, arguments: argparse.Namespace) -> int:
    """Train what needs it, and return the exit code."""
    from nam_kernel import plugins
    from nam_plugin_batch.board import Board
    from nam_plugin_batch.interruption import Interruption
    from nam_plugin_batch.outcome import exit_code
    from nam_plugin_batch.schedule import Schedule
    from nam_plugin_batch.summary import text_of
    from nam_plugin_batch.task import settled

    with writing_to(outdir), _alone(outdir):
        board = Board([task.row.name for task in tasks], outdir)
        todo: list[Task] = []
        for task in tasks:
            outcome = settled(task, redo=arguments.redo_changed)
            if outcome is None:
                todo.append(task)
            else:
                board.settle(outcome)
        with _place(arguments, todo) as place, Interruption() as interruption:
            schedule = Schedule(place, board.hear, plots=not arguments.no_plots, without=plugins.blocked())
            schedule.run(todo, interruption)
        print("\n".join(("", *text_of(board.outcomes))), flush=True)
        board.close()
        return exit_code(board.outcomes, interruption.received)


@contextmanager
def _alone(outdir: Path) -> Iterator[None]:
    """
    Make the folder of the batch, and keep other batches out of it while the block runs.

    :raises UserError: when one is at work there
    """
    from filelock import FileLock, Timeout

    outdir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(outdir / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(f"{outdir}: another batch is writing there; wait for it, or stop it with Ctrl-C") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _place(arguments: argparse.Namespace, todo: Sequence[Task]) -> Iterator[Place]:
    """Yield where the rows are trained."""
    from nam_plugin_batch.places import ThisComputer, cores

    if arguments.ray is not None and todo:
        from nam_plugin_batch.cluster import Cluster

        with Cluster(arguments.ray, cpus=arguments.cpus or 1.0, gpus=arguments.gpus or 0.0) as cluster:
            yield cluster
        return
    here = ThisComputer(arguments.jobs or 1)
    if here.jobs > cores():
        print(
            f"--jobs {here.jobs}: there are only {cores()} cores, so the rows will wait for one another",
            file=sys.stderr,
        )
    yield here
