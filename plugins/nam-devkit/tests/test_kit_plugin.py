"""Each law of a plugin catches the plugin that breaks it, and no other law complains of that plugin."""

import itertools

import pytest

from nam_devkit.laws_plugin import LAWS
from nam_devkit.scaffold import KINDS, kernel_bound
from nam_devkit.subjects import PluginSubject
from nam_kernel.components import Exporter, Net
from nam_kernel.plugins import Plugin
from nam_kernel.plugins.discovery import Found

GOOD = """
from nam_kernel import Net, hookimpl

@hookimpl
def nam_nets():
    return [Net(name="N", target="MODULE_parts:N", config="MODULE_config:C")]
"""

UNMARKED = GOOD + "\ndef nam_losses():\n    return []\n"
MISSPELT = GOOD + "\n@hookimpl\ndef nam_exporter():\n    return []\n"
EXTRA = GOOD + "\n@hookimpl\ndef nam_check(net, audio):\n    return []\n"
OPTIONAL = GOOD + "\n@hookimpl(optionalhook=True)\ndef nam_studio_panels(page):\n    return []\n"
WRAPPER = GOOD + "\n@hookimpl(wrapper=True)\ndef nam_started(run):\n    return (yield)\n"
OLD_WRAPPER = GOOD + "\n@hookimpl(hookwrapper=True)\ndef nam_started(run):\n    yield\n"
RENAMED = GOOD + "\n@hookimpl(specname='nam_started')\ndef greet(run):\n    pass\n"
RENAMED_WRONGLY = GOOD + "\n@hookimpl(specname='nam_start')\ndef greet(run):\n    pass\n"
DECLARING = (
    GOOD
    + """
@hookimpl
def nam_hookspecs():
    return ["MODULE_hooks"]

@hookimpl
def nam_studio_panels(page):
    return []
"""
)
SPECS = """
from nam_kernel import hookspec

@hookspec
def nam_studio_panels(page):
    \"\"\"Return panels.\"\"\"
"""
GROWING = """
from nam_kernel import Net, hookimpl

offered = []

@hookimpl
def nam_nets():
    offered.append(Net(name=f"N{len(offered)}", target="MODULE_parts:N", config="MODULE_config:C"))
    return list(offered)
"""
TWICE = """
from nam_kernel import Net, hookimpl

@hookimpl
def nam_nets():
    return [Net(name="N", target="MODULE_parts:N", config="MODULE_config:C")] * 2
"""

BOUND = kernel_bound()

numbers = itertools.count()


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Write a distribution with a hook module and what it names, and return the plugin that it is."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(hooks=GOOD, config="class C: ...", state="loaded", requires=BOUND, parts="class N: ...", specs=""):
        module = f"kit_plugin_{next(numbers)}"
        for suffix, text in (("", hooks), ("_config", config), ("_parts", parts), ("_hooks", specs)):
            (tmp_path / f"{module}{suffix}.py").write_text(text.replace("MODULE", module))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n{needs}")
        found = Found("kit", module, "1.0", target=module)
        record = Net(name="N", target=f"{module}_parts:N", config=f"{module}_config:C")
        subject = PluginSubject(Plugin(found, state, "for a reason", components=(record,)))
        return lambda: subject

    return write


BREAKERS = [
    ({"state": "incompatible"}, {"is_made_for_this_api", "is_loaded"}),
    ({"hooks": "import numpy\n" + GOOD}, {"hook_module_is_light"}),
    ({"hooks": GOOD.replace("    return", "    import torch\n    return")}, {"hook_module_is_light"}),
    ({"hooks": UNMARKED}, {"hooks_are_spelled_right"}),
    ({"hooks": MISSPELT}, {"hooks_are_spelled_right"}),
    ({"hooks": EXTRA}, {"hooks_are_spelled_right"}),
    ({"hooks": RENAMED_WRONGLY}, {"hooks_are_spelled_right"}),
    ({"hooks": WRAPPER}, {"hooks_are_no_wrappers"}),
    ({"hooks": OLD_WRAPPER}, {"hooks_are_no_wrappers"}),
    ({"hooks": DECLARING, "specs": "import torch\n" + SPECS}, {"hook_module_is_light"}),
    ({"state": "failed"}, {"is_loaded"}),
    ({"parts": ""}, {"targets_exist"}),
    ({"config": "import torch\nclass C: ..."}, {"config_models_are_light"}),
    ({"requires": ""}, {"bound_on_the_kernel_is_declared"}),
    ({"requires": "nam-kernel>=0.1"}, {"bound_on_the_kernel_is_declared"}),
    ({"requires": "nam-kernel<1"}, {"bound_on_the_kernel_is_declared"}),
    ({"requires": "nam-kernel-tools>=0.1,<0.2"}, {"bound_on_the_kernel_is_declared"}),
    ({"hooks": GROWING}, {"offers_the_same_twice"}),
    ({"hooks": TWICE}, {"offers_the_same_twice"}),
]


def test_every_law_has_a_plugin_that_breaks_it():
    assert {law.__name__ for law in LAWS} == set().union(*(laws for _, laws in BREAKERS))


@pytest.mark.parametrize(("facts", "laws"), BREAKERS)
def test_a_broken_plugin_breaks_its_law_alone(broken, plugin, facts, laws):
    assert broken(LAWS, plugin(**facts)) == laws


@pytest.mark.parametrize(
    "requires", [kernel_bound(), "nam_kernel~=0.1.0", "nam-kernel (>=0.1,<0.2)", "nam-kernel[all]==0.1.0"]
)
def test_a_good_plugin_breaks_none(broken, plugin, requires):
    assert broken(LAWS, plugin(requires=requires)) == set()


@pytest.mark.parametrize("hooks", [OPTIONAL, RENAMED, DECLARING])
def test_hooks_that_are_right_too(broken, plugin, hooks):
    assert broken(LAWS, plugin(hooks=hooks, specs=SPECS)) == set()


def test_every_target_of_a_record_is_looked_at(broken, plugin):
    subject = plugin()().plugin
    module = subject.found.target
    record = Exporter(name="N", target=f"{module}_parts:N", refuses=f"{module}_parts:nobody")
    exporter = PluginSubject(Plugin(subject.found, "loaded", components=(record,)))
    assert broken(LAWS, lambda: exporter) == {"targets_exist"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_keep_the_laws(broken, kind):
    module = f"nam_devkit.examples.{kind}.hooks"
    subject = PluginSubject(Plugin(Found(kind, "nam-devkit", target=module), "loaded"))
    assert broken(LAWS, lambda: subject) == set()
