"""A training, its validation and a rendering are computed by the compiled code, not by the plain net."""

from contextlib import contextmanager
from importlib import import_module

import numpy as np
import pytest
import torch

import nam_kernel
from nam_kernel import make_net, plugins
from nam_kernel.plugins.registration import register
from nam_plugin_fast.network import FastNetwork
from nam_plugin_fast.place import path
from nam_plugin_fast.stacks import StackStream
from nam_plugin_wavenet.network import Network

pytestmark = pytest.mark.skipif(path() is None, reason="there is no compiled library")

STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 3,
    "kernel_size": 3,
    "dilations": [1, 2],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}
NET = {"name": "WaveNet", "config": {"layers_configs": [STACK], "head_scale": 1.0}}
DATA = {
    "type": "ExampleDataset",
    "train": {"items": 16},
    "validation": {"items": 4, "seed": 1},
    "common": {"ny": 256, "drive": 4.0},
}


@pytest.fixture
def examples():
    """The devkit's dataset beside what is installed."""
    plugins.use(None)
    for kind in ("dataset", "loss"):
        module = import_module(f"nam_devkit.examples.{kind}.hooks")
        for record in getattr(module, {"dataset": "nam_datasets", "loss": "nam_losses"}[kind])():
            register(record)
    yield
    plugins.use(None)


@contextmanager
def counted(monkeypatch, kind, method):
    """Count the calls of a method of a class, in a list with the shape of what each was given."""
    calls, original = [], getattr(kind, method)

    def count(self, x, *arguments):
        calls.append(tuple(x.shape))
        return original(self, x, *arguments)

    monkeypatch.setattr(kind, method, count)
    yield calls


def test_every_step_of_training_and_validation_is_compiled(monkeypatch, tmp_path, examples):
    module = pytest.importorskip("nam_plugin_lightning.module").NamModule
    pytest.importorskip("nam_plugin_losses")
    steps = {"training_step": 0, "validation_step": 0}
    during = []
    with counted(monkeypatch, FastNetwork, "forward") as fast, counted(monkeypatch, Network, "forward") as plain:
        for name in steps:
            original = getattr(module, name)

            def step(self, batch, index, name=name, original=original):
                before = len(fast), len(plain)
                result = original(self, batch, index)
                steps[name] += bool(self._accelerated)
                during.append((len(fast) - before[0], len(plain) - before[1]) if self._accelerated else (1, 0))
                return result

            monkeypatch.setattr(module, name, step)
        model = {"net": NET, "optimizer": {"lr": 0.01}}
        learning = {"trainer": {"max_epochs": 2, "accelerator": "cpu"}, "train_dataloader": {"batch_size": 4}}
        nam_kernel.train(DATA, model, learning, tmp_path, plots=False)
    assert steps["training_step"] == 2 * 16 / 4
    assert steps["validation_step"] >= 2
    assert set(during) == {(1, 0)}


def test_rendering_goes_through_the_stream(monkeypatch, tmp_path, examples):
    render = pytest.importorskip("nam_plugin_nam.render")
    soundfile = pytest.importorskip("soundfile")
    torch.manual_seed(0)
    net = make_net(NET["name"], NET["config"])
    net.sample_rate = 48000.0
    model = nam_kernel.write_model(net, tmp_path / "m.nam", {})
    x = np.random.default_rng(0).uniform(-0.5, 0.5, 5000).astype(np.float32)
    soundfile.write(tmp_path / "in.wav", x, 48000, subtype="FLOAT")
    with counted(monkeypatch, StackStream, "feed") as fed:
        render.main([str(model), str(tmp_path / "in.wav"), str(tmp_path / "out.wav"), "--block", "700"])
    assert sum(length for (_, length) in fed) == net.receptive_field - 1 + len(x)
    y, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    with torch.no_grad():
        expected = net.eval()(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(y, expected, atol=1e-6)
