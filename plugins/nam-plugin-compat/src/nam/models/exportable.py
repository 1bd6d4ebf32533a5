"""What can be written to a ``.nam`` file, and the steps of the writing that a subclass may override."""

from __future__ import annotations

import abc
import json
import logging
import time
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nam.hooks import ExportModelDictPostHook
from nam.models.metadata import Date, UserMetadata
from nam_kernel.files import atomic_write, atomic_write_text
from nam_kernel.models import LOWEST_VERSION

logger = logging.getLogger(__name__)

Document = dict[str, Any]


class Exportable(abc.ABC):
    """
    Base of the modules that can be written to a file.

    A subclass defines ``_export_config`` and ``_export_weights``, and for snapshots ``_export_input_output``.
    """

    FILE_EXTENSION = ".nam"

    @property
    def export_model_dict_post_hooks(self) -> list[ExportModelDictPostHook]:
        """The edits of the finished document, in their order; the list may be changed."""
        hooks: list[ExportModelDictPostHook] = self.__dict__.setdefault("_post_hooks", [])
        return hooks

    @export_model_dict_post_hooks.setter
    def export_model_dict_post_hooks(self, hooks: Sequence[ExportModelDictPostHook]) -> None:
        self.__dict__["_post_hooks"] = list(hooks)

    def export(
        self,
        outdir: Path,
        include_snapshot: bool = False,
        basename: str = "model",
        user_metadata: UserMetadata | None = None,
        other_metadata: dict[str, Any] | None = None,
    ) -> None:
        """
        Write ``basename.nam``.

        :param outdir: exists
        :param include_snapshot: write ``test_inputs.npy`` and ``test_outputs.npy`` too, an input and its output
        :param user_metadata: what the user states about the model
        :param other_metadata: further entries of ``metadata``; they replace all others
        """
        module: Any = self
        training = module.training
        module.eval()
        try:
            self._write(Path(outdir), basename, user_metadata, other_metadata)
            if include_snapshot:
                for name, signal in zip(("test_inputs", "test_outputs"), self._export_input_output(), strict=True):
                    with atomic_write(Path(outdir, f"{name}.npy")) as temporary, temporary.open("wb") as file:
                        np.save(file, signal)
        finally:
            module.train(training)

    def export_onnx(self, filename: Path) -> None:
        """
        Refuse: that is the work of the exporter plugin for ONNX.

        :raises NotImplementedError: always
        """
        raise NotImplementedError(
            f'a {type(self).__name__} does not write ONNX files itself; add "onnx" to "export" in the model config'
        )

    def import_weights(self, weights: Sequence[float]) -> Any:
        """
        Set the weights from what ``_export_weights`` returned.

        :raises NotImplementedError: when the subclass does not define how
        """
        raise NotImplementedError(f"{type(self).__name__} does not define import_weights")

    @abc.abstractmethod
    def _export_config(self) -> Any:
        """Return the ``config`` of the file, of JSON types."""

    @abc.abstractmethod
    def _export_input_output(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return an input and the output for it, (L,) each."""

    @abc.abstractmethod
    def _export_weights(self) -> npt.NDArray[Any]:
        """Return the weights as one array."""

    def _get_export_architecture(self) -> str:
        """Return the ``architecture`` of the file."""
        return type(self).__name__

    def _get_export_dict(self) -> Document:
        """Return the document, without what the user states about the model."""
        return {
            "version": LOWEST_VERSION,
            "metadata": self._get_non_user_metadata(),
            "architecture": self._get_export_architecture(),
            "config": self._export_config(),
            "weights": self._export_weights().tolist(),
        }

    def _get_non_user_metadata(self) -> Document:
        """Return what is known of the model without asking the user: the date."""
        names = ("year", "month", "day", "hour", "minute", "second")
        return {"date": Date(**dict(zip(names, time.localtime(), strict=False))).model_dump()}

    def _apply_export_model_dict_post_hooks(self, model_dict: Document) -> Document:
        for hook in self.export_model_dict_post_hooks:
            model_dict = hook.apply(model_dict)
        return model_dict

    def _write(self, outdir: Path, basename: str, user: UserMetadata | None, other: Mapping[str, Any] | None) -> None:
        document = self._get_export_dict()
        document["metadata"].update(stated(user, other, document["metadata"]))
        document = self._apply_export_model_dict_post_hooks(model_dict=document)
        atomic_write_text(outdir / f"{basename}{self.FILE_EXTENSION}", json.dumps(document))


def stated(user: UserMetadata | None, other: Mapping[str, Any] | None, known: Mapping[str, Any]) -> Document:
    """
    Return what is stated about a model, of JSON types; where both state it, ``other`` counts, with a warning.

    :param known: the entries of the model's ``metadata`` so far
    """
    joined = {} if user is None else user.model_dump(mode="json")
    taken = [key for key in other or {} if key in joined or key in known]
    if taken:
        logger.warning("other_metadata replaces the metadata under %s", ", ".join(taken))
    return {**joined, **plain(other or {})}


def plain(given: Mapping[str, Any]) -> Document:
    """Return a dictionary with every ``Enum`` in it replaced by its value."""
    return {key: _plain(value) for key, value in given.items()}


_cast_enums = plain


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return plain(value) if isinstance(value, Mapping) else value
