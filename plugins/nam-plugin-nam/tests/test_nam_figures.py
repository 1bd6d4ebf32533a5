"""Claims about what a file says of its sound: each size of a container has its own figures, and a mean is nobody's."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from nam_kernel import read_model, write_model
from nam_kernel.interfaces import BaseNet
from nam_kernel.models import net_of
from nam_plugin_nam.loudness import loudness_and_gain

pytest.importorskip("nam_plugin_container")
from nam_plugin_container.net import Container


def sizes(gain: Any, *factors: float) -> Container:
    """Return gains, the first of which clips most."""
    nets = []
    for i, factor in enumerate(factors):
        net = gain(0.1 * (i + 1))
        torch.nn.init.constant_(net.gain, factor)
        nets.append(net)
    return Container(nets, [f"size {i}" for i in range(len(nets))], sample_rate=48000.0)


def written(folder: Path, net: BaseNet, metadata: Any = None) -> Any:
    return json.loads(write_model(net, folder / "m.nam", metadata).read_text())


@pytest.mark.parametrize("factors", [(0.5,), (0.5, 0.1), (4.0, 0.25, 1.0)])
def test_each_size_has_its_own_loudness_and_gain(tmp_path: Path, gain: Any, factors: tuple[float, ...]) -> None:
    document = written(tmp_path, sizes(gain, *factors))
    inside = [entry["model"] for entry in document["config"]["submodels"]]
    for model, factor in zip(inside, factors, strict=True):
        alone = loudness_and_gain(net_of(model))
        assert alone is not None
        assert (model["metadata"]["loudness"], model["metadata"]["gain"]) == pytest.approx(alone)
        assert model["metadata"]["date"] == document["metadata"]["date"]
        if factor <= 0.1:
            # A wire: -15 dB of noise, and its factor.
            assert model["metadata"]["loudness"] == pytest.approx(-15 + 20 * math.log10(factor), abs=0.01)
    for key in ("loudness", "gain"):
        assert document["metadata"][key] == inside[-1]["metadata"][key]


@pytest.mark.parametrize("others", [{}, {"settings": {"seed": 3}}])
def test_the_figure_of_a_container_is_that_of_its_largest_size(tmp_path: Path, gain: Any, others: Any) -> None:
    by_output = {"size 0": 0.5, "size 1": 0.25, "size 2": 0.0625}
    training = {"validation_esr": 0.270833, "validation_esr_by_output": by_output, **others}
    document = written(tmp_path, sizes(gain, 1.0, 1.0, 1.0), {"training": training, "name": "amp"})
    assert document["metadata"]["training"] == {"validation_esr": 0.0625, **others}
    inside = [entry["model"]["metadata"] for entry in document["config"]["submodels"]]
    assert [of_size["training"] for of_size in inside] == [{"validation_esr": esr} for esr in by_output.values()]
    assert training["validation_esr"] == 0.270833


def test_a_model_of_one_output_keeps_its_figure(tmp_path: Path, gain: Any) -> None:
    document = written(tmp_path, gain(sample_rate=48000.0), {"training": {"validation_esr": 0.5}})
    assert document["metadata"]["training"] == {"validation_esr": 0.5}


def test_what_a_file_said_of_a_size_is_kept(tmp_path: Path, gain: Any) -> None:
    document = written(tmp_path, sizes(gain, 1.0, 0.5))
    for entry in document["config"]["submodels"]:
        entry["model"]["metadata"] = {"loudness": -3.0, "modeled_by": "somebody"}
    (tmp_path / "m.nam").write_text(json.dumps(document))
    again = written(tmp_path, read_model(tmp_path / "m.nam"))
    assert again == document


def test_a_silent_size_has_no_figures(tmp_path: Path, gain: Any) -> None:
    document = written(tmp_path, sizes(gain, 0.0, 1.0))
    silent, loud = (entry["model"]["metadata"] for entry in document["config"]["submodels"])
    assert set(silent) == {"date"}
    assert set(loud) == {"date", "loudness", "gain"}
