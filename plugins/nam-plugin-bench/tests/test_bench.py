"""Claims about ``nam-kernel bench``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
import torch

from nam_kernel.errors import DataError, ModelFileError, UserError
from nam_plugin_bench import hookspecs, timing
from nam_plugin_bench.command import main
from nam_plugin_bench.sizes import sizes_of
from nam_plugin_bench.streaming import streaming

Install = Callable[[str], None]
QUICK = ("--seconds", "0.001")


def model(folder: Path, text: str, name: str = "m.toy") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def measured(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main([str(path), "--json", *QUICK, *options]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


class Clock:
    """Time that passes only while something plays."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", clock)
    return clock


def test_twice_as_fast_as_real_time_is_two(clock: Clock) -> None:
    def feed(x: Any) -> None:
        clock.now += len(x) / 48000 / 2

    for block in timing.BLOCKS:
        assert timing.times_real_time(feed, block, 48000.0, 1.0) == pytest.approx(2.0)


def test_what_comes_once_does_not_count(clock: Clock) -> None:
    calls = iter([7.0, *[0.5] * 9, 30.0])

    def feed(x: Any) -> None:
        clock.now += next(calls, 0.5)

    assert timing.times_real_time(feed, 24000, 48000.0, 5.0) == pytest.approx(1.0)


def test_the_blocks_are_those_that_hosts_ask_for() -> None:
    assert [block.bit_length() for block in timing.BLOCKS] == [6, 7, 8, 9, 10, 11, 12]
    assert (timing.BLOCKS[0], timing.BLOCKS[-1]) == (32, 2048)


def test_the_size_of_a_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = measured(model(tmp_path, "24"), capsys)
    assert (told["architecture"], told["sample_rate"], told["stated"], told["threads"]) == ("Scaled", 24000.0, True, 1)
    (size,) = told["sizes"]
    assert (size["name"], size["multiply_adds"], size["weights"], size["bytes"]) == ("", 24, 24, 96)
    assert size["receptive_field"] == 1
    (plain,) = size["runtimes"]
    assert plain["name"] == "the plain net"
    assert set(plain["times_real_time"]) == {str(block) for block in timing.BLOCKS}
    assert min(plain["times_real_time"].values()) > 0


def test_each_size_has_a_table_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = measured(model(tmp_path, "2 5 9"), capsys)["sizes"]
    assert [size["multiply_adds"] for size in sizes] == [2, 5, 9]
    assert [size["control"] for size in sizes] == pytest.approx([0.0, 1 / 3, 2 / 3])
    assert len({size["name"] for size in sizes}) == 3


def test_an_accelerated_net_is_a_row_by_the_name_of_its_maker(
    tmp_path: Path, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install(
        "from nam_kernel import hookimpl\n\n"
        "class Faster:\n"
        "    def __init__(self, net):\n        self.net = net\n"
        "    def __call__(self, x, *conditions, pad_start=None):\n"
        "        return self.net(x, *conditions, pad_start=pad_start)\n\n"
        "Faster.__module__ = 'my_turbo.nets'\n\n"
        "@hookimpl\ndef nam_accelerate(net, device):\n    return Faster(net)\n"
    )
    (size,) = measured(model(tmp_path, "3"), capsys)["sizes"]
    assert [runtime["name"] for runtime in size["runtimes"]] == ["the plain net", "my-turbo"]


STRANGER = """
from nam_kernel import hookimpl

HEARD = []

@hookimpl(optionalhook=True)
def nam_bench_runtimes(path, net, size):
    with open(path.with_suffix(".heard"), "a") as file:
        file.write(f"{path.name} {net.multiply_adds()} {size:.2f}\\n")
    yield "the tape machine", lambda x: x.tobytes()
"""


def test_a_stranger_adds_a_row_for_each_size(
    tmp_path: Path, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install(STRANGER)
    path = model(tmp_path, "2 8")
    sizes = measured(path, capsys)["sizes"]
    assert [[r["name"] for r in size["runtimes"]] for size in sizes] == [["the plain net", "the tape machine"]] * 2
    assert path.with_suffix(".heard").read_text().splitlines() == ["m.toy 2 0.00", "m.toy 8 0.50"]


def test_the_example_of_the_hook_is_a_plugin(
    tmp_path: Path, install: Install, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = re.findall(r"Example::\n\n((?: {8}.*\n|\n)+)", f"{hookspecs.nam_bench_runtimes.__doc__}\n")
    made = []

    class Player:
        def __init__(self, path: Path, size: float) -> None:
            made.append((path.name, size))

        def process(self, x: Any) -> Any:
            return x

    package, player = ModuleType("my_package"), ModuleType("my_package.player")
    player.Player = Player  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "my_package", package)
    monkeypatch.setitem(sys.modules, "my_package.player", player)
    install(dedent(example).replace('".tape"', '".toy"'))
    (size,) = measured(model(tmp_path, "3"), capsys)["sizes"]
    assert [runtime["name"] for runtime in size["runtimes"]] == ["the plain net", "my player"]
    assert made == [("m.toy", 1.0)]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("    raise OSError('no device')\n    yield\n", "no device"),
        ("    yield 'broken', lambda x: 1 / 0\n", "ZeroDivisionError"),
        ("    return 3\n", "not iterable"),
    ],
)
def test_a_runtime_that_fails_is_named_and_leaves_the_others(
    tmp_path: Path, install: Install, capsys: pytest.CaptureFixture[str], source: str, told: str
) -> None:
    install(
        f"from nam_kernel import hookimpl\n\n@hookimpl(optionalhook=True)\ndef nam_bench_runtimes(path, net):\n{source}"
    )
    path = model(tmp_path, "3")
    (size,) = measured(path, capsys)["sizes"]
    failed = [runtime for runtime in size["runtimes"] if runtime["failed"]]
    assert [runtime["name"] for runtime in size["runtimes"] if not runtime["failed"]] == ["the plain net"]
    assert len(failed) == 1
    assert told in failed[0]["failed"]
    assert main([str(path), *QUICK]) == 0
    assert f"failed: {failed[0]['failed']}" in capsys.readouterr().out


