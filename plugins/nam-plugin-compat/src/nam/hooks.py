"""Edits of a model's document before it is written."""

from __future__ import annotations

import abc
from typing import Any


class ExportModelDictPostHook(abc.ABC):
    """One such edit; a net applies those in its ``export_model_dict_post_hooks``, in their order."""

    @abc.abstractmethod
    def apply(self, model_dict: dict[str, Any]) -> dict[str, Any]:
        """Return the document to write in place of the given one; it may be the same, edited."""
