"""What must hold in a spec so that a player can run it: one sentence for everything that does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nam_plugin_wavenet.reach import receptive_field
from nam_plugin_wavenet.sizes import film_widths, weight_count
from nam_plugin_wavenet.spec import FILM_PLACES, PostHead, Spec, Stack

MOST_WEIGHTS = 10_000_000
"""No computer plays a larger net in real time, so one is a mistake or a damaged file."""

LONGEST = 2**20
"""Samples of a receptive field: 22 seconds at 48 kHz."""

MOST_LAYERS = 1000
"""Layers of a net, blocks of a post-head."""

MOST_SIZES = 64
"""Sizes of a slimmable net, each of which is a net in training."""


def stack_problems(stack: Stack) -> Iterator[str]:
    """Yield what is wrong inside of one stack."""
    yield from _width_problems(stack)
    yield from _group_problems(stack)
    yield from _film_problems(stack)
    yield from _slope_problems(stack)
    yield from _slimmable_problems(stack)


def refuse_many_layers(stacks: Any) -> Any:
    """
    Return a list of stacks as a document has it, unless they have so many layers that nothing should be made of them.

    :raises ValueError: with their number
    """
    listed = stacks if isinstance(stacks, list) else []
    dilations = [stack.get("dilations") for stack in listed if isinstance(stack, Mapping)]
    count = sum(len(given) for given in dilations if isinstance(given, list))
    if max(count, len(listed)) > MOST_LAYERS:
        raise ValueError(f"the dilations of {len(listed)} stacks make {count} layers, at most {MOST_LAYERS}")
    return stacks


def chain_problems(spec: Spec, layers: str) -> Iterator[str]:
    """
    Yield what is wrong between the stacks, and with what comes after them.

    :param layers: the name of the list of stacks in the document, ``layers_configs`` or ``layers``
    """
    if spec.stacks[0].input_size != spec.in_channels:
        heard = "the audio has 1 channel" if spec.in_channels == 1 else f"in_channels is {spec.in_channels}"
        yield f"{layers}[0].input_size is {spec.stacks[0].input_size}, but {heard}; write {spec.in_channels}"
    for i, (before, stack) in enumerate(zip(spec.stacks, spec.stacks[1:], strict=False), start=1):
        if stack.input_size != before.channels:
            yield (
                f"{layers}[{i}].input_size is {stack.input_size}, but {layers}[{i - 1}], which feeds it, has "
                f"{before.channels} channels; write {before.channels}"
            )
        if stack.accumulator != before.head_size:
            yield (
                f"the head of {layers}[{i - 1}] has {before.head_size} channels, but {layers}[{i}] goes on "
                f"from it with {stack.accumulator}; give {layers}[{i - 1}] a head of {stack.accumulator}"
            )
        elif stack.channels != before.head_size:
            yield (
                f"{layers}[{i}] has {stack.channels} channels after a head of {before.head_size}; players "
                "refuse that, so make the two equal"
            )
    sizes = {stack.condition_size for stack in spec.stacks if stack.condition_size}
    if spec.in_channels > 1 and sizes - {spec.in_channels}:
        yield (
            f"in_channels is {spec.in_channels}, and every mixer hears all of them; give the stacks a condition_size "
            f"of {spec.in_channels}, or 0 for none"
        )
    elif len(sizes) > 1:
        yield (
            f"the stacks have conditions of {' and '.join(map(str, sorted(sizes)))} channels, but share one; "
            "give them the same condition_size, or 0 to stacks without a condition"
        )
    if spec.slimmable and spec.post_head:
        yield "players refuse a slimmable net that has a post-head; leave out slimmable or the post-head"
    if spec.post_head:
        yield from _post_head_problems(spec.post_head, spec.stacks[-1].head_size)
    yield from _size_problems(spec, layers)


def _size_problems(spec: Spec, layers: str) -> Iterator[str]:
    """Yield what would take memory or time without end."""
    count, field = weight_count(spec), receptive_field(spec)
    widths = [stack.channels for stack in spec.stacks]
    if count > MOST_WEIGHTS:
        yield (
            f"this net has {count:,} weights, far more than can be played, at most {MOST_WEIGHTS:,}; lower channels "
            f"({layers}[{widths.index(max(widths))}] has {max(widths)}), bottleneck or kernel_size"
        )
    if field > LONGEST:
        farthest = max(layer.reach for stack in spec.stacks for layer in stack.layers)
        yield (
            f"this net has a receptive field of {field:,} samples, at most {LONGEST:,}; lower the dilations "
            f"or kernel sizes (one layer alone reaches back {farthest:,} samples)"
        )


def condition_problems(spec: Spec) -> Iterator[str]:
    """Yield why the named conditions are not the channels of the condition."""
    named, size = len(spec.conditions), spec.given_channels
    if named and named != size and spec.in_channels > 1:
        yield f"conditions names {named}, but in_channels is {spec.in_channels}; write {named + 1}"
    elif named and named != size:
        yield f"conditions names {named}, but condition_size is {size}; give the stacks a condition_size of {named}"


def _width_problems(stack: Stack) -> Iterator[str]:
    if stack.layer_1x1 is None and stack.bottleneck != stack.channels:
        yield (
            f"without the layer's 1x1 convolution the bottleneck must equal the {stack.channels} channels, "
            f"and it is {stack.bottleneck}"
        )


def _group_problems(stack: Stack) -> Iterator[str]:
    middles = {stack.bottleneck * (1 if layer.gating == "none" else 2) for layer in stack.layers}
    if stack.condition_size == 0 and stack.groups_input_mixin > 1:
        yield "groups_input_mixin has no meaning where condition_size is 0; leave it out"
    grouped = [
        ("groups_input", stack.groups_input, stack.channels, "channels"),
        *(("groups_input", stack.groups_input, m, "outputs of the convolution") for m in sorted(middles)),
        ("groups_input_mixin", stack.groups_input_mixin, stack.condition_size, "channels of the condition"),
        *(("groups_input_mixin", stack.groups_input_mixin, m, "outputs of the mixer") for m in sorted(middles)),
    ]
    if stack.layer_1x1:
        grouped.append(("the groups of layer_1x1", stack.layer_1x1, stack.bottleneck, "channels of the bottleneck"))
        grouped.append(("the groups of layer_1x1", stack.layer_1x1, stack.channels, "channels"))
    if stack.head_1x1:
        one, groups = "the groups of head_1x1", stack.head_1x1.groups
        grouped.append((one, groups, stack.bottleneck, "channels of the bottleneck"))
        grouped.append((one, groups, stack.head_1x1.out_channels, "out_channels"))
    for what, groups, size, of in grouped:
        if size % groups:
            yield f"{what} must divide the {size} {of}, and {groups} does not"


def _film_problems(stack: Stack) -> Iterator[str]:
    if stack.film and not stack.condition_size:
        yield f"{next(iter(stack.film))} needs a condition, but condition_size is 0"
        return
    if "layer1x1_post_film" in stack.film and stack.layer_1x1 is None:
        yield "layer1x1_post_film needs the layer's 1x1 convolution; activate layer_1x1 or leave it out"
    if "head1x1_post_film" in stack.film and stack.head_1x1 is None:
        yield "head1x1_post_film needs the head's 1x1 convolution; activate head_1x1 or leave it out"
    for paired in sorted({layer.gating != "none" for layer in stack.layers}):
        for place, width in zip(FILM_PLACES, film_widths(stack, paired), strict=True):
            film = stack.film.get(place)
            if film is None:
                continue
            out = width * (2 if film.shift else 1)
            for size, of in ((stack.condition_size, "channels of the condition"), (out, "scales and shifts")):
                if size % film.groups:
                    yield f"the groups of {place} must divide the {size} {of}, and {film.groups} does not"


def _slope_problems(stack: Stack) -> Iterator[str]:
    for i, layer in enumerate(stack.layers):
        for activation in (layer.activation, layer.secondary):
            slopes = activation.parameters.get("negative_slopes") if activation else None
            if isinstance(slopes, tuple) and len(slopes) not in (1, stack.bottleneck):
                yield (
                    f"the PReLU of layer {i} has {len(slopes)} slopes for {stack.bottleneck} channels; "
                    f"give 1 or {stack.bottleneck}"
                )


def slimming_problems(spec: Spec, layers: str) -> Iterator[str]:
    """
    Yield why a player could run a slimmable net as a whole, but not at a smaller size.

    A player looks at every stack then, also at those that keep their channels.

    :param layers: as in ``chain_problems``
    """
    if not spec.slimmable:
        return
    for i, stack in enumerate(spec.stacks):
        where = f"{layers}[{i}]: players cannot slim a net"
        groups = [stack.groups_input, stack.groups_input_mixin, stack.layer_1x1 or 1]
        groups += [film.groups for film in stack.film.values()]
        if stack.head_1x1:
            groups.append(stack.head_1x1.groups)
        if max(groups) > 1:
            yield f"{where} with groups of channels; leave out slimmable or the groups"
        if stack.head_kernel_size > 1:
            yield f"{where} with a head of kernel size above 1; write 1 or leave out slimmable"
        if stack.slimmable and i and stack.head_1x1:
            yield f"{where} in which a later stack has a head_1x1; leave it out, or slimmable in this stack"
        if stack.slimmable and _has_slopes(stack):
            yield f"{where} whose PReLU has a slope for each channel; give it one, or leave out slimmable"


def _has_slopes(stack: Stack) -> bool:
    """Return whether an activation of the stack has a parameter for each channel."""
    activations = [a for layer in stack.layers for a in (layer.activation, layer.secondary) if a]
    slopes = [activation.parameters.get("negative_slopes") for activation in activations]
    return any(isinstance(given, tuple) and len(given) > 1 for given in slopes)


def _slimmable_problems(stack: Stack) -> Iterator[str]:
    if stack.slimmable is None:
        return
    allowed = stack.slimmable.allowed_channels
    if len(allowed) > MOST_SIZES:
        yield f"slimmable makes {len(allowed)} sizes, at most {MOST_SIZES}; list fewer allowed_channels"
    elif list(allowed) != sorted(set(allowed)) or allowed[-1] != stack.channels:
        yield (
            f"allowed_channels is {list(allowed)}; write it in ascending order, each count once, and as the "
            f"last one the stack's {stack.channels} channels"
        )


def _post_head_problems(head: PostHead, in_channels: int) -> Iterator[str]:
    slopes = head.activation.parameters.get("negative_slopes")
    widths = {in_channels, *([head.channels] if len(head.kernel_sizes) > 1 else [])}
    if isinstance(slopes, tuple) and len(slopes) > 1 and widths != {len(slopes)}:
        yield (
            f"the PReLU of the post-head has {len(slopes)} slopes, but its blocks have "
            f"{' and '.join(map(str, sorted(widths)))} channels; give one slope"
        )
