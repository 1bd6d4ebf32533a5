"""Fixtures: the plugin, and the kernel's example of a net, registered whether or not others are installed."""

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def registered(tmp_path_factory, monkeypatch):
    from nam_kernel import plugins
    from nam_kernel.plugins import registration
    from nam_devkit.examples.net import hooks as example
    from nam_plugin_sequential import hooks

    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setattr(plugins, "_current", None)
    monkeypatch.setattr(registration, "_registry", {})
    for record in (*hooks.nam_nets(), *example.nam_nets()):
        registration.register(record, overwrite=True)