def test_the_table_has_a_column_for_each_block(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(model(tmp_path, "2 8")), *QUICK]) == 0
    lines = capsys.readouterr().out.splitlines()
    heads = [line.split() for line in lines if line.startswith("  runtime")]
    assert heads == [["runtime", *map(str, timing.BLOCKS)]] * 2
    rows = [line.removeprefix("  the plain net").split() for line in lines if line.startswith("  the plain net")]
    assert [len(row) for row in rows] == [7, 7]
    assert any("8 multiply-adds per sample; 8 weights in 32 bytes; recurrent" in line for line in lines)


@pytest.mark.parametrize(("name", "text"), [("m.toy", "no numbers"), ("m.toy", ""), ("m.unknown", "3")])
def test_a_damaged_or_unknown_file_is_told_as_elsewhere(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(ModelFileError, match=name):
        main([str(model(tmp_path, text, name))])


@pytest.mark.parametrize("options", [("--seconds", "0"), ("--seconds", "nan"), ("--threads", "0")])
def test_an_option_that_makes_no_sense_is_explained(tmp_path: Path, options: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match=options[0]):
        main([str(model(tmp_path, "3")), *options])


def test_torch_has_its_threads_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = torch.get_num_threads()
    assert measured(model(tmp_path, "3"), capsys, "--threads", str(before + 1))["threads"] == before + 1
    assert torch.get_num_threads() == before


def test_a_net_that_does_not_declare_its_conditions_is_refused(tmp_path: Path) -> None:
    from nam_kernel import read_model

    net = read_model(model(tmp_path, "3"))
    net.conditions = None
    with pytest.raises(DataError, match="does not say which conditions"):
        streaming(net)


def standard() -> Any:
    """The net of the A1 standard captures: two stacks of ten layers with kernels of 3."""
    pytest.importorskip("nam_plugin_wavenet")
    from nam_kernel import make_net

    def stack(channels: int, given: int, head: int, bias: bool) -> dict[str, Any]:
        shape = {"input_size": given, "condition_size": 1, "channels": channels, "kernel_size": 3, "gated": False}
        dilations = [2**power for power in range(10)]
        return {**shape, "head_size": head, "head_bias": bias, "dilations": dilations, "activation": "Tanh"}

    return make_net(
        "WaveNet", {"layers_configs": [stack(16, 1, 8, False), stack(8, 16, 1, True)], "head_scale": 0.02}
    ).eval()


def test_the_multiply_adds_of_the_standard_net_are_those_counted_by_hand() -> None:
    (size,) = sizes_of(standard())
    # In each layer: a kernel of three taps, the mix-in of the input, and the 1x1 convolution.
    first = 1 * 16 + 10 * (3 * 16 * 16 + 1 * 16 + 16 * 16) + 16 * 8
    second = 16 * 8 + 10 * (3 * 8 * 8 + 1 * 8 + 8 * 8) + 8 * 1
    assert size.net.multiply_adds() == first + second == 13320
    # Every weight of a convolution is one of them; the others are two biases a layer, that of the head, and its scale.
    assert len(size.net.export_weights()) == 13320 + 10 * 2 * (16 + 8) + 1 + 1


def test_the_command_plays_a_model_file_of_the_players(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("nam_plugin_nam")
    from nam_kernel import write_model

    path = write_model(standard(), tmp_path / "a1.nam")
    (size,) = measured(path, capsys)["sizes"]
    assert (size["multiply_adds"], size["bytes"], size["receptive_field"]) == (13320, 4 * 13802, 2 * 2 * 1023 + 1)
    (tmp_path / "cut.nam").write_bytes(path.read_bytes()[:9999])
    with pytest.raises(ModelFileError, match=r"cut\.nam"):
        main([str(tmp_path / "cut.nam")])
