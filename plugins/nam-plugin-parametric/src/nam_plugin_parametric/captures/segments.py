"""Divide a capture into items, none of which crosses a seam between recordings that were joined end to end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nam_kernel.errors import DataError

Positions = npt.NDArray[np.int64]


def item_starts(length: int, nx: int, ny: int | None, *, segment: int | None, begins: int) -> tuple[Positions, int]:
    """
    Return where each item begins, the history of the net included, and how many output samples it has.

    :param length: of the part that is used, in samples
    :param nx: the receptive field of the net, in samples
    :param ny: output samples of an item; None for as many as there are, or as fit into a segment
    :param segment: the samples from seam to seam; None where there are none
    :param begins: where the part begins in its file, whose first seam is after ``segment`` samples
    :raises DataError: when no item fits, with the largest that does
    """
    if segment is None:
        ny = length - nx + 1 if ny is None else ny
        return np.arange((length - nx + 1) // ny) * ny, ny
    seams = np.arange(-(begins % segment), length + segment, segment)
    first, last = np.maximum(seams[:-1], 0), np.minimum(seams[1:], length)
    largest = int((last - first).max()) - nx + 1
    if largest < 1:
        raise DataError(
            f"segment_samples is {segment}, but the net needs {nx} for one output sample (its receptive field), "
            "so no item lies between two seams; take a net with a shorter receptive field"
        )
    ny = largest if ny is None else ny
    if ny > largest:
        raise DataError(
            f"ny is {ny}, but a segment of {segment} samples makes at most {largest} output samples "
            f"({nx - 1} are the net's history); lower ny to {largest}"
        )
    counts = np.maximum(last - first - nx + 1, 0) // ny
    starts = [begin + np.arange(count) * ny for begin, count in zip(first, counts, strict=True)]
    return np.concatenate(starts).astype(np.int64), ny
