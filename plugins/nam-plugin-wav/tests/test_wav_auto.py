"""A delay that the dataset finds itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from wav_parts import check_headers, make

from nam_kernel.errors import DataError
from nam_plugin_wav import hearing
from nam_plugin_wav.inspection import inspect_pair

RATE = 48000
SHIFT = 300


def bursts() -> np.ndarray:
    random = np.random.default_rng(0)
    envelope = np.exp(-(np.arange(4 * RATE) % RATE) / 4000)
    signal: np.ndarray = 0.3 * envelope * random.normal(size=4 * RATE)
    return signal


def test_the_delay_is_found_from_the_files_whatever_part_is_used(pair: Any) -> None:
    x = bursts()
    y = np.concatenate((np.zeros(SHIFT), np.tanh(2 * x)[:-SHIFT]))
    entry = pair(x, y, rate=RATE, delay="auto", require_input_pre_silence=None)
    parts = [make({**entry, **part}) for part in ({}, {"stop_samples": -RATE}, {"start_samples": -RATE})]
    assert {part.delay for part in parts} == {SHIFT}
    assert len(parts[0].x) == 4 * RATE - parts[0].delay
    (told,) = [f for f in inspect_pair(parts[0]) if f.kind == "delay"]
    assert f"{parts[0].delay} samples" in told.sentence
    assert told.facts == {"delay": parts[0].delay}


def test_the_preroll_comes_first(pair: Any) -> None:
    x = bursts()
    y = np.concatenate((np.zeros(SHIFT), np.tanh(2 * x)))
    assert make(pair(x, y, rate=RATE, delay="auto", y_preroll=SHIFT)).delay == 0


def test_the_headers_come_first(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: Any, **__: Any) -> None:
        raise AssertionError("samples were read")

    monkeypatch.setattr(hearing, "listen", find)
    entry = pair(bursts(), bursts(), rate=RATE, delay="auto")
    check_headers(entry)
    for attempt in (check_headers, make):
        with pytest.raises(DataError, match="receptive field"):
            attempt(entry, nx=5 * RATE)


def test_files_that_do_not_belong_together_are_refused_by_name(pair: Any) -> None:
    x, y = np.random.default_rng(0).normal(0, 0.1, (2, 2 * RATE))
    with pytest.raises(DataError, match=r"delay: x\.wav -> y\.wav: "):
        make(pair(x, y, rate=RATE, delay="auto"))
