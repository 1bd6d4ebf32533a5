"""Where the compiled library lies; apart from what loads it, because every run asks."""

from pathlib import Path

NAMES = ("_fast.so", "_fast.dylib", "_fast.dll")

REMEDY = "install a C++ compiler (g++ or clang++), and then nam-plugin-fast again"
"""What brings the library to someone who has none."""


def path() -> Path | None:
    """Return the file of the library, or None where none was built."""
    files = (Path(__file__).with_name(name) for name in NAMES)
    return next((file for file in files if file.is_file()), None)
