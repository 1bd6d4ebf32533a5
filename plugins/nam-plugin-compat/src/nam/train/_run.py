"""One training of the easy trainer: an ordinary run in a folder of its own, and what of it goes back to the script."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.callbacks import Callback, Checkpoint

from nam.data import Split, init_dataset
from nam.models.metadata import UserMetadata
from nam.train._configs import is_packed, lightning_module_class
from nam.train._saving import ModelCheckpoint
from nam_kernel import Result
from nam_kernel import train as train_run
from nam_kernel.run import Prepared
from nam_plugin_compat.engine import LOGS
from nam_plugin_compat.hooks import CALLBACKS, ENGINE

Json = dict[str, Any]
Making = Callable[[], Sequence[Callback]]


class Brought:
    """
    The callbacks of a training, which are made by the script: anew for each trial before it, then once.

    :param making: returns them
    :param saving: whether those that save checkpoints are among them
    """

    def __init__(self, making: Making, *, saving: bool = True) -> None:
        self._making, self._saving = making, saving
        self._made: list[Callback] | None = None

    def __call__(self) -> list[Callback]:
        """Return them."""
        return self._made if self._made is not None else self._make()

    def begin(self, run: Prepared) -> None:
        """Make those of the training itself, which know the level at which it learns."""
        self._made = self._make()
        for callback in self._made:
            if isinstance(callback, ModelCheckpoint):
                callback.output_factor = run.output_factor

    def _make(self) -> list[Callback]:
        return [callback for callback in self._making() if self._saving or not isinstance(callback, Checkpoint)]


def run(
    documents: tuple[Json, Json, Json],
    train_path: str | PathLike[str],
    making: Making,
    *,
    seed: int | None,
    user_metadata: UserMetadata | None,
    batches: int | None,
) -> Any:
    """
    Return the trained module, its net at the level of the recordings, on the CPU.

    The run lies in ``lightning_logs/version_0`` of a folder, or the next one that is free; nothing else is written
    there.

    :param documents: data, model and learning config
    :param making: returns the callbacks
    :param seed: or None for another training each time
    :param batches: of a trial of one epoch, which saves no checkpoints; None for all
    """
    data, model, learning = documents
    folder = _next_folder(Path(train_path).expanduser().absolute())
    brought = Brought(making, saving=batches is None)
    trainer = {**learning["trainer"], "logger": _logger(folder)}
    if batches is not None:
        trainer |= {"max_epochs": 1, "limit_train_batches": batches, "limit_val_batches": batches}
    seed = torch.seed() % 2**31 if seed is None else seed
    learning = {"engine": ENGINE, **learning, "trainer": trainer, "seed": seed}
    data = _for_the_kernel(data, user_metadata)
    token = CALLBACKS.set(brought)
    try:
        result = train_run(data, model, learning, folder, plots=False, ready=brought.begin, new_folder=False)
    except BaseException:
        # Of a training that did not begin nothing is there, and nothing stays.
        with contextlib.suppress(OSError):
            folder.rmdir()
            folder.parent.rmdir()
        raise
    finally:
        CALLBACKS.reset(token)
    if result.interrupted is not None:
        print("The training was interrupted; the best model so far is kept")
    return module_of(result, model)


def module_of(result: Result, model_config: Mapping[str, Any]) -> Any:
    """Return the module of a model config, with the weights of a result's net."""
    module: Any = lightning_module_class(dict(model_config)).init_from_config(model_config)
    net, trained = module.net, result.net
    if is_packed(dict(model_config)):
        for name in trained.outputs:
            net.load_output_state(name, trained.output_state(name))
    else:
        net.import_weights(trained.export_weights())
    net.sample_rate = trained.sample_rate
    return module.cpu().eval()


def validation_of(data_config: Json, net: Any) -> Any:
    """Return the dataset of what is held out, at the level of the recordings; that it may be was checked before."""
    held_out = {**data_config["validation"], "require_input_pre_silence": None}
    common = {**data_config["common"], "nx": net.receptive_field}
    return init_dataset({**data_config, "common": common, "validation": held_out}, Split.VALIDATION)


def _next_folder(train_path: Path) -> Path:
    logs = train_path / LOGS
    numbers = [path.name.removeprefix("version_") for path in logs.glob("version_*")]
    for number in count(max((int(n) for n in numbers if n.isdigit()), default=-1) + 1):
        folder = logs / f"version_{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def _logger(folder: Path) -> Json:
    """Return the logger that Lightning itself would make, writing into this very folder."""
    kind = "TensorBoardLogger" if importlib.util.find_spec("tensorboard") else "CSVLogger"
    version = int(folder.name.removeprefix("version_"))
    arguments = {"save_dir": str(folder.parents[1]), "name": LOGS, "version": version}
    return {"class_path": f"pytorch_lightning.loggers.{kind}", "init_args": arguments}


def _for_the_kernel(data: Json, user_metadata: UserMetadata | None) -> Json:
    """
    Return a data config of the easy trainer as the kernel reads it.

    Whether the two files are a pair was checked before, so that what the kernel thinks of it is told, and no refusal.
    """
    common = {"anyway": True, **data["common"]}
    for key in ("x_path", "y_path"):
        common[key] = str(Path(common[key]).expanduser().absolute())
    parts = {split: {key: value for key, value in data[split].items()} for split in ("train", "validation")}
    for part in parts.values():
        if part.get("require_input_pre_silence") is False:
            part["require_input_pre_silence"] = None
    stated = {} if user_metadata is None else user_metadata.model_dump(mode="json", exclude_none=True)
    return {**data, **parts, "common": common, **({"metadata": stated} if stated else {})}
