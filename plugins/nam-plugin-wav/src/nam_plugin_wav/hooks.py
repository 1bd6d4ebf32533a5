"""What this plugin offers: the pair of audio files, and a look at it before a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nam_kernel import Dataset, hookimpl

if TYPE_CHECKING:
    from nam_kernel import BaseNet

_SUMMARY = "A pair of audio files: what went into the amplifier, and what came out"
_TARGET = "nam_plugin_wav.dataset:WavDataset"
_CONFIG = "nam_plugin_wav.config:WavConfig"


@hookimpl
def nam_datasets() -> list[Dataset]:
    """Offer the pair of audio files under its usual name, ``dataset``, and as ``wav``."""
    return [Dataset(name=name, target=_TARGET, config=_CONFIG, summary=_SUMMARY) for name in ("dataset", "wav")]


@hookimpl
def nam_check(train: Any, validation: Any | None) -> Sequence[str]:
    """Refuse recordings from which nothing can be learnt; warnings are not this hook's business."""
    from nam_plugin_wav.looks import errors_of

    return errors_of(train, validation)


@hookimpl
def nam_export(document: dict[str, Any], net: BaseNet) -> None:
    """Undo, in the model, the level that ``joint`` gave to the outputs of its training."""
    from nam_plugin_wav.joint import undo

    undo(document, net)
