"""The config of a WaveNet in a model config, in its spellings, as pydantic models from which a ``Spec`` is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from nam_kernel.config import Conditions, Config
from nam_plugin_wavenet.checks import (
    MOST_LAYERS,
    chain_problems,
    condition_problems,
    refuse_many_layers,
    slimming_problems,
)
from nam_plugin_wavenet.names import strict_activation_of
from nam_plugin_wavenet.sizes import weight_count
from nam_plugin_wavenet.spec import PostHead, Spec
from nam_plugin_wavenet.stack_config import Bool, Count, Counts, StackConfig, require_none

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class DocumentedHeadConfig(Config):
    """The post-head in the older spelling, ``head_config``."""

    in_channels: Count
    channels: Count
    activation: Any
    num_layers: Annotated[int, Field(gt=0, le=MOST_LAYERS, strict=True)]
    out_channels: Count

    def record(self) -> PostHead:
        """Return the normalised description."""
        activation = strict_activation_of(self.activation)
        return PostHead(self.channels, self.out_channels, activation, (1,) * self.num_layers)


class PostHeadConfig(Config):
    """The post-head in the newer spelling, ``head``."""

    in_channels: Count | None = None
    channels: Count
    activation: Any
    out_channels: Count
    kernel_sizes: Counts

    def record(self) -> PostHead:
        """Return the normalised description."""
        activation = strict_activation_of(self.activation)
        return PostHead(self.channels, self.out_channels, activation, tuple(self.kernel_sizes))


class ConditionConfig(Config):
    """The conditioning model: another WaveNet from the audio to the condition."""

    name: Literal["WaveNet"]
    config: ConditionWaveNetConfig


class AnyWaveNetConfig(Config):
    """The keys of a WaveNet, whether it is the net itself or its conditioning model."""

    layers_configs: Annotated[list[StackConfig], BeforeValidator(refuse_many_layers), Field(min_length=1)]
    head_config: DocumentedHeadConfig | None = None
    head: PostHeadConfig | None = None
    head_scale: Number = 1.0
    condition_dsp: ConditionConfig | None = None
    sample_rate: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _chain(self) -> AnyWaveNetConfig:
        if self.head and self.head_config:
            raise ValueError("head and head_config are two spellings of one thing; give one of them")
        given = self.head or self.head_config
        last = self.layers_configs[-1].record().head_size
        if given and given.in_channels not in (None, last):
            raise ValueError(
                f"the post-head has in_channels {given.in_channels}, but the last stack gives it {last}; write {last}"
            )
        spec = self.record()
        require_none(chain_problems(spec, "layers_configs"))
        require_none(slimming_problems(spec, "layers_configs"))
        self._check_condition(spec)
        return self

    def record(self) -> Spec:
        """Return the normalised description, the conditioning model not included."""
        post = self.head or self.head_config
        stacks = tuple(stack.record() for stack in self.layers_configs)
        return Spec(stacks, post.record() if post else None, self.head_scale)

    def weight_count(self) -> int:
        """Return the number of weights, those of the conditioning model included."""
        inner = self.condition_dsp.config.weight_count() if self.condition_dsp else 0
        return weight_count(self.record()) + inner

    def _check_condition(self, spec: Spec) -> None:
        if self.condition_dsp is None:
            return
        inner = self.condition_dsp.config.record()
        if inner.slimmable:
            raise ValueError("condition_dsp is slimmable, and players cannot run that; leave out its slimmable")
        given = inner.out_channels
        if not spec.condition_size:
            raise ValueError("condition_dsp gives a condition, but every condition_size is 0; leave it out")
        if given != spec.condition_size:
            raise ValueError(
                f"condition_dsp gives {given} channels, but condition_size is {spec.condition_size}; make them equal"
            )


class ConditionWaveNetConfig(AnyWaveNetConfig):
    """The config of a conditioning model, which may give several channels."""

    @model_validator(mode="after")
    def _fed_by_audio(self) -> ConditionWaveNetConfig:
        if self.condition_dsp is None and self.record().condition_size > 1:
            raise ValueError("a conditioning model hears the audio only, so its condition_size is at most 1")
        return self


class WaveNetConfig(AnyWaveNetConfig):
    """
    The ``net.config`` of a WaveNet.

    :param stock: demand a file that every player can feed: a net that is given its condition is refused
    :param conditions: what the channels of the condition are, for a net that is given its condition: knobs and
        switches, which are matched with those of the data by name
    :param in_channels: above 1, the conditions are channels of the input beside the audio, for the first stack and
        every mixer, as players feed a file with ``in_channels``
    """

    example: ClassVar[dict[str, Any]] = {
        "layers_configs": [
            {
                "input_size": 1,
                "condition_size": 1,
                "channels": 3,
                "head_size": 1,
                "kernel_size": 3,
                "dilations": [1, 2, 4],
                "activation": "Tanh",
                "gated": False,
                "head_bias": True,
            }
        ],
        "head_scale": 0.5,
    }

    stock: Bool = False
    conditions: Conditions | None = None
    in_channels: Count = 1

    def record(self) -> Spec:
        """Return the normalised description, the conditioning model not included."""
        return replace(super().record(), conditions=self.conditions or (), in_channels=self.in_channels)

    @model_validator(mode="after")
    def _whole(self) -> WaveNetConfig:
        spec = self.record()
        if spec.out_channels != 1:
            last = "the post-head" if spec.post_head else "the last stack's head"
            raise ValueError(f"{last} gives {spec.out_channels} channels, but the output is one; write 1")
        if self.condition_dsp and (spec.conditions or spec.in_channels > 1):
            raise ValueError("condition_dsp makes the condition, so no conditions are given; leave one of them out")
        require_none(condition_problems(spec))
        if self.stock and self.condition_dsp is None and spec.is_conditioned:
            raise ValueError(
                "stock asks for a file that players can run, but they feed no condition of "
                f"{spec.condition_size} channels; drop stock, use condition_dsp, or write condition_size 1 "
                "without conditions"
            )
        return self


ConditionConfig.model_rebuild()
AnyWaveNetConfig.model_rebuild()
ConditionWaveNetConfig.model_rebuild()
WaveNetConfig.model_rebuild()
