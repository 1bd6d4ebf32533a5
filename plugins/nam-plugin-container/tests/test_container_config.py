"""Configs say everything that is wrong with them, each with its place."""

import pytest

from nam_kernel import make_net, plugins
from nam_kernel.config import validate
from nam_kernel.config.base import collect_notes
from nam_kernel.errors import ConfigError
from nam_kernel.run import build
from nam_plugin_container.config import ContainerConfig


def size(name, taps=1, **more):
    return {"name": name, "net": {"name": "Fir", "config": {"taps": taps}}, **more}


def problems(*sizes):
    return {p.where: p.what for p in wrong("Container", {"submodels": list(sizes)})}


def wrong(name, config):
    with pytest.raises(ConfigError) as caught:
        build.bind("net", name, config, where="net")
    return caught.value.problems


def test_a_container_is_built_of_any_nets():
    net = make_net("Container", {"submodels": [size("a"), size("b", 5)], "_note": "two"})
    assert net.outputs == ("a", "b")
    assert net.max_values == (0.5, 1.0)
    assert net.receptive_field == 5


def test_three_sizes_share_the_control_equally():
    model, _ = validate(ContainerConfig, {"submodels": [size("a"), size("b"), size("c")]})
    assert model.max_values() == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert model.max_values()[-1] == 1.0


def test_max_values_may_be_given():
    net = make_net("Container", {"submodels": [size("a", max_value=0.2), size("b", max_value=1.0)]})
    assert net.max_values == (0.2, 1.0)


def test_every_mistake_is_told_with_its_place():
    wrong = problems(
        {"name": "a", "net": {"name": "Fir", "config": {"tapps": 3}}},
        {"name": "b", "net": {"name": "Firr", "config": {}}},
        {"name": "c", "net": {"name": "Fir", "config": {"taps": 0}}},
        {"name": "d", "net": {"name": "Fir"}},
        {"name": "e", "net": {"name": "Fir", "config": {"taps": 1}}, "max_value": 2},
    )
    assert "did you mean 'taps'" in wrong["net.config.submodels[0].net.config.tapps"]
    assert "'Firr'" in wrong["net.config.submodels[1].net.name"]
    assert "greater than 0" in wrong["net.config.submodels[2].net.config.taps"]
    assert "missing" in wrong["net.config.submodels[3].net.config.taps"]
    assert "at most 1" in wrong["net.config.submodels[4].max_value"]


@pytest.mark.parametrize(
    ("sizes", "where", "told"),
    [
        ([size("a"), size("a")], ".submodels", "'a'; give every size a name of its own"),
        ([size("a", max_value=0.5), size("b")], "", "some submodels have a max_value"),
        ([size("a", max_value=0.5), size("b", max_value=0.5)], "", "0.5, 0.5; put the submodels in order"),
        ([size("a", max_value=0.5), size("b", max_value=0.9)], "", "the last one must be 1"),
    ],
)
def test_sizes_that_no_player_could_choose_are_refused(sizes, where, told):
    assert told in problems(*sizes)[f"net.config{where}"]


def test_without_sizes_there_is_no_container():
    (what,) = problems().values()
    assert "at least 1" in what


@pytest.fixture
def wavenet():
    pytest.importorskip("nam_plugin_wavenet", reason="needs nam-plugin-wavenet")
    if "WaveNet" not in plugins.current().offers("net"):
        pytest.skip("needs nam-plugin-wavenet")
    stack = {
        "input_size": 1,
        "condition_size": 1,
        "head_size": 1,
        "channels": 2,
        "kernel_size": 2,
        "dilations": [1],
        "activation": "Tanh",
        "gated": False,
        "head_bias": False,
    }
    return {"layers_configs": [stack], "head_scale": 0.5}


def packed(wavenet, **more):
    return {"submodels": [{"config": wavenet}, {"config": wavenet}], **more}


def test_names_of_a_packed_wavenet_may_be_left_out(wavenet):
    net = make_net("PackedWaveNet", packed(wavenet))
    assert net.outputs == ("submodel_0", "submodel_1")
    assert net.max_values == (0.5, 1.0)
    assert net.architecture == "SlimmableContainer"


def test_a_list_of_max_values_ends_at_one(wavenet):
    with collect_notes() as notes:
        net = make_net("PackedWaveNet", packed(wavenet, export={"container_max_values": [0.2, 0.9]}))
    assert net.max_values == (0.2, 1.0)
    assert len(notes) == 1


def test_as_many_max_values_as_sizes(wavenet):
    config = packed(wavenet, export={"container_max_values": [0.2, 0.5, 1.0]})
    (problem,) = wrong("PackedWaveNet", config)
    assert "3 values for 2 submodels" in problem.what


def test_a_mistake_in_a_wavenet_is_told_with_its_place(wavenet):
    config = packed({**wavenet, "head_scal": 1.0})
    told = wrong("PackedWaveNet", config)
    assert [p.where for p in told] == [f"net.config.submodels[{i}].config.head_scal" for i in (0, 1)]
    assert "did you mean 'head_scale'" in told[0].what
