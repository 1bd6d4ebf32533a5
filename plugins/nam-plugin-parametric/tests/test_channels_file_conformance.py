"""The stock ``.nam`` of several channels keeps the laws of an exporter; every installed net is refused or proven."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import nam_kernel
from nam_devkit import ExporterConformance
from nam_kernel import BaseNet, plugins


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home without extensions; the plugins are found anew afterwards."""
    monkeypatch.setenv("NAM_HOME", str(tmp_path_factory.mktemp("home")))
    plugins.use(None)
    yield
    plugins.use(None)


class TestNamChannels(ExporterConformance):
    plugin = "parametric"
    name = "nam-channels"

    def make_net(self) -> BaseNet:
        """Return a net that hears its knobs as channels."""
        net: BaseNet = nam_kernel.make_net("ConcatLSTM", {"hidden_size": 4, "conditions": ["gain"]})
        return net.eval()
