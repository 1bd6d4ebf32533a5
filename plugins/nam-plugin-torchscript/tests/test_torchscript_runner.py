"""The process that plays a file: it has nothing of the project, keeps streams apart, and tells what went wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nam_kernel.errors import ModelFileError
from nam_plugin_torchscript.building import quiet
from nam_plugin_torchscript.runner import runner


class Sum(torch.nn.Module):
    """Adds up all that it has heard; a condition is added to it."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("heard", torch.zeros(1))

    def forward(self, x: torch.Tensor, knobs: torch.Tensor | None = None) -> torch.Tensor:
        return x.cumsum(1) if knobs is None else x.cumsum(1) + knobs[:, 0]

    @torch.jit.export
    def step(self, x: torch.Tensor, knobs: torch.Tensor | None = None) -> torch.Tensor:
        y = self.heard + x.cumsum(1)
        self.heard = y[0, -1:]
        return y

    @torch.jit.export
    def reset(self) -> None:
        self.heard = torch.zeros(1)


def save(module: torch.nn.Module, path: Path) -> Path:
    with quiet():
        torch.jit.script(module).save(str(path))
    return path


def test_it_plays_whole_signals_and_streams_side_by_side(tmp_path: Path) -> None:
    player = runner(save(Sum(), tmp_path / "s.ts"))
    one, other = player.stream(), player.stream()
    assert one.feed(np.ones(2)).tolist() == [1.0, 2.0]
    assert other.feed(np.ones(1)).tolist() == [1.0]
    assert one.feed(np.ones(1)).tolist() == [3.0]
    assert player(np.ones(3)).tolist() == [1.0, 2.0, 3.0]
    assert player(np.ones(2), 0.5).tolist() == [1.5, 2.5]
    assert player(np.ones(2), np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    player.close()


class Guilty(torch.nn.Module):
    """A module that raises."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("I cannot")


def test_what_goes_wrong_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no such file"):
        runner(tmp_path / "none.ts")
    (tmp_path / "text.ts").write_text("no archive")
    for path, told in (
        (tmp_path / "text.ts", "text.ts cannot be played"),
        (save(Guilty(), tmp_path / "g.ts"), "I cannot"),
    ):
        player = runner(path)
        with pytest.raises(RuntimeError, match=told):
            player(np.ones(3))
        player.close()


def test_the_process_cannot_import_the_project() -> None:
    import subprocess
    import sys

    from nam_plugin_torchscript.runner import PROGRAM

    code = (
        f"import runpy, sys; alone = runpy.run_path({str(PROGRAM)!r}); sys.meta_path.insert(0, alone['Nowhere']())\n"
        "for name in ('nam_kernel', 'nam_plugin_torchscript', 'nam'):\n"
        "    try:\n        __import__(name)\n    except ModuleNotFoundError as error:\n        print(error)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("is not here: the file has to play without it") == 3
