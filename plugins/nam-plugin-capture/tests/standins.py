"""Signals that are computed and laid out as the older standard ones are; the real files are not part of the project."""

from __future__ import annotations

import numpy as np

from nam_plugin_capture.strings import playing

Samples = np.ndarray
S = 48_000
"""A second of the signals of versions 1 to 3; that of Proteus has 44,100 samples a second."""


def standin(version: str, training_seconds: float | None = None) -> Samples:
    """
    Return a signal of a layout, (L,).

    :param training_seconds: of general playing; by default as much as in the real one, where that is known
    """
    return {"1": _first, "2": _second, "3": _third, "4": _proteus}[version[0]](training_seconds)


def _first(seconds: float | None) -> Samples:
    clicks = _clicks(S, (12_000, 36_000), width=200)
    parts = [clicks, _sweep(3 * S, S), _noise(3 * S), _playing(seconds or 20.0, S, 1), _playing(9.0, S, 2)]
    return np.concatenate(parts)


def _second(seconds: float | None) -> Samples:
    validation = _playing(9.0, S, 2)
    clicks = _clicks(2 * S, (24_000, 72_000))
    parts = [clicks, _sweep(3 * S, S), _noise(2 * S), _playing(seconds or 164.0, S, 1)]
    return np.concatenate([*parts, validation, validation, clicks])


def _third(seconds: float | None) -> Samples:
    validation = _playing(9.0, S, 2)
    parts = [np.zeros(S), _clicks(2 * S, (24_000, 72_000)), _sweep(3 * S, S), _noise(2 * S)]
    return np.concatenate([validation, *parts, _playing(seconds or 164.0, S, 1), validation])


def _proteus(seconds: float | None) -> Samples:
    rate = 44_100
    clicks = _clicks(rate, (0, 22_050))
    parts = [clicks, _sweep(8 * rate, rate), _noise(8 * rate), np.linspace(0, 1, 147_000) * _noise(147_000)]
    played = np.tile(_playing(10.0, rate, 3, ending=0.0), 20)[: 9_298_873 - sum(map(len, parts))]
    return np.concatenate([*parts, played])


def _clicks(length: int, places: tuple[int, ...], width: int = 1) -> Samples:
    x = np.zeros(length)
    for at in places:
        x[at : at + width] = 0.9
    return x


def _sweep(length: int, rate: int) -> Samples:
    t = np.arange(length) / rate
    return 0.4 * np.sin(2 * np.pi * 20 * (length / rate) / np.log(900) * np.expm1(t * rate / length * np.log(900)))


def _noise(length: int) -> Samples:
    return np.random.default_rng(5).uniform(-0.3, 0.3, length)


def _playing(seconds: float, rate: int, seed: int, ending: float = 0.5) -> Samples:
    """Return playing that ends in silence; long ones are made of ten seconds, each time at another level."""
    whole = round(seconds * rate)
    ten = 0.35 * playing(min(seconds, 10.0), rate, seed)
    pieces = [ten * (1 - 0.03 * n) for n in range(-(-whole // len(ten)))]
    x = np.concatenate(pieces)[:whole]
    x[whole - round(ending * rate) :] = 0.0
    return np.clip(x, -0.9, 0.9)
