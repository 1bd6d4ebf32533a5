"""Fixtures: the plugin and a small net, registered whether or not the distribution is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def registered(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Offer both, in a home without extensions."""
    from container_parts import FIR

    from nam_kernel import plugins
    from nam_kernel.plugins import registration
    from nam_plugin_container import hooks

    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.getbasetemp() / "home"))
    plugins.use(None)
    for record in (*hooks.nam_nets(), FIR):
        registration.register(record, overwrite=True)
    yield
    plugins.use(None)
