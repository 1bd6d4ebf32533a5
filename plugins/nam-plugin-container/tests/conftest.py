"""Fixtures: the plugin and a small net, registered whether or not the distribution is installed."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def registered(tmp_path_factory, monkeypatch):
    from container_parts import FIR

    from nam_kernel import plugins
    from nam_kernel.plugins import registration
    from nam_plugin_container import hooks

    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setattr(plugins, "_current", None)
    monkeypatch.setattr(registration, "_registry", {})
    for record in (*hooks.nam_nets(), FIR):
        registration.register(record, overwrite=True)
