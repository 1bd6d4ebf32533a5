"""Claims about ``nam_export``: a plugin may edit the document, and one that breaks the model is blamed."""

from __future__ import annotations

import inspect
import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from nam_kernel import read_model, write_model
from nam_kernel.errors import PluginError
from nam_plugin_nam import hookspecs

EDIT = """
from nam_kernel import hookimpl

@hookimpl(optionalhook=True)
def nam_export(document, net):
    {edit}
"""


def write(folder: Path, net: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(write_model(net, folder / "m.nam").read_text())
    return document


def test_the_example_of_the_documentation_is_a_whole_hook_module(tmp_path: Path, gain: Any, install: Any) -> None:
    documented = inspect.getdoc(hookspecs.nam_export) or ""
    install("count", textwrap.dedent(documented.partition("Example::")[2]))
    assert write(tmp_path, gain())["metadata"]["parameters"] == 1


def test_an_edit_is_written(tmp_path: Path, gain: Any, install: Any) -> None:
    install("halve", EDIT.format(edit="document['weights'][0] *= 0.5"))
    write(tmp_path, gain())
    net: Any = read_model(tmp_path / "m.nam")
    assert net.gain.item() == 0.5


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("document['weights'] = 'none'", "'weights' is not a list"),
        ("document['weights'].append(1.0)", "2 weights, but its config describes a net of 1"),
        ("document['weights'].clear()", "0 weights"),
        ("document['weights'][0] = float('nan')", "weight 0 is nan"),
        ("document['weights'][0] = 1e39", "weight 0 is 1e.39"),
        ("document['weights'][0] = None", "weight 0 is None"),
        ("document['config'].clear()", "limit"),
        ("document['config']['limit'] = 'high'", "high"),
        ("document['config']['who'] = net", "not JSON serializable"),
        ("document['metadata']['esr'] = float('inf')", "not JSON compliant"),
        ("document['version'] = '1.0'", "newer than 0.7"),
        ("document['sample_rate'] = 'fast'", "sample_rate"),
        ("document['architecture'] = 'Amp'", "1 weights, but its config describes a net of 0"),
        ("del document['architecture']", "no 'architecture'"),
        ("document['config']['condition_dsp'] = {'weights': []}", "inside it at condition_dsp: it has no 'version'"),
        ("document.update(architecture='Foreign', weights=[None])", "weight 0 is None"),
    ],
)
def test_an_edit_that_breaks_the_model_is_blamed_and_nothing_is_written(
    tmp_path: Path, gain: Any, install: Any, edit: str, told: str
) -> None:
    good = write_model(gain(), tmp_path / "m.nam").read_bytes()
    install("harmless", EDIT.format(edit="document['metadata']['a'] = 1"))
    install("bad", EDIT.format(edit=edit))
    install("worse", EDIT.format(edit="document['weights'] = 'worse'"))
    with pytest.raises(PluginError, match=rf"'bad' \(.*its nam_export broke the document: .*{told}"):
        write_model(gain(), tmp_path / "m.nam")
    assert (tmp_path / "m.nam").read_bytes() == good
    assert [path.name for path in tmp_path.iterdir()] == ["m.nam"]


def test_an_edit_that_raises_is_blamed(tmp_path: Path, gain: Any, install: Any) -> None:
    install("bad", EDIT.format(edit="document['none']"))
    with pytest.raises(PluginError, match=r"'bad' \(.*nam_export raised KeyError"):
        write_model(gain(), tmp_path / "m.nam")
    assert list(tmp_path.iterdir()) == []


def test_an_edit_may_not_turn_it_into_what_nobody_here_reads(tmp_path: Path, gain: Any, install: Any) -> None:
    install("foreign", EDIT.format(edit="document.update(architecture='Foreign', weights=[1.0, 2.0], config={})"))
    with pytest.raises(PluginError, match="'foreign'.* broke the document: nobody here reads .* 'Foreign'"):
        write(tmp_path, gain())


def test_an_edit_is_held_to_the_architecture_that_it_turns_a_private_net_into(
    tmp_path: Path, gain: Any, install: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gain, "architecture", "Private")
    install("bad", EDIT.format(edit="document['architecture'] = 'Amp'"))
    with pytest.raises(PluginError, match="'bad'"):
        write_model(gain(), tmp_path / "m.nam")


def test_what_could_not_be_read_before_is_not_blamed_on_an_edit(
    tmp_path: Path, gain: Any, install: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gain, "export_config", lambda net: {})
    install("harmless", EDIT.format(edit="document['metadata']['a'] = 1"))
    assert write(tmp_path, gain())["metadata"]["a"] == 1
