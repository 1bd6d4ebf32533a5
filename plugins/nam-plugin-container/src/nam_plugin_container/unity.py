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
        if _names(net) != _names(nets[0]):
            raise ValueError(
                f"size '{name}' takes {_told(net)} beside the audio, but '{names[0]}' takes {_told(nets[0])}; "
                "all sizes must take the same"
            )
        if net.conditions != nets[0].conditions:
            raise ValueError(
                f"size '{name}' describes its conditions ({_told(net)}) differently from '{names[0]}'; give all sizes "
                "the same ranges, defaults, units and choices"
            )


def one_rate(rates: Sequence[float | None]) -> float | None:
    """
    Return the sample rate that all share, in Hz.

    :raises ValueError: when two differ
    """
    known = sorted({float(rate) for rate in rates if rate is not None})
    if len(known) > 1:
        told = " and ".join(f"{rate:g}" for rate in known)
        raise ValueError(f"the sizes are for different sample rates, {told} Hz; all must share one")
    return known[0] if known else None


def _names(net: BaseNet) -> list[str] | None:
    return None if net.conditions is None else [condition.name for condition in net.conditions]


def _told(net: BaseNet) -> str:
    if net.conditions is None:
        return "whatever the data records"
    names = [condition.name or "one without a name" for condition in net.conditions]
    return f"the condition{'s' * (len(names) > 1)} {', '.join(names)}" if names else "nothing"
