"""The steps of writing a net to a ``.nam`` file, which subclasses override."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nam.hooks import ExportModelDictPostHook
from nam.models.metadata import Date, UserMetadata
from nam_kernel.files import atomic_write
from nam_kernel.models import document_of
from nam_plugin_nam.loudness import STEPS, pink_noise

logger = logging.getLogger(__name__)

Document = dict[str, Any]

_STEPS = ("_get_export_dict", "_get_non_user_metadata", "_metadata_loudness", "_metadata_gain", "_at_nominal_settings")


class Exportable:
    """Base of the nets that can be written to a file."""

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
        from nam_plugin_nam.write import export

        net: Any = self
        training = net.training
        net.eval()
        try:
            export(net, Path(outdir), basename, stated(user_metadata, other_metadata or {}))
            if include_snapshot:
                for name, signal in zip(("test_inputs", "test_outputs"), self._export_input_output(), strict=True):
                    with atomic_write(Path(outdir, f"{name}.npy")) as temporary, temporary.open("wb") as file:
                        np.save(file, signal)
        finally:
            net.train(training)

    def export_onnx(self, filename: Path) -> None:
        """
        Refuse: that is the work of the exporter plugin for ONNX.

        :raises NotImplementedError: always
        """
        raise NotImplementedError(
            f'a {type(self).__name__} does not write ONNX files itself; add "onnx" to "export" in the model config'
        )

    def edit_document(self, document: Document) -> None:
        """Edit the document of this net, in place, by its overridden steps and its post hooks."""
        net: Any = self
        if net.conditions != () or any(getattr(type(self), s) is not getattr(Exportable, s) for s in _STEPS):
            own = self._get_export_dict()
            metadata, known = own.pop("metadata", {}), document.get("metadata", {})
            document.update(own)
            # What nam_kernel has measured gives way; of a net that takes more than audio it measures nothing.
            measured = ("date", "loudness", "gain") if net.conditions == () else ("date",)
            kept = {key: value for key, value in known.items() if not (key in metadata and key in measured)}
            document["metadata"] = {**metadata, **kept}
        edited = dict(self._apply_export_model_dict_post_hooks(model_dict=document))
        document.clear()
        document.update(edited)

    def _get_export_dict(self) -> Document:
        """Return the document, without what the user states about the model."""
        net: Any = self
        return {**document_of(net), "metadata": self._get_non_user_metadata()}

    def _get_non_user_metadata(self) -> Document:
        """Return what is known of the model without asking the user: the date, its loudness and its gain."""
        names = ("year", "month", "day", "hour", "minute", "second")
        date = Date(**dict(zip(names, time.localtime(), strict=False))).model_dump()
        try:
            return {"date": date, "loudness": self._metadata_loudness(), "gain": self._metadata_gain()}
        except Exception as error:
            logger.info(
                "the file will not state the loudness of the model, for want of _at_nominal_settings: %s", error
            )
            return {"date": date}

    @classmethod
    def _metadata_loudness_x(cls) -> Tensor:
        """Return the test signal: one second of pink noise."""
        return pink_noise(48000)

    def _metadata_loudness(self, gain: float = 1.0, db: bool = True) -> float:
        """Return the level of the output for the test signal times ``gain``, as RMS or in dB."""
        with torch.no_grad():
            y = self._at_nominal_settings(gain * self._metadata_loudness_x().to(getattr(self, "device", None) or "cpu"))
        level = float(y.double().square().mean().sqrt())
        return 20 * math.log10(level) if db and level > 0 else level if not db else -math.inf

    def _metadata_gain(self) -> float:
        """Return how far the level of the output is from proportional to that of the input: 0 to 1."""
        levels = np.array([self._metadata_loudness(float(g), db=False) for g in np.linspace(0, 1, STEPS)])
        highest = STEPS * levels[-1]
        return float(np.clip(2 * levels.sum() / highest - 1, 0, 1)) if highest else 0.0

    def _at_nominal_settings(self, x: Tensor) -> Tensor:
        """Return the output of the net, with its knobs, if it has any, where they usually are."""
        net: Any = self
        y: Tensor = net(x)
        return y

    def _apply_export_model_dict_post_hooks(self, model_dict: Document) -> Document:
        for hook in self.export_model_dict_post_hooks:
            model_dict = hook.apply(model_dict)
        return model_dict

    def _export_input_output_args(self) -> tuple[Any, ...]:
        """Return the arguments that ``forward`` needs before the audio."""
        return ()

    def _export_input_output(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return a second of silence, one of a tone of 220 Hz and one of silence, and the output for it."""
        net: Any = self
        if net.sample_rate is None:
            raise RuntimeError("a snapshot needs the sample rate of the net; set its sample_rate")
        rate = round(net.sample_rate)
        silence, tone = torch.zeros(rate), 0.5 * torch.sin(2 * math.pi * 220 / rate * torch.arange(rate))
        x = torch.cat((silence, tone, silence)).to(net.device or "cpu")
        with torch.no_grad():
            y = net(*self._export_input_output_args(), x, pad_start=True)
        return x.cpu().numpy(), y.cpu().numpy()


def stated(user: UserMetadata | None, other: Mapping[str, Any]) -> Document:
    """Return what is stated about a model, of JSON types; where both state it, ``other`` counts, with a warning."""
    joined = {} if user is None else user.model_dump(mode="json")
    taken = [key for key in other if key in joined]
    if taken:
        logger.warning("other_metadata replaces the metadata under %s", ", ".join(taken))
    return {**joined, **{key: _plain(value) for key, value in other.items()}}


def _plain(value: Any) -> Any:
    """Return a value with every ``Enum`` in it replaced by its own value."""
    if isinstance(value, Enum):
        return value.value
    return {key: _plain(entry) for key, entry in value.items()} if isinstance(value, Mapping) else value
