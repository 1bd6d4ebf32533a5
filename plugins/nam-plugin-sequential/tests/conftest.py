"""Fixtures: the plugin, and the kit's example of a net, registered whether or not others are installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def registered(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Offer both nets, in a home without extensions."""
    from nam_devkit.examples.net import hooks as example
    from nam_kernel import plugins
    from nam_kernel.plugins import registration
    from nam_plugin_sequential import hooks

    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.getbasetemp() / "home"))
    plugins.use(None)
    for record in (*hooks.nam_nets(), *example.nam_nets()):
        registration.register(record, overwrite=True)
    yield
    plugins.use(None)
