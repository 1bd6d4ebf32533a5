"""Names that came from outside, made fit for files on every system."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

AUDIO = (".wav", ".wave", ".flac", ".aif", ".aiff")
"""The suffixes of recordings."""

_LONGEST = 60
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def folder_name(name: str) -> str:
    """Return what a folder may be called for a name: letters, digits and hyphens, never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-") or "capture"
    return f"capture-{made}" if _DEVICES.fullmatch(made) else made


def file_name(name: str) -> str:
    """Return a file's name without its folders and without what a file system or a shell could mistake."""
    path = PurePosixPath(_clean(re.split(r"[/\\]", name)[-1]) or "recording.wav")
    made = f"{path.stem[:_LONGEST].strip(' .') or 'recording'}{path.suffix[:8]}"
    return f"_{made}" if _DEVICES.fullmatch(made) else made


def basename(name: str) -> str:
    """Return what the files of a model of some name may be called, without a suffix; never empty."""
    made = _clean(name)[:_LONGEST].strip(" .") or "model"
    return f"_{made}" if _DEVICES.fullmatch(made) else made


def title(name: str) -> str:
    """Return a name for people: printable, of one line, not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:_LONGEST]


def _clean(name: str) -> str:
    return "".join(c if c.isalnum() or c in " ._-()+" else "_" for c in unicodedata.normalize("NFC", name)).strip(" .")
