"""The linear net with its older constructor."""

from __future__ import annotations

from typing import Any

from nam._core import stands_for
from nam.models._renamed import LoadsOlder
from nam.models.base import BaseNet
from nam_plugin_linear import net


@stands_for(net.Linear)
class Linear(LoadsOlder, BaseNet, net.Linear):
    """
    One impulse response: ``nam_plugin_linear.net.Linear``, whose instances count as this one's.

    :param receptive_field: the length of the impulse response in samples
    :param bias: learn a constant too
    """

    OLDER_KEYS = ((r"^_net\.bias$", "bias"),)

    def __init__(self, receptive_field: int, *args: Any, bias: bool = False, **kwargs: Any) -> None:
        super().__init__(receptive_field, bias, *args, **kwargs)

    @property
    def _bias(self) -> bool:
        return self.bias is not None

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        oldest_first = state_dict.pop(f"{prefix}_net.weight", None)
        if oldest_first is not None:
            state_dict[f"{prefix}impulse_response"] = oldest_first.reshape(-1).flip(0)
        super()._load_from_state_dict(state_dict, prefix, *args)
