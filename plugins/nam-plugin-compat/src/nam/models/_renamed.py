"""The older names of a net's parts, which subclasses use and older checkpoints hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from torch import nn


class LoadsOlder(nn.Module):
    """Base of a module that loads state dicts with the older keys."""

    OLDER_KEYS: ClassVar[Sequence[tuple[str, str]]] = ()
    """Patterns of older keys and their replacements, applied in this order."""

    @classmethod
    def newer_key(cls, key: str) -> str:
        """Return the key of today for an older one."""
        for pattern, newer in cls.OLDER_KEYS:
            key = re.sub(pattern, newer, key)
        return key

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        for key in [key for key in state_dict if key.startswith(prefix)]:
            state_dict[prefix + self.newer_key(key.removeprefix(prefix))] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, *args)


class Renamed(nn.Module):
    """Base of a module some of whose attributes can be read and set by an older name."""

    OLDER: ClassVar[Mapping[str, str]] = {}
    """Today's name, by the older one."""

    def __getattr__(self, name: str) -> Any:
        newer = type(self).OLDER.get(name)
        return super().__getattr__(name) if newer is None else getattr(self, newer)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(type(self).OLDER.get(name, name), value)
