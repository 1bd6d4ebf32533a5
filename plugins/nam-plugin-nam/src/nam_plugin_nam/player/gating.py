"""The activation of a WaveNet layer with its gate, which takes one half of the channels."""

from __future__ import annotations

from typing import Any

from nam_plugin_nam.player.activations import Activation, activation_of
from nam_plugin_nam.player.model import Signal, require


class Gate:
    """
    An activation alone, or one of two that join the halves of the channels.

    ``gated``: ``primary(a) secondary(b)``. ``blended``: ``secondary(b)`` fades from ``a`` to ``primary(a)``.

    :param mode: ``none``, ``gated`` or ``blended``
    :param primary: as ``activation_of`` takes it
    :param secondary: likewise; a sigmoid where a document says nothing
    :param channels: of the result, C
    """

    def __init__(self, mode: str, primary: Any, secondary: Any, channels: int) -> None:
        require(mode in ("none", "gated", "blended"), f"players do not know the gating_mode {mode!r}")
        self.mode, self.channels = mode, channels
        self.inputs = channels if mode == "none" else 2 * channels
        self.primary = activation_of(primary, channels)
        self.secondary: Activation | None = None
        if mode != "none":
            self.secondary = activation_of(secondary or "Sigmoid", channels)

    def __call__(self, x: Signal) -> Signal:
        """Return (C, l) for (inputs, l)."""
        if self.secondary is None:
            return self.primary(x)
        first, gate = x[: self.channels], self.secondary(x[self.channels :])
        if self.mode == "gated":
            return self.primary(first) * gate
        return first + gate * (self.primary(first) - first)


def gates_of(config: Any, count: int, channels: int) -> list[Gate]:
    """
    Return the gate of each of the ``count`` layers of a stack.

    The older key, ``gated``, always means a sigmoid; beside the newer one, ``gating_mode``, it is ignored.
    """
    modes, secondaries = config.get("gating_mode"), config.get("secondary_activation")
    if modes is None:
        modes, secondaries = "gated" if config.get("gated", False) else "none", None
    lists = (each(value, count) for value in (modes, config["activation"], secondaries))
    return [Gate(mode, primary, secondary, channels) for mode, primary, secondary in zip(*lists, strict=True)]


def each(value: Any, count: int) -> list[Any]:
    """
    Return what a stack says for each of its layers: the entries of a list, or one value for all.

    :raises ValueError: when the list has not as many entries as the stack has layers
    """
    if not isinstance(value, list):
        return [value] * count
    require(len(value) == count, f"a list has {len(value)} entries for {count} layers")
    return value
