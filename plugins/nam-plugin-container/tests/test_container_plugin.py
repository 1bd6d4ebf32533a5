"""The hook module is light, and what it offers exists."""

import subprocess
import sys
from importlib import import_module

from nam_plugin_container import hooks


def test_hooks_and_config_import_nothing_heavy():
    code = (
        "import sys, nam_plugin_container.hooks as h; h.nam_nets(); heavy = {'torch', 'numpy', 'pydantic'};"
        "a = heavy & set(sys.modules); import nam_plugin_container.config;"
        "sys.exit(' '.join(a | {'torch', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_records_point_at_what_exists():
    for record in hooks.nam_nets():
        for target in (record.target, record.config):
            module, name = target.split(":")
            assert hasattr(import_module(module), name)
