"""The player of the files: it keeps streams apart, takes each file alone, and tells what went wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import nam_kernel
from nam_kernel.errors import ModelFileError
from nam_plugin_onnx.runner import BlockPlayer, Player, StreamPlayer, runner
from nam_plugin_onnx.write import export

RESPONSE = np.array([1.0, 0.5, 0.25], np.float32)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A Linear of three weights, whose response to an impulse they are."""
    pytest.importorskip("nam_plugin_linear")
    net = nam_kernel.make_net("Linear", {"receptive_field": 3})
    with torch.no_grad():
        net.import_weights(RESPONSE)
    return export(net, tmp_path, "linear", {})


def test_it_plays_whole_signals_and_streams_side_by_side(files: list[Path]) -> None:
    player = runner(files[0])
    assert isinstance(player, StreamPlayer)
    assert player(np.array([1, 0, 0, 0, 0])).tolist() == [1.0, 0.5, 0.25, 0.0, 0.0]
    one, other = player.stream(), player.stream()
    assert one.feed(np.array([1.0, 0.0])).tolist() == [1.0, 0.5]
    assert other.feed(np.array([0.0])).tolist() == [0.0]
    assert one.feed(np.array([0.0])).tolist() == [0.25]
    assert other.feed(np.array([2.0])).tolist() == [2.0]


def test_a_file_for_whole_signals_without_the_other_has_no_stream(files: list[Path]) -> None:
    files[1].unlink()
    player = runner(files[0])
    assert type(player) is Player
    assert not hasattr(player, "stream")


def test_a_file_for_blocks_plays_a_whole_signal_as_one(files: list[Path]) -> None:
    files[0].unlink()
    player = runner(files[1])
    assert isinstance(player, BlockPlayer)
    assert player(np.array([1, 0, 0, 0])).tolist() == [1.0, 0.5, 0.25, 0.0]
    assert player.stream().feed(np.array([4.0])).tolist() == [4.0]


def test_what_goes_wrong_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no such file"):
        runner(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelFileError, match=r"text\.onnx cannot be loaded by ONNX Runtime"):
        runner(tmp_path / "text.onnx")
