"""Play a net as a stream of blocks, plain or accelerated."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nam_kernel.errors import DataError
from nam_kernel.interfaces import BaseNet, Forward, Stream
from nam_plugin_bench.hookspecs import Feed


def streaming(net: BaseNet, forward: Forward | None = None) -> Feed:
    """
    Return what feeds a net, its knobs and switches at their defaults.

    :param forward: of the net's own parameters, as ``nam_kernel.accelerate`` returns it; None for the plain net
    :raises DataError: when the net does not say which conditions it takes
    """
    if net.conditions is None:
        raise DataError(
            f"this {net.architecture} model does not say which conditions it takes beside the audio, so it cannot be "
            "played here; measure it from Python"
        )
    settings = net.settings()
    own_stream = getattr(forward, "stream", None)
    stream: Stream = own_stream() if own_stream is not None else net.stream(forward)

    def feed(x: npt.NDArray[np.float32]) -> Any:
        with torch.no_grad():
            return stream.feed(torch.from_numpy(x), *settings)

    return feed


def maker_of(forward: Any) -> str:
    """Return the distribution that an accelerated net comes from, as far as its module's name tells it."""
    module = getattr(forward, "__module__", None) or type(forward).__module__
    return str(module).partition(".")[0].replace("_", "-")
