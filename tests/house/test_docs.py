"""What the documentation says is true: its commands exist, its configs train, its examples run."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import nam_kernel
import zoo
from material import documents
from nam_kernel import hookspecs, plugins
from nam_kernel.config import LearningConfig, LossConfig, ModelConfig, RunConfig, UserMetadata
from nam_kernel.interfaces import Progress
from support import ROOT, Command

pytestmark = pytest.mark.usefixtures("fresh_plugins")

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONFIGS = (ROOT / "docs" / "configs.md").read_text(encoding="utf-8")
KERNEL = (ROOT / "docs" / "kernel.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}[^\n]*\n(.*?)```", text, re.DOTALL)


def shortened(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make a documented config small enough for a test: short recordings, one epoch, a small net."""
    if "train" in document:
        document["train"]["stop_samples"], document["validation"]["start_samples"] = -48000, -24000
        document["common"] |= {"x_path": str(folder / "di.wav"), "y_path": str(folder / "amp.wav")}
    if "trainer" in document:
        document["trainer"] |= {"max_epochs": 1, "accelerator": "cpu"}
        document["train_dataloader"]["batch_size"] = 2
    return document


def test_the_three_documented_configs_train(tmp_path: Path) -> None:
    documents(tmp_path)
    given = [shortened(json.loads(block), tmp_path) for block in blocks(CONFIGS, "json")]
    assert len(given) == 3
    assert nam_kernel.train(*given, tmp_path / "out", plots=False).model_path is not None


def test_the_python_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents(tmp_path)
    monkeypatch.chdir(tmp_path)
    first, second = blocks(KERNEL, "python")
    scope: dict[str, Any] = {}
    exec(first, scope)
    assert scope["net"].receptive_field == 8
    exec(second, scope)


