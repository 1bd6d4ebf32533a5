"""A baked model is a stock one that sounds as the net does at that setting; nothing else is ever written."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parametric_parts import ACTIVATIONS, ALL_SITES, KNOBS, config_of, noise, random_net, stack

import nam_kernel
from nam_kernel import make_net, models
from nam_kernel.errors import NamKernelError, UserError
from nam_plugin_parametric import writing
from nam_plugin_parametric.bake import main
from nam_plugin_parametric.sweep import half_way

KINDS = ["ConcatWaveNet", "ConcatLSTM", "FiLMWaveNet", "HyperWaveNet"]
LAWS = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def nets(draw):
    """A random net of any kind: activations, gates, heads, layers without a 1x1, sites, depths of encoders."""
    kind = draw(st.sampled_from(KINDS))
    config = config_of(kind)
    if kind != "ConcatLSTM":
        has_head, has_1x1 = draw(st.booleans()), draw(st.booleans()) or kind == "FiLMWaveNet"
        config = config_of(
            kind,
            activation=draw(st.sampled_from(ACTIVATIONS)),
            layer_1x1_config={"active": has_1x1},
            head_1x1_config={"active": has_head, "out_channels": 4},
        )
    if kind in ("FiLMWaveNet", "HyperWaveNet"):
        config["hidden_sizes"] = draw(st.sampled_from([[], [6], [6, 5]]))
    if kind == "FiLMWaveNet":
        there = ALL_SITES if has_head else ALL_SITES[:-1]
        config["sites"] = draw(st.lists(st.sampled_from(there), min_size=1, max_size=4, unique=True))
    return random_net(kind, draw(st.integers(0, 99)), config=config, spread=0.3)


@LAWS
@given(nets(), st.floats(0, 10), st.floats(200, 2000), st.sampled_from(["clean", "crunch", "lead"]))
def test_what_is_written_is_the_net_at_that_setting(tmp_path_factory, net, gain, mid, mode):
    folder = tmp_path_factory.mktemp("bake")
    source = nam_kernel.write_model(net, folder / "m.nam")
    setting = {"gain": gain, "mid": mid, "mode": mode}
    document = writing.baked_document(net, setting, source)
    assert document["architecture"] in ("WaveNet", "LSTM")
    assert document["metadata"]["baked"]["largest_error"] <= 1e-5
    x = noise(300)
    expected = net.render(x, *net.settings(setting))
    found = models.net_of(document).render(x)
    assert float((found - expected).abs().max()) <= 1e-5 * float(expected.abs().max())


@pytest.fixture
def model(tmp_path):
    net = random_net("ConcatWaveNet")
    net.metadata = {"name": "my amp", "gear_make": "Fendor", "loudness": -1.0}
    return nam_kernel.write_model(net, tmp_path / "amp.nam")


def test_the_command_writes_the_setting_and_where_it_comes_from(model, tmp_path, capsys):
    out = tmp_path / "out.nam"
    assert main([str(model), "--set", "gain=7.25", "--set", "mode=lead", str(out)]) == 0
    document = json.loads(out.read_text())
    metadata, baked = document["metadata"], document["metadata"]["baked"]
    assert baked["setting"] == {"gain": 7.25, "mid": 500.0, "mode": "lead"}
    assert (metadata["gear_make"], metadata["name"]) == ("Fendor", "my amp, gain 7.25, mid 500, mode lead")
    assert metadata["loudness"] != -1.0
    assert len(baked["source_sha256"]) == 64
    assert (document["version"], document["config"]["layers"][0]["input_size"]) == ("0.5.4", 1)
    assert "within" in capsys.readouterr().out


def test_a_grid_is_a_file_for_each_setting(model, tmp_path):
    assert main([str(model), "--grid", "gain=0:10:5", "--grid", "mode=clean,lead", str(tmp_path / "grid")]) == 0
    files = sorted(file.name for file in (tmp_path / "grid").iterdir())
    assert files == sorted(f"amp_gain-{g}_mode-{m}.nam" for g in (0, 5, 10) for m in ("clean", "lead"))
    one = json.loads((tmp_path / "grid" / "amp_gain-5_mode-lead.nam").read_text())
    assert one["metadata"]["baked"]["setting"] == {"gain": 5.0, "mid": 500.0, "mode": "lead"}


def test_a_container_turns_the_knob_by_the_size(model, tmp_path):
    pytest.importorskip("nam_plugin_container")
    out = tmp_path / "sweep.nam"
    assert main([str(model), "--container", "gain=0:10:2.5", "--set", "mode=lead", str(out)]) == 0
    container, net, x = nam_kernel.read_model(out), nam_kernel.read_model(model), noise(200)
    limits = [entry["max_value"] for entry in json.loads(out.read_text())["config"]["submodels"]]
    assert limits == [0.195, 0.395, 0.595, 0.795, 1.0] or limits == [0.205, 0.405, 0.605, 0.805, 1.0]
    for size, gain in ((0.0, 0.0), (0.3, 2.5), (1.0, 10.0)):
        torch.testing.assert_close(
            container.at_size(size).render(x), net.render(x, gain, 500.0, 2.0), rtol=0, atol=1e-5
        )


@pytest.mark.parametrize("position", [i / n for n in (3, 7, 11) for i in range(1, n)])
def test_a_limit_lies_half_way_between_two_steps_of_a_control(position):
    limit = half_way(position)
    assert abs(limit - position) <= 0.005 + 1e-12
    assert abs(limit * 200 - round(limit * 200)) < 1e-9
    assert round(limit * 200) % 2 == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "gain=11"], "gain is 11; it goes from 0 to 10"),
        (["--set", "gian=1"], "no knob 'gian'"),
        (["--set", "mode=led"], "mode is 'led'; expected one of clean, crunch, lead"),
        (["--set", "gain"], "expected NAME=VALUE"),
        (["--set", "gain=1", "--set", "gain=2"], "gain was given already"),
        (["--container", "gian"], "no knob 'gian'; did you mean 'gain'"),
        (["--grid", "gain=0:10:1", "--container", "gain"], "give one of them"),
        (["--like", "take.wav"], "--di DI.wav"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(model, tmp_path, arguments, sentence):
    with pytest.raises(UserError, match=sentence):
        main([str(model), *arguments, str(tmp_path / "out.nam")])
    assert not (tmp_path / "out.nam").exists()


def test_what_exists_is_not_overwritten(model, tmp_path):
    out = tmp_path / "out.nam"
    out.write_text("precious")
    with pytest.raises(UserError, match="exists"):
        main([str(model), str(out)])
    with pytest.raises(UserError, match="the model itself"):
        main([str(model), str(model), "--force"])
    assert out.read_text() == "precious"
    assert main([str(model), str(out), "--force"]) == 0


def test_a_stock_model_has_nothing_to_bake(tmp_path):
    stock = nam_kernel.write_model(make_net("WaveNet", {"layers_configs": [stack()]}), tmp_path / "stock.nam")
    with pytest.raises(UserError, match="has no knobs"):
        main([str(stock), str(tmp_path / "out.nam")])


def test_unnamed_channels_are_set_by_number_and_raw_value(tmp_path):
    torch.manual_seed(0)
    layer = stack(input_size=3, condition_size=3)
    net = make_net("WaveNet", {"layers_configs": [layer], "in_channels": 3}).eval()
    model = nam_kernel.write_model(net, tmp_path / "channels.nam")
    assert main([str(model), "--set", "1=-1.5", "--set", "2=20", str(tmp_path / "out.nam")]) == 0
    x = noise(100)
    expected = nam_kernel.read_model(model).render(x, -1.5, 20.0)
    torch.testing.assert_close(nam_kernel.read_model(tmp_path / "out.nam").render(x), expected, rtol=0, atol=1e-5)


def test_a_bake_that_sounds_different_is_not_written(model, tmp_path, monkeypatch):
    """A net whose bake is wrong by a little."""
    net = nam_kernel.read_model(model)
    right = type(net).bake

    def wrong(self, values):
        baked = right(self, values)
        baked.scale_output(1.0001)
        return baked

    monkeypatch.setattr(type(net), "bake", wrong)
    with pytest.raises(NamKernelError, match="differs from the net by 0.0001 of the peak"):
        main([str(model), str(tmp_path / "out.nam")])
    assert not (tmp_path / "out.nam").exists()


def test_an_lstm_settles_anew_at_its_setting():
    """The state in the file is where two seconds of silence lead to at that setting, not at the default one."""
    net = random_net("ConcatLSTM")
    states = [net.bake({"gain": gain}).initial_hidden.detach() for gain in (0.0, 10.0)]
    assert float((states[0] - states[1]).abs().max()) > 1e-3
    for gain, state in zip((0.0, 10.0), states, strict=True):
        baked = net.bake({"gain": gain})
        with torch.no_grad():
            _, (after, _) = baked.core(
                torch.zeros(1, 5000, 1), tuple(p[:, None] for p in (baked.initial_hidden, baked.initial_cell))
            )
        torch.testing.assert_close(after[:, 0], state, rtol=0, atol=1e-5)


def test_the_setting_of_a_recording_is_found(model, tmp_path):
    soundfile = pytest.importorskip("soundfile")
    net, dice = nam_kernel.read_model(model), np.random.default_rng(0)
    x = (0.5 * dice.standard_normal(48000) * np.linspace(0, 1, 48000)).clip(-1, 1).astype(np.float32)
    take = net.render(torch.from_numpy(x), 6.3, 500.0, 2.0).numpy()
    soundfile.write(tmp_path / "di.wav", x, 48000, subtype="FLOAT")
    soundfile.write(tmp_path / "take.wav", 0.5 * take, 48000, subtype="FLOAT")
    out = tmp_path / "like.nam"
    like = ["--like", str(tmp_path / "take.wav"), "--di", str(tmp_path / "di.wav"), "--set", "mid=500"]
    assert main([str(model), *like, str(out)]) == 0
    found = json.loads(out.read_text())["metadata"]["baked"]["setting"]
    assert found["mode"] == "lead"
    assert abs(found["gain"] - 6.3) < 0.1
    assert KNOBS[0]["name"] == "gain"
