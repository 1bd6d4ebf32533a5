"""
From the ``config`` of a model file to a ``Spec``.

Every spelling from 0.5.0 to 0.7.0 is understood, in any mixture. Keys that a player does not look at are
ignored; a value of a wrong kind is a ValueError that says where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from reprlib import repr as shown
from typing import Any

from nam_kernel import Condition
from nam_kernel.config import Conditions, Config
from nam_plugin_wavenet.checks import (
    MOST_LAYERS,
    MOST_SIZES,
    chain_problems,
    condition_problems,
    refuse_many_layers,
    slimming_problems,
    stack_problems,
)
from nam_plugin_wavenet.names import activation_of
from nam_plugin_wavenet.reading import Object, count_at, each_of, flag_at, list_at, number_at, object_at
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

PLAYER = "_player"
"""A key that no file has: a reader sets it to ``newer`` for what players after 0.5.5 make of the file."""

_GATINGS: Mapping[str, Gating] = {"none": "none", "gated": "gated", "blended": "blended"}


def spec_of(config: Object) -> Spec:
    """
    Return the net that a config describes.

    A net that a player can run only as a whole is read as one that is not slimmable.

    :raises ValueError: when it does not describe a net that a player can run
    """
    layers = list_at(config.get("layers"), "layers")
    if not layers:
        raise ValueError("layers is empty; a WaveNet has at least one stack")
    heard = count_at(config.get("in_channels"), "in_channels", 1)
    if heard > 1 and config.get("condition_dsp") is not None:
        raise ValueError(f"in_channels is {heard} beside a condition_dsp; only one of them is supported")
    refuse_many_layers(layers)
    stacks = tuple(_stack(object_at(layer, f"layers[{i}]"), f"layers[{i}]") for i, layer in enumerate(layers))
    if config.get(PLAYER) == "newer":
        stacks = tuple(replace(stack, residual_film="all") for stack in stacks)
    scale = config.get("head_scale")
    spec = Spec(
        stacks,
        _post_head(object_at(config["head"], "head"), stacks[-1].head_size) if config.get("head") else None,
        1.0 if scale is None else number_at(scale, "head_scale"),
        # A net that makes its condition itself is given none.
        _conditions(config.get("conditions")) if config.get("condition_dsp") is None else (),
        heard,
    )
    problems = [*chain_problems(spec, "layers"), *condition_problems(spec)]
    if problems:
        raise ValueError("; ".join(problems))
    return spec.whole() if any(slimming_problems(spec, "layers")) else spec


def unwrapped(config: Object) -> Object:
    """Return the config itself; in a ``SlimmableWavenet`` file it is inside of ``model``."""
    inner = config.get("model")
    if not isinstance(inner, Mapping) or "layers" in config:
        return config
    return {**inner, PLAYER: config.get(PLAYER)}


class _Named(Config):
    conditions: Conditions | None = None


def _conditions(value: Any) -> tuple[Condition, ...]:
    """Return the conditions that a file names; none for null."""
    return _Named(conditions=value).conditions or ()


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
    channels = count_at(config.get("channels"), "channels")
    bottleneck = count_at(config.get("bottleneck"), "bottleneck", channels)
    return Stack(
        input_size=count_at(config.get("input_size"), "input_size"),
        condition_size=count_at(config.get("condition_size"), "condition_size"),
        channels=channels,
        bottleneck=bottleneck,
        layers=_layers(config),
        **_head(config),
        groups_input=count_at(config.get("groups_input"), "groups_input", 1),
        groups_input_mixin=count_at(config.get("groups_input_mixin"), "groups_input_mixin", 1),
        layer_1x1=_layer_1x1(config.get("layer1x1")),
        head_1x1=_head_1x1(config.get("head1x1"), channels),
        film=_films(config),
        slimmable=_slimmable(config.get("slimmable"), channels),
    )


def _head(config: Object) -> dict[str, Any]:
    """Return the fields of a stack that describe its head."""
    if config.get("head") is None:
        size, bias = config.get("head_size"), config.get("head_bias")
        return {"head_size": count_at(size, "head_size"), "head_bias": flag_at(bias, "head_bias")}
    head = object_at(config["head"], "head")
    return {
        "head_size": count_at(head.get("out_channels"), "head.out_channels"),
        "head_kernel_size": count_at(head.get("kernel_size"), "head.kernel_size"),
        "head_dilation": count_at(head.get("head_dilation"), "head.head_dilation", 1),
        "head_bias": flag_at(head.get("bias"), "head.bias"),
    }


def _layers(config: Object) -> tuple[Layer, ...]:
    dilations = [count_at(d, "dilations") for d in list_at(config.get("dilations"), "dilations")]
    count = len(dilations)
    if not count:
        raise ValueError("dilations is empty; a stack has at least one layer")
    sizes = config.get("kernel_sizes")
    kernels = each_of(config.get("kernel_size") if sizes is None else sizes, count, "kernel_sizes")
    activations = each_of(config.get("activation"), count, "activation")
    gatings = _gatings(config, count)
    secondaries = _secondaries(config, count) if any(gating != "none" for gating in gatings) else [None] * count
    return tuple(
        Layer(
            count_at(kernels[i], "kernel_size"),
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
        mode: Gating = "gated" if gated is not None and flag_at(gated, "gated") else "none"
        return [mode] * count
    for mode in each_of(modes, count, "gating_mode"):
        if not isinstance(mode, str) or mode not in _GATINGS:
            raise ValueError(f"gating_mode is {shown(mode)}; it is one of {', '.join(_GATINGS)}")
    return [_GATINGS[mode] for mode in each_of(modes, count, "gating_mode")]


def _secondaries(config: Object, count: int) -> list[Any]:
    """Return the second activation of each layer; beside ``gated``, the older key, it is always a Sigmoid."""
    if config.get("gating_mode") is None:
        return ["Sigmoid"] * count
    return each_of(config.get("secondary_activation", "Sigmoid"), count, "secondary_activation")


def _secondary(value: Any) -> Activation:
    return activation_of("Sigmoid" if value is None or value == "" else value)


def _layer_1x1(value: Any) -> int | None:
    if value is None:
        return 1
    config = object_at(value, "layer1x1")
    if not flag_at(config.get("active", True), "layer1x1.active"):
        return None
    return count_at(config.get("groups"), "layer1x1.groups", 1)


def _head_1x1(value: Any, channels: int) -> Head1x1 | None:
    config = object_at({} if value is None else value, "head1x1")
    if not flag_at(config.get("active", False), "head1x1.active"):
        return None
    out = count_at(config.get("out_channels"), "head1x1.out_channels", channels)
    return Head1x1(out, count_at(config.get("groups"), "head1x1.groups", 1))


def _films(config: Object) -> dict[str, Film]:
    films = {}
    for place in FILM_PLACES:
        given = config.get(place)
        if given is None or given is False:
            continue
        film = object_at(given, place)
        if flag_at(film.get("active", True), f"{place}.active"):
            shift = flag_at(film.get("shift", True), f"{place}.shift")
            films[place] = Film(shift, count_at(film.get("groups"), f"{place}.groups", 1))
    return films


def _slimmable(value: Any, channels: int) -> Slimmable | None:
    """Return the sizes of a stack; a player finds none where no method, or no size, is named."""
    config = value if isinstance(value, Mapping) else {}
    if not config.get("method"):
        return None
    if config["method"] != "slice_channels_uniform":
        raise ValueError(f"slimmable.method is {shown(config.get('method'))}; only slice_channels_uniform is known")
    kwargs = object_at(config.get("kwargs") or {}, "slimmable.kwargs")
    if "allowed_channels" not in kwargs and channels > MOST_SIZES:
        raise ValueError(f"slimmable makes a size of each of the {channels} channels, at most {MOST_SIZES}")
    allowed = kwargs["allowed_channels"] if "allowed_channels" in kwargs else list(range(1, channels + 1))
    counts = tuple(count_at(c, "allowed_channels") for c in list_at(allowed or [], "allowed_channels"))
    return Slimmable(counts) if counts else None


def _post_head(config: Object, in_channels: int) -> PostHead:
    """Return the post-head, in its newer spelling or as ``num_layers`` convolutions of kernel size 1."""
    given = config.get("in_channels")
    if given is not None and count_at(given, "head.in_channels") != in_channels:
        raise ValueError(f"head.in_channels is {given}, but the last stack gives it {in_channels} channels")
    sizes = config.get("kernel_sizes")
    if sizes is None:
        count = count_at(config.get("num_layers"), "head.kernel_sizes or head.num_layers")
        sizes = [1] * min(count, MOST_LAYERS + 1)
    kernels = tuple(count_at(k, "head.kernel_sizes") for k in list_at(sizes, "head.kernel_sizes"))
    if not kernels:
        raise ValueError("head.kernel_sizes is empty; it has one entry a block")
    channels, out = (count_at(config.get(key), f"head.{key}") for key in ("channels", "out_channels"))
    return PostHead(channels, out, activation_of(config.get("activation")), kernels)
