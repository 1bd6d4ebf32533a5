"""Sizes trained in one run: each keeps its own best, and one file holds them all."""

import json

import pytest
import torch
from container_parts import fir

from nam_kernel import check, plugins, read_model, train
from nam_kernel.errors import ConfigError
from nam_kernel.interfaces import unpack_batch
from support import CASES

PACKED = CASES / "configs" / "v0.13" / "config_model_packed.json"
TAPS = (0.1, -0.3, 0.5)

soundfile = pytest.importorskip("soundfile")


@pytest.fixture(autouse=True)
def _needed(registered):
    wanted = {"trainer": "lightning", "dataset": "dataset", "loss": "MSE", "exporter": "nam"}
    missing = [name for kind, name in wanted.items() if name not in plugins.current().offers(kind)]
    if missing:
        pytest.skip(f"no installed plugin offers {', '.join(missing)}")


@pytest.fixture
def data(tmp_path):
    """Noise through a known filter."""
    noise = 0.1 * torch.randn(30000, generator=torch.Generator().manual_seed(5))
    noise[:8000] = 0.0
    for name, signal in (("x", noise), ("y", fir(*TAPS).eval()(noise).detach())):
        soundfile.write(tmp_path / f"{name}.wav", signal.numpy(), 48000, subtype="FLOAT")
    files = {"x_path": str(tmp_path / "x.wav"), "y_path": str(tmp_path / "y.wav"), "delay": 0}
    return {
        "train": {"start_samples": 8000, "stop_samples": 20000, "ny": 1200},
        "validation": {"start_samples": 20000, "ny": None},
        "common": {**files, "require_input_pre_silence": None},
    }


def learning(epochs):
    return {
        "train_dataloader": {"batch_size": 4, "shuffle": True},
        "trainer": {"accelerator": "cpu", "max_epochs": epochs, "logger": False},
    }


def sizes(**taps):
    return [{"name": n, "net": {"name": "Fir", "config": {"taps": t}}} for n, t in taps.items()]


def esr(net, dataset):
    x, _, y = unpack_batch([part[None] for part in dataset[0]])
    error = net(x[:, x.shape[1] - y.shape[1] - net.receptive_field + 1 :], pad_start=False) - y
    return float(error.detach().square().sum() / y.square().sum())


def test_each_size_is_kept_at_its_own_best_and_written_into_one_file(data, tmp_path):
    model = {
        "net": {"name": "Container", "config": {"submodels": sizes(small=1, large=3)}},
        "optimizer": {"lr": 0.3},
        "loss": {"val_loss": "esr"},
    }
    result = train(data, model, learning(6), tmp_path / "out", plots=False)
    assert set(result.outputs) == {"small", "large"}
    best = {}
    for name in ("small", "large"):
        told = [progress.outputs[name]["ESR"] for progress in result.history]
        best[name] = told.index(min(told))
        assert result.outputs[name]["ESR"] == min(told)
    assert best["small"] != best["large"]

    net = read_model(result.model_path)
    validation = check(data, model, learning(1)).validation
    for size, name in ((0.0, "small"), (1.0, "large")):
        assert esr(net.at_size(size), validation) == pytest.approx(result.outputs[name]["ESR"], rel=1e-3)
    assert result.outputs["small"]["ESR"] > 0.25
    document = json.loads(result.model_path.read_text())
    assert (document["architecture"], document["version"]) == ("SlimmableContainer", "0.7.0")
    assert {s["model"]["sample_rate"] for s in document["config"]["submodels"]} == {48000}
    told = [s["model"]["metadata"]["training"]["validation_esr"] for s in document["config"]["submodels"]]
    assert told == [result.outputs["small"]["ESR"], result.outputs["large"]["ESR"]]
    assert document["metadata"]["training"]["validation_esr"] == told[-1]


def test_a_mistake_in_a_size_stops_the_run_before_it_begins(data, tmp_path):
    config = {"submodels": [*sizes(small=1), {"name": "b", "net": {"name": "Fir", "config": {"tap": 1}}}]}
    with pytest.raises(ConfigError, match=r"net\.config\.submodels\[1\]\.net\.config\.tap: unknown key"):
        train(data, {"net": {"name": "Container", "config": config}}, learning(1), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not PACKED.is_file(), reason=f"no case data in {CASES}")
def test_the_packed_config_of_the_field_learns_as_it_is(data):
    if "WaveNet" not in plugins.current().offers("net"):
        pytest.skip("no installed plugin offers WaveNet")
    prepared = check(data, json.loads(PACKED.read_text()), learning(1))
    try:
        net = prepared.net.train()
        assert net.outputs == ("channels_3", "channels_8")
        assert net.receptive_field == prepared.train.nx == 6347
        x, _, y = unpack_batch([part[None] for part in prepared.train[0]])
        before = [p.detach().clone() for p in net.parameters()]
        optimizer = torch.optim.Adam(net.parameters(), lr=0.004)
        preds = net(x, pad_start=False)
        assert preds.shape == (1, 2, 1200)
        (preds - y[:, None]).square().mean().backward()
        optimizer.step()
        assert all(not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
        assert {n.sample_rate for n in net.nets} == {48000}
    finally:
        prepared.teardown()
