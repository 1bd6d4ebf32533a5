"""What this plugin offers: the pair of audio files, its preparation, and an inspection of the recordings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nam_kernel import Dataset, hookimpl

if TYPE_CHECKING:
    from nam_kernel import Finding
    from nam_kernel.run import Prepared

_SUMMARY = "A pair of audio files: the input of an amplifier, and its output"
_TARGET = "nam_plugin_wav.dataset:WavDataset"
_CONFIG = "nam_plugin_wav.config:WavConfig"


@hookimpl
def nam_datasets() -> list[Dataset]:
    """Return the pair of audio files, the default dataset, under its usual name ``dataset`` and as ``wav``."""
    return [
        Dataset(name=name, target=_TARGET, config=_CONFIG, summary=_SUMMARY, default=name == "dataset")
        for name in ("dataset", "wav")
    ]


@hookimpl
def nam_prepare(run: Prepared) -> None:
    """Carry out the entries of ``joint`` that normalise the output; without any, leave usual levels as they are."""
    if run.checked.data.joint:
        from nam_plugin_wav.joint import normalise

        normalise(run)
    else:
        from nam_plugin_wav.usual_level import bring_to_usual_level

        bring_to_usual_level(run)


@hookimpl
def nam_check(run: Prepared) -> Sequence[Finding]:
    """Return what is wrong with the recordings, or worth knowing about them."""
    from nam_plugin_wav.inspection import inspect_all

    return inspect_all(run.train, run.validation)


@hookimpl
def nam_started(run: Prepared) -> None:
    """Draw the delay that ``"auto"`` found, where the user wants plots and matplotlib is there."""
    if run.options.plots:
        from nam_plugin_wav.alignment_of_run import draw

        draw(run)
