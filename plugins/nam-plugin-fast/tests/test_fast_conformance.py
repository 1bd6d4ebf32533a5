"""The accelerator keeps the laws of an accelerator, for every kind of net that is installed."""

import pytest

from nam_devkit import AcceleratorConformance
from nam_plugin_fast.place import path


@pytest.mark.skipif(path() is None, reason="there is no compiled library")
class TestFast(AcceleratorConformance):
    plugin = "fast"
