"""Edit the document of a model before it is written."""

from __future__ import annotations

import abc
from typing import Any


class ExportModelDictPostHook(abc.ABC):
    """One such edit; a net applies those in its ``export_model_dict_post_hooks``, in their order."""

    @abc.abstractmethod
    def apply(self, model_dict: dict[str, Any]) -> dict[str, Any]:
        """
        Edit a document.

        :return: the document that is passed on, the given one or another
        """
