"""The config of one stack of layers, in all its spellings, as pydantic models from which a ``Stack`` is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from nam_kernel.config import Config, note
from nam_plugin_wavenet.checks import MOST_LAYERS, MOST_SIZES, stack_problems
from nam_plugin_wavenet.names import PAIRS, pair_of
from nam_plugin_wavenet.spec import FILM_PLACES, Activation, Film, Head1x1, Layer, Slimmable, Stack

Bool = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(gt=0, lt=2**24, strict=True)]
"""Channels, samples, groups: positive, and small enough that counting with it takes no time."""


def _refuse_long(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MOST_LAYERS:
        raise ValueError(f"the list has {len(value)} entries, at most {MOST_LAYERS}")
    return value


def _refuse_empty(value: list[int]) -> list[int]:
    if not value:
        raise ValueError("the list is empty; write one entry for each layer")
    return value


Counts = Annotated[list[Count], BeforeValidator(_refuse_long), AfterValidator(_refuse_empty)]


def require_none(problems: Iterable[str]) -> None:
    """
    Refuse a config that has problems.

    :raises ValueError: with all of them in one sentence
    """
    sentences = "; ".join(problems)
    if sentences:
        raise ValueError(sentences)


class FilmConfig(Config):
    """One place of FiLM."""

    active: Bool = False
    shift: Bool = True
    groups: Count = 1


class FilmParamsConfig(Config):
    """The eight places of FiLM in a layer."""

    conv_pre_film: FilmConfig = FilmConfig()
    conv_post_film: FilmConfig = FilmConfig()
    input_mixin_pre_film: FilmConfig = FilmConfig()
    input_mixin_post_film: FilmConfig = FilmConfig()
    activation_pre_film: FilmConfig = FilmConfig()
    activation_post_film: FilmConfig = FilmConfig()
    layer1x1_post_film: FilmConfig = FilmConfig()
    head1x1_post_film: FilmConfig = FilmConfig()

    @field_validator("*", mode="before")
    @classmethod
    def _null_is_default(cls, value: Any) -> Any:
        return {} if value is None else value

    def active(self) -> dict[str, Film]:
        """Return the places that are active, in the order of a file."""
        given: list[tuple[str, FilmConfig]] = [(place, getattr(self, place)) for place in FILM_PLACES]
        return {place: Film(film.shift, film.groups) for place, film in given if film.active}


class Layer1x1Config(Config):
    """The 1x1 convolution before the residual sum."""

    active: Bool = True
    groups: Count = 1


class Head1x1Config(Config):
    """The 1x1 convolution before the head's accumulator."""

    active: Bool = False
    out_channels: Count = 1
    groups: Count = 1


class StackHeadConfig(Config):
    """The convolution from a stack's accumulator to its output for the head."""

    out_channels: Count
    kernel_size: Count = 1
    bias: Bool


class SlimmableKwargsConfig(Config):
    """How channels are sliced; without ``allowed_channels`` every count is allowed."""

    allowed_channels: Counts | None = None
    boosting: Bool = False
    init_strategy: Literal["smallest_and_zeros", "channel_causal"] | None = None


class SlimmableConfig(Config):
    """The sizes that a player can cut a stack to."""

    method: Literal["slice_channels_uniform"]
    kwargs: SlimmableKwargsConfig = SlimmableKwargsConfig()

    def record(self, channels: int) -> Slimmable:
        """
        Return the sizes of a stack of this many channels.

        :raises ValueError: when every count is allowed, and there are too many
        """
        if self.kwargs.allowed_channels is None and channels > MOST_SIZES:
            raise ValueError(
                f"slimmable without allowed_channels makes a size of each of the {channels} channels, at most "
                f"{MOST_SIZES}; list allowed_channels"
            )
        allowed = self.kwargs.allowed_channels or range(1, channels + 1)
        return Slimmable(tuple(allowed), self.kwargs.boosting, self.kwargs.init_strategy or "default")


