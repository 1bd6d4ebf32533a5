"""
Pairs of audio files, before and after an amplifier, as training data.

``audio`` reads and writes files, ``resample`` converts their rate; ``config`` is an entry of the data config, ``span``
selects its samples, ``silence`` requires the input to be silent before them, ``pair`` puts these together; ``dataset``
and ``serving`` serve the items. ``inspection``, with ``levels`` and ``likeness``, finds what is wrong with recordings;
``joint`` brings several to one level; ``latency``, with ``sightings`` and ``response``, finds the delay between two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel.lazy import lazily

if TYPE_CHECKING:
    from nam_plugin_wav.audio import read_audio, read_header, write_wav
    from nam_plugin_wav.config import DEFAULT_PRE_SILENCE, WavConfig
    from nam_plugin_wav.dataset import WavDataset
    from nam_plugin_wav.inspection import inspect_all
    from nam_plugin_wav.latency import find_delay

_HOME = {
    "DEFAULT_PRE_SILENCE": "config",
    "WavConfig": "config",
    "WavDataset": "dataset",
    "find_delay": "latency",
    "inspect_all": "inspection",
    "read_audio": "audio",
    "read_header": "audio",
    "write_wav": "audio",
}

__all__ = [
    "DEFAULT_PRE_SILENCE",
    "WavConfig",
    "WavDataset",
    "find_delay",
    "inspect_all",
    "read_audio",
    "read_header",
    "write_wav",
]

__getattr__, __dir__ = lazily(__name__, _HOME)
