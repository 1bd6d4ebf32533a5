"""
What a WaveNet is, as frozen records: the one description that configs, files and modules share.

A ``Spec`` is complete (nothing is implied or defaulted) and normalised (older and newer spellings give the
same one). ``nam_plugin_wavenet.config`` and ``nam_plugin_wavenet.files`` make specs,
``nam_plugin_wavenet.network`` builds modules from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from nam_kernel import Condition

Gating = Literal["none", "gated", "blended"]

FILM_PLACES = (
    "conv_pre_film",
    "conv_post_film",
    "input_mixin_pre_film",
    "input_mixin_post_film",
    "activation_pre_film",
    "activation_post_film",
    "layer1x1_post_film",
    "head1x1_post_film",
)
"""The places of FiLM in a layer, in the order of their weights in a file."""


@dataclass(frozen=True)
class Activation:
    """
    An activation by its player's name.

    :param parameters: by their names in a file; those left out have the player's defaults
    """

    name: str
    parameters: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layer:
    """
    What may differ between the layers of one stack.

    :param gating: ``gated`` multiplies the activation of one half of the channels by ``secondary`` of the
        other half; ``blended`` uses ``secondary`` to fade from the input of the activation to its output
    """

    kernel_size: int
    dilation: int
    activation: Activation
    gating: Gating = "none"
    secondary: Activation | None = None

    @property
    def reach(self) -> int:
        """The samples before the current one that the convolution sees."""
        return (self.kernel_size - 1) * self.dilation


@dataclass(frozen=True)
class Film:
    """One place of FiLM: a scale, and with ``shift`` an offset, computed from the condition."""

    shift: bool = True
    groups: int = 1


@dataclass(frozen=True)
class Head1x1:
    """The convolution between a layer's activation and the head's accumulator."""

    out_channels: int
    groups: int = 1


@dataclass(frozen=True)
class Slimmable:
    """
    The channel counts to which a stack can be cut, ascending; the last is all of them.

    :param boosting: a larger size trains only what the next smaller one does not have
    :param init: ``default``, ``smallest_and_zeros`` or ``channel_causal``
    """

    allowed_channels: tuple[int, ...]
    boosting: bool = False
    init: str = "default"

    def channels_at(self, size: float) -> int:
        """Return the channel count that a player uses with its size control at ``size``, 0 to 1."""
        return self.allowed_channels[self.index_at(size)]

    def index_at(self, size: float) -> int:
        """Return the place of that count in ``allowed_channels``; every entry has an equal share."""
        return min(int(size * len(self.allowed_channels)), len(self.allowed_channels) - 1)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """
    A stack of dilated layers with the same channels.

    :param condition_size: 0 where the stack is not conditioned
    :param head_size: channels that leave the stack for the head, after a convolution of ``head_kernel_size`` taps,
        ``head_dilation`` samples apart
    :param layer_1x1: groups of the convolution before the residual sum; None where there is none
    :param residual_film: the layers in which ``layer1x1_post_film`` acts: ``blended`` for those that released players
        know, ``all`` as newer ones have it
    """

    input_size: int
    condition_size: int
    channels: int
    bottleneck: int
    layers: tuple[Layer, ...]
    head_size: int
    head_kernel_size: int = 1
    head_bias: bool = False
    head_dilation: int = 1
    groups_input: int = 1
    groups_input_mixin: int = 1
    layer_1x1: int | None = 1
    head_1x1: Head1x1 | None = None
    film: Mapping[str, Film] = field(default_factory=dict)
    residual_film: Literal["blended", "all"] = "blended"
    slimmable: Slimmable | None = None

    @property
    def accumulator(self) -> int:
        """The channels of the head's accumulator in this stack."""
        return self.head_1x1.out_channels if self.head_1x1 else self.bottleneck

    @property
    def head_reach(self) -> int:
        """The samples before the current one that the head's convolution sees."""
        return (self.head_kernel_size - 1) * self.head_dilation

    @property
    def has_disputed_film(self) -> bool:
        """Whether ``layer1x1_post_film`` stands where released and newer players differ."""
        return "layer1x1_post_film" in self.film and any(layer.gating != "blended" for layer in self.layers)


@dataclass(frozen=True)
class PostHead:
    """Blocks of an activation and then a convolution, after the scaled head; ``channels`` between them."""

    channels: int
    out_channels: int
    activation: Activation
    kernel_sizes: tuple[int, ...]


@dataclass(frozen=True)
class Spec:
    """
    A WaveNet without its conditioning model, which is a net of its own.

    :param conditions: what the channels that the net is given beside the audio are; empty where that was not said
    :param in_channels: what the first stack and every mixer hear: the audio, and after it conditions. Where it is 1, a
        condition of several channels is given to the mixers alone.
    """

    stacks: tuple[Stack, ...]
    post_head: PostHead | None = None
    head_scale: float = 1.0
    conditions: tuple[Condition, ...] = ()
    in_channels: int = 1

    @property
    def out_channels(self) -> int:
        """The channels of the output."""
        return self.post_head.out_channels if self.post_head else self.stacks[-1].head_size

    @property
    def condition_size(self) -> int:
        """The channels of the condition that the stacks share; 0 where no stack is conditioned."""
        return max(stack.condition_size for stack in self.stacks)

    @property
    def is_conditioned(self) -> bool:
        """Whether the condition is more than the audio itself: several channels, or named ones."""
        return max(self.condition_size, self.in_channels) > 1 or bool(self.conditions)

    @property
    def given_channels(self) -> int:
        """The channels that a conditioned net is given beside the audio."""
        return self.in_channels - 1 if self.in_channels > 1 else self.condition_size

    @property
    def slimmable(self) -> bool:
        """Whether any stack can be cut to fewer channels."""
        return any(stack.slimmable for stack in self.stacks)

    def whole(self) -> Spec:
        """Return the spec without its smaller sizes."""
        return replace(self, stacks=tuple(replace(stack, slimmable=None) for stack in self.stacks))

    def at_size(self, size: float) -> Spec:
        """
        Return the spec that a player runs with its size control at ``size``, 0 to 1.

        A stack that is not slimmable keeps its channels; a head between two stacks follows the second one.
        """
        channels = [s.slimmable.channels_at(size) if s.slimmable else s.channels for s in self.stacks]
        cut = []
        for i, stack in enumerate(self.stacks):
            bottleneck = max(1, stack.bottleneck * channels[i] // stack.channels)
            cut.append(
                replace(
                    stack,
                    input_size=channels[i - 1] if i else stack.input_size,
                    channels=channels[i],
                    bottleneck=bottleneck,
                    head_size=channels[i + 1] if i + 1 < len(channels) else stack.head_size,
                    slimmable=None,
                )
            )
        return replace(self, stacks=tuple(cut))
