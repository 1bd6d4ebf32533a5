"""
Whether code in the extensions folder may be run: nobody but its owner may have put it there.

The check reads owner and permissions; Windows has none, so it is skipped there.
"""

import logging
import os
import stat
from pathlib import Path

_log = logging.getLogger(__name__)


def distrust(path: Path) -> str:
    """
    Return why a file or folder must not be run, with the command that fixes it; an empty string when it may.

    ``NAM_TRUST_EXTENSIONS=1`` turns the check off. What the group may write gets a warning only.
    """
    if os.name == "nt" or os.environ.get("NAM_TRUST_EXTENSIONS") == "1":
        return ""
    try:
        status = path.stat()
    except OSError as error:
        return f"{path} cannot be examined ({error.strerror})"
    if status.st_uid not in (os.getuid(), 0):
        return f"{path} belongs to another user; fix: sudo chown {os.getuid()} '{path}'"
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        return f"anyone may write to {path}; fix: chmod o-w '{path}'"
    if status.st_mode & stat.S_IWGRP:
        _log.warning("the group may write to %s; fix: chmod g-w '%s'", path, path)
    return ""
