"""
Items that nobody recorded, for a training with knobs: silence at any setting, and knobs that move between two captures.

Silence in is silence out, wherever the knobs stand: without such items a net may hum at settings that no capture has.
While a knob moves from one capture's setting to another's, the output fades from the one to the other; that is not
what an amplifier does, but near to it, and a net that has heard it does not jump.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from nam_kernel import Condition
from nam_kernel.config import Config, validate
from nam_kernel.errors import ConfigError, DataError
from nam_kernel.interfaces import BaseDataset, flatten, unpack_batch
from nam_plugin_parametric.captures.twins import Pair, Twins

if TYPE_CHECKING:
    from nam_kernel.run import Prepared

SILENCE, MOVES = "silence", "moves"
"""Names of the entries in the data config's ``joint``."""

USUAL_SILENCE = 0.02
"""Share of the items, where ``joint`` says nothing."""


class _Entry(Config):
    """An entry of ``joint``: how many items are added, as a share of those that are there."""

    name: str
    share: Annotated[float, Field(ge=0, le=1)]


class Augmented(BaseDataset):
    """
    A dataset with items of silence and of moving knobs behind its own.

    Whatever it does not define is looked up in the dataset.

    :param silences: items of silence, at random settings
    :param moves: items of knobs that move; all items then have their knobs as signals
    :param seed: of the settings and of the pairs
    :raises DataError: when items differ in length
    """

    def __init__(self, dataset: Any, silences: int, moves: int, seed: int = 0) -> None:
        self.dataset = dataset
        if dataset.ny is None:
            raise DataError("silence and moving knobs are items like the others; give the training data an ny")
        self._count, self._silences, self._moves = len(dataset), silences, moves
        dice = torch.Generator().manual_seed(seed)
        self._settings = [_random_setting(dataset.conditions, dice) for _ in range(silences)]
        self._twins = Twins(dataset) if moves else None
        self._pairs = [self._twins.draw(dice) for _ in range(moves)] if self._twins else []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)

    nx = property(lambda self: self.dataset.nx, doc="That of the dataset.")
    ny = property(lambda self: self.dataset.ny, doc="That of the dataset.")
    sample_rate = property(lambda self: self.dataset.sample_rate, doc="That of the dataset.")
    nbytes = property(lambda self: self.dataset.nbytes, doc="That of the dataset.")

    @property
    def conditions(self) -> tuple[Condition, ...] | None:
        """Those of the dataset."""
        declared: tuple[Condition, ...] | None = self.dataset.conditions
        return declared

    @classmethod
    def init_from_config(cls, config: Any, *, nx: int = 1) -> Augmented:
        """Return the dataset under ``"dataset"`` with as much silence as usual."""
        dataset = config["dataset"]
        return cls(dataset, _number(USUAL_SILENCE, dataset), 0)

    def __len__(self) -> int:
        return self._count + self._silences + self._moves

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        index %= len(self)
        if index < self._count:
            return self._formed(*unpack_batch(self.dataset[index]))
        if index < self._count + self._silences:
            x, _, y = unpack_batch(self.dataset[0])
            setting = self._settings[index - self._count].to(x)
            return self._formed(torch.zeros_like(x), tuple(setting.unbind()), torch.zeros_like(y))
        return self._formed(*self._move(self._pairs[index - self._count - self._silences]))

    def serve_from(self, device: torch.device) -> None:
        """Have the dataset serve from there."""
        self.dataset.serve_from(device)

    def scale_output(self, factor: float) -> None:
        """Have the dataset scale its output."""
        self.dataset.scale_output(factor)

    def fingerprint(self) -> Mapping[str, str | int | float] | None:
        """Return that of the dataset."""
        own: Mapping[str, str | int | float] | None = self.dataset.fingerprint()
        return own

    def handshake(self, net: Any) -> None:
        """Refuse a net, as the dataset does."""
        self.dataset.handshake(net)

    def teardown(self) -> None:
        """Tear the dataset down."""
        self.dataset.teardown()

    def _formed(self, x: Tensor, conditions: Sequence[Tensor], y: Tensor) -> tuple[Any, ...]:
        if self._moves:
            conditions = [c if c.ndim else c.expand(len(x)) for c in conditions]
        return (x, *conditions, y)

    def _move(self, pair: Pair) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
        """Return an item in which the knobs go from one capture's setting to another's in a straight line."""
        assert self._twins is not None
        x, here, y = unpack_batch(self.dataset[pair.item])
        there, other = self._twins.answer(pair, self.conditions or (), self.nx, y)
        way = torch.linspace(0.0, 1.0, len(x), device=x.device)
        knobs = tuple(a + (b - a) * way for a, b in zip(here, there, strict=True))
        return x, knobs, y + (other - y) * way[len(x) - len(y) :]


def augment(run: Prepared) -> None:
    """
    Add the items that ``joint`` asks for to the training data, and remove its entries; a little silence without any.

    :raises ConfigError: when an entry is wrong
    :raises DataError: when the data cannot have such items
    """
    entries = {entry["name"]: entry for entry in run.joint if entry.get("name") in (SILENCE, MOVES)}
    if not entries and not _has_captures(run.train):
        return
    shares = {SILENCE: USUAL_SILENCE if run.train.ny else 0.0, MOVES: 0.0}
    for name, entry in entries.items():
        checked, problems = validate(_Entry, entry, path="joint")
        if checked is None:
            raise ConfigError(run.checked.config.sources.get("data", "the data config"), problems)
        shares[name] = checked.share
        run.joint.remove(entry)
    counts = {name: _number(share, run.train) for name, share in shares.items()}
    if any(counts.values()):
        run.train = Augmented(run.train, counts[SILENCE], counts[MOVES], run.checked.learning.seed)


def _number(share: float, dataset: Any) -> int:
    return max(round(share * len(dataset)), 1) if share else 0


def _has_captures(dataset: BaseDataset) -> bool:
    return all(hasattr(part, "captures") for part in flatten(dataset))


def _random_setting(conditions: Sequence[Condition], dice: torch.Generator) -> Tensor:
    """Return a value for each condition: (K,), in their own units."""
    values = []
    for condition in conditions:
        share = float(torch.rand((), generator=dice))
        if condition.choices:
            values.append(float(min(int(share * len(condition.choices)), len(condition.choices) - 1)))
        elif condition.curve == "log":
            values.append(condition.low * (condition.high / condition.low) ** share)
        else:
            values.append(condition.low + share * (condition.high - condition.low))
    return torch.tensor(values)
