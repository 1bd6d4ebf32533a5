"""A WaveNet as the compiled code knows it: numbers that describe it, and its parameters in an agreed order."""

from torch import Tensor, nn

from nam_plugin_wavenet.activations import Blended, Gated, LeakyHardtanh, PReLU
from nam_plugin_wavenet.layers import Layer
from nam_plugin_wavenet.network import Network, Stack
from nam_plugin_wavenet.spec import Spec
from nam_plugin_wavenet.spec import Stack as StackSpec

ACTIVATIONS = (
    "Tanh",
    "Fasttanh",
    "Hardtanh",
    "LeakyHardtanh",
    "ReLU",
    "LeakyReLU",
    "PReLU",
    "Sigmoid",
    "SiLU",
    "Hardswish",
    "Softsign",
)
"""The players' names, in the order of ``Kind`` in ``wavenet.h``."""

NO_GATE = (0, 0)
"""The kind and the trained slopes of a second activation where there is none."""

NO_FACTORS = [0.0] * 4

_GATINGS = ("none", "gated", "blended")


def refusal(spec: Spec) -> str:
    """Return what of a net the compiled code cannot do; empty when it can do it all."""
    for stack in spec.stacks:
        if stack.film:
            return "FiLM"
        groups = {stack.groups_input, stack.groups_input_mixin, stack.layer_1x1 or 1}
        if groups != {1} or (stack.head_1x1 and stack.head_1x1.groups != 1):
            return "groups"
    return ""


def numbers_of(spec: Spec, network: Network) -> tuple[list[int], list[float]]:
    """Return the description of a network without anything that ``refusal`` names, as ``stacks.Plan.of`` takes it."""
    numbers, factors = [len(spec.stacks), spec.condition_size], list[float]()
    for stack, module in zip(spec.stacks, network.stacks, strict=True):
        assert isinstance(module, Stack)
        _describe(stack, module, numbers, factors)
    return numbers, factors


def parameters_of(network: Network) -> list[Tensor]:
    """Return the parameters that the compiled code uses, in its order."""
    found: list[Tensor] = []
    for stack in network.stacks:
        assert isinstance(stack, Stack)
        found.append(stack.rechannel.weight)
        for layer in stack.layers:
            assert isinstance(layer, Layer)
            found += _tensors(layer.conv)
            found += [layer.mixer.weight] if layer.conditioned else []
            found += [half.weight for half in _halves(layer) if isinstance(half, PReLU)]
            found += _tensors(layer.layer_1x1) if _feeds(layer) else []
            found += _tensors(layer.head_1x1)
        found += _tensors(stack.head)
    return found


def _describe(stack: StackSpec, module: Stack, numbers: list[int], factors: list[float]) -> None:
    numbers += [stack.input_size, stack.channels, stack.accumulator, stack.head_size]
    numbers += [stack.head_kernel_size, stack.head_dilation, int(stack.head_bias), 0]
    numbers += [stack.bottleneck, stack.condition_size, len(stack.layers)]
    for layer, built in zip(stack.layers, module.layers, strict=True):
        assert isinstance(built, Layer)
        numbers += [layer.kernel_size, layer.dilation, _GATINGS.index(layer.gating)]
        numbers += [int(_feeds(built)), int(built.head_1x1 is not None)]
        for activation, one in zip((layer.activation, layer.secondary), (*_halves(built), None), strict=False):
            slopes = len(one.weight) if isinstance(one, PReLU) else 0
            numbers += NO_GATE if one is None or activation is None else (ACTIVATIONS.index(activation.name), slopes)
            factors += NO_FACTORS if one is None else _factors(one)


def _feeds(layer: Layer) -> bool:
    return layer.feeds_on and layer.layer_1x1 is not None


def _halves(layer: Layer) -> tuple[nn.Module, ...]:
    pair = layer.activation
    return (pair.primary, pair.secondary) if isinstance(pair, (Gated, Blended)) else (pair,)


def _factors(activation: nn.Module) -> list[float]:
    if isinstance(activation, (nn.Hardtanh, LeakyHardtanh)):
        slopes = (activation.min_slope, activation.max_slope) if isinstance(activation, LeakyHardtanh) else (0.0, 0.0)
        return [float(activation.min_val), float(activation.max_val), *slopes]
    return [activation.negative_slope if isinstance(activation, nn.LeakyReLU) else 0.0, 0.0, 0.0, 0.0]


def _tensors(conv: nn.Conv1d | None) -> list[Tensor]:
    return [] if conv is None else [t for t in (conv.weight, conv.bias) if t is not None]