class StackConfig(Config):
    """
    One stack, in the older spelling, the newer one or any mixture.

    Up to neural-amp-modeler 0.12 a stack said ``head_size``, ``head_bias`` and ``gated``, and what it left
    out of the last two was true. So beside ``head_size`` an absent ``head_bias`` still means true, and so
    does an absent ``gated`` where ``activation`` is a single name. Beside ``head`` no ``gated`` means false.
    """

    input_size: Count
    condition_size: Annotated[int, Field(ge=0, lt=2**24, strict=True)]
    channels: Count
    dilations: Counts
    kernel_size: Count | None = None
    kernel_sizes: Annotated[list[Count], BeforeValidator(_refuse_long)] | None = None
    activation: Any
    gated: Bool | None = None
    head_size: Count | None = None
    head_bias: Bool | None = None
    head: StackHeadConfig | None = None
    bottleneck: Count | None = None
    groups_input: Count = 1
    groups_input_mixin: Count = 1
    layer_1x1_config: Layer1x1Config = Layer1x1Config()
    head_1x1_config: Head1x1Config = Head1x1Config()
    film_params: FilmParamsConfig = FilmParamsConfig()
    slimmable: SlimmableConfig | None = None

    @field_validator("layer_1x1_config", "head_1x1_config", "film_params", mode="before")
    @classmethod
    def _null_is_default(cls, value: Any) -> Any:
        return {} if value is None else value

    @model_validator(mode="after")
    def _consistent(self) -> StackConfig:
        self._check_spellings()
        self._check_lengths()
        stack = self.record()
        require_none(stack_problems(stack))
        if stack.has_disputed_film:
            note(
                "players disagree on layer1x1_post_film outside of PairBlend layers, so it is trained in those alone; "
                "in the others it is the identity"
            )
        return self

    def record(self) -> Stack:
        """Return the normalised description."""
        head = self.head or StackHeadConfig(
            out_channels=self.head_size or 1, bias=True if self.head_bias is None else self.head_bias
        )
        one, other = self.layer_1x1_config, self.head_1x1_config
        return Stack(
            input_size=self.input_size,
            condition_size=self.condition_size,
            channels=self.channels,
            bottleneck=self.bottleneck or self.channels,
            layers=self._layers(),
            head_size=head.out_channels,
            head_kernel_size=head.kernel_size,
            head_bias=head.bias,
            groups_input=self.groups_input,
            groups_input_mixin=self.groups_input_mixin,
            layer_1x1=one.groups if one.active else None,
            head_1x1=Head1x1(other.out_channels, other.groups) if other.active else None,
            film=self.film_params.active(),
            slimmable=self.slimmable.record(self.channels) if self.slimmable else None,
        )

    def _check_spellings(self) -> None:
        if (self.head is None) == (self.head_size is None):
            raise ValueError(
                'give either head {"out_channels", "kernel_size", "bias"} or head_size and head_bias'
                if self.head
                else 'the stack has no head; give head {"out_channels": 1, "kernel_size": 1, "bias": true}'
            )
        if self.head and self.head_bias is not None:
            raise ValueError("head_bias belongs to head_size; write the bias in head")
        if (self.kernel_size is None) == (self.kernel_sizes is None):
            raise ValueError("give either kernel_size, one for all layers, or kernel_sizes, one for each")

    def _check_lengths(self) -> None:
        layers = len(self.dilations)
        listed = (("kernel_sizes", self.kernel_sizes, "kernel_size"), ("activation", self.activation, "activation"))
        for key, value, one in listed:
            if isinstance(value, list) and len(value) != layers:
                raise ValueError(
                    f"{key} has {len(value)} entries for the {layers} layers of dilations; give {layers}, or one {one} "
                    "for all"
                )

    def _layers(self) -> tuple[Layer, ...]:
        sizes = self.kernel_sizes or [self.kernel_size or 1] * len(self.dilations)
        given = self.activation if isinstance(self.activation, list) else [self.activation] * len(sizes)
        gates = [self._gate(pair_of(activation)) for activation in given]
        return tuple(
            Layer(k, d, primary, gating, secondary)
            for k, d, (primary, gating, secondary) in zip(sizes, self.dilations, gates, strict=True)
        )

    def _gate(self, pair: tuple[Activation, Any, Activation | None]) -> tuple[Activation, Any, Activation | None]:
        """Return an activation with what ``gated`` beside it means."""
        primary, gating, _ = pair
        if gating != "none":
            if self.gated:
                raise ValueError(f"gated and {' and '.join(PAIRS)} are two ways to say one thing; leave out gated")
            return pair
        older = self.head_size is not None and isinstance(self.activation, str)
        if self.gated is None and older:
            note("a stack with head_size and without gated is gated, as in older configs; write gated to decide")
        if self.gated or (self.gated is None and older):
            return primary, "gated", Activation("Sigmoid")
        return pair
