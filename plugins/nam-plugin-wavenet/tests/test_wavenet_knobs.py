"""Claims about knobs as plain numbers: for one signal and for a batch, they are constants."""

from __future__ import annotations

import pytest
import torch

from nam_plugin_wavenet.net import WaveNet

LINE = {"type": "LeakyReLU", "negative_slope": 1.0}


def mixer(*weights):
    """Return a net that adds its weighted knobs to the audio."""
    stack = {
        "input_size": 1,
        "condition_size": len(weights),
        "channels": 1,
        "kernel_size": 2,
        "dilations": [1],
        "activation": LINE,
        "gated": False,
        "head_size": 1,
        "head_bias": False,
    }
    names = [f"knob {i}" for i in range(len(weights))]
    net = WaveNet.from_exported({"layers": [stack], "head_scale": 1.0, "conditions": names}, None)
    net.import_weights([1.0, 0.0, 1.0, 0.0, *weights, 0.0, 0.0, 1.0, 1.0])
    return net.eval()


@pytest.mark.parametrize("shape", [(7,), (1, 7), (3, 7), (7, 7)])
@pytest.mark.parametrize(
    ("weights", "knobs"), [([2.0], [0.5]), ([2.0, -1.0], [0.25, 1]), ([1.0, 2.0, 4.0], [1.0, 0, 0.5])]
)
@pytest.mark.parametrize("training", [True, False])
def test_a_knob_may_be_a_plain_number(shape, weights, knobs, training):
    net, x = mixer(*weights).train(training), torch.randn(shape)
    expected = x + sum(weight * knob for weight, knob in zip(weights, knobs, strict=True))
    torch.testing.assert_close(net(x, *knobs), expected[..., 1:] if training else expected)
    torch.testing.assert_close(net(x, *knobs, pad_start=False), expected[..., 1:])


def test_numbers_and_signals_may_be_mixed():
    net, x, moving = mixer(2.0, 1.0), torch.randn(3, 7), torch.randn(3, 7)
    torch.testing.assert_close(net(x, 0.5, moving), x + 1.0 + moving)
    torch.testing.assert_close(net(x[0], moving[0], 0.5), x[0] + 2 * moving[0] + 0.5)
    torch.testing.assert_close(net(x, torch.tensor([1.0, 2.0, 3.0]), 0.5), x + torch.tensor([[2.5], [4.5], [6.5]]))
    torch.testing.assert_close(net.render(x[0], 0.5, moving[0], size=3), x[0] + 1.0 + moving[0])


@pytest.mark.parametrize("given", [(), (0.5,), (0.5, 0.5, 0.5)])
def test_there_are_as_many_as_the_net_has_knobs(given):
    with pytest.raises(ValueError, match=f"takes 2 conditions, and was given {len(given)}"):
        mixer(2.0, 1.0)(torch.randn(7), *given)
