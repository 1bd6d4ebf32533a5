"""
A ``Spec`` as the ``config`` of a model file, in the oldest spelling that can express it.

Players in the field read different versions, so a file uses a newer key only where the net needs it: 0.6.0 and
0.7.0 name what later players added to what every player reads.
"""

from __future__ import annotations

from typing import Any

from nam_kernel.config import spelled
from nam_kernel.errors import UserError
from nam_plugin_wavenet.spec import FILM_PLACES, Activation, Layer, PostHead, Spec, Stack

GATING_AND_FILM, NEWEST = "0.6.0", "0.7.0"

_SUPPOSED: dict[str, dict[str, float]] = {"LeakyReLU": {"negative_slope": 0.01}}

_NAMES_OF_OLDEST = frozenset({"Tanh", "Fasttanh", "Hardtanh", "ReLU", "LeakyReLU", "Sigmoid", "SiLU", "Hardswish"})


def version_of(spec: Spec, has_condition_dsp: bool) -> str | None:
    """Return the lowest file version that can express a net; None where any can."""
    if spec.post_head or any(_is_newest(stack) for stack in spec.stacks):
        return NEWEST
    # Players before 0.6.0 ignore in_channels, and play noise.
    if has_condition_dsp or spec.in_channels > 1 or any(_has_newer_keys(stack) for stack in spec.stacks):
        return GATING_AND_FILM
    return None


def config_of(spec: Spec) -> dict[str, Any]:
    """
    Return a config; what it leaves out is what every player supposes.

    One of the newest version spells out what the fast paths of players look for.

    :raises UserError: when players would not agree on its sound
    """
    if any(stack.residual_film == "all" and stack.has_disputed_film for stack in spec.stacks):
        raise UserError(
            "this model was read as newer players play it, with layer1x1_post_film in layers that are not blended; "
            "released players would ignore that, so it cannot be written"
        )
    width, is_newest = max(spec.condition_size, 1), version_of(spec, has_condition_dsp=False) == NEWEST
    named = [spelled(condition) for condition in spec.conditions]
    return {
        "layers": [_stack(stack, width) | (_spelled_out(stack) if is_newest else {}) for stack in spec.stacks],
        "head": _post_head(spec.post_head) if spec.post_head else None,
        "head_scale": spec.head_scale,
        **({"in_channels": spec.in_channels} if spec.in_channels > 1 else {}),
        **({"conditions": named} if named else {}),
    }


def _is_newest(stack: Stack) -> bool:
    sizes = {layer.kernel_size for layer in stack.layers}
    return len(sizes) > 1 or stack.head_kernel_size > 1 or stack.slimmable is not None


def _has_newer_keys(stack: Stack) -> bool:
    activation = _same([_activation(layer.activation) for layer in stack.layers])
    return bool(_newer_keys(stack)) or not isinstance(activation, str) or activation not in _NAMES_OF_OLDEST


def _stack(stack: Stack, condition_size: int) -> dict[str, Any]:
    kernels = [layer.kernel_size for layer in stack.layers]
    written: dict[str, Any] = {"input_size": stack.input_size, "condition_size": condition_size}
    if stack.head_kernel_size > 1:
        bias, size = stack.head_bias, stack.head_kernel_size
        written["head"] = {"out_channels": stack.head_size, "kernel_size": size, "bias": bias}
        if stack.head_dilation > 1:
            written["head"]["head_dilation"] = stack.head_dilation
    else:
        written["head_size"] = stack.head_size
    written["channels"] = stack.channels
    if len(set(kernels)) > 1:
        written["kernel_sizes"] = kernels
    else:
        written["kernel_size"] = kernels[0]
    written["dilations"] = [layer.dilation for layer in stack.layers]
    written["activation"] = _same([_activation(layer.activation) for layer in stack.layers])
    newer = _newer_keys(stack)
    if "gating_mode" not in newer:
        written["gated"] = stack.layers[0].gating == "gated"
    if stack.head_kernel_size == 1:
        written["head_bias"] = stack.head_bias
    written.update(newer)
    if stack.slimmable:
        allowed = list(stack.slimmable.allowed_channels)
        written["slimmable"] = {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": allowed}}
    return written


def _spelled_out(stack: Stack) -> dict[str, Any]:
    """Return keys that a player supposes where they are left out: its fast path takes only what it finds written."""
    activations = [_with_type(layer.activation) for layer in stack.layers]
    return {
        "bottleneck": stack.bottleneck,
        "layer1x1": {"active": stack.layer_1x1 is not None, "groups": stack.layer_1x1 or 1},
        "activation": [{**_SUPPOSED.get(entry["type"], {}), **entry} for entry in activations],
    }


def _newer_keys(stack: Stack) -> dict[str, Any]:
    """Return the keys that 0.6.0 added, as far as this stack uses them."""
    written: dict[str, Any] = {}
    if stack.bottleneck != stack.channels:
        written["bottleneck"] = stack.bottleneck
    written.update(_gating(stack.layers))
    for key, groups in (("groups_input", stack.groups_input), ("groups_input_mixin", stack.groups_input_mixin)):
        if groups > 1:
            written[key] = groups
    if stack.layer_1x1 != 1:
        written["layer1x1"] = {"active": stack.layer_1x1 is not None, "groups": stack.layer_1x1 or 1}
    if stack.head_1x1:
        out, groups = stack.head_1x1.out_channels, stack.head_1x1.groups
        written["head1x1"] = {"active": True, "out_channels": out, "groups": groups}
    for place in FILM_PLACES:
        film = stack.film.get(place)
        if film:
            written[place] = {"active": True, "shift": film.shift, "groups": film.groups}
    return written


def _gating(layers: tuple[Layer, ...]) -> dict[str, Any]:
    """Return the keys of the gating modes, unless ``gated`` can say the same."""
    modes = [layer.gating for layer in layers]
    secondaries = [_activation(layer.secondary) if layer.secondary else None for layer in layers]
    if len(set(modes)) == 1 and (
        modes[0] == "none" or (modes[0] == "gated" and set(map(str, secondaries)) == {"Sigmoid"})
    ):
        return {}
    mode, secondary = _same(modes), _same(secondaries)
    if isinstance(mode, list) or isinstance(secondary, list):
        return {"gating_mode": modes, "secondary_activation": secondaries}
    return {"gating_mode": mode, "secondary_activation": secondary}


def _same(values: list[Any]) -> Any:
    """Return the one value that all layers share, or the list."""
    return values[0] if all(value == values[0] for value in values) else values


def _activation(activation: Activation) -> Any:
    return _with_type(activation) if activation.parameters else activation.name


def _with_type(activation: Activation) -> dict[str, Any]:
    given = {k: list(v) if isinstance(v, tuple) else v for k, v in activation.parameters.items()}
    return {"type": activation.name, **given}


def _post_head(head: PostHead) -> dict[str, Any]:
    return {
        "channels": head.channels,
        "activation": _activation(head.activation),
        "out_channels": head.out_channels,
        "kernel_sizes": list(head.kernel_sizes),
    }
