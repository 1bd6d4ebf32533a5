"""Carry out entries of ``joint`` by their dotted names, and have the run undo what they did to the level of the data."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from nam._dataset import Dataset
from nam._joint import JointDatasetValidationError, apply_joint_dataset_hooks, get_joint_dataset_hooks
from nam_kernel.errors import DataError, HandshakeError, NamKernelError, PluginError
from nam_kernel.interfaces import BaseDataset, ConcatDataset, flatten, plain
from nam_kernel.run import Prepared
from nam_plugin_compat.dotted import find
from nam_plugin_wav.joint import NAMES


def carry_out(run: Prepared) -> None:
    """
    Carry out the entries of ``run.joint`` that have a dotted name, and remove them from it.

    The level of the data is the run's affair from then on: its ``output_factor`` accounts for the factors by which a
    dataset of ``nam`` was scaled when it was made, and by which a hook has scaled all of them.

    :raises DataError: when a hook refuses the data
    :raises HandshakeError: when the datasets were scaled by different factors
    :raises PluginError: when a hook fails
    """
    datasets = [plain(part) for dataset in run.datasets for part in flatten(dataset)]
    own = [dataset for dataset in datasets if Dataset in type(dataset).__mro__]
    factors = [(d._y_scale or 1.0) / run.output_factor if any(d is o for o in own) else 1.0 for d in datasets]
    run.output_factor *= _common(factors)
    for dataset in own:
        dataset.level_is_the_runs = True
    for entry in [entry for entry in run.joint if _is_ours(entry, bool(own))]:
        place = f"joint[{run.checked.data.joint.index(entry)}]"
        with _scaling_of(datasets) as factors, _blaming(place, str(entry["name"])):
            hooks = get_joint_dataset_hooks([entry])
            apply_joint_dataset_hooks(_older(run.train), _older(run.validation), hooks)
        run.output_factor *= _common(factors)
        run.joint.remove(entry)


def _is_ours(entry: Mapping[str, Any], with_older_datasets: bool) -> bool:
    """Return whether an entry names a hook; nam-plugin-wav carries out its own entries, on data that is all its own."""
    name = entry.get("name")
    if not isinstance(name, str) or "." not in name or (name in NAMES and not with_older_datasets):
        return False
    try:
        return callable(find(name))
    except KeyError:
        return False


def _older(dataset: BaseDataset | None) -> Any:
    """Return a dataset as a hook knows it: without the kernel's wrappers."""
    if isinstance(dataset, ConcatDataset):
        return ConcatDataset([_older(part) for part in dataset.datasets])
    return plain(dataset)


@contextlib.contextmanager
def _scaling_of(datasets: Iterable[Any]) -> Iterator[list[float]]:
    """Provide the factor by which ``scale_output`` of each dataset is called, all in all, while the block runs."""
    able = [dataset for dataset in datasets if hasattr(dataset, "scale_output")]
    factors = [1.0] * len(able)

    def recorded(index: int, scale: Callable[[float], None]) -> Callable[[float], None]:
        def scale_output(gain: float) -> None:
            scale(gain)
            factors[index] *= float(gain)

        return scale_output

    for index, dataset in enumerate(able):
        dataset.scale_output = recorded(index, dataset.scale_output)
    try:
        yield factors
    finally:
        for dataset in able:
            del dataset.scale_output


@contextlib.contextmanager
def _blaming(place: str, name: str) -> Iterator[None]:
    """Put the entry before what its hook raises."""
    try:
        yield
    except (NamKernelError, KeyboardInterrupt):
        raise
    except JointDatasetValidationError as error:
        raise DataError(f"{place}: {error}") from error
    except BaseException as error:
        raise PluginError(f"{place}: {name} failed: {type(error).__name__}: {error}") from error


def _common(factors: list[float]) -> float:
    """Return the factor that all datasets share."""
    first = factors[0] if factors else 1.0
    if any(not math.isclose(factor, first, rel_tol=1e-6) for factor in factors):
        told = " and ".join(f"{factor:g}" for factor in sorted(set(factors)))
        raise HandshakeError(
            f"the outputs of the datasets were scaled by different factors ({told}); scale all of them by one"
        )
    return first
