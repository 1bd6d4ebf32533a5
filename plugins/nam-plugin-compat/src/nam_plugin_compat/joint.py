"""The entries of ``joint`` with dotted names; the run undoes what their hooks do to the level of the data."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nam._dataset import Dataset
from nam._joint import JointDatasetValidationError, apply_joint_dataset_hooks, get_joint_dataset_hooks
from nam_kernel.errors import ComponentError, DataError, HandshakeError, NamKernelError, PluginError
from nam_kernel.interfaces import BaseDataset, ConcatDataset, flatten, plain
from nam_kernel.run import Prepared
from nam_plugin_compat.dotted import find
from nam_plugin_wav.joint import NAMES


def carry_out(run: Prepared) -> None:
    """
    Carry out the entries of ``run.joint`` that have a dotted name, and remove them from it.

    The level of the data is the run's affair from then on: its ``output_factor`` accounts for the factors by which a
    dataset of ``nam`` was scaled when it was made, and by which a hook has scaled all of them.

    :raises ComponentError: when a name stands for something else than a hook
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
    # On data that is all its own, nam-plugin-wav carries out the entries that it knows.
    left = () if own else NAMES
    for entry in [e for e in run.joint if "." in str(e.get("name")) and e["name"] not in left]:
        place = f"joint[{run.checked.data.joint.index(entry)}]"
        with _scaling_of(datasets) as factors, _blaming(place, entry["name"]):
            if not _exists(entry["name"]):
                continue
            hooks = get_joint_dataset_hooks([entry])
            apply_joint_dataset_hooks(_older(run.train), _older(run.validation), hooks)
        run.output_factor *= _common(factors)
        run.joint.remove(entry)


def _exists(name: str) -> bool:
    try:
        find("joint", name)
    except KeyError:
        return False
    return True


def _older(dataset: BaseDataset | None) -> Any:
    """Return a dataset as a hook knows it: without the kernel's wrappers."""
    if isinstance(dataset, ConcatDataset):
        return ConcatDataset([_older(part) for part in dataset.datasets])
    return plain(dataset)


@contextlib.contextmanager
def _scaling_of(datasets: Sequence[Any]) -> Iterator[list[float]]:
    """Provide the factor by which ``scale_output`` of each dataset is called, all in all, while the block runs."""
    factors = [1.0] * len(datasets)

    def recorded(index: int, scale: Callable[..., None]) -> Callable[..., None]:
        def scale_output(*args: Any, **kwargs: Any) -> None:
            scale(*args, **kwargs)
            factors[index] *= float((*args, *kwargs.values())[0])

        return scale_output

    able = [(index, dataset) for index, dataset in enumerate(datasets) if hasattr(dataset, "scale_output")]
    for index, dataset in able:
        dataset.scale_output = recorded(index, dataset.scale_output)
    try:
        yield factors
    finally:
        for _, dataset in able:
            del dataset.scale_output


@contextlib.contextmanager
def _blaming(place: str, name: str) -> Iterator[None]:
    """Put the entry before what its hook raises."""
    try:
        yield
    except ComponentError as error:
        raise ComponentError(f"{place}.name: {error}") from error
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
