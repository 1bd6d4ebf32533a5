"""Whether nets go together in one container."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel.interfaces import BaseNet


def require_alike(nets: Sequence[BaseNet], names: Sequence[str]) -> None:
    """
    Refuse nets that cannot share the audio, the conditions and one file.

    :raises ValueError: naming the size
    """
    for name, net in zip(names, nets, strict=False):
        if net.outputs:
            raise ValueError(f"size '{name}' is a {net.architecture} of several outputs; a size is a net of one output")
        if net.condition_names != nets[0].condition_names:
            raise ValueError(
                f"size '{name}' takes {_told(net)} besides the audio, but '{names[0]}' takes {_told(nets[0])}; "
                "all sizes must take the same"
            )


def one_rate(rates: Sequence[float | None]) -> float | None:
    """
    Give the sample rate that all share, in Hz.

    :raises ValueError: when two differ
    """
    known = sorted({float(rate) for rate in rates if rate is not None})
    if len(known) > 1:
        told = " and ".join(f"{rate:g}" for rate in known)
        raise ValueError(f"the sizes are for different sample rates, {told} Hz; all must share one")
    return known[0] if known else None


def _told(net: BaseNet) -> str:
    return "the condition " + ", ".join(net.condition_names) if net.condition_names else "nothing"
