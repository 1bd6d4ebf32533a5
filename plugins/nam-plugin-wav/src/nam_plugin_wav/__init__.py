"""
Pairs of audio files, before and after an amplifier, as training data.

``audio`` reads and writes files, ``resample`` converts their rate; ``config`` says what an entry of the data config
may hold, ``span`` which samples it selects, ``silence`` that the input is silent before them, ``pair`` puts these
together; ``dataset`` and ``serving`` serve the items. ``looks``, with ``levels``, ``likeness`` and ``findings``, finds
what is wrong with recordings; ``joint`` brings several to one level; ``latency`` finds the delay between two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nam_kernel.lazy import lazily

if TYPE_CHECKING:
    from nam_plugin_wav.audio import read_audio, read_header, write_wav
    from nam_plugin_wav.dataset import WavDataset
    from nam_plugin_wav.findings import Finding
    from nam_plugin_wav.joint import apply_joint
    from nam_plugin_wav.latency import find_delay
    from nam_plugin_wav.looks import look

_HOME = {
    "Finding": "findings",
    "WavDataset": "dataset",
    "apply_joint": "joint",
    "find_delay": "latency",
    "look": "looks",
    "read_audio": "audio",
    "read_header": "audio",
    "write_wav": "audio",
}

__all__ = [
    "Finding",
    "WavDataset",
    "apply_joint",
    "find_delay",
    "look",
    "read_audio",
    "read_header",
    "write_wav",
]

__getattr__, __dir__ = lazily(__name__, _HOME)
