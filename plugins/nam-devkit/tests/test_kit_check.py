"""``nam-kernel plugins check`` reports each law, and what to do where one is broken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from nam_devkit.check import check, main
from nam_devkit.scaffold import KINDS, distribution, kernel_bound
from nam_kernel.errors import UserError

if TYPE_CHECKING:
    from conftest import Command

Install = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a begun plugin into a folder of ``sys.path``, with some of its text replaced, or other text in its hooks."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def install(name: str, kind: str, replaced: tuple[tuple[str, str], ...] = (), hooks: str = "") -> Path:
        for place, text in distribution(name, kind).items():
            for old, new in replaced:
                text = text.replace(old, new)
            if place.startswith("src/"):
                file = folder / place.removeprefix("src/")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(dedent(hooks) if hooks and file.name == "hooks.py" else text)
        info = folder / f"nam_plugin_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: nam-plugin-{name}\nVersion: 1.0\nRequires-Dist: {kernel_bound()}\n"
        )
        (info / "entry_points.txt").write_text(f"[nam_kernel.v1]\n{name} = nam_plugin_{name}.hooks\n")
        return folder

    return install


@pytest.mark.parametrize("kind", KINDS)
def test_what_new_begins_keeps_every_law(site: Install, capsys: Capture, kind: str) -> None:
    site(f"begun{kind}", kind)
    assert check(f"begun{kind}") == 0
    told = capsys.readouterr().out
    assert f"ok       {kind} Begun{kind}: " in told
    assert ", 0 broken, " in told.splitlines()[-1]


def test_a_broken_law_is_told_with_what_to_do_and_exit_code_1(command: Command, site: Install) -> None:
    path = site("short", "net", [("return self.filter.kernel_size[0]", "return self.filter.kernel_size[0] - 1")])
    done = command("nam-kernel", "plugins", "check", "short", path=path)
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    failed = next(i for i, line in enumerate(lines) if line.startswith("FAILED   net Short: (B, L) becomes"))
    assert "the receptive field is declared as 63" in lines[failed + 1]


def test_a_config_is_needed_where_the_empty_one_is_refused(site: Install, capsys: Capture, tmp_path: Path) -> None:
    site("needy", "net", [("taps: PositiveInt = 64", "taps: PositiveInt")])
    assert check("needy") == 0
    told = capsys.readouterr().out
    assert "config.taps: this key is missing" in told
    assert "--config Needy=FILE.json" in told
    file = tmp_path / "needy.json"
    file.write_text(json.dumps({"taps": 8}))
    assert check("needy", [f"Needy={file}"]) == 0
    assert "ok       net Needy: An output sample" in capsys.readouterr().out


def test_the_example_of_the_config_model_is_tried(site: Install, capsys: Capture) -> None:
    model = 'example: ClassVar[dict[str, int]] = {"taps": 8}\n\n    taps: PositiveInt'
    site(
        "shown",
        "net",
        [("taps: PositiveInt = 64", model), ("\nfrom nam_k", "\nfrom typing import ClassVar\n\nfrom nam_k")],
    )
    assert check("shown") == 0
    assert "ok       net Shown: An output sample" in capsys.readouterr().out


def test_an_example_may_write_files_into_the_folder_that_it_is_given(site: Install, capsys: Capture) -> None:
    method = """
    file: FilePath

    @classmethod
    def example(cls, folder):
        (folder / "noise.txt").write_text("noise")
        return {"file": str(folder / "noise.txt"), "ny": 64}
"""
    imports = ("import Config, ", "import Config, FilePath, ")
    site("filed", "dataset", [imports, ("    seed: NonNegativeInt = 0\n", f"    seed: NonNegativeInt = 0\n{method}\n")])
    assert check("filed") == 0
    assert "ok       dataset Filed: In every item x is nx - 1" in capsys.readouterr().out


def test_an_accelerator_is_held_to_its_laws_on_the_nets_that_are_installed(site: Install, capsys: Capture) -> None:
    hooks = """
        from nam_kernel import hookimpl
        @hookimpl
        def nam_accelerate(net):
            if net.architecture == "ExampleNet":
                return lambda x, *conditions, pad_start=None: 1.001 * net(x, *conditions, pad_start=pad_start)
        """
    site("louder", "net", hooks=hooks)
    assert check("louder") == 1
    told = capsys.readouterr().out
    assert "FAILED   plugin louder: Outputs and gradients are those of the net" in told
    assert "the accelerated ExampleNet is not the net: its output differs by 0.001 of the peak" in told


def test_a_plugin_that_does_not_load_is_told_why(site: Install, capsys: Capture) -> None:
    hooks = """
        from nam_kernel import hookimpl
        @hookimpl
        def nam_nets():
            raise RuntimeError("no nets today")
        """
    site("broken", "net", hooks=hooks)
    assert check("broken") == 1
    assert "its state is failed: plugin 'broken' (nam-plugin-broken): its nam_nets raised" in capsys.readouterr().out


def test_an_extension_file_is_checked_too(nam_home: Path, capsys: Capture) -> None:
    folder = nam_home / "extensions"
    folder.mkdir()
    (folder / "bare.py").write_text("from nam_kernel import hookimpl\n@hookimpl\ndef nam_finished(result):\n    pass\n")
    assert check("bare") == 0
    assert "a file of the extensions folder has no distribution" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody"], "no plugin is called 'nobody'"),
        (["begun", "--config", "Begun"], "write COMPONENT=FILE, as in --config Begun=x.json"),
        (["begun", "--config", "Began=x.json"], "offers no 'Began'; did you mean 'Begun'?"),
        (["begun", "--config", "Begun=x.json"], "there is no such file"),
    ],
)
def test_a_mistake_is_one_message(site: Install, arguments: list[str], sentence: str) -> None:
    site("begun", "net")
    with pytest.raises(UserError, match=re.escape(sentence)):
        main(arguments)
