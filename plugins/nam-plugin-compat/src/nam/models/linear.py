"""The linear net with its older constructor."""

from __future__ import annotations

from typing import Any

from nam.models.base import BaseNet
from nam_plugin_linear import net


class Linear(BaseNet, net.Linear):
    """
    One impulse response; the real one is ``nam_plugin_linear.net.Linear``, whose instances count as this one's.

    :param receptive_field: the length of the impulse response in samples
    :param bias: learn a constant too
    """

    def __init__(self, receptive_field: int, *args: Any, bias: bool = False, **kwargs: Any) -> None:
        super().__init__(receptive_field, bias, *args, **kwargs)

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        return True if cls is Linear and net.Linear in other.__mro__ else NotImplemented
