"""``batch.json`` in the folder of a row: what it was made of, how it ended, and which model came out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ValidationError

from nam_kernel.errors import ConfigError
from nam_kernel.files import atomic_write_text

FILE = "batch.json"
FORMAT = 1
"""Of the file; it changes when an older reader would misunderstand a newer one."""

State = Literal["waiting", "running", "done", "interrupted", "failed", "wrong"]
"""``wrong``: what the user gave cannot be used; ``failed``: the program failed."""


class Recording(BaseModel):
    """
    A file as it was.

    :param digest: of its bytes
    """

    path: str
    size: int
    modified: int
    digest: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return what a file is now."""
        state = path.stat()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
        return cls(path=str(path), size=state.st_size, modified=state.st_mtime_ns, digest=digest)

    def is_still(self, path: Path) -> bool:
        """Return whether a file is the same; its bytes are read only where its size and date leave that open."""
        state = path.stat()
        if state.st_size != self.size:
            return False
        return state.st_mtime_ns == self.modified or self.of(path).digest == self.digest


class RowRecord(BaseModel):
    """
    What is known of a row.

    :param recordings: by the column that names them
    :param asked: the configs that the row was to be trained with, by their names
    :param esr: of the best model; of several sizes, that of the largest
    :param sizes: the ESR of each, where there are several
    :param seconds: that all trainings of it took together
    :param file: of the model, beside the folder of the row
    :param told: why it failed, or what is wrong with the recordings
    :param warnings: how many findings of that kind there are
    :param process: that trains it, or did
    """

    format: int = FORMAT
    name: str
    recordings: dict[str, Recording] = {}
    asked: dict[str, Any] = {}
    state: State = "waiting"
    esr: float | None = None
    sizes: dict[str, float | None] = {}
    epochs: int = 0
    seconds: float = 0.0
    file: str | None = None
    told: str = ""
    warnings: int = 0
    process: dict[str, str | int] = {}

    @classmethod
    def read(cls, folder: Path) -> RowRecord | None:
        """
        Return the record in the folder of a row; None where there is none.

        :raises ConfigError: when it cannot be understood
        """
        file = folder / FILE
        try:
            record = cls.model_validate_json(file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValidationError, OSError, ValueError) as error:
            told = f"is damaged, or no record of a batch ({str(error).splitlines()[0]}); move its folder away"
            raise ConfigError(str(file), [told]) from None
        if record.format > FORMAT:
            raise ConfigError(str(file), [f"has format {record.format}, newer than {FORMAT}; upgrade nam-plugin-batch"])
        return record

    def write(self, folder: Path, **changes: Any) -> RowRecord:
        """Write the record, with changes, all of it or nothing; return it."""
        changed = self.model_copy(update=changes)
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write_text(folder / FILE, changed.model_dump_json(indent=2) + "\n")
        return changed

    def changes(self, asked: Mapping[str, Any], recordings: Mapping[str, Path]) -> list[str]:
        """Return in words what is no longer as it was when the row was trained; of files that are gone nothing."""
        told = [f"the {name}" for name in asked if self.asked.get(name) != asked[name]]
        for key, path in recordings.items():
            before = self.recordings.get(key)
            if before is None or not before.is_still(path):
                told.append(path.name)
        return told
