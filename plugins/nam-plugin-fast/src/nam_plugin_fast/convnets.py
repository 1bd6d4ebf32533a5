"""The twin of a ConvNet: its layers and its head, batch normalization folded into the weights where it is fixed."""

import torch
from torch import Tensor, nn

from nam_plugin_convnet.net import ConvNet, Layer
from nam_plugin_fast.describing import ACTIVATIONS, NO_FACTORS, NO_GATE
from nam_plugin_fast.stacks import Plan, StackStream
from nam_plugin_fast.suitable import suits
from nam_plugin_fast.twins import Twin, with_modules

_DEFAULTS = {
    "Hardtanh": {"min_val": -1.0, "max_val": 1.0},
    "LeakyHardtanh": {"min_val": -1.0, "max_val": 1.0, "min_slope": 0.01, "max_slope": 0.01},
    "LeakyReLU": {"negative_slope": 0.01},
}
"""The parameters of activations, in the order in which the compiled code has them, with the players' defaults."""


def twin_of_convnet(net: ConvNet) -> Twin:
    """Return the twin of a ConvNet."""
    fast = FastLayers(net)
    twin = with_modules(net, layers=fast, head=nn.Identity())
    return Twin(twin, lambda: ConvStream(net.receptive_field - 1, fast.stream()), ((net, twin),))


class FastLayers(nn.Module):
    """
    Takes what the layers of a ConvNet take, and returns what the head makes of it.

    It has no parameters of its own.

    :param net: computes what the compiled code does not, such as batch normalization while its statistics are learned
    """

    def __init__(self, net: ConvNet) -> None:
        super().__init__()
        self._net = (net,)
        self.plan = Plan.of(*_numbers_of(net), 1, 0, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the layers and the head: (B, 1, L) to (B, 1, L - R + 1)."""
        net = self._net[0]
        learns_statistics = any(layer.norm is not None and layer.norm.training for layer in _layers(net))
        if learns_statistics or not suits(x, *net.parameters()):
            plain: Tensor = net.head(net.layers(x))
            return plain
        return self.plan.run(x, x, _parameters_of(net), x.shape[2] - net.receptive_field + 1, 1.0)

    def stream(self) -> StackStream:
        """Return the layers in the middle of a signal."""
        return StackStream(self.plan, _parameters_of(self._net[0]), 1.0)


class ConvStream:
    """
    A ConvNet in the middle of a signal, which began with silence.

    :param history: R - 1
    :param stacks: its layers, which have heard nothing
    """

    def __init__(self, history: int, stacks: StackStream) -> None:
        silence = torch.zeros(history, dtype=torch.float32, device="cpu")
        self._stacks = stacks
        self._stacks.feed(silence[None], silence[None])

    @torch.no_grad()
    def feed(self, x: Tensor, *conditions: Tensor | float) -> Tensor:
        """Return the output that belongs to the next samples, as ``nam_kernel.interfaces.Stream.feed`` does."""
        if conditions:
            raise ValueError("a ConvNet takes no conditions; feed it the audio only")
        return self._stacks.feed(x[None], x[None])[0]


def _layers(net: ConvNet) -> list[Layer]:
    return [layer for layer in net.layers if isinstance(layer, Layer)]


def _numbers_of(net: ConvNet) -> tuple[list[int], list[float]]:
    """Return the description as ``Plan.of`` takes it: one stack, a chain, without a condition."""
    numbers = [1, 0, 1, 1, net.channels, 1, 1, 1, 1, 1, net.channels, 0, len(net.dilations)]
    own = {**_DEFAULTS.get(net.activation, {}), **net.activation_parameters}
    given = [own[key] for key in _DEFAULTS.get(net.activation, {})]
    factors: list[float] = []
    for dilation in net.dilations:
        numbers += [2, dilation, 0, 0, 0, ACTIVATIONS.index(net.activation), 0, *NO_GATE]
        factors += [*given, *NO_FACTORS[len(given) :], *NO_FACTORS]
    return numbers, factors


def _parameters_of(net: ConvNet) -> list[Tensor]:
    """Return the parameters in the order of the plan, which begins with a matrix that leaves the audio as it is."""
    found = [net.head.weight.new_ones(1)]
    for layer in _layers(net):
        found += _folded(layer)
    assert net.head.bias is not None
    return [*found, net.head.weight, net.head.bias]


def _folded(layer: Layer) -> tuple[Tensor, Tensor]:
    """Return the weights and the bias of a layer's convolution, a fixed normalization of its output included."""
    weight, norm = layer.conv.weight, layer.norm
    if norm is None:
        assert layer.conv.bias is not None
        return weight, layer.conv.bias
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return weight * scale[:, None, None], norm.bias - norm.running_mean * scale
