"""No test touches the real home."""

from __future__ import annotations

import pytest

from nam_kernel import plugins


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory):
    """A home of its own for each module."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAM_HOME", str(folder))
        plugins.use(None)
        yield folder
        plugins.use(None)
