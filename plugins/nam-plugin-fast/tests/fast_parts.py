"""Random nets of what the compiled code computes, and comparisons with the plain nets."""

import torch
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from torch import Tensor

from nam_kernel.interfaces import BaseNet, Forward
from nam_plugin_fast.hooks import nam_accelerate

LAWS = settings(
    deadline=None,
    max_examples=30,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
    phases=(Phase.generate,),  # to shrink a net takes minutes
)
NAMES = ("Tanh", "Fasttanh", "Hardtanh", "ReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign")


@st.composite
def activations(draw, channels):
    choice = draw(st.integers(0, len(NAMES) + 5))
    if choice < len(NAMES):
        return NAMES[choice]
    slope = draw(st.sampled_from([0.01, 0.3, 0.0, -0.2]))
    return (
        {"name": "LeakyReLU", "negative_slope": slope},
        {"name": "LeakyReLU"},
        {"name": "LeakyHardtanh", "min_val": -0.3, "max_val": 0.4, "min_slope": slope, "max_slope": 0.2},
        {"name": "PReLU", "negative_slope": 0.2},
        {"name": "PReLU", "negative_slopes": [0.1 + 0.05 * i for i in range(channels)]},
        "Tanh",
    )[choice - len(NAMES)]


@st.composite
def layer_activations(draw, channels):
    if draw(st.integers(0, 2)):
        return draw(activations(channels))
    pair = draw(st.sampled_from(["PairMultiply", "PairBlend"]))
    return {"name": pair, "primary": draw(activations(channels)), "secondary": draw(activations(channels))}


@st.composite
def stacks(draw, inputs, channels, head, condition, accumulator=None):
    count = draw(st.integers(1, 4))
    active = draw(st.integers(0, 4)) > 0
    head_1x1 = draw(st.booleans())
    if not active or (accumulator and not head_1x1):
        bottleneck = channels
    else:
        bottleneck = draw(st.integers(1, 9))
    return {
        "input_size": inputs,
        "condition_size": condition,
        "channels": channels,
        "bottleneck": bottleneck,
        "kernel_sizes": draw(st.lists(st.integers(1, 5), min_size=count, max_size=count)),
        "dilations": draw(st.lists(st.sampled_from([1, 2, 3, 8, 17, 40]), min_size=count, max_size=count)),
        "activation": draw(st.lists(layer_activations(bottleneck), min_size=count, max_size=count)),
        "head": {"out_channels": head, "kernel_size": draw(st.integers(1, 5)), "bias": draw(st.booleans())},
        "layer_1x1_config": {"active": active},
        "head_1x1_config": {"active": head_1x1, "out_channels": accumulator or draw(st.integers(1, 5))},
    }


@st.composite
def wavenets(draw, condition=None, outputs=1, inner=True):
    """Draw the config of a WaveNet that makes its condition of the audio; ``condition`` channels are given to it."""
    dsp = inner and condition is None and draw(st.integers(0, 3)) == 0
    width = 2 if dsp else draw(st.sampled_from([0, 1])) if condition is None else condition
    channels = draw(st.lists(st.integers(1, 17), min_size=1, max_size=3))
    layers = []
    for i, count in enumerate(channels):
        head = channels[i + 1] if i + 1 < len(channels) else outputs
        before = channels[i - 1] if i else 1
        own = width if draw(st.integers(0, 4)) else 0
        layers.append(draw(stacks(before, count, head, own, count if i else None)))
    layers[0]["condition_size"] = width
    config = {"layers_configs": layers, "head_scale": draw(st.sampled_from([1.0, 0.02]))}
    if draw(st.integers(0, 3)) == 0:
        sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
        activation = draw(st.sampled_from(["Tanh", "ReLU"]))
        config["head"] = {"channels": 3, "activation": activation, "out_channels": outputs, "kernel_sizes": sizes}
    if dsp:
        inside = draw(wavenets(outputs=2, inner=False))
        config["condition_dsp"] = {"name": "WaveNet", "config": inside}
    return config


def fast_of(net: BaseNet) -> Forward:
    """Return the accelerated net, which there must be."""
    fast = nam_accelerate(net=net, device="cpu")
    assert fast is not None
    return fast


def stir(net: BaseNet) -> None:
    """Move every parameter away from where it began, some of which is zero."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.1)


def run(forward: Forward, net: BaseNet, signals: tuple[Tensor, ...], **options) -> tuple[Tensor, list[Tensor | None]]:
    """Return the output, and its gradients to the parameters and to the signals that want them."""
    inputs = [p for p in net.parameters() if p.requires_grad] + [s for s in signals if s.requires_grad]
    y = forward(*signals, **options)
    weights = torch.linspace(0.5, 1.5, y.shape[-1])
    return y.detach(), list(torch.autograd.grad((y * weights).sum(), inputs, allow_unused=True))


def require_same(given: Tensor, expected: Tensor, tolerance: float, what: str, floor: float = 1e-9) -> None:
    """Assert that two tensors differ by no more than a part of the largest value, or of ``floor`` if that is larger."""
    given, expected = given.detach(), expected.detach()
    assert given.shape == expected.shape, what
    assert given.isfinite().all(), what
    off = float((given - expected).abs().max()) / max(float(expected.abs().max()), floor)
    assert off <= tolerance, f"{what} differs by {off:.2g} of the largest"


def peak_of(net: BaseNet) -> float:
    """Return the peak of a net's output for noise, to which a short output, which may be small, is compared."""
    noise = torch.rand(2, net.receptive_field + 511, generator=torch.Generator().manual_seed(5)) * 2 - 1
    with torch.no_grad():
        return float(net(noise, *[torch.full((2,), 0.5) for _ in net.conditions or ()], pad_start=False).abs().max())


def require_same_function(net: BaseNet, signals: tuple[Tensor, ...], **options) -> None:
    """
    Assert that outputs and gradients are those of the plain net, to float32 rounding.

    Where a rounding takes a ReLU to its other side, the gradient of a sample is another one. That is gone with the next
    signal, and a fault is not.
    """
    net.train()
    try:
        _require_same_function(net, signals, **options)
    except AssertionError:
        first, *rest = signals
        quieter = (0.97 * first.detach()).requires_grad_(first.requires_grad)
        _require_same_function(net, (quieter, *rest), **options)


def _require_same_function(net: BaseNet, signals: tuple[Tensor, ...], **options) -> None:
    expected, wanted = run(net, net, signals, **options)
    output, gradients = run(fast_of(net), net, signals, **options)
    require_same(output, expected, 1e-5, "the output", peak_of(net))
    # A gradient that is small because large terms cancel out has the rounding of those terms.
    floor = 1e-2 * max(float(g.abs().max()) for g in wanted if g is not None)
    for i, (given, correct) in enumerate(zip(gradients, wanted, strict=True)):
        assert (given is None) == (correct is None), f"gradient {i}"
        if given is not None and correct is not None:
            require_same(given, correct, 1e-4, f"gradient {i} of shape {tuple(correct.shape)}", floor)
