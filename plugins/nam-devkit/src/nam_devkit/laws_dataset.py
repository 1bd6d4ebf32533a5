"""The laws of a dataset."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import default_collate

from nam_devkit.law import Law, require, skip
from nam_devkit.signals import require_equal
from nam_devkit.subjects import DatasetSubject
from nam_kernel.components import Condition
from nam_kernel.errors import HandshakeError, UserError
from nam_kernel.interfaces import Batch, unpack_batch

FIELDS = (1, 33)
"""Receptive fields, in samples, with which a dataset is tried."""

FACTOR = 0.37
"""By which the output is scaled."""


def there_are_items(subject: DatasetSubject) -> None:
    """It has at least one item, as many as it says, and refuses the one after the last."""
    dataset = subject.build(nx=1)
    require(len(dataset) > 0, "it has no items; a config with nothing in it is an error, name the key that is wrong")
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
            dataset.nx in (nx, None),
            f"it was made with nx = {nx}, but says {dataset.nx}; keep the nx that init_from_config is given",
        )
        for index in _some(dataset):
            x, _, y = unpack_batch(dataset[index])
            for name, signal in (("x", x), ("y", y)):
                require(
                    signal.ndim == 1 and signal.dtype == torch.float32,
                    f"{name} of item {index} is {tuple(signal.shape)}, {signal.dtype}; return (L,), torch.float32",
                )
            require(
                len(x) == len(y) + nx - 1,
                f"item {index} has {len(x)} samples of x and {len(y)} of y with nx = {nx}; "
                f"x must have ny + nx - 1 = {len(y) + nx - 1}, so that each y has its history",
            )
            require(dataset.ny in (len(y), None), f"item {index} has {len(y)} samples of y, but ny is {dataset.ny}")


def samples_are_finite(subject: DatasetSubject) -> None:
    """Every sample and every condition is a finite number."""
    dataset = subject.build(nx=1)
    for index in _some(dataset):
        x, conditions, y = unpack_batch(dataset[index])
        finite = all(bool(torch.isfinite(torch.as_tensor(t)).all()) for t in (x, *conditions, y))
        require(finite, f"item {index} holds NaN or infinity; refuse such a recording with a DataError")


def items_batch(subject: DatasetSubject) -> None:
    """Items are of one form and, unless ``ny`` is None, of one size, so that they go into a batch."""
    dataset = subject.build(nx=FIELDS[1])
    items = [dataset[index] for index in _some(dataset)]
    if dataset.ny is None:
        items = items[:1]
    try:
        batch = default_collate(items)
    except (RuntimeError, TypeError) as error:
        raise AssertionError(f"its items do not go into one batch ({error}); return tensors of one shape") from error
    x, _, y = unpack_batch(batch)
    ny = len(unpack_batch(items[0]).y)
    shape = (len(items), ny + FIELDS[1] - 1), (len(items), ny)
    require(
        (tuple(x.shape), tuple(y.shape)) == shape,
        f"a batch is {tuple(x.shape)} and {tuple(y.shape)}, not {shape}; an item is (x, *conditions, y)",
    )


def conditions_of_items_are_as_declared(subject: DatasetSubject) -> None:
    """Every item has the conditions that the dataset declares, in its order, each in its range."""
    dataset = subject.build(nx=FIELDS[1])
    declared = dataset.conditions
    known = declared is None or all(isinstance(c, Condition) for c in declared)
    names = [c.name for c in declared or () if c.name]
    require(
        known and len(set(names)) == len(names),
        f"conditions are {declared}; return Condition records, each with a name of its own, or None",
    )
    for index in _some(dataset):
        x, conditions, _ = unpack_batch(dataset[index])
        single = _single(x, conditions, index)
        if declared is None:
            continue
        require(
            len(single) == len(declared),
            f"item {index} has {len(single)} conditions beside the audio, but the dataset declares {len(declared)}; "
            "an item is (x, *conditions, y)",
        )
        for condition, values in zip(declared, single, strict=True):
            low, high = float(values.min()), float(values.max())
            require(
                condition.low <= low and high <= condition.high,
                f"in item {index} {condition.name or 'a condition'} goes from {low:g} to {high:g}, but it is declared "
                f"from {condition.low:g} to {condition.high:g}",
            )


def sample_rate_is_known_or_none(subject: DatasetSubject) -> None:
    """``sample_rate`` is a positive number in Hz, or None."""
    rate = subject.build(nx=1).sample_rate
    require(rate is None or rate > 0, f"sample_rate is {rate!r}; return Hz, or None where it is not known")


def net_that_hears_further_is_refused(subject: DatasetSubject) -> None:
    """A net of the receptive field nx is accepted, and one that hears further back is refused."""
    from nam_devkit.examples.net.net import ExampleNet

    nx = FIELDS[1]
    dataset = subject.build(nx=nx)
    if dataset.nx is None:
        skip("it does not state its nx, so that nobody knows which nets fit")
    try:
        _refuse_each_other(ExampleNet(nx), dataset)
    except HandshakeError as error:
        if unpack_batch(dataset[0]).conditions:
            skip(f"it wants a net that takes conditions ({error})")
        raise AssertionError(f"it refuses a net of receptive field {nx}, for which it was made: {error}") from error
    try:
        _refuse_each_other(ExampleNet(nx + 1), dataset)
    except HandshakeError:
        return
    raise AssertionError(f"a net that needs {nx + 1} samples is not refused; nx has to be what the items have")


def scaled_data_is_exact(subject: DatasetSubject) -> None:
    """``scale_output`` multiplies every y and leaves everything else, or refuses with a ``UserError``."""
    plain, scaled = subject.build(nx=1), subject.build(nx=1)
    try:
        scaled.scale_output(FACTOR)
    except UserError:
        return
    for index in _some(plain):
        before, after = unpack_batch(plain[index]), unpack_batch(scaled[index])
        advice = f"scale_output({FACTOR}) has to multiply y by {FACTOR}, in every item"
        require_equal(after.y, FACTOR * before.y, f"y of item {index} has another level; {advice}")
        same = all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in _inputs(before, after))
        require(same, f"scale_output changed more than y of item {index}; {advice}, and nothing else")


def fingerprint_identifies_the_data(subject: DatasetSubject) -> None:
    """``fingerprint`` is None, or names and values of JSON types that are the same whenever the same data is read."""
    first, again = (subject.build(nx=1).fingerprint() for _ in range(2))
    if first is None:
        return
    try:
        plain = json.loads(json.dumps(dict(first), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"its fingerprint is not JSON ({error}); return strings and numbers by name") from error
    require(
        plain == dict(again),
        f"made twice of one config, it has the fingerprints {first} and {again}, so that no run could be resumed; "
        "name what was read, such as a hash, and nothing else",
    )


def teardown_may_come_twice(subject: DatasetSubject) -> None:
    """``teardown`` may be called after use, and once more."""
    dataset = subject.build(nx=1)
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
    conditions_of_items_are_as_declared,
    sample_rate_is_known_or_none,
    net_that_hears_further_is_refused,
    scaled_data_is_exact,
    fingerprint_identifies_the_data,
    teardown_may_come_twice,
)


def _some(dataset: Any) -> list[int]:
    """Return the first, the middle and the last index."""
    return sorted({0, len(dataset) // 2, len(dataset) - 1})


def _single(x: Tensor, conditions: tuple[Any, ...], index: int) -> list[Tensor]:
    """Return the conditions of an item one by one, also where one tensor holds several."""
    single: list[Tensor] = []
    for given in map(torch.as_tensor, conditions):
        if given.ndim == 0 or (given.ndim == 1 and len(given) == len(x)):
            single.append(given)
        elif given.ndim == 1 or (given.ndim == 2 and given.shape[1] == len(x)):
            single += given.unbind(0)
        else:
            raise AssertionError(
                f"a condition of item {index} is {tuple(given.shape)}; return a number, or a signal as long as x"
            )
    return single


def _inputs(before: Batch, after: Batch) -> list[tuple[Any, Any]]:
    return list(zip((before.x, *before.conditions), (after.x, *after.conditions), strict=True))


def _refuse_each_other(net: Any, dataset: Any) -> None:
    for one, other in ((net, dataset), (dataset, net)):
        one.handshake(other)
