"""The rules of the house: who may import whom, what the kernel may know, and how large it may be."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import importlib_metadata
import pytest

from nam_kernel import hookspecs, plugins

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "nam_kernel"
DISTRIBUTIONS = sorted(p.parent for p in ROOT.glob("plugins/*/pyproject.toml"))
PLUGINS = [p for p in DISTRIBUTIONS if "nam_kernel.v1" in (p / "pyproject.toml").read_text(encoding="utf-8")]
PUBLIC = {
    "nam_kernel",
    "nam_kernel.components",
    "nam_kernel.config",
    "nam_kernel.errors",
    "nam_kernel.files",
    "nam_kernel.interfaces",
    "nam_kernel.models",
    "nam_kernel.plugins",
    "nam_kernel.plugins.registration",
    "nam_kernel.quality",
    "nam_kernel.run",
    "nam_kernel.run.build",
    "nam_kernel.run.nested",
    "nam_kernel.text",
}
"""The modules of the kernel that a plugin may import."""

INNER = {
    "nam-devkit": {
        "nam_kernel.config.read",
        "nam_kernel.hookspecs",
        "nam_kernel.plugins.discovery",
        "nam_kernel.run.acceleration",
        "nam_kernel.run.proof",
    },
    "nam-plugin-batch": {"nam_kernel.cli.full", "nam_kernel.config.read", "nam_kernel.run.prepare"},
    "nam-plugin-demo": {"nam_kernel.cli.full"},
    "nam-plugin-capture": {"nam_kernel.cli.full"},
    "nam-plugin-export": {"nam_kernel.config.read", "nam_kernel.run.record"},
    "nam-plugin-schema": {"nam_kernel.config.documents", "nam_kernel.run.objective"},
    "nam-plugin-studio": {"nam_kernel.cli.main"},
}
"""What else those may import that are about the kernel itself."""

LIMIT = 3600
"""Lines of code of the kernel that can be read in one sitting."""

FOREIGN = {
    "losses": r"\b(mse|mrstft|stft|fourier|pre_emph\w*|dc)\b",
    "engines": r"lightning|pytorch_lightning|max_epochs|trainer_fit_kwargs|\bddp\b",
    "data loader keys": r"batch_size|shuffle|drop_last|num_workers|pin_memory|prefetch|\w+_dataloader",
    "file formats": r"\.nam\b|\.wav\b|onnx|torchscript|rtneural",
    "architectures": r"wavenet|lstm|convnet|(?-i:\bLinear\b)|sequential|container",
}
"""What the kernel must not name in its code, by a pattern for each kind."""


def imports(file: Path, *, at_run_time: bool = False) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = list(tree.body) if at_run_time else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources(place: Path) -> list[Path]:
    return sorted(place.rglob("*.py"))


def declared(plugin: Path) -> set[str]:
    text = (plugin / "pyproject.toml").read_text(encoding="utf-8")
    return set(re.findall(r'"(nam-(?:plugin-[a-z]+|devkit))', text.split("[project.optional-dependencies]")[0]))


def modules(place: Path, package_root: Path) -> dict[str, Path]:
    named = {}
    for file in sources(place):
        parts = file.relative_to(package_root).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return named


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return a circle in a graph, empty where there is none."""
    done: set[str] = set()

    def walk(node: str, path: list[str]) -> list[str]:
        if node in path:
            return path[path.index(node) :]
        if node in done:
            return []
        for following in sorted(graph[node]):
            found = walk(following, [*path, node])
            if found:
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := walk(node, []))), [])


def body(node: ast.AST) -> list[ast.stmt]:
    """Return the statements of a module, class or function; of anything else none."""
    statements = getattr(node, "body", None)
    return statements if isinstance(statements, list) else []


