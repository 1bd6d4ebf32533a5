"""Activations by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from nam._errors import UnknownActivationError
from nam_plugin_wavenet.activations import Blended, FastTanh, Gated, LeakyHardtanh


class Softsigmoid(nn.Module):
    """Softsign, brought to the range from 0 to 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Return it for each element of ``x``."""
        return (nn.functional.softsign(x) + 1) / 2


PairMultiply = Gated
PairBlend = Blended

_PAIRS: Mapping[str, Callable[..., nn.Module]] = {"PairMultiply": PairMultiply, "PairBlend": PairBlend}
_OWN: Mapping[str, Callable[..., nn.Module]] = {
    "Fasttanh": FastTanh,
    "LeakyHardtanh": LeakyHardtanh,
    "Softsigmoid": Softsigmoid,
}


def get_activation(name: str | Mapping[str, Any], **kwargs: Any) -> nn.Module:
    """
    Return an activation.

    :param name: of one of torch's activations or a player's; or an object of ``name`` and parameters
    :param kwargs: its parameters; ``primary`` and ``secondary`` of a pair are activations themselves
    :raises UnknownActivationError: when there is none of that name
    """
    if isinstance(name, Mapping):
        given = dict(name)
        return get_activation(given.pop("name"), **given, **kwargs)
    if name in _PAIRS:
        return _PAIRS[name](get_activation(kwargs["primary"]), get_activation(kwargs["secondary"]))
    kind = _OWN.get(name) or getattr(nn, name, None)
    if kind is None:
        raise UnknownActivationError(f"there is no activation '{name}'; Tanh and ReLU are usual")
    module: nn.Module = kind(**kwargs)
    return module
