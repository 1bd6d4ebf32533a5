"""Runs on disk: a folder each, with the recordings, what was chosen, and the training."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nam_kernel.errors import DataError, UserError
from nam_kernel.files import atomic_write_text, writing_to
from nam_plugin_studio.facts import Facts, Recording, Role
from nam_plugin_studio.names import folder_name, title
from nam_plugin_wav import read_header

FILE = "studio.json"
MODEL = "model.nam"
TRAINING = "model"
"""Of a run's folder: what it is known by, its model, and the folder of its training, as ``capture`` names it."""


class Project:
    """
    One run.

    :param folder: that it is in; its name is the name of the run in addresses
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return self.folder.name

    @property
    def training(self) -> Path:
        """The folder of the training; made by it."""
        return self.folder / TRAINING

    @property
    def begun(self) -> bool:
        """Whether there is a training, so that the recordings stay as they are."""
        return (self.training / "run.json").is_file()

    @property
    def model(self) -> Path | None:
        """The best model so far."""
        return self.own(self.training / MODEL)

    def own(self, file: Path) -> Path | None:
        """Return a file of the run; None where it is not there, or a link leads out of the run's folder."""
        return file if file.is_file() and file.resolve().is_relative_to(self.folder) else None

    def facts(self) -> Facts:
        """
        Return what the run is known by.

        :raises UserError: when that is damaged
        """
        try:
            return Facts.model_validate_json((self.folder / FILE).read_bytes())
        except (OSError, ValidationError) as error:
            raise UserError(f"{self.folder / FILE} cannot be read ({type(error).__name__}); is it damaged?") from None

    def update(self, **facts: Any) -> Facts:
        """Change facts, and write them; return them all."""
        with self.lock, writing_to(self.folder):
            changed = self.facts().model_copy(update=facts)
            atomic_write_text(self.folder / FILE, changed.model_dump_json(indent=2) + "\n")
            return changed

    def place(self, role: Role) -> Path:
        """Return the folder of a recording."""
        return self.folder / "recordings" / role

    def recording(self, role: Role) -> Path:
        """
        Return a recording's file.

        :raises DataError: when it was not given
        """
        known = self.facts().recordings.get(role)
        file = None if known is None else self.own(self.place(role) / known.file)
        if file is None:
            raise DataError(f"the recording '{role}' is not there; drop it first")
        return file

    def keep(self, role: Role, file: Path) -> Recording:
        """
        Move a file to the place of a role, instead of what was there.

        :raises DataError: when it is not audio; nothing is then changed
        """
        try:
            header = read_header(file)
        except DataError as error:
            raise DataError(str(error).replace(f"{file.parent}{os.sep}", "")) from None
        known = Recording(
            file=file.name,
            seconds=header.seconds,
            sample_rate=header.sample_rate,
            channels=header.channels,
            received=time.time(),
        )
        with self.lock, writing_to(self.folder):
            self.place(role).mkdir(parents=True, exist_ok=True)
            os.replace(file, self.place(role) / file.name)
            again = {} if role == "own" else {"delay": None}
            self.update(recordings={**self.facts().recordings, role: known}, **again)
            for other in self.place(role).iterdir():
                if other.name != known.file:
                    other.unlink()
        return known

    def swap(self) -> None:
        """Exchange the two recordings."""
        with self.lock, writing_to(self.folder):
            facts = self.facts()
            di, amp, aside = self.place("di"), self.place("amp"), self.folder / "recordings" / "aside"
            for a, b in ((di, aside), (amp, di), (aside, amp)):
                if a.is_dir():
                    a.rename(b)
            exchanged: dict[Role, Role] = {"di": "amp", "amp": "di"}
            recordings = {exchanged.get(role, role): known for role, known in facts.recordings.items()}
            self.update(recordings=recordings, delay=None)


class Projects:
    """
    The runs of a studio.

    :param folder: of the studio
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._known: dict[str, Project] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Project]:
        """Iterate over the runs, those made last first."""
        found = [project for place in self.folder.iterdir() if (project := self.get(place.name)) is not None]
        dated = []
        for project in found:
            try:
                dated.append((project.facts().created, project.key, project))
            except UserError:
                continue
        yield from (project for *_, project in sorted(dated, key=lambda d: d[:2], reverse=True))

    def get(self, key: str) -> Project | None:
        """Return the run of a name; None where there is none, or it lies elsewhere."""
        if key != folder_name(key):
            return None
        folder = self.folder / key
        # A link may lead anywhere, and what it leads to is not ours to serve.
        if folder.is_symlink() or not (folder / FILE).is_file():
            return None
        with self._lock:
            return self._known.setdefault(key, Project(folder))

    def new(self, name: str) -> Project:
        """
        Return a new run.

        :raises UserError: when it cannot be written
        """
        told = title(name) or "Capture"
        with writing_to(self.folder):
            for number in range(1, 10_000):
                called = told if number == 1 else f"{told[:50]} {number}"
                key = folder_name(called)
                folder = self.folder / key
                try:
                    folder.mkdir()
                    break
                except FileExistsError:
                    continue
            facts = Facts(name=called, created=time.time())
            atomic_write_text(folder / FILE, facts.model_dump_json(indent=2) + "\n")
        project = self.get(key)
        assert project is not None
        return project

    def remove(self, project: Project) -> None:
        """
        Remove a run that was never trained; the recordings in it are copies.

        :raises UserError: when it cannot be removed
        """
        with project.lock, writing_to(self.folder):
            # The mark first, so that what is left of a removal that fails is no run.
            (project.folder / FILE).unlink()
            shutil.rmtree(project.folder)
        with self._lock:
            self._known.pop(project.key, None)

    def like(self, other: Project) -> Project:
        """Return a new run with the recordings of another, to train them in another way."""
        facts = other.facts()
        made = self.new(facts.name)
        with writing_to(made.folder):
            for role in facts.recordings:
                source = other.recording(role)
                made.place(role).mkdir(parents=True)
                _linked(source, made.place(role) / source.name)
        made.update(recordings=facts.recordings, delay=facts.delay, choices=facts.choices)
        return made


def _linked(source: Path, target: Path) -> None:
    """Have a file in a second place, without its bytes twice where the file system can do that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
