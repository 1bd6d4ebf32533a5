"""The description of one stack of a WaveNet, from which ``_wavenet`` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from nam._core import InitializableFromConfig
from nam_plugin_wavenet.stack_config import StackConfig

_POSITION = ("is_first", "is_last")


class LayerArray(nn.Module, InitializableFromConfig):
    """
    One of the ``layers_configs``.

    :param config: its keys; where the stack is in the net goes without saying
    """

    def __init__(self, **config: Any) -> None:
        super().__init__()
        self.config: Mapping[str, Any] = {key: value for key, value in config.items() if key not in _POSITION}
        self.stack = StackConfig.model_validate(self.config).record()

    @property
    def head_channels(self) -> int:
        """What the stack gives to the head."""
        return self.stack.head_size