def hooks_of(module: Any) -> list[str]:
    return [name for name, value in vars(module).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")]


def example_of(hook: Any) -> str:
    """Return the hook module in a hook's docstring."""
    (example,) = re.findall(r"Example::\n\n((?: {8}.*\n|\n)+)", hook.__doc__ + "\n")
    return dedent(example)


def test_every_hook_and_every_state_is_documented() -> None:
    for hook in hooks_of(hookspecs):
        assert f"`{hook}`" in KERNEL, hook
    for state in ("found", "blocked", "incompatible", "legacy", "loaded", "failed"):
        assert f"| {state} |" in KERNEL, state


class Fast:
    """Stands for a faster net."""

    def __init__(self, net: Any) -> None:
        self.net = net


def offers(*records: tuple[str, str]) -> Callable[..., None]:
    def check(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
        assert [(c.kind, c.name) for c in plugin.components] == list(records)

    return check


def declares(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    assert call() == ["my_package.hookspecs"]


def resolves(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    assert plugins.current().component("net", "lab/Wave")[1].target == "lab_nets:Wave"
    assert call(kind="loss", name="lab/Wave") is None


def configures(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    config = RunConfig({}, {}, {})
    call(config=config)
    assert config.learning == {"seed": 7}


def prepares(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    factors: list[float] = []
    run = SimpleNamespace(joint=[{"name": "halve"}, {"name": "another"}], scale_output=factors.append)
    call(run=run)
    assert (factors, run.joint) == ([0.5], [{"name": "another"}])


def checks(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    assert [finding.severity for finding in call(run=SimpleNamespace(validation=None))] == ["warning"]
    assert list(call(run=SimpleNamespace(validation=object()))) == []


def accelerates(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    net = SimpleNamespace(architecture="GRU")
    assert call(net=net, device="cpu").net is net
    assert call(net=net, device="cuda") is None


def starts(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    call(run=SimpleNamespace(directory=folder))


def progresses(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    assert call(run=None, progress=Progress(1, 10, {"ESR": 0.5})) is True
    assert call(run=None, progress=Progress(2, 20, {"ESR": 0.0005})) is False


def finishes(plugin: plugins.Plugin, call: Any, folder: Path) -> None:
    call(run=None, result=SimpleNamespace(directory=folder, metrics={"ESR": 0.25}))
    assert (folder / "esr.txt").read_text() == "0.25"


DOES: dict[str, Callable[..., None]] = {
    "nam_nets": offers(("net", "GRU")),
    "nam_datasets": offers(("dataset", "takes")),
    "nam_losses": offers(("loss", "Loudness")),
    "nam_exporters": offers(("exporter", "tape")),
    "nam_trainers": offers(("trainer", "loop")),
    "nam_hookspecs": declares,
    "nam_resolve": resolves,
    "nam_configure": configures,
    "nam_prepare": prepares,
    "nam_check": checks,
    "nam_accelerate": accelerates,
    "nam_started": starts,
    "nam_progress": progresses,
    "nam_finished": finishes,
}
"""What the example of each hook does, checked on a loaded plugin, the call to its hook, and a folder."""


def test_every_hook_has_an_example() -> None:
    assert set(DOES) == set(hooks_of(hookspecs))
    for hook in DOES:
        ast.parse(example_of(getattr(hookspecs, hook)))


@pytest.fixture
def my_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the examples import."""
    specs, fast = ModuleType("my_package.hookspecs"), ModuleType("my_package.fast")
    exec("from nam_kernel import hookspec\n@hookspec\ndef my_hook(): ...", vars(specs))
    vars(fast)["fast_forward"] = Fast
    for module in (ModuleType("my_package"), specs, fast):
        monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize("hook", DOES)
@pytest.mark.usefixtures("my_package")
def test_the_example_of_a_hook_is_a_plugin_that_does_what_it_says(hook: str, nam_home: Path, tmp_path: Path) -> None:
    zoo.extend(nam_home, "example", example_of(getattr(hookspecs, hook)))
    plugin = next(p for p in plugins.current().plugins if p.found.name == "example")
    assert (plugin.state, plugin.reason) == ("loaded", "")
    call = dict(plugins.current().each(hook)).get(plugin.title)
    DOES[hook](plugin, call, tmp_path)


def test_the_hooks_of_plugins_are_named_and_their_examples_load(nam_home: Path) -> None:
    declared = {
        name: getattr(sys.modules[module], name)
        for plugin in plugins.current().plugins
        for module in getattr(plugin.module, "nam_hookspecs", list)()
        for name in hooks_of(sys.modules[module])
    }
    assert len(declared) >= 3
    for name, hook in declared.items():
        assert f"`{name}`" in KERNEL, name
        zoo.extend(nam_home, f"example_{name}", example_of(hook))
    plugins.use(None)
    states = {p.found.name: p.state for p in plugins.current().plugins if p.found.name.startswith("example_")}
    assert states == {f"example_{name}": "loaded" for name in declared}


def test_a_key_is_where_the_page_on_the_kernel_sends_its_reader() -> None:
    rows = re.findall(r"^\| `([\w.]+)`.* \| `(\S+\.py)` \| `(\S+\.py)`, in `(\w+)", KERNEL, re.MULTILINE)
    assert [key for key, *_ in rows] == ["stop_samples", "net.config.head_scale", "loss.mask_first"]
    for key, checked, acts, place in rows:
        name = key.rpartition(".")[2]
        assert re.search(rf"^    {name}: ", (ROOT / checked).read_text(encoding="utf-8"), re.MULTILINE), key
        assert re.search(rf"^(class|def) {place}\b", (ROOT / acts).read_text(encoding="utf-8"), re.MULTILINE), key


@pytest.mark.parametrize("model", [ModelConfig, LossConfig, LearningConfig, UserMetadata])
def test_every_key_of_the_kernels_configs_is_documented(model: Any) -> None:
    undocumented = [key for key in model.known_keys() if f"`{key}`" not in CONFIGS]
    assert undocumented == []


def test_every_key_of_a_pair_is_documented() -> None:
    from nam_plugin_wav.config import WavConfig

    undocumented = [key for key in WavConfig.known_keys() if f"`{key}`" not in CONFIGS]
    assert undocumented == []


def test_every_command_is_in_the_readme_and_the_other_way_round(command: Command) -> None:
    listed = set(re.findall(r"^  ([a-z]+)(?: [a-z]+)?  ", command("nam-kernel", "--help").stdout, re.MULTILINE))
    told = set(re.findall(r"`nam-kernel (\w+)", README))
    assert listed == told


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_ci_runs_the_readmes_command() -> None:
    (line,) = [line for line in README.splitlines() if line.endswith("nox -s tests")]
    assert line.removeprefix("$ ") in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
