"""Add the items that the ``joint`` of the data config asks for to a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import torch
from pydantic import Field

from nam_kernel import Finding
from nam_kernel.config import Config, validate
from nam_kernel.errors import ConfigError
from nam_kernel.interfaces import BaseDataset, flatten
from nam_plugin_parametric.augmentation.dataset import Augmented
from nam_plugin_parametric.augmentation.extras import EXTRAS, share_of

if TYPE_CHECKING:
    from nam_kernel.run import Prepared


class _Entry(Config):
    """An entry of ``joint``: how many items are added, as a share of those that are there."""

    name: str
    share: Annotated[float, Field(ge=0, le=1)]


def augment(run: Prepared) -> None:
    """
    Add the items that ``joint`` asks for to the training data, and remove its entries; a little silence without any.

    :raises ConfigError: when an entry is wrong
    :raises DataError: when the data cannot have such items
    """
    known = {extra.NAME for extra in EXTRAS}
    entries = {entry["name"]: entry for entry in run.joint if entry.get("name") in known}
    if not entries and not _has_captures(run.train):
        return
    shares = {extra.NAME: extra.usual(run.train) for extra in EXTRAS}
    for name, entry in entries.items():
        checked, problems = validate(_Entry, entry, path="joint")
        if checked is None:
            raise ConfigError(run.checked.config.sources.get("data", "the data config"), problems)
        shares[name] = checked.share
        run.joint.remove(entry)
    dice = torch.Generator().manual_seed(run.checked.learning.seed)
    counts = [(extra, share_of(run.train, shares[extra.NAME])) for extra in EXTRAS]
    extras = [extra(run.train, count, dice) for extra, count in counts if count]
    for extra in extras:
        if not extra:
            run.findings.append(Finding("note", "joint", f"'{extra.NAME}' adds nothing: {extra.EMPTY}"))
    if any(extras):
        run.train = Augmented(run.train, [extra for extra in extras if extra])


def _has_captures(dataset: BaseDataset) -> bool:
    return all(hasattr(part, "captures") for part in flatten(dataset))
