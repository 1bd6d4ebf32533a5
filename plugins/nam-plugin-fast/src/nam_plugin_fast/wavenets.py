"""The twin of a WaveNet: its stacks, those of its conditioning model, and those of its sizes."""

import copy
from itertools import pairwise

from nam_kernel.interfaces import Stream
from nam_plugin_fast.describing import refusal
from nam_plugin_fast.network import FastNetwork
from nam_plugin_fast.streams import FastStream
from nam_plugin_fast.twins import Twin, twin_of, with_modules
from nam_plugin_wavenet.net import WaveNet
from nam_plugin_wavenet.slimming import Slimming


def twin_of_wavenet(net: WaveNet) -> Twin | None:
    """Return the twin of a WaveNet, or None where its stacks have what the compiled code lacks."""
    if refusal(net.spec):
        return None
    fast = FastNetwork(net.spec, net.network)
    twin = with_modules(net, network=fast)
    inner = None if net.condition_dsp is None else twin_of(net.condition_dsp)
    if inner is not None:
        twin.condition_dsp = inner.net
    if net._slimming is not None:
        twin._slimming = _fast_sizes(net, net._slimming)

    def stream() -> Stream:
        if inner is not None:
            return FastStream(net, fast, inner.stream())
        return FastStream(net, fast, None if net.condition_dsp is None else net.condition_dsp.stream())

    return Twin(twin, stream, ((net, twin), *(inner.pairs if inner else ())))


def _fast_sizes(net: WaveNet, slimming: Slimming) -> Slimming:
    """Return the sizes of a net, which are slices of its weights, each computed by the compiled code."""
    fast = copy.copy(slimming)
    fast.skeletons = []
    for (low, high), skeleton in zip(pairwise(slimming.edges), slimming.skeletons, strict=True):
        # functional_call puts the slices into the parts of the skeleton, which the copy shares.
        stand_in = copy.copy(skeleton)
        stand_in.forward = FastNetwork(net.spec.at_size((low + high) / 2), skeleton).forward  # type: ignore[method-assign]
        fast.skeletons.append(stand_in)
    return fast
