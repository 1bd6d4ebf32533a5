"""The ``net.config`` of the nets with knobs: that of the net for the audio alone, and what the knobs are."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from nam_kernel import Condition
from nam_kernel.config import Conditions, Config, PositiveInt
from nam_plugin_lstm.config import MOST_FEATURES, RecurrentConfig
from nam_plugin_parametric.channels import channels_of
from nam_plugin_wavenet.checks import chain_problems
from nam_plugin_wavenet.config import AnyWaveNetConfig
from nam_plugin_wavenet.spec import Spec
from nam_plugin_wavenet.stack_config import require_none

Site = Literal["conv_post", "activation_pre", "layer1x1_post", "head1x1_post"]
"""
A place in a layer at which the knobs scale and shift, named as in FiLM. Each goes into the convolution before it,
whatever the activation is.
"""

_NO_KNOBS = (
    "the net has no knobs; name them under conditions, or record them: a dataset of the type Captures names its own"
)

_STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 3,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}


def fed(spec: Spec, channels: int) -> Spec:
    """Return a net that hears so many further channels wherever the net for the audio alone hears the audio."""
    total = 1 + channels
    stacks = [replace(stack, condition_size=total) for stack in spec.stacks]
    return replace(spec, stacks=(replace(stacks[0], input_size=total), *stacks[1:]), in_channels=total)


class KnobbedWaveNetConfig(AnyWaveNetConfig):
    """
    The config of a WaveNet for the audio alone, and knobs.

    :param conditions: the knobs; those of the data where they are left out
    """

    conditions: Conditions = ()

    @model_validator(mode="after")
    def _can_have_knobs(self) -> KnobbedWaveNetConfig:
        spec = self.record()
        if not self.conditions:
            raise ValueError(_NO_KNOBS)
        if {stack.condition_size for stack in spec.stacks} != {1} or spec.stacks[0].input_size != 1:
            raise ValueError(
                "input_size and condition_size are those of a net for the audio alone, 1; the channels of the knobs "
                "are added to them"
            )
        for has, what in (
            (self.condition_dsp is not None, "a condition_dsp"),
            (spec.slimmable, "a slimmable stack"),
            (spec.post_head is not None, "a post-head"),
            (any(stack.film for stack in spec.stacks), "film_params, which would hear the audio,"),
            (any(stack.groups_input_mixin > 1 for stack in spec.stacks), "groups_input_mixin"),
            (spec.out_channels != 1, f"{spec.out_channels} output channels"),
        ):
            if has:
                raise ValueError(f"a net with knobs cannot have {what} as well; leave one of them out")
        require_none(chain_problems(fed(spec, channels_of(self.conditions)), "layers_configs"))
        return self


class ConcatWaveNetConfig(KnobbedWaveNetConfig):
    """The ``net.config`` of a ConcatWaveNet."""

    example: ClassVar[dict[str, Any]] = {"layers_configs": [_STACK], "head_scale": 0.5, "conditions": ["gain"]}


class ModulatedConfig(KnobbedWaveNetConfig):
    """
    The keys of a net whose weights the knobs change.

    :param hidden_sizes: units of the layers from the knobs to what they do, a Tanh after each; they cost nothing in a
        baked model
    """

    hidden_sizes: tuple[Annotated[PositiveInt, Field(le=4096)], ...] = (16,)


class FiLMWaveNetConfig(ModulatedConfig):
    """
    The ``net.config`` of a FiLMWaveNet.

    :param sites: where the knobs scale and shift
    """

    example: ClassVar[dict[str, Any]] = {"layers_configs": [_STACK], "head_scale": 0.5, "conditions": ["gain"]}

    sites: Annotated[tuple[Site, ...], Field(min_length=1)] = ("activation_pre", "layer1x1_post")


class HyperWaveNetConfig(ModulatedConfig):
    """
    The ``net.config`` of a HyperWaveNet.

    :param rank: of what the knobs add to a matrix
    """

    example: ClassVar[dict[str, Any]] = {"layers_configs": [_STACK], "head_scale": 0.5, "conditions": ["gain"]}

    rank: Annotated[PositiveInt, Field(le=64)] = 2


class ConcatLSTMConfig(RecurrentConfig):
    """
    The ``net.config`` of a ConcatLSTM.

    :param conditions: the knobs; those of the data where they are left out
    """

    example: ClassVar[dict[str, Any]] = {"hidden_size": 4, "conditions": ["gain"]}

    conditions: Conditions = ()

    @model_validator(mode="after")
    def _conditioned(self) -> ConcatLSTMConfig:
        if not self.conditions:
            raise ValueError(_NO_KNOBS)
        if self.features > MOST_FEATURES:
            raise ValueError(f"the knobs make {self.features} features with the audio, at most {MOST_FEATURES}")
        return self

    @property
    def features(self) -> int:
        """The audio and the channels of the knobs."""
        return 1 + channels_of(self.conditions)

    def knobs(self) -> tuple[Condition, ...]:
        """Return the conditions."""
        return self.conditions


class ChannelsFileConfig(Config):
    """The config of the exporter ``nam-channels``, which has no keys: there is nothing to choose about its file."""
