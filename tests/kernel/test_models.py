"""Claims about model files: who reads and who writes them is chosen by name, never by order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nam_kernel
from nam_kernel.errors import ComponentError, ModelFileError
from nam_kernel.models import document_of, highest_version, net_of
from parts import GainConfig, GainNet

RIVAL = """
from nam_kernel import Exporter, Net, hookimpl

@hookimpl
def nam_nets():
    return [Net(name="Rival", target="parts:GainNet", config="parts:GainConfig", architectures=("GainNet",))]

@hookimpl
def nam_exporters():
    return [
        Exporter(name="rival", target="parts:write_text", suffix=".gain"),
        Exporter(name="reads", reader="rival_reader:read", suffix=".gain"),
    ]
"""


@pytest.fixture
def net(alone: Any) -> Any:
    return nam_kernel.make_net("Gain", {"knobs": ["gain"]})


def test_a_net_is_made_again_from_its_document(net: Any) -> None:
    net.sample_rate = 44100.0
    again = net_of(document_of(net))
    assert document_of(again) == document_of(net)
    assert again.sample_rate == 44100.0
    assert not again.training


def test_two_readers_of_an_architecture_are_an_error_that_names_both(net: Any, alone: Any) -> None:
    document = document_of(net)
    alone("rival", RIVAL)
    told = "several plugins read the architecture 'GainNet': nam-plugin-alone:Gain and nam-plugin-rival:Rival"
    with pytest.raises(ComponentError, match=told):
        net_of(document)


def test_an_architecture_that_nobody_reads_is_told_with_those_that_are_read(net: Any) -> None:
    with pytest.raises(ModelFileError, match=r"reads the architecture 'Choir'.*\(known here: GainNet\)"):
        net_of({**document_of(net), "architecture": "Choir"})


def test_a_suffix_that_two_exporters_write_needs_a_name(net: Any, alone: Any, tmp_path: Path) -> None:
    assert nam_kernel.write_model(net, tmp_path / "a.gain").exists()
    alone("rival", RIVAL)
    with pytest.raises(ComponentError, match='"nam-plugin-alone:text" or "nam-plugin-rival:rival"'):
        nam_kernel.write_model(net, tmp_path / "b.gain")
    assert not (tmp_path / "b.gain").exists()
    assert nam_kernel.write_model(net, tmp_path / "b.gain", exporter="nam-plugin-rival:rival").exists()
    with pytest.raises(ModelFileError, match="the exporter 'reads' does not write files"):
        nam_kernel.write_model(net, tmp_path / "c.gain", exporter="reads")


def test_a_format_may_be_read_only(net: Any, alone: Any, site: Path, tmp_path: Path) -> None:
    (site / "rival_reader.py").write_text(
        "import nam_kernel\ndef read(path): return nam_kernel.make_net('Gain', {'knobs': [path.stem]})"
    )
    alone("rival", RIVAL)
    assert nam_kernel.read_model(tmp_path / "volume.gain").knobs == ["volume"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"weights": [1.0]}, "has 1 weights, but its config describes a net of 3"),
        ({"config": {"knobs": 3}}, "knobs: expected a list, got 3"),
        ({"config": {"nobs": []}}, "did you mean 'knobs'"),
        ({"sample_rate": True}, "sample_rate is True"),
        ({"sample_rate": -5}, "sample_rate is -5"),
        ({"architecture": None}, "has no 'architecture'"),
        ({"weights": None}, "has no 'weights'"),
    ],
)
def test_a_document_that_describes_no_net_is_refused(net: Any, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ModelFileError, match=told):
        net_of({**document_of(net), **change})


@pytest.mark.parametrize("rate", [0, -1, None])
def test_an_unknown_rate_is_none(net: Any, rate: Any) -> None:
    assert net_of({**document_of(net), "sample_rate": rate}).sample_rate is None


def test_the_highest_version_counts() -> None:
    assert highest_version(["0.5.4", None, "0.10.0", "0.7.0"]) == "0.10.0"
    assert highest_version([None, None]) is None
    assert highest_version([]) is None


@pytest.mark.parametrize(
    "weights",
    [
        [0.5, True],
        [0.5, "0"],
        [0.5, None],
        [0.5, 1e39],
        [0.5, float("nan")],
        [0.5, 10**400],
        [0.5, 1j],
        [[0.5, 0.0]],
        "12",
        {"a": 1},
        np.array([0.5, 1e39]),
    ],
)
def test_weights_that_are_no_numbers_of_float32_are_refused(weights: Any) -> None:
    net = GainNet(GainConfig())
    with pytest.raises(ModelFileError):
        net.import_weights(weights)
    assert net.gain.tolist() == pytest.approx([0.1, 0.0])
    with pytest.raises(ModelFileError):
        net_of({**document_of(net), "weights": weights})
