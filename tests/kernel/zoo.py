"""A zoo of plugins, most of them broken, each as an installed distribution or as a file in the extensions folder."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

GOOD = """
from nam_kernel import Net, hookimpl

@hookimpl
def nam_nets():
    return [Net(name="{net}", target="{module}_net:{net}")]
"""

BROKEN = {
    "missing_import": ("import a_package_that_nobody_has", "a_package_that_nobody_has"),
    "system_exit": ("raise SystemExit('I leave')", "SystemExit: I leave"),
    "assertion": ("assert False, 'never mind'", "AssertionError: never mind"),
    "syntax": ("def broken(:\n    pass", "line 1"),
    "wrong_argument": ("from nam_kernel import hookimpl\n@hookimpl\ndef nam_check(run, colour):\n    pass", "colour"),
    "misspelt": (
        "from nam_kernel import hookimpl\n@hookimpl\ndef nam_nest():\n    return []",
        "no hook nam_nest; did you mean 'nam_nets'?",
    ),
    "raises": (
        "from nam_kernel import hookimpl\n@hookimpl\ndef nam_nets():\n    raise RuntimeError('no nets today')",
        "RuntimeError: no nets today",
    ),
    "raises_exit": (
        "from nam_kernel import hookimpl\n@hookimpl\ndef nam_nets():\n    raise SystemExit(3)",
        "SystemExit: 3",
    ),
    "nonsense": (
        "from nam_kernel import hookimpl\n@hookimpl\ndef nam_nets():\n    return 42",
        "its nam_nets returned 42, not a list of Net records",
    ),
    "wrong_kind": (
        "from nam_kernel import Loss, hookimpl\n@hookimpl\ndef nam_nets():\n    return [Loss(name='x', target='a:b')]",
        "not a list of Net records",
    ),
    "bad_target": (
        "from nam_kernel import Net, hookimpl\n"
        "@hookimpl\ndef nam_nets():\n    return [Net(name='x', target='no colon')]",
        'written "package.module:attribute"',
    ),
}
"""By name: the hook module, and a part of the reason that is to be told."""


def install(
    site: Path, name: str, source: str, *, group: str = "nam_kernel.v1", version: str = "1.2", module: bool = True
) -> None:
    """
    Put a distribution ``nam-plugin-NAME`` with one hook module into a folder of ``sys.path``.

    :param module: whether the module is there; without it the distribution is a stale editable install
    """
    site.mkdir(parents=True, exist_ok=True)
    info = site / f"nam_plugin_{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: nam-plugin-{name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = zoo_{name}\n")
    (info / "RECORD").write_text(f"zoo_{name}.py,,\n")
    if module:
        (site / f"zoo_{name}.py").write_text(dedent(source))


def extend(home: Path, name: str, source: str) -> Path:
    """Put a file into the extensions folder."""
    folder = home / "extensions"
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.py"
    file.write_text(dedent(source))
    return file


def good(name: str, net: str = "Good") -> str:
    """Give the hook module of a plugin that offers one net."""
    return GOOD.format(net=net, module=f"zoo_{name}")
