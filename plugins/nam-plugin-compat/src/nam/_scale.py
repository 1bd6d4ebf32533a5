"""Undo, in an exported model, what the outputs that it learnt were multiplied by."""

from __future__ import annotations

import math
from typing import Any

from nam._errors import ScaleError
from nam.hooks import ExportModelDictPostHook
from nam_kernel.errors import HandshakeError, ModelFileError
from nam_kernel.models import document_of
from nam_plugin_wav import joint


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
        Multiply.

        :raises ValueError: when it is not known how, for this architecture
        """
        try:
            joint.scale_output(model_dict, self.scale)
        except ModelFileError as error:
            raise ScaleError(str(error)) from error
        return model_dict


def undo_scale(model: Any, gain: float) -> None:
    """
    See to it that the export of a net divides the output by a gain; a gain of 1 changes nothing.

    :raises ScaleError: when it cannot be done
    """
    hooks = getattr(model, "export_model_dict_post_hooks", None)
    try:
        if hooks is None:
            joint.remember(model, gain)
            return
        scales = [hook.scale for hook in hooks if isinstance(hook, ScaleOutputHook)]
        if any(not math.isclose(scale, 1 / gain) for scale in scales):
            raise HandshakeError(
                f"the outputs of the datasets were scaled differently (by {1 / scales[0]:g} and {gain:g}); "
                "scale all of them by one gain"
            )
        if gain != 1 and not scales:
            joint.OutputGain(gain).undo(document_of(model))
            hooks.append(ScaleOutputHook(1 / gain))
    except ModelFileError as error:
        raise ScaleError(f"the scale of the output cannot be undone in the exported model, because {error}") from error
    except HandshakeError as error:
        raise ScaleError(str(error)) from error