def code_lines(file: Path) -> int:
    """Count the lines that are neither blank, nor comments, nor docstrings."""
    text = file.read_text(encoding="utf-8")
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        for statement in body(node):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                docstrings |= set(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def test_the_kernel_imports_no_plugin() -> None:
    guilty = [(f.name, m) for f in sources(KERNEL) for m in imports(f) if m.startswith(("nam_plugin", "nam_devkit"))]
    assert guilty == []


@pytest.mark.parametrize("kind", FOREIGN)
def test_the_kernel_names_no_plugins_things(kind: str) -> None:
    pattern = re.compile(FOREIGN[kind], re.IGNORECASE)
    guilty = []
    for file in sources(KERNEL):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        prose = {id(s.value) for n in ast.walk(tree) for s in body(n) if isinstance(s, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in prose else None
            name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
            for said in (text, name):
                if isinstance(said, str) and pattern.search(said):
                    guilty.append(f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {said!r}")
    assert guilty == []


def test_the_kernel_can_be_read_in_one_sitting() -> None:
    assert sum(map(code_lines, sources(KERNEL))) <= LIMIT


@pytest.mark.parametrize("place", [KERNEL, *(p / "src" for p in DISTRIBUTIONS)], ids=lambda p: p.parent.name)
def test_no_modules_import_each_other_in_a_circle(place: Path) -> None:
    known = modules(place, place.parent if place == KERNEL else place)
    graph = {
        name: {m for m in imports(file, at_run_time=True) if m in known and not name.startswith(f"{m}.") and m != name}
        for name, file in known.items()
    }
    assert circle(graph) == []


@pytest.mark.parametrize("plugin", DISTRIBUTIONS, ids=lambda p: p.name)
def test_a_plugin_imports_public_names_of_the_kernel_only(plugin: Path) -> None:
    allowed = PUBLIC | INNER.get(plugin.name, set())
    used = {m for f in sources(plugin / "src") for m in imports(f) if m.split(".")[0] == "nam_kernel"}
    inner = {m for m in used if (KERNEL / f"{'/'.join(m.split('.')[1:])}.py").exists() or m in PUBLIC}
    assert inner <= allowed


@pytest.mark.parametrize("plugin", DISTRIBUTIONS, ids=lambda p: p.name)
def test_a_plugin_imports_another_only_as_a_declared_dependency(plugin: Path) -> None:
    own = {p.name for p in (plugin / "src").iterdir()}
    used = {m.split(".")[0] for f in sources(plugin / "src") for m in imports(f)}
    others = {m for m in used if m.startswith(("nam_plugin", "nam_devkit"))} - own
    assert {name.replace("_", "-") for name in others} <= declared(plugin)


@pytest.mark.parametrize("plugin", DISTRIBUTIONS, ids=lambda p: p.name)
def test_a_distribution_is_whole(plugin: Path) -> None:
    assert (plugin / "README.md").stat().st_size > 100
    assert list((plugin / "src").glob("*/py.typed"))
    assert list((plugin / "tests").glob("test_*.py"))
    assert (plugin / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert '"nam-kernel>=0.1,<1"' in (plugin / "pyproject.toml").read_text(encoding="utf-8")


def test_everything_that_a_user_wants_is_in_the_extra_all() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = set(re.findall(r'"(nam-plugin-[a-z]+|nam-devkit)', text.split("all = [")[1].split("\n]")[0]))
    # compat owns the import name of another package, and the devkit is for authors: both are installed on request.
    assert listed == {p.name for p in DISTRIBUTIONS} - {"nam-plugin-compat", "nam-devkit"}


def test_every_plugin_of_the_house_loads(fresh_plugins: None) -> None:
    ours = {p.name for p in PLUGINS}
    states = {p.found.source: (p.state, p.reason) for p in plugins.current().plugins if p.found.source in ours}
    assert states == dict.fromkeys(ours, ("loaded", ""))


def test_every_hook_is_used_by_a_plugin_of_the_house() -> None:
    code = "\n".join(f.read_text(encoding="utf-8") for p in DISTRIBUTIONS for f in sources(p / "src"))
    hooks = {name for name in vars(hookspecs) if name.startswith("nam_")}
    assert {h for h in hooks if f"def {h}(" not in code} == set()


def test_every_installed_distribution_of_the_house_has_the_kernels_version() -> None:
    versions = {importlib_metadata.version(name) for name in ("nam-kernel", *(p.name for p in DISTRIBUTIONS))}
    assert versions == {importlib_metadata.version("nam-kernel")}
