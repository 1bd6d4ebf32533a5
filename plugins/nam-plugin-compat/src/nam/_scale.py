"""Undo, in an exported model, the change of level of the outputs that it was trained on."""

from __future__ import annotations

import math
from typing import Any

from nam._errors import ScaleError
from nam.hooks import ExportModelDictPostHook
from nam_kernel.errors import UserError
from nam_kernel.models import document_of, net_of


class ScaleOutputHook(ExportModelDictPostHook):
    """
    Multiplies the output of a model in its document.

    :param scale: the factor
    """

    def __init__(self, scale: float) -> None:
        self._scale = scale

    @property
    def scale(self) -> float:
        """The factor."""
        return self._scale

    def apply(self, model_dict: dict[str, Any]) -> dict[str, Any]:
        """
        Multiply; the loudness that the document states moves along.

        :raises ScaleError: when no installed plugin reads the architecture, or its nets cannot be scaled
        """
        try:
            net = net_of(model_dict)
            net.metadata = dict(model_dict.get("metadata") or {})
            net.scale_output(self.scale)
        except UserError as error:
            raise ScaleError(f"the level of the exported model cannot be changed: {error}") from error
        scaled = document_of(net)
        model_dict.update(config={**model_dict["config"], **scaled["config"]}, weights=scaled["weights"])
        if net.metadata:
            model_dict["metadata"] = net.metadata
        return model_dict


def undo_scale(model: Any, gain: float) -> None:
    """
    Have the export of a net divide the output by a gain; 1 changes nothing.

    :raises ScaleError: when that cannot be done, or another dataset was scaled by another gain
    """
    hooks = getattr(model, "export_model_dict_post_hooks", None)
    if hooks is None:
        if gain != 1:
            raise ScaleError(f"a {type(model).__name__} is exported as it is; have it scale_output({1 / gain:g}) then")
        return
    scales = [hook.scale for hook in hooks if isinstance(hook, ScaleOutputHook)]
    if any(not math.isclose(scale, 1 / gain) for scale in scales):
        raise ScaleError(
            f"the outputs of the datasets were scaled differently (by {1 / scales[0]:g} and {gain:g}); "
            "scale all of them by one gain"
        )
    if gain != 1 and not scales:
        hook = ScaleOutputHook(1 / gain)
        hook.apply(document_of(model))
        hooks.append(hook)
