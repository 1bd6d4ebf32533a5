"""What is known and measured of a model, as records, as a table for people, and as JSON for programs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from nam_kernel import plugins
from nam_kernel.errors import UserError
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import read_model
from nam_kernel.text import printable
from nam_plugin_bench.hookspecs import Feed
from nam_plugin_bench.sizes import Size, sizes_of
from nam_plugin_bench.timing import BLOCKS, times_real_time

USUAL_RATE = 48000.0
"""In Hz; what players assume where a file does not state its sample rate."""

_BYTES = 4
"""Of a weight: players hold them as float32."""


@dataclass(frozen=True)
class Measured:
    """
    A runtime.

    :param times_real_time: by the samples of a block; empty where it failed
    :param failed: why
    """

    name: str
    times_real_time: dict[int, float]
    failed: str = ""


@dataclass(frozen=True)
class SizeReport:
    """
    One size of a model.

    :param multiply_adds: of one sample; None where the net does not know them
    :param bytes: of the weights, as float32
    :param receptive_field: in samples; 1 of a recurrent net
    """

    name: str
    control: float
    multiply_adds: int | None
    weights: int
    bytes: int
    receptive_field: int
    runtimes: list[Measured]


@dataclass(frozen=True)
class Report:
    """
    A model file.

    :param sample_rate: in Hz
    :param stated: whether the file says so
    """

    file: str
    architecture: str
    sample_rate: float
    stated: bool
    threads: int
    sizes: list[SizeReport]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield it as lines for a terminal."""
        assumed = "" if self.stated else " (not stated; players assume this)"
        yield f"file          {printable(self.file)}"
        yield f"architecture  {printable(self.architecture)}"
        yield f"sample rate   {self.sample_rate:g} Hz{assumed}"
        yield f"threads       {self.threads}"
        for size in self.sizes:
            yield ""
            yield from _lines(size, self.sample_rate)
        yield ""
        yield "The figures are times real time, by the samples of a block; a player needs more than 1."


def report(path: Path, *, seconds: float, threads: int) -> Report:
    """
    Return what is known of a model file, and what its runtimes measure.

    :param seconds: that each figure takes
    :param threads: that torch may use
    :raises nam_kernel.errors.ModelFileError: when it cannot be read
    """
    net = read_model(path)
    rate = net.sample_rate or USUAL_RATE
    with _on_threads(threads):
        sizes = [_of_size(path, size, rate, seconds) for size in sizes_of(net)]
    return Report(str(path), net.architecture, rate, net.sample_rate is not None, threads, sizes)


def _of_size(path: Path, size: Size, rate: float, seconds: float) -> SizeReport:
    net, weights = size.net, _weights(size.net)
    runtimes = [_measured(name, feed, rate, seconds) for name, feed in _runtimes(path, size)]
    field = int(net.receptive_field)
    return SizeReport(size.name, size.control, net.multiply_adds(), weights, weights * _BYTES, field, runtimes)


def _weights(net: BaseNet) -> int:
    """Return the number of values that a file holds; of a net that has none in one list, that of its parameters."""
    return len(net.export_weights()) or net.parameter_count()


def _runtimes(path: Path, size: Size) -> Iterator[tuple[str, Feed | Exception]]:
    """Yield the runtimes of all plugins; in the place of those that a plugin fails to bring, its failure."""
    for title, bring in plugins.current().each("nam_bench_runtimes"):
        try:
            yield from bring(path=path, net=size.net, size=size.control)
        except UserError:
            raise
        except Exception as error:
            yield title, error


def _measured(name: str, feed: Feed | Exception, rate: float, seconds: float) -> Measured:
    if isinstance(feed, Exception):
        return Measured(name, {}, str(feed))
    try:
        return Measured(name, {block: times_real_time(feed, block, rate, seconds) for block in BLOCKS})
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Measured(name, {}, f"{type(error).__name__}: {error}")


@contextlib.contextmanager
def _on_threads(count: int) -> Iterator[None]:
    """Have torch use so many threads while the block runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _lines(size: SizeReport, rate: float) -> Iterator[str]:
    field, operations = size.receptive_field, size.multiply_adds
    told = [
        "multiply-adds not known" if operations is None else f"{operations} multiply-adds per sample",
        f"{size.weights} weights in {size.bytes} bytes",
        f"receptive field {field} samples, {1000 * field / rate:.1f} ms" if field > 1 else "recurrent",
    ]
    yield f"{printable(size.name)}: {'; '.join(told)}" if size.name else "; ".join(told)
    width = max(len(name) for name in ("runtime", *(runtime.name for runtime in size.runtimes)))
    yield f"  {'runtime':<{width}}" + "".join(f"{block:>8}" for block in BLOCKS)
    for runtime in size.runtimes:
        figures = "".join(f"{_figure(runtime.times_real_time[block]):>8}" for block in BLOCKS if not runtime.failed)
        yield f"  {printable(runtime.name):<{width}}" + (figures or f"  failed: {printable(runtime.failed)}")


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
