"""What a config may say, what is refused, and with which sentence."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest

from nam_kernel import Condition, make_net
from nam_kernel.config import validate
from nam_plugin_wavenet.config import WaveNetConfig

HEAD = {"out_channels": 1, "kernel_size": 1, "bias": True}


def stack(**changes):
    base = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 4,
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "Tanh",
        "head": HEAD,
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


def net(*stacks, **top):
    return {"layers_configs": list(stacks) or [stack()], **top}


SLIM = {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": [2, 4]}}
FILM = {"activation_post_film": {"active": True}}
POST = {"channels": 4, "activation": "ReLU", "out_channels": 1, "kernel_sizes": [1]}
CONDITION = {"name": "WaveNet", "config": net(stack(head={**HEAD, "out_channels": 2}))}

REFUSED = [
    (net(stack(input_size=2)), "layers_configs[0].input_size is 2, but the audio has 1 channel"),
    (net(stack(head={**HEAD, "out_channels": 4}), stack(input_size=3)), "layers_configs[1].input_size is 3"),
    (net(stack(), stack(input_size=4)), "give layers_configs[0] a head of 4"),
    (
        net(
            stack(head={**HEAD, "out_channels": 2}),
            stack(input_size=4, head_1x1_config={"active": True, "out_channels": 2}),
        ),
        "has 4 channels after a head of 2",
    ),
    (net(stack(head={**HEAD, "out_channels": 2})), "the last stack's head gives 2 channels"),
    (net(head={**POST, "out_channels": 2}), "the post-head gives 2 channels"),
    (net(head={**POST, "in_channels": 5}), "the post-head has in_channels 5"),
    (net(head=POST, head_config={**POST, "kernel_sizes": 1}), "kernel_sizes: unknown key"),
    (net(stack(kernel_sizes=[3, 3])), "either kernel_size"),
    (net(stack(kernel_size=None)), "either kernel_size"),
    (net(stack(kernel_size=None, kernel_sizes=[3])), "kernel_sizes has 1 entries for the 2 layers"),
    (net(stack(activation=["Tanh"])), "activation has 1 entries for the 2 layers"),
    (net(stack(dilations=[])), "dilations"),
    (net(stack(head=None)), "the stack has no head"),
    (net(stack(head_size=1)), "head_size and head_bias"),
    (net(stack(head_bias=True)), "head_bias belongs to head_size"),
    (net(stack(activation="GELU")), "players do not know the activation 'GELU'"),
    (net(stack(activation="tanh")), "did you mean 'Tanh'"),
    (net(stack(activation={"name": "LeakyReLU", "slope": 1})), "LeakyReLU has no parameter 'slope'"),
    (net(stack(activation={"name": "Hardtanh", "min_val": -2})), "players always cut Hardtanh at -1 and 1"),
    (net(stack(activation="PairBlend")), '"primary": "Tanh"'),
    (net(stack(activation={"name": "PairBlend", "primary": "Tanh", "secondary": "PairBlend"})), "PairBlend"),
    (net(stack(activation={"name": "PReLU", "num_parameters": 3})), "3 slopes for 4 channels"),
    (
        net(stack(activation={"name": "PairMultiply", "primary": "Tanh", "secondary": "Sigmoid"}, gated=True)),
        "leave out gated",
    ),
    (net(stack(groups_input=3)), "groups_input must divide the 4 channels"),
    (net(stack(groups_input_mixin=2)), "groups_input_mixin must divide the 1 channels of the condition"),
    (net(stack(layer_1x1_config={"groups": 3})), "the groups of layer_1x1 must divide"),
    (net(stack(head_1x1_config={"active": True, "out_channels": 3, "groups": 2})), "groups of head_1x1"),
    (net(stack(layer_1x1_config={"active": False}, bottleneck=2)), "the bottleneck must equal the 4 channels"),
    (net(stack(condition_size=0, film_params=FILM)), "needs a condition, but condition_size is 0"),
    (
        net(stack(film_params={"activation_post_film": {"active": True, "groups": 2}})),
        "groups of activation_post_film must divide the 1 channels of the condition",
    ),
    (
        net(stack(film_params={"head1x1_post_film": {"active": True}})),
        "head1x1_post_film needs the head's 1x1 convolution",
    ),
    (
        net(stack(film_params={"layer1x1_post_film": {"active": True}}, layer_1x1_config={"active": False})),
        "layer1x1_post_film needs the layer's 1x1 convolution",
    ),
    (
        net(stack(condition_size=2, head={**HEAD, "out_channels": 4}), stack(input_size=4, condition_size=3)),
        "conditions of 2 and 3 channels",
    ),
    (net(stack(condition_size=2), stock=True), "players can run"),
    (net(stack(), stock=True, conditions=["gain"]), "players can run"),
    (net(stack(condition_size=2), conditions=["gain"]), "conditions names 1, but condition_size is 2"),
    (net(stack(condition_size=0), conditions=["gain"]), "conditions names 1, but condition_size is 0"),
    (net(stack(condition_size=2), conditions=["gain", "gain"]), "two conditions are named 'gain'"),
    (net(stack(condition_size=2), condition_dsp=CONDITION, conditions=["gain", "tone"]), "no conditions are given"),
    (net(stack(condition_size=2), conditions=["gain", {"name": "tone", "hihg": 3}]), "did you mean 'high'"),
    (
        net(stack(condition_size=2), conditions=["gain", {"name": "tone", "default": 11}]),
        "the condition 'tone' is 11 by default",
    ),
    (net(stack(condition_size=3), condition_dsp=CONDITION), "condition_dsp gives 2 channels"),
    (net(stack(condition_size=0), condition_dsp=CONDITION), "every condition_size is 0"),
    (net(stack(condition_size=2), condition_dsp={**CONDITION, "name": "LSTM"}), "must be 'WaveNet'"),
    (net(stack(slimmable={**SLIM, "method": "prune"})), "must be 'slice_channels_uniform'"),
    (net(stack(slimmable={**SLIM, "kwargs": {"allowed_channels": [4, 2]}})), "in ascending order"),
    (net(stack(slimmable={**SLIM, "kwargs": {"allowed_channels": [1, 2]}})), "the stack's 4 channels"),
    (net(stack(slimmable={**SLIM, "kwargs": {"init_strategy": "ones"}})), "init_strategy"),
    (net(stack(slimmable=SLIM, groups_input=2)), "layers_configs[0]: players cannot slim a net with groups"),
    (net(stack(slimmable=SLIM, head={**HEAD, "kernel_size": 2})), "a head of kernel size above 1"),
    (net(stack(slimmable=SLIM, head={**HEAD, "out_channels": 4}), stack(input_size=4, groups_input=2)), "[1]: players"),
    (
        net(
            stack(slimmable=SLIM, head={**HEAD, "out_channels": 4}),
            stack(input_size=4, slimmable=SLIM, head_1x1_config={"active": True, "out_channels": 4}),
        ),
        "layers_configs[1]: players cannot slim a net in which a later stack has a head_1x1",
    ),
    (
        net(stack(slimmable=SLIM, activation={"name": "PReLU", "num_parameters": 4})),
        "whose PReLU has a slope for each channel",
    ),
    (net(stack(slimmable=SLIM), head=POST), "players refuse a slimmable net that has a post-head"),
    (
        net(
            stack(condition_size=2),
            condition_dsp={
                **CONDITION,
                "config": {
                    **CONDITION["config"],
                    "layers_configs": [stack(head={**HEAD, "out_channels": 2}, slimmable=SLIM)],
                },
            },
        ),
        "condition_dsp is slimmable",
    ),
    (net(stack(channels=100000)), "far more than can be played"),
    (net(head_scale=float("nan")), "head_scale"),
    (net(head_scale="0.02"), "head_scale"),
    (net(stack(chanels=4)), "did you mean 'channels'"),
]


@pytest.mark.parametrize(("config", "sentence"), REFUSED, ids=lambda v: v[:40] if isinstance(v, str) else "")
def test_refuses_what_cannot_be_with_the_reason(config, sentence):
    model, problems = validate(WaveNetConfig, config, path="net.config")
    assert model is None
    assert sentence in "\n".join(map(str, problems))
    assert all(problem.where.startswith("net.config") for problem in problems)


def test_the_place_of_a_problem_in_a_stack_is_that_stack():
    _, problems = validate(WaveNetConfig, net(stack(head={**HEAD, "out_channels": 4}), stack(kernel_size=0)))
    assert [problem.where for problem in problems] == ["layers_configs[1].kernel_size"]


def test_the_older_and_the_newer_spelling_are_one_net():
    newer = net(stack(head={"out_channels": 1, "kernel_size": 1, "bias": True}))
    older = net(stack(head=None, head_size=1, head_bias=True, gated=False))
    assert WaveNetConfig(**newer).record() == WaveNetConfig(**older).record()


def test_what_older_configs_left_out_was_true():
    left_out = net(stack(head=None, head_size=1))
    written = net(stack(head=None, head_size=1, head_bias=True, gated=True))
    assert WaveNetConfig(**left_out).record() == WaveNetConfig(**written).record()
    assert WaveNetConfig(**left_out).record().stacks[0].layers[0].gating == "gated"
    assert WaveNetConfig(**net()).record().stacks[0].layers[0].gating == "none"


def test_gated_is_the_product_with_a_sigmoid():
    pair = {"name": "PairMultiply", "primary": "Tanh", "secondary": "Sigmoid"}
    assert WaveNetConfig(**net(stack(gated=True))).record() == WaveNetConfig(**net(stack(activation=pair))).record()


def test_both_spellings_of_the_post_head_are_one_net():
    older = {"in_channels": 1, "channels": 4, "activation": "ReLU", "num_layers": 2, "out_channels": 1}
    newer = {"channels": 4, "activation": "ReLU", "out_channels": 1, "kernel_sizes": [1, 1]}
    one, other = (WaveNetConfig(**net(**{key: value})) for key, value in (("head_config", older), ("head", newer)))
    assert one.record() == other.record()


def test_notes_and_a_sample_rate_are_allowed():
    built = make_net("WaveNet", net(_notes=["mine"], sample_rate=44100))
    assert built.sample_rate == 44100
    assert built.export_config()["head_scale"] == 1.0


SWITCH = {"name": "channel", "choices": ["clean", "lead"]}
KNOB = {"name": "bass", "low": -12, "high": 12, "default": 0, "unit": "dB"}


def test_conditions_have_names_ranges_and_positions():
    built = make_net("WaveNet", net(stack(condition_size=3), conditions=["gain", KNOB, SWITCH]))
    assert built.conditions == (
        Condition("gain"),
        Condition("bass", -12, 12, 0, "dB"),
        Condition("channel", choices=("clean", "lead")),
    )
    assert dict(built.describe())["conditions"] == "gain, bass, channel"


def test_without_names_there_are_as_many_conditions_as_channels():
    assert make_net("WaveNet", net(stack(condition_size=3))).conditions == (Condition(""),) * 3


def test_one_named_condition_is_heard_instead_of_the_audio():
    one = make_net("WaveNet", net(stack(), conditions=["gain"]))
    assert [condition.name for condition in one.conditions] == ["gain"]
    assert one.architecture == "ConditionedWaveNet"
    assert make_net("WaveNet", net(stack())).conditions == ()


def test_an_editor_offers_a_condition_as_a_name_or_an_object():
    schema = WaveNetConfig.model_json_schema()
    listed, _ = schema["properties"]["conditions"]["anyOf"]
    name, described = listed["items"]["anyOf"]
    assert (name, described) == ({"type": "string"}, {"$ref": "#/$defs/Condition"})
    assert set(schema["$defs"]["Condition"]["properties"]) == {
        "name",
        "low",
        "high",
        "default",
        "unit",
        "choices",
        "step",
        "curve",
    }


def test_reading_a_config_does_not_change_it():
    config = net(stack(slimmable=SLIM))
    before = copy.deepcopy(config)
    make_net("WaveNet", config)
    assert config == before


def test_hooks_and_configs_import_no_torch():
    code = (
        "import sys, nam_plugin_wavenet.hooks as h; h.nam_nets(); assert not {'torch', 'pydantic'} & set(sys.modules)"
    )
    config = "import sys, nam_plugin_wavenet.config; assert 'torch' not in sys.modules"
    for line in (code, config):
        subprocess.run([sys.executable, "-c", line], check=True)
