"""Claims about the commands as processes: light, isolated, and clear about mistakes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import zoo
from nam_kernel.text import printable
from support import Command

BLOCK = """
import sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Block())
sys.argv = {argv!r}
from {module} import main
sys.exit(main())
"""
HEAVY = {"torch", "numpy", "pydantic", "stevedore", "pluggy", "pytorch_lightning", "soundfile"}


@pytest.mark.parametrize(
    ("module", "argv"),
    [
        ("nam_kernel.cli.full", ["nam_full", "--help"]),
        ("nam_kernel.cli.main", ["nam-kernel", "--help"]),
        ("nam_kernel.cli.main", ["nam-kernel", "plugins", "list"]),
        ("nam_kernel.cli.main", ["nam-kernel", "plugins", "list", "--json"]),
        ("nam_kernel.cli.main", ["nam-kernel", "plugins", "disable", "--help"]),
    ],
)
def test_what_only_needs_to_know_imports_nothing_heavy_and_no_plugin(
    tmp_path: Path, module: str, argv: list[str]
) -> None:
    zoo.install(tmp_path, "loud", "raise RuntimeError('plugin code ran')")
    blocked = HEAVY | {"zoo_loud"}
    code = BLOCK.format(blocked=blocked, argv=argv, module=module)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr == ""


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = f"import sys, nam_kernel; assert not {HEAVY!r} & set(sys.modules); dir(nam_kernel)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_every_public_name_can_be_imported() -> None:
    import nam_kernel

    assert all(getattr(nam_kernel, name) is not None for name in nam_kernel.__all__)
    with pytest.raises(AttributeError):
        nam_kernel.nothing  # noqa: B018


def test_the_list_for_programs_has_the_facts(command: Command, tmp_path: Path, nam_home: Path) -> None:
    zoo.install(tmp_path, "new", "", group="nam_kernel.v9")
    file = zoo.extend(nam_home, "old", "x = 1")
    listed = json.loads(command("nam-kernel", "plugins", "list", "--json", path=tmp_path).stdout)
    by_name = {p["name"]: p for p in listed}
    assert (by_name["new"]["version"], by_name["new"]["source"]) == ("1.2", "nam-plugin-new")
    assert by_name["new"]["state"] == "incompatible"
    assert (by_name["old"]["state"], by_name["old"]["source"]) == ("legacy", str(file))


def test_the_zoo_leaves_list_and_show_working_with_one_line_each(command: Command, tmp_path: Path) -> None:
    zoo.install(tmp_path, "good", zoo.good("good"))
    for name, (source, _) in zoo.BROKEN.items():
        zoo.install(tmp_path, name, source)
    listed = command("nam-kernel", "plugins", "list", path=tmp_path)
    assert listed.returncode == 0
    assert listed.stderr == ""
    shown = command("nam-kernel", "plugins", "show", "good", path=tmp_path)
    assert shown.returncode == 0
    assert "Good" in shown.stdout
    lines = [line for line in shown.stderr.splitlines() if line and "every run waits for" not in line]
    assert len(lines) == len(zoo.BROKEN)
    for name, (_, reason) in zoo.BROKEN.items():
        (line,) = [line for line in lines if f"'{name}'" in line]
        assert reason in line


def test_showing_a_broken_plugin_says_why(command: Command, tmp_path: Path) -> None:
    zoo.install(tmp_path, "raises", zoo.BROKEN["raises"][0])
    shown = command("nam-kernel", "plugins", "show", "raises", path=tmp_path)
    assert shown.returncode == 0
    assert "state    failed" in shown.stdout
    assert "no nets today" in shown.stdout


def test_disabling_and_enabling_from_the_command_line(command: Command, tmp_path: Path) -> None:
    zoo.install(tmp_path, "good", zoo.good("good"))
    for verb, state in (("disable", "blocked"), ("enable", "found")):
        done = command("nam-kernel", "plugins", verb, "good", path=tmp_path)
        assert done.returncode == 0, done.stderr
        listed = json.loads(command("nam-kernel", "plugins", "list", "--json", path=tmp_path).stdout)
        assert {p["name"]: p["state"] for p in listed}["good"] == state


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["plugin"], "did you mean 'plugins'?"),
        (["plugins", "show", "nobody"], "no plugin is called 'nobody'"),
        (["plugins", "disable", "nobody"], "no plugin or distribution is called 'nobody'"),
        (["-p", "nonsense", "plugins", "list"], "write no:NAME"),
        (["resume", "nowhere"], "is not the directory of a run"),
        (["check", "a", "b", "c"], "there is no such file"),
        (["plugins", "juggle"], "invalid choice"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(command: Command, arguments: list[str], sentence: str) -> None:
    done = command("nam-kernel", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_a_plugin_brings_is_listed_and_run(command: Command, tmp_path: Path) -> None:
    zoo.install(tmp_path, "singer", "'Sing to the guitar.'\ndef main(argv):\n    print('la', *argv)\n    return 3")
    info = tmp_path / "nam_plugin_singer-1.2.dist-info" / "entry_points.txt"
    info.write_text("[nam_kernel.commands.v1]\nsing = zoo_singer:main\n")
    assert re.search(
        r"^  sing +Sing to the guitar$", command("nam-kernel", "--help", path=tmp_path).stdout, re.MULTILINE
    )
    done = command("nam-kernel", "sing", "--loud", path=tmp_path)
    assert (done.stdout, done.returncode) == ("la --loud\n", 3)


def test_a_plugins_command_that_cannot_be_imported_is_blamed_on_it(command: Command, tmp_path: Path) -> None:
    zoo.install(tmp_path, "singer", "assert False, 'hoarse'")
    info = tmp_path / "nam_plugin_singer-1.2.dist-info" / "entry_points.txt"
    info.write_text("[nam_kernel.commands.v1]\nsing = zoo_singer:main\n")
    done = command("nam-kernel", "sing", path=tmp_path)
    assert done.returncode == 1
    assert "nam-plugin-singer" in done.stderr
    assert "hoarse" in done.stderr


@pytest.mark.parametrize("place", [0, 1, 3])
def test_the_common_options_may_stand_anywhere(command: Command, tmp_path: Path, place: int) -> None:
    zoo.install(tmp_path, "good", zoo.good("good"))
    words = ["plugins", "list", "--json"]
    done = command("nam-kernel", *words[:place], "-p", "no:good", *words[place:], path=tmp_path)
    assert {p["name"]: p["state"] for p in json.loads(done.stdout)}["good"] == "blocked"


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "b", "c", "d", "--resume", "e"]])
def test_nam_full_wants_four_files_or_a_directory_to_resume(command: Command, arguments: list[str]) -> None:
    done = command("nam_full", *arguments)
    assert done.returncode == 2
    assert "--resume" in done.stderr


TALKS = """
'Talk without an end.'
import sys

