"""The laws of a dataset."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import default_collate

from nam_kernel.errors import HandshakeError
from nam_kernel.interfaces import unpack_batch
from nam_devkit.law import Law, require, skip
from nam_devkit.subjects import DatasetSubject, example_net

FIELDS = (1, 33)
"""Receptive fields, in samples, with which a dataset is tried."""


def there_are_items(subject: DatasetSubject) -> None:
    """It has at least one item, as many as it says, and refuses the one after the last."""
    dataset = subject.build(nx=1)
    require(len(dataset) > 0, "it has no items; a config with nothing in it is an error, say which key is wrong")
    for index in {0, len(dataset) - 1}:
        dataset[index]
    try:
        dataset[len(dataset)]
    except IndexError:
        return
    raise AssertionError(f"item {len(dataset)} of {len(dataset)} exists; raise IndexError after the last")


def input_has_the_history(subject: DatasetSubject) -> None:
    """In every item x is nx - 1 samples longer than y, and both are float32 of one dimension."""
    for nx in FIELDS:
        dataset = subject.build(nx=nx)
        require(
            dataset.nx == nx, f"the kernel sets nx = {nx}, but the dataset says {dataset.nx}; take nx from the config"
        )
        for index in _some(dataset):
            x, _, y = _parts(dataset[index])
            for name, signal in (("x", x), ("y", y)):
                require(
                    signal.ndim == 1 and signal.dtype == torch.float32,
                    f"{name} of item {index} is {tuple(signal.shape)}, {signal.dtype}; give (L,), torch.float32",
                )
            require(
                len(x) == len(y) + nx - 1,
                f"item {index} has {len(x)} samples of x and {len(y)} of y with nx = {nx}; "
                f"x must have ny + nx - 1 = {len(y) + nx - 1}, so that each y has its history",
            )
            require(len(y) == dataset.ny, f"item {index} has {len(y)} samples of y, but ny says {dataset.ny}")


def samples_are_finite(subject: DatasetSubject) -> None:
    """Every sample and every condition is a finite number."""
    dataset = subject.build(nx=1)
    for index in _some(dataset):
        x, conditions, y = _parts(dataset[index])
        finite = all(bool(torch.isfinite(torch.as_tensor(t)).all()) for t in (x, *conditions, y))
        require(finite, f"item {index} holds NaN or infinity; refuse such a recording with a DataError")


def items_batch(subject: DatasetSubject) -> None:
    """Items are of one form and size, so that they go into a batch."""
    dataset = subject.build(nx=FIELDS[1])
    items = [dataset[index] for index in _some(dataset)]
    try:
        batch = default_collate(items)
    except (RuntimeError, TypeError) as error:
        raise AssertionError(f"its items do not go into one batch ({error}); give tensors of one shape") from error
    x, conditions, y = unpack_batch(batch)
    shape = (len(items), dataset.ny + dataset.nx - 1), (len(items), dataset.ny)
    require(
        (tuple(x.shape), tuple(y.shape)) == shape,
        f"a batch is {tuple(x.shape)} and {tuple(y.shape)}, not {shape}; an item is (x, *conditions, y)",
    )
    for condition in conditions:
        known = condition.ndim in (2, 3) and (condition.ndim == 2 or condition.shape[-1] == x.shape[1])
        require(
            known,
            f"a condition is {tuple(condition.shape)} in a batch; over time it is as long as x, (L,) or (C, L), "
            "and a constant is a tensor (K,)",
        )


def sample_rate_is_known_or_none(subject: DatasetSubject) -> None:
    """``sample_rate`` is a positive number in Hz, or None."""
    rate = subject.build(nx=1).sample_rate
    require(rate is None or rate > 0, f"sample_rate is {rate!r}; give Hz, or None where it is not known")


def net_that_hears_further_is_refused(subject: DatasetSubject) -> None:
    """A net of the receptive field nx is accepted, and one that hears further back is refused."""
    nx = FIELDS[1]
    dataset = subject.build(nx=nx)
    net = example_net()
    try:
        _introduce(net(nx), dataset)
    except HandshakeError as error:
        if not getattr(net(nx), "condition_names", ()) and _parts(dataset[0])[1]:
            skip(f"it wants a net that takes conditions ({error})")
        raise AssertionError(f"it refuses a net of receptive field {nx}, for which it was made: {error}") from error
    try:
        _introduce(net(nx + 1), dataset)
    except HandshakeError:
        return
    raise AssertionError(f"a net that needs {nx + 1} samples is not refused; let nx say what the items have")


def teardown_may_come_twice(subject: DatasetSubject) -> None:
    """``teardown`` may be called after use, and once more."""
    dataset = subject.build(nx=1)
    if not hasattr(dataset, "teardown"):
        skip("it holds nothing that it would have to let go of")
    dataset[0]
    for time in ("first", "second"):
        try:
            dataset.teardown()
        except Exception as error:
            raise AssertionError(f"the {time} teardown raised {type(error).__name__}: {error}") from error


LAWS: tuple[Law, ...] = (
    there_are_items,
    input_has_the_history,
    samples_are_finite,
    items_batch,
    sample_rate_is_known_or_none,
    net_that_hears_further_is_refused,
    teardown_may_come_twice,
)


def _some(dataset: Any) -> list[int]:
    """Choose the first, the middle and the last item."""
    return sorted({0, len(dataset) // 2, len(dataset) - 1})


def _parts(item: Any) -> tuple[Tensor, tuple[Any, ...], Tensor]:
    return unpack_batch(item)


def _introduce(net: Any, dataset: Any) -> None:
    """Let net and dataset refuse each other, as a run does."""
    for one, other in ((net, dataset), (dataset, net)):
        if hasattr(one, "handshake"):
            one.handshake(other)
