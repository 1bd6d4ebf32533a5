"""The callbacks of the easy trainer: a model file beside each checkpoint, and an end once the model is good enough."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, EarlyStopping
from pytorch_lightning.callbacks import ModelCheckpoint as _Checkpoint

from nam.models.exportable import Exportable, stated
from nam.models.metadata import UserMetadata
from nam.train import metadata
from nam.train.lightning_module import PackedBestCheckpoint, PackedMaskCallback


class ValidationStopping(EarlyStopping):
    """Stops the training once a metric is good enough, and for no other reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patience = math.inf  # type: ignore[assignment]


class ModelCheckpoint(_Checkpoint):
    """
    Saves checkpoints, and beside each of them a model file.

    :param user_metadata: what the model file states
    :param settings_metadata: what the user chose
    :param data_metadata: what is known of the recording; with the settings it goes into the file under ``training``
    """

    _NAM_FILE_EXTENSION = Exportable.FILE_EXTENSION

    output_factor = 1.0
    """The factor by which the run has scaled what is learned, which the model file undoes."""

    def __init__(
        self,
        *args: Any,
        user_metadata: UserMetadata | None = None,
        settings_metadata: metadata.Settings | None = None,
        data_metadata: metadata.Data | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._user_metadata = user_metadata
        self._settings_metadata = settings_metadata
        self._data_metadata = data_metadata

    @classmethod
    def _get_nam_filepath(cls, filepath: str) -> Path:
        """
        Return the path of the model file of a checkpoint.

        :raises ValueError: when that is no checkpoint's path
        """
        if not str(filepath).endswith(cls.FILE_EXTENSION):
            raise ValueError(f"{filepath} does not end in {cls.FILE_EXTENSION}, as a checkpoint does")
        return Path(str(filepath).removesuffix(cls.FILE_EXTENSION) + cls._NAM_FILE_EXTENSION)

    @property
    def _include_other_metadata(self) -> bool:
        return self._settings_metadata is not None and self._data_metadata is not None

    def _save_checkpoint(self, trainer: pl.Trainer, filepath: str) -> None:
        super()._save_checkpoint(trainer, filepath)
        if not trainer.is_global_zero:
            return
        module: Any = trainer.lightning_module
        path, other = self._get_nam_filepath(filepath), self._training()
        if self.output_factor == 1.0 and hasattr(module.net, "export"):
            module.net.export(path.parent, basename=path.stem, user_metadata=self._user_metadata, other_metadata=other)
            return
        from nam_plugin_nam.write import export

        net = copy.deepcopy(module.net).cpu().eval()
        net.scale_output(1.0 / self.output_factor)
        export(net, path.parent, path.stem, stated(self._user_metadata, other))

    def _remove_checkpoint(self, trainer: pl.Trainer, filepath: str) -> None:
        super()._remove_checkpoint(trainer, filepath)
        if trainer.is_global_zero:
            self._get_nam_filepath(filepath).unlink(missing_ok=True)

    def _training(self) -> dict[str, Any]:
        if self._settings_metadata is None or self._data_metadata is None:
            return {}
        known = metadata.TrainingMetadata(
            settings=self._settings_metadata, data=self._data_metadata, validation_esr=None
        )
        return {metadata.TRAINING_KEY: known.model_dump()}


def checkpoints(
    packed: bool,
    user_metadata: UserMetadata | None,
    settings_metadata: metadata.Settings | None,
    data_metadata: metadata.Data | None,
) -> list[Callback]:
    """
    Return the callbacks that save: the three best, the last, and of a packed net the best of each size.

    The parameters are those of ``ModelCheckpoint``.
    """
    known: dict[str, Any] = {
        "user_metadata": user_metadata,
        "settings_metadata": settings_metadata,
        "data_metadata": data_metadata,
        "every_n_epochs": 1,
    }
    best = "checkpoint_best_{epoch:04d}_{step}_{ESR:.4g}_{MSE:.3e}"
    return [
        ModelCheckpoint(filename=best, save_top_k=3, monitor="val_loss", **known),
        ModelCheckpoint(filename="checkpoint_last_{epoch:04d}_{step}", **known),
        *([PackedBestCheckpoint(), PackedMaskCallback()] if packed else []),
    ]
