"""The activation of a layer with its gate, which takes one half of the channels."""

from typing import Any

from torch import Tensor, nn

from nam_plugin_torchscript.parts.activations import activation_of


class Gate(nn.Module):
    """
    Two activations that join the halves of the channels.

    ``gated`` is their product; ``blended`` fades from the first half to its activation.

    :param channels: of the result
    """

    def __init__(self, mode: str, primary: Any, secondary: Any, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.blends = mode == "blended"
        self.primary = activation_of(primary, channels)
        self.secondary = activation_of(secondary or "Sigmoid", channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, l) for (B, 2 C, l)."""
        first = x[:, : self.channels]
        amount: Tensor = self.secondary(x[:, self.channels :])
        active: Tensor = self.primary(first)
        return first + amount * (active - first) if self.blends else active * amount


def gate_of(mode: str, primary: Any, secondary: Any, channels: int) -> nn.Module:
    """
    Return what a layer does between its convolution and its two outputs.

    :raises ValueError: when no player knows it
    """
    if mode == "none":
        return activation_of(primary, channels)
    if mode not in ("gated", "blended"):
        raise ValueError(f"the gating_mode {mode!r} is not known here")
    return Gate(mode, primary, secondary, channels)


def gating_of(config: Any, count: int) -> list[tuple[str, Any, Any]]:
    """Return mode, activation and second activation of each of the ``count`` layers of a stack."""
    modes, secondaries = config.get("gating_mode"), config.get("secondary_activation")
    if modes is None:
        modes, secondaries = "gated" if config.get("gated", False) else "none", None
    rows = (each(value, count) for value in (modes, config["activation"], secondaries))
    return list(zip(*rows, strict=True))


def each(value: Any, count: int) -> list[Any]:
    """
    Return what a stack says for each of its layers: the entries of a list, or one value for all.

    :raises ValueError: when the list has another length
    """
    values = value if isinstance(value, list) else [value] * count
    if len(values) != count:
        raise ValueError(f"a list has {len(values)} entries for {count} layers")
    return values
