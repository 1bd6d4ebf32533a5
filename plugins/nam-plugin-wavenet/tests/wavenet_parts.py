"""Small random nets with all features of a WaveNet, and noise to play through them."""

from __future__ import annotations

import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from nam_kernel import make_net

LAWS = settings(
    deadline=None, max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
PLACES = (
    "conv_pre_film",
    "conv_post_film",
    "input_mixin_pre_film",
    "input_mixin_post_film",
    "activation_pre_film",
    "activation_post_film",
)


@st.composite
def activations(draw):
    plain = st.sampled_from(["Tanh", "Sigmoid", "Softsign", "SiLU", "Fasttanh"])
    if draw(st.booleans()):
        return draw(plain)
    pair = draw(st.sampled_from(["PairMultiply", "PairBlend"]))
    return {"name": pair, "primary": draw(plain), "secondary": draw(plain)}


@st.composite
def stacks(draw, input_size, channels, head, condition, last):
    layers = draw(st.integers(1, 3))
    groups = st.sampled_from([1, 2])
    head_1x1 = draw(st.booleans())
    active = draw(st.booleans())
    film = draw(st.lists(st.sampled_from(PLACES), unique=True, max_size=3))
    if active:
        film.append("layer1x1_post_film")
    return {
        "input_size": input_size,
        "condition_size": condition,
        "channels": channels,
        "bottleneck": channels if not (active and (last or head_1x1)) else draw(st.sampled_from([2, 4])),
        "kernel_sizes": draw(st.lists(st.integers(2, 4), min_size=layers, max_size=layers)),
        "dilations": draw(st.lists(st.integers(1, 5), min_size=layers, max_size=layers)),
        "activation": draw(st.lists(activations(), min_size=layers, max_size=layers)),
        "head": {"out_channels": head, "kernel_size": draw(st.integers(1, 4)), "bias": draw(st.booleans())},
        "groups_input": draw(groups),
        "groups_input_mixin": draw(groups) if condition == 2 else 1,
        "layer_1x1_config": {"active": active, "groups": draw(groups)},
        "head_1x1_config": {"active": head_1x1, "out_channels": channels, "groups": draw(groups)},
        "film_params": {
            place: {"active": True, "shift": draw(st.booleans()), "groups": 2 if condition == 2 else 1}
            for place in (film if condition else [])
        },
    }


@st.composite
def configs(draw, inner=False, condition=None):
    dsp = not inner and condition is None and draw(st.booleans())
    width = 2 if dsp else condition if condition is not None else draw(st.sampled_from([0, 1]))
    second = draw(st.booleans())
    out = 2 if inner else 1
    # A stack that another one follows accumulates as many channels as it has, and so does its follower.
    first = draw(stacks(1, 4, 2 if second else out, width, last=not second))
    layers = [first]
    if second:
        after = draw(stacks(4, 2, out, width, last=False))
        layers.append(after)
    config = {"layers_configs": layers, "head_scale": 0.5}
    if draw(st.booleans()):
        config["head"] = {
            "channels": 3,
            "activation": "Tanh",
            "out_channels": out,
            "kernel_sizes": draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)),
        }
    if dsp:
        config["condition_dsp"] = {"name": "WaveNet", "config": draw(configs(inner=True))}
    return config


def net_of(config):
    torch.manual_seed(0)
    net = make_net("WaveNet", config).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return net


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))
