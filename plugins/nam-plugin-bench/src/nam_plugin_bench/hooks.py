"""What this plugin offers: a hook for runtimes, and the two that the kernel brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nam_kernel import hookimpl

if TYPE_CHECKING:
    from nam_kernel import BaseNet
    from nam_plugin_bench.hookspecs import Feed


@hookimpl
def nam_hookspecs() -> Sequence[str]:
    """Return the module with the hook of this plugin."""
    return ["nam_plugin_bench.hookspecs"]


@hookimpl(tryfirst=True)
def nam_bench_runtimes(net: BaseNet) -> Iterator[tuple[str, Feed]]:
    """Yield the plain net, and where a plugin accelerates it what that plugin makes of it."""
    from nam_kernel import accelerate
    from nam_plugin_bench.streaming import maker_of, streaming

    yield "the plain net", streaming(net)
    faster = accelerate(net)
    if faster is not net:
        yield maker_of(faster), streaming(net, faster)
