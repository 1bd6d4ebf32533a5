"""Draw the output of a net over what it is to be, as scripts ask for it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nam.data import ConcatDataset
from nam_kernel.interfaces import unpack_batch


def rms(x: Any) -> float:
    """
    Return the root mean square of an array or a tensor.

    :raises TypeError: for anything else
    """
    if not isinstance(x, (np.ndarray, torch.Tensor)):
        raise TypeError(f"a {type(x).__name__} is not a signal; give an array or a tensor")
    values = x if isinstance(x, torch.Tensor) else torch.from_numpy(x)
    return float(values.square().mean().sqrt())


def plot(
    model: Any,
    ds: Any,
    savefig: str | PathLike[str] | None = None,
    show: bool = True,
    window_start: int | None = None,
    window_end: int | None = None,
) -> None:
    """
    Draw the output of a net over that of a dataset; each of several datasets, and each of several outputs, by itself.

    :param savefig: the file to write; its name is followed by ``_0`` and so on for a dataset of several, and by
        ``_packed_0`` and so on for an output of several
    :param show: open a window for the last one
    :param window_start, window_end: the samples to draw
    """
    from matplotlib import pyplot

    if isinstance(ds, ConcatDataset):
        for i, part in enumerate(ds.datasets):
            plot(model, part, _numbered(savefig, f"_{i}"), show and part is ds.datasets[-1], window_start, window_end)
        return
    with torch.no_grad():
        output, target = _played(model, ds)
    signals = output.reshape(-1, len(target))
    for i, signal in enumerate(signals):
        pyplot.figure(figsize=(16, 5))
        pyplot.plot(signal[window_start:window_end], label="prediction")
        pyplot.plot(target[window_start:window_end], "--", label="target")
        pyplot.title(f"ESR {(rms(signal - target) / rms(target)) ** 2:.3f}")
        pyplot.legend()
        file = _numbered(savefig, f"_packed_{i}" if output.ndim > 1 else "")
        if file is not None:
            pyplot.savefig(file)
        if show and i + 1 == len(signals):
            pyplot.show()
        pyplot.close()


def _played(model: Any, ds: Any) -> tuple[Tensor, Tensor]:
    """Return the output, (L,) or (P, L), and the target, (L,): of the items of a dataset that records knobs too."""
    device = getattr(model, "device", "cpu")
    if hasattr(ds, "x") and not unpack_batch(ds[0]).conditions:
        return model(ds.x.to(device)).cpu(), ds.y
    items = [unpack_batch(ds[i]) for i in range(len(ds))]
    outputs = [
        model(x.to(device), *(torch.as_tensor(c).to(device) for c in conditions), pad_start=False)
        for x, conditions, _ in items
    ]
    return torch.cat(outputs, dim=-1).cpu(), torch.cat([item.y for item in items])


def _numbered(file: str | PathLike[str] | None, suffix: str) -> Path | None:
    return None if file is None else Path(file).with_name(f"{Path(file).stem}{suffix}{Path(file).suffix}")
