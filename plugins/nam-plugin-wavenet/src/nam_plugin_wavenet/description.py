"""A spec in rows for people."""

from __future__ import annotations

from collections.abc import Sequence

from nam_plugin_wavenet.spec import Activation, Layer, Spec, Stack


def rows(spec: Spec) -> list[tuple[str, str]]:
    """Return rows (label, value): one or two for each stack, and one for what comes after them."""
    described: list[tuple[str, str]] = []
    for i, stack in enumerate(spec.stacks, start=1):
        described.append((f"stack {i}", _widths(stack)))
        described.append((f"stack {i} layers", _layers(stack.layers)))
        extras = _extras(stack)
        if extras:
            described.append((f"stack {i} extras", ", ".join(extras)))
    if spec.post_head:
        kernels = ", ".join(map(str, spec.post_head.kernel_sizes))
        described.append(("post-head", f"{spec.post_head.channels} channels, kernel sizes {kernels}"))
    described.append(("head scale", f"{spec.head_scale:g}"))
    return described


def _widths(stack: Stack) -> str:
    condition = f"condition of {stack.condition_size}" if stack.condition_size else "not conditioned"
    head = f"head of {stack.head_size}"
    if stack.head_kernel_size > 1:
        head += f", kernel {stack.head_kernel_size}"
    if stack.head_dilation > 1:
        head += f", dilation {stack.head_dilation}"
    return f"{stack.channels} channels, {condition}, {head}"


def _layers(layers: Sequence[Layer]) -> str:
    kernels = _shared([str(layer.kernel_size) for layer in layers])
    activations = _shared([_activation(layer) for layer in layers])
    dilations = ", ".join(str(layer.dilation) for layer in layers)
    return f"{activations}, kernel {kernels}, dilations {dilations}"


def _activation(layer: Layer) -> str:
    if layer.secondary is None:
        return _name(layer.activation)
    sign = "x" if layer.gating == "gated" else "blended by"
    return f"{_name(layer.activation)} {sign} {_name(layer.secondary)}"


def _name(activation: Activation) -> str:
    return activation.name


def _shared(values: Sequence[str]) -> str:
    """Return the one value of all layers, or every value once."""
    return " | ".join(dict.fromkeys(values))


def _extras(stack: Stack) -> list[str]:
    extras = []
    if stack.bottleneck != stack.channels:
        extras.append(f"bottleneck {stack.bottleneck}")
    if stack.head_1x1:
        extras.append("head 1x1")
    if stack.layer_1x1 is None:
        extras.append("no layer 1x1")
    if stack.film:
        extras.append(f"FiLM at {len(stack.film)} places")
    if stack.slimmable:
        extras.append(f"slims to {', '.join(map(str, stack.slimmable.allowed_channels))} channels")
    return extras
