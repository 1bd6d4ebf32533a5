"""The notebook's trainer: the files lie in the working folder, the model goes into another one beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nam.models.metadata import UserMetadata
from nam.train._names import INPUT_BASENAMES, LATEST_VERSION
from nam.train._sizes import require_keywords
from nam.train._version import PROTEUS_VERSION
from nam.train.core import train as _train
from nam.train.metadata import TRAINING_KEY

_BUGGY_INPUT_BASENAMES = {"v1_1_0.wav"}
"""Of a signal whose clicks are in the wrong places."""

_OUTPUT_BASENAME = "output.wav"
_TRAIN_PATH = "."


def _check_for_files() -> str:
    """
    Return the name of the standard signal that lies in the working folder, beside a recording of it.

    :raises FileNotFoundError: when one of the two is missing
    :raises RuntimeError: when there is only a signal that is wrong, or has an older name
    """
    for name in _BUGGY_INPUT_BASENAMES:
        if Path(name).exists():
            raise RuntimeError(f"the clicks of {name} are in the wrong places; record {LATEST_VERSION.name} instead")
    found = None
    for signal in INPUT_BASENAMES:
        older = next((other for other in sorted(signal.other_names or ()) if Path(other).exists()), None)
        if Path(signal.name).exists():
            found = signal
            break
        if older is not None:
            raise RuntimeError(f"{older} is called {signal.name} now; rename it, and run this again")
    if found is None:
        raise FileNotFoundError(f"there is no standard signal here; upload {LATEST_VERSION.name}")
    name, newest = found.name, found.version in (LATEST_VERSION.version, PROTEUS_VERSION)
    print(f"Found {name}" + ("" if newest else f" (WARNING: an older signal; {LATEST_VERSION.name} is the newest)"))
    if not Path(_OUTPUT_BASENAME).exists():
        raise FileNotFoundError(f"there is no recording of {name} here; upload it as {_OUTPUT_BASENAME}")
    return name


def _get_valid_export_directory() -> Path:
    """Return the first folder for a model that does not exist."""
    number = 0
    while (folder := Path("exported_models", f"version_{number}")).exists():
        number += 1
    return folder


def run(
    epochs: int = 100,
    delay: int | None = None,
    seed: int | None = 0,
    user_metadata: UserMetadata | None = None,
    ignore_checks: bool = False,
    **older: Any,
) -> None:
    """
    Train a model of the recording in the working folder, and export it into ``exported_models``.

    :param delay: of the recording, in samples; None to find it
    :param seed: None for another training each time
    :param user_metadata: what the model file states
    :param ignore_checks: train although a check fails
    :param older: ``architecture`` and the like, as ``nam.train.core.train`` takes them
    """
    require_keywords("run", older)
    trained = _train(
        input_path=_check_for_files(),
        output_path=_OUTPUT_BASENAME,
        train_path=_TRAIN_PATH,
        epochs=epochs,
        latency=delay,
        seed=seed,
        local=False,
        ignore_checks=ignore_checks,
        **older,
    )
    if trained.model is None:
        print("There is no model to export")
        return
    folder = _get_valid_export_directory()
    folder.mkdir(parents=True)
    known = {TRAINING_KEY: trained.metadata.model_dump()}
    trained.model.net.export(folder, user_metadata=user_metadata, other_metadata=known)
    print(f"The model is in {folder}")
