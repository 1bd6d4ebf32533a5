"""
From the ``config`` of a model file to a ``Spec``.

Every spelling from 0.5.0 to 0.7.0 is understood, in any mixture. Keys that a player does not look at are
ignored; a value of a wrong kind is a ValueError that says where it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nam_plugin_wavenet.checks import chain_problems, condition_problems, slimming_problems, stack_problems
from nam_plugin_wavenet.knobs import conditions_of
from nam_plugin_wavenet.names import activation_of
from nam_plugin_wavenet.spec import (
    FILM_PLACES,
    Activation,
    Film,
    Gating,
    Head1x1,
    Layer,
    PostHead,
    Slimmable,
    Spec,
    Stack,
)

Object = Mapping[str, Any]

_GATINGS: Mapping[str, Gating] = {"none": "none", "gated": "gated", "blended": "blended"}


def spec_of(config: Object) -> Spec:
    """
    Return the net that a config describes.

    A net that a player can run only as a whole is read as one that is not slimmable.

    :raises ValueError: when it does not describe a net that a player can run
    """
    layers = _list(config.get("layers"), "layers")
    if not layers:
        raise ValueError("layers is empty; a WaveNet has at least one stack")
    if config.get("in_channels") not in (None, 1):
        raise ValueError(f"in_channels is {config['in_channels']!r}; only nets of one input channel are supported")
    stacks = tuple(_stack(_object(layer, f"layers[{i}]"), f"layers[{i}]") for i, layer in enumerate(layers))
    scale = config.get("head_scale")
    spec = Spec(
        stacks,
        _post_head(_object(config["head"], "head"), stacks[-1].head_size) if config.get("head") else None,
        1.0 if scale is None else _number(scale, "head_scale"),
        # A net that makes its condition itself is given none.
        conditions_of(config.get("conditions")) if config.get("condition_dsp") is None else (),
    )
    problems = [*chain_problems(spec, "layers"), *condition_problems(spec)]
    if problems:
        raise ValueError("; ".join(problems))
    return spec.whole() if any(slimming_problems(spec, "layers")) else spec


def unwrapped(config: Object) -> Object:
    """Return the config itself; in a ``SlimmableWavenet`` file it is inside of ``model``."""
    inner = config.get("model")
    return inner if isinstance(inner, Mapping) and "layers" not in config else config


def _stack(config: Object, where: str) -> Stack:
    try:
        stack = _stack_record(config)
        problems = list(stack_problems(stack))
        if problems:
            raise ValueError("; ".join(problems))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return stack


def _stack_record(config: Object) -> Stack:
    channels = _count(config.get("channels"), "channels")
    bottleneck = _count(config.get("bottleneck"), "bottleneck", channels)
    head_size, head_kernel, head_bias = _head(config)
    return Stack(
        input_size=_count(config.get("input_size"), "input_size"),
        condition_size=_count(config.get("condition_size"), "condition_size"),
        channels=channels,
        bottleneck=bottleneck,
        layers=_layers(config),
        head_size=head_size,
        head_kernel_size=head_kernel,
        head_bias=head_bias,
        groups_input=_count(config.get("groups_input"), "groups_input", 1),
        groups_input_mixin=_count(config.get("groups_input_mixin"), "groups_input_mixin", 1),
        layer_1x1=_layer_1x1(config.get("layer1x1")),
        head_1x1=_head_1x1(config.get("head1x1"), channels),
        film=_films(config),
        slimmable=_slimmable(config.get("slimmable"), channels),
    )


def _head(config: Object) -> tuple[int, int, bool]:
    """Return out_channels, kernel size and bias of a stack's head."""
    if config.get("head") is not None:
        head = _object(config["head"], "head")
        size, kernel = (_count(head.get(key), f"head.{key}") for key in ("out_channels", "kernel_size"))
        return size, kernel, _flag(head.get("bias"), "head.bias")
    return _count(config.get("head_size"), "head_size"), 1, _flag(config.get("head_bias"), "head_bias")


def _layers(config: Object) -> tuple[Layer, ...]:
    dilations = [_count(d, "dilations") for d in _list(config.get("dilations"), "dilations")]
    count = len(dilations)
    if not count:
        raise ValueError("dilations is empty; a stack has at least one layer")
    sizes = config.get("kernel_sizes")
    kernels = _each(config.get("kernel_size") if sizes is None else sizes, count, "kernel_sizes")
    activations = _each(config.get("activation"), count, "activation")
    gatings = _gatings(config, count)
    secondaries = _secondaries(config, count) if any(gating != "none" for gating in gatings) else [None] * count
    return tuple(
        Layer(
            _count(kernels[i], "kernel_size"),
            dilations[i],
            activation_of(activations[i]),
            gatings[i],
            _secondary(secondaries[i]) if gatings[i] != "none" else None,
        )
        for i in range(count)
    )


