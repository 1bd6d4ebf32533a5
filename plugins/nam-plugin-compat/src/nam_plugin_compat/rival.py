"""The package whose import name this distribution provides: the two cannot be installed together."""

from __future__ import annotations

import importlib_metadata

RIVAL = "neural-amp-modeler"


def rival_sentence() -> str:
    """Return which of the two distributions to uninstall, in a sentence; empty when only this one is installed."""
    try:
        version = importlib_metadata.version(RIVAL)
    except importlib_metadata.PackageNotFoundError:
        return ""
    return (
        f"{RIVAL} {version} and nam-plugin-compat both own the package folder 'nam': to go on with nam-kernel, run "
        f"pip uninstall {RIVAL} and then pip install --force-reinstall --no-deps nam-plugin-compat; to go on with "
        f"{RIVAL}, run pip uninstall nam-plugin-compat and reinstall that one"
    )


def refuse_rival() -> None:
    """
    Refuse to share the package folder.

    :raises ImportError: when the other distribution is installed too
    """
    sentence = rival_sentence()
    if sentence:
        raise ImportError(sentence)
