"""The hook module is light, and what it offers exists."""

import subprocess
import sys
from importlib import import_module

from nam_plugin_convnet import hooks


def test_hooks_import_nothing_heavy():
    code = (
        "import sys, nam_plugin_convnet.hooks as h; h.nam_nets();"
        "sys.exit(' '.join({'torch', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_records_point_at_what_exists():
    for record in hooks.nam_nets():
        for target in (record.target, record.config):
            module, name = target.split(":")
            assert hasattr(import_module(module), name)