def _gatings(config: Object, count: int) -> list[Gating]:
    modes = config.get("gating_mode")
    if modes is None:
        gated = config.get("gated")
        mode: Gating = "gated" if gated is not None and _flag(gated, "gated") else "none"
        return [mode] * count
    for mode in _each(modes, count, "gating_mode"):
        if not isinstance(mode, str) or mode not in _GATINGS:
            raise ValueError(f"gating_mode is {mode!r}; it is one of {', '.join(_GATINGS)}")
    return [_GATINGS[mode] for mode in _each(modes, count, "gating_mode")]


def _secondaries(config: Object, count: int) -> list[Any]:
    """Return the second activation of each layer; beside ``gated``, the older key, it is always a Sigmoid."""
    if config.get("gating_mode") is None:
        return ["Sigmoid"] * count
    return _each(config.get("secondary_activation", "Sigmoid"), count, "secondary_activation")


def _secondary(value: Any) -> Activation:
    return activation_of("Sigmoid" if value is None or value == "" else value)


def _layer_1x1(value: Any) -> int | None:
    if value is None:
        return 1
    config = _object(value, "layer1x1")
    if not _flag(config.get("active", True), "layer1x1.active"):
        return None
    return _count(config.get("groups"), "layer1x1.groups", 1)


def _head_1x1(value: Any, channels: int) -> Head1x1 | None:
    config = _object({} if value is None else value, "head1x1")
    if not _flag(config.get("active", False), "head1x1.active"):
        return None
    out = _count(config.get("out_channels"), "head1x1.out_channels", channels)
    return Head1x1(out, _count(config.get("groups"), "head1x1.groups", 1))


def _films(config: Object) -> dict[str, Film]:
    films = {}
    for place in FILM_PLACES:
        given = config.get(place)
        if given is None or given is False:
            continue
        film = _object(given, place)
        if _flag(film.get("active", True), f"{place}.active"):
            shift = _flag(film.get("shift", True), f"{place}.shift")
            films[place] = Film(shift, _count(film.get("groups"), f"{place}.groups", 1))
    return films


def _slimmable(value: Any, channels: int) -> Slimmable | None:
    """Return the sizes of a stack; a player finds none where no method, or no size, is named."""
    config = value if isinstance(value, Mapping) else {}
    if not config.get("method"):
        return None
    if config["method"] != "slice_channels_uniform":
        raise ValueError(f"slimmable.method is {config.get('method')!r}; only slice_channels_uniform is known")
    kwargs = _object(config.get("kwargs") or {}, "slimmable.kwargs")
    allowed = kwargs.get("allowed_channels", list(range(1, channels + 1)))
    counts = tuple(_count(c, "allowed_channels") for c in _list(allowed or [], "allowed_channels"))
    return Slimmable(counts) if counts else None


def _post_head(config: Object, in_channels: int) -> PostHead:
    """Return the post-head, in its newer spelling or as ``num_layers`` convolutions of kernel size 1."""
    given = config.get("in_channels")
    if given is not None and _count(given, "head.in_channels") != in_channels:
        raise ValueError(f"head.in_channels is {given}, but the last stack gives it {in_channels} channels")
    sizes = config.get("kernel_sizes")
    if sizes is None:
        sizes = [1] * _count(config.get("num_layers"), "head.kernel_sizes or head.num_layers")
    kernels = tuple(_count(k, "head.kernel_sizes") for k in _list(sizes, "head.kernel_sizes"))
    if not kernels:
        raise ValueError("head.kernel_sizes is empty; it has one entry a block")
    channels, out = (_count(config.get(key), f"head.{key}") for key in ("channels", "out_channels"))
    return PostHead(channels, out, activation_of(config.get("activation")), kernels)


def _object(value: Any, where: str) -> Object:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} is an object, not {value!r}")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{where} is a list, not {value!r}")
    return value


def _each(value: Any, count: int, where: str) -> list[Any]:
    """Return a value for each layer: the entries of a list, or one for all."""
    if not isinstance(value, list):
        return [value] * count
    if len(value) != count:
        raise ValueError(f"{where} has {len(value)} entries for {count} layers")
    return value


def _count(value: Any, where: str, default: int | None = None) -> int:
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or not 0 < value < 2**24:
        raise ValueError(f"{where} is a positive whole number, not {value!r}")
    if int(value) != value:
        raise ValueError(f"{where} is a whole number, not {value!r}")
    return int(value)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{where} is true or false, not {value!r}")
    return value


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{where} is a finite number, not {value!r}")
    return float(value)
