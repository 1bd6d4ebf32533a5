"""The plugin as the kernel sees it."""

from __future__ import annotations

import subprocess
import sys

import nam_plugin_wav
from nam_plugin_wav import hooks
from nam_plugin_wav.config import WavConfig

HEAVY = ("numpy", "pydantic", "soundfile", "torch")


def test_both_names_are_the_same_dataset() -> None:
    named = {record.name: (record.target, record.config) for record in hooks.nam_datasets()}
    assert set(named) == {"dataset", "wav"}
    assert named["dataset"] == named["wav"]
    assert [record.name for record in hooks.nam_datasets() if record.default] == ["dataset"]


def test_the_hook_module_imports_nothing_heavy() -> None:
    code = f"import sys, nam_plugin_wav.hooks; print([m for m in {HEAVY} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_configs_are_checked_without_torch() -> None:
    code = "import sys, nam_plugin_wav.config; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_the_public_names_are_there() -> None:
    assert all(getattr(nam_plugin_wav, name) is not None for name in nam_plugin_wav.__all__)
    assert set(dir(nam_plugin_wav)) == set(nam_plugin_wav.__all__)


def test_every_key_of_the_documentation_is_known() -> None:
    documented = {"x_path", "y_path", "ny", "start_seconds", "stop_seconds", "start_samples", "stop_samples"}
    documented |= {"delay", "allow_unequal_lengths", "sample_rate", "y_preroll", "input_gain"}
    documented |= {"require_input_pre_silence"}
    assert documented <= set(WavConfig.known_keys())