def main(argv):
    for _ in range(100_000):
        print("la " * 20)
    print("\\x1b[31mred", file=sys.stderr)
    return 7
"""


def talker(site: Path) -> None:
    zoo.install(site, "talker", TALKS)
    (site / "nam_plugin_talker-1.2.dist-info" / "entry_points.txt").write_text(
        "[nam_kernel.commands.v1]\ntalk = zoo_talker:main\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no shell for the pipe")
@pytest.mark.parametrize("tail", ["| head -n 1", ">&-", "2>&- | head -n 1", "> /dev/full"])
def test_a_command_outlasts_whoever_reads_it(tmp_path: Path, tail: str) -> None:
    talker(tmp_path)
    line = f"({sys.executable} -m nam_kernel.cli.main talk; echo $? > {tmp_path}/code) {tail}"
    done = subprocess.run(["sh", "-c", line], env={**os.environ, "PYTHONPATH": str(tmp_path)}, stderr=subprocess.PIPE)
    assert (tmp_path / "code").read_text() == "7\n"
    assert b"Broken" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_control_characters_of_a_message_do_not_reach_the_terminal(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x\x1b[31m.json").write_text("{")
    done = command("nam-kernel", "check", tmp_path / "x\x1b[31m.json", "m", "l")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "x\N{REPLACEMENT CHARACTER}[31m.json" in done.stderr


def test_a_message_that_is_far_too_long_keeps_its_beginning_and_its_end() -> None:
    told = printable("the culprit " + "a" * 30_000 + " the next step")
    assert len(told) < 21_000
    assert told.startswith("the culprit aaa")
    assert told.endswith("aaa the next step")
    assert "characters more" in told


@pytest.mark.parametrize(
    "torch",
    [
        "raise ImportError('libtorch.so: cannot open shared object file')",
        "raise OSError('libtorch.so: cannot open shared object file')",
        "import libtorch",
    ],
)
def test_a_library_that_cannot_be_loaded_is_a_broken_installation(tmp_path: Path, torch: str) -> None:
    (tmp_path / "torch.py").write_text(torch)
    code = "import sys; from nam_kernel.cli.main import main; sys.exit(main(['check', *'abc']))"
    env = {"PYTHONPATH": str(tmp_path), "NAM_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 1
    assert "installation is broken" in done.stderr
    assert "libtorch" in done.stderr
    assert "defect" not in done.stderr
    assert "Traceback" not in done.stderr


def test_impatient_signals_do_not_spoil_the_end_of_the_program() -> None:
    code = """
import atexit, os, signal
from nam_kernel.cli.guard import guarded
atexit.register(os.kill, os.getpid(), signal.SIGINT)
def run():
    raise KeyboardInterrupt
raise SystemExit(guarded("program", run))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "program: interrupted\n")
