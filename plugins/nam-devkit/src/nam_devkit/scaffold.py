"""
Begin a plugin: a complete distribution, made from the smallest plugin of its kind.

The component, its config model and its hooks are those of ``nam_devkit.examples``, renamed. The
conformance kit holds the examples to its laws, so a new plugin starts from what works.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from string import Template

import importlib_metadata

from nam_kernel.errors import UserError

KINDS = ("net", "dataset", "loss", "exporter", "trainer")

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_LONGEST = 50


def new_plugin(name: str, kind: str, into: Path) -> Path:
    """
    Write the distribution ``nam-plugin-NAME``, and return its folder.

    :param name: as in ``my-gru``; the component is then called ``MyGru``
    :param kind: of the component, one of ``KINDS``
    :param into: the folder to put it into
    :raises UserError: when the name cannot be one, the folder is there already, or cannot be written
    """
    _require_name(name)
    folder = into.expanduser() / f"nam-plugin-{name}"
    if folder.exists() or folder.is_symlink():
        raise UserError(f"{folder} is there already; choose another name, or another place with --into")
    files = distribution(name, kind)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            finished = beside / folder.name
            for place, text in files.items():
                (finished / place).parent.mkdir(parents=True, exist_ok=True)
                (finished / place).write_text(text, encoding="utf-8")
            finished.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({error.strerror or error}); give another place with --into"
        ) from error
    return folder


def distribution(name: str, kind: str) -> dict[str, str]:
    """
    Return the files of the distribution: their text, by their place in its folder.

    :raises UserError: when the component's class would have a name that is taken
    """
    module, component = f"nam_plugin_{name.replace('-', '_')}", _camel(name)
    sources = _sources(kind)
    _require_free(component, name, sources)
    code = {f"src/{module}/{place}": _renamed(text, kind, name) for place, text in sources.items()}
    words = {
        "name": name,
        "module": module,
        "component": component,
        "kind": kind,
        "base": f"{kind.capitalize()}Conformance",
        "config": _TRIED_ON[kind],
        "devkit": kernel_bound().replace("nam-kernel", "nam-devkit"),
        "dependencies": "".join(f'  "{r}",\n' for r in sorted(_requirements(sources))),
        "model": Template(_USED_AS[kind]).substitute(component=component),
    }
    texts = {
        "pyproject.toml": _PYPROJECT,
        "README.md": _README,
        f"tests/test_{module.removeprefix('nam_plugin_')}_conformance.py": _TEST,
    }
    return {**{p: Template(t).substitute(words) for p, t in texts.items()}, **code, f"src/{module}/py.typed": ""}


def kernel_bound() -> str:
    """Return the dependency that a plugin made today declares: from this minor version to below the next major one."""
    from nam_kernel import __version__

    major, minor = (int(part) for part in __version__.split(".")[:2])
    return f"nam-kernel>={major}.{minor},<{major + 1}"


def _require_name(name: str) -> None:
    if name.startswith("nam-plugin-"):
        raise UserError(f"'{name}': leave the nam-plugin- out, it is put before the name")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise UserError(
            f"'{name}' cannot be the name of a plugin; it is written in small letters, digits and single hyphens, "
            f"begins with a letter, and has at most {_LONGEST} of them: my-gru"
        )


def _require_free(component: str, name: str, sources: dict[str, str]) -> None:
    taken = re.compile(rf"\b{component}(Config)?\b")
    if any(taken.search(text) for text in sources.values()):
        raise UserError(f"'{name}': a class {component} would hide one that a plugin uses; as in my-{name}, add a word")


def _sources(kind: str) -> dict[str, str]:
    """Return the modules of the example of a kind, by their names."""
    folder = resources.files("nam_devkit.examples").joinpath(kind)
    return {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".py")}


def _renamed(text: str, kind: str, name: str) -> str:
    """Return an example's module with the names of the new plugin."""
    example = f"Example{kind.capitalize()}"
    text = text.replace(f"nam_devkit.examples.{kind}", f"nam_plugin_{name.replace('-', '_')}")
    text = re.sub(rf"\b(an?) ``{example}", rf"the ``{example}", text)
    text = text.replace(example, _camel(name))
    return text.replace('".example"', f'".{name}"')


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _requirements(sources: dict[str, str]) -> set[str]:
    """Return the requirements of the modules, bounded as this kernel bounds them."""
    imported = {m for text in sources.values() for m in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)}
    own = [r for r in importlib_metadata.requires("nam-kernel") or () if ";" not in r]
    return {kernel_bound(), *(r for r in own if re.split(r"[^\w-]", r)[0] in imported)}


_TRIED_ON = {
    "net": '{"taps": 16}',
    "dataset": '{"ny": 512, "items": 3}',
    "loss": '{"delta": 0.05}',
    "exporter": '{"compress": False}',
    "trainer": '{"steps": 12, "validate_every": 4}',
}
"""The config on which the new plugin's test tries the component, by its kind."""

_USED_AS = {
    "net": """In the model config:

```json
{"net": {"name": "$component", "config": {"taps": 64}}}
```""",
    "dataset": """In the data config:

```json
{"type": "$component", "train": {"items": 16}, "validation": {"items": 4, "seed": 1}, "common": {"ny": 8192}}
```""",
    "loss": """In the model config, beside its net:

```json
{"loss": {"losses": [{"name": "$component", "weight": 1.0, "config": {"delta": 0.1}}]}}
```""",
    "exporter": """In the model config, beside its net:

```json
{"export": ["nam", {"name": "$component", "config": {"compress": true}}]}
```""",
    "trainer": """In the learning config:

```json
{"engine": "$component", "steps": 500, "validate_every": 50, "learning_rate": 0.01}
```""",
}

_PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "nam-plugin-$name"
version = "0.1.0"
description = "The $kind $component for nam_kernel"
readme = "README.md"
requires-python = ">=3.11"
dependencies = [
$dependencies]

[project.optional-dependencies]
test = ["$devkit", "pytest"]

[project.entry-points."nam_kernel.v1"]
$name = "$module.hooks"

[tool.hatch.build.targets.wheel]
packages = ["src/$module"]
"""

_README = """\
# nam-plugin-$name

The $kind `$component` for `nam_kernel`. In this folder, install it, hold it to the laws that every $kind keeps, and
train with it:

    pip install -e ".[test]"
    pytest
    nam-kernel plugins check $name
    nam_full data.json model.json learning.json out

$model

`hooks.py` has what the plugin offers, `config.py` what its config may hold, `$kind.py` is the $kind itself.
"""

_TEST = '''\
"""$component keeps the laws of a $kind."""

from nam_devkit import $base


class Test$component($base):
    plugin = "$name"
    name = "$component"
    config = $config
'''
