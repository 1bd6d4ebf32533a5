"""Preroll, lengths, start, stop, delay and ny together, against the documentation written as array slices."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from wav_parts import make

from nam_kernel.errors import DataError

RATE = 8000


def documented(
    x: np.ndarray, y: np.ndarray, entry: dict[str, Any], nx: int
) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Return the items, or None where there is nothing to train on: drop, cut, slice, shift, divide."""
    y = y[entry["y_preroll"] :]
    if len(x) != len(y) and not entry["allow_unequal_lengths"]:
        return None
    length = min(len(x), len(y))
    start, stop = entry.get("start_samples"), entry.get("stop_samples")
    outside = (start is not None and not -length <= start < length) or (
        stop is not None and not -length < stop <= length
    )
    if length == 0 or outside:
        return None
    x, y = x[:length][start:stop], y[:length][start:stop]
    delay = entry["delay"]
    if delay > 0:
        x, y = x[:-delay], y[delay:]
    elif delay < 0:
        x, y = x[-delay:], y[:delay]
    ny = entry["ny"] or len(x) - nx + 1
    starts = range(0, len(x) - nx - ny + 2, ny) if ny > 0 else range(0)
    return [(x[i : i + nx + ny - 1], y[i + nx - 1 : i + nx - 1 + ny]) for i in starts] or None


position = st.none() | st.integers(-45, 45)


@settings(max_examples=100, deadline=None)
@given(
    x_frames=st.integers(1, 40),
    longer=st.integers(-5, 5),
    start=position,
    stop=position,
    delay=st.integers(-12, 12),
    preroll=st.integers(0, 6),
    unequal=st.booleans(),
    nx=st.integers(1, 8),
    ny=st.none() | st.integers(1, 12),
)
def test_items_are_what_the_documentation_says(
    x_frames: int,
    longer: int,
    start: int | None,
    stop: int | None,
    delay: int,
    preroll: int,
    unequal: bool,
    nx: int,
    ny: int | None,
) -> None:
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, x_frames).astype(np.float32)
    y = random.uniform(-1, 1, max(x_frames + longer, 1)).astype(np.float32)
    keys: dict[str, Any] = {"start_samples": start, "stop_samples": stop, "delay": delay, "y_preroll": preroll}
    keys |= {"allow_unequal_lengths": unequal, "ny": ny}
    with tempfile.TemporaryDirectory() as folder:
        paths = {"x_path": Path(folder) / "x.wav", "y_path": Path(folder) / "y.wav"}
        for path, samples in zip(paths.values(), (x, y), strict=True):
            soundfile.write(path, samples, RATE, subtype="FLOAT")
        entry = {**keys, **{k: str(p) for k, p in paths.items()}, "require_input_pre_silence": None}
        expected = documented(x, y, entry, nx)
        try:
            dataset = make(entry, nx)
        except DataError:
            assert expected is None
            return
    assert expected is not None
    assert len(dataset) == len(expected)
    for item, (wanted_x, wanted_y) in zip(map(dataset.__getitem__, range(len(dataset))), expected, strict=True):
        np.testing.assert_array_equal(item[0].numpy(), wanted_x)
        np.testing.assert_array_equal(item[1].numpy(), wanted_y)
