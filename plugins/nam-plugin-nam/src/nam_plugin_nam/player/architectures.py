"""From a model document to the model that plays it, by the name of its architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nam_kernel.errors import ModelFileError
from nam_plugin_nam.document import WITH_KNOBS
from nam_plugin_nam.player.convnet import ConvNet
from nam_plugin_nam.player.knobs import Encoded, Knobs
from nam_plugin_nam.player.linear import Linear
from nam_plugin_nam.player.lstm import Lstm
from nam_plugin_nam.player.model import Config, Model, require
from nam_plugin_nam.player.modulated import Modulated
from nam_plugin_nam.player.nested import Sequential, largest
from nam_plugin_nam.player.wavenet import WaveNet
from nam_plugin_nam.player.weights import Weights

VERSIONS = ((0, 5), (0, 7))
"""The oldest and the newest file version, without their last number, whose meaning is written here."""

VERSIONS_WITH_KNOBS = ((1, 0), (1, 0))
"""The same of the architectures that count on their own."""

Rate = float | None


def model_of(document: Any) -> Model:
    """
    Return the model of a document, before its first sample.

    :raises ModelFileError: when its architecture is not known here, or its parts contradict each other
    """
    if not isinstance(document, Mapping):
        raise ModelFileError(f"a model is an object, not {type(document).__name__}; the file is damaged")
    architecture = document.get("architecture")
    _require_version(document.get("version"), VERSIONS_WITH_KNOBS if architecture in WITH_KNOBS else VERSIONS)
    build = _BUILDERS.get(architecture) if isinstance(architecture, str) else None
    if build is None:
        raise ModelFileError(
            f"the architecture {architecture!r} has no independent player, so it stays unproven; "
            f"there is one of {', '.join(sorted(_BUILDERS))}"
        )
    try:
        weights = Weights(document["weights"])
        model = build(document["config"], weights, _rate(document.get("sample_rate")))
        weights.require_all_taken()
    except KeyError as error:
        raise ModelFileError(f"this {architecture} cannot be played: it does not say {error}") from error
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ModelFileError(f"this {architecture} cannot be played: {error}") from error
    return model


def _wavenet(config: Config, weights: Weights, rate: Rate) -> Model:
    return WaveNet(config, weights, model_of)


def _conditioned_wavenet(config: Config, weights: Weights, rate: Rate) -> Model:
    return WaveNet(config, weights, model_of, is_given=True)


def _lstm(config: Config, weights: Weights, rate: Rate) -> Model:
    fed, taken = config.get("in_channels", 1), config["input_size"]
    require(fed == taken, f"input_size is {taken}, and a player feeds it {fed} channels")
    return Lstm(config, weights, rate)


def _cat_lstm(config: Config, weights: Weights, rate: Rate) -> Model:
    # Where silence leads to depends on the conditions, so the file holds the state to begin with.
    return Lstm(config, weights, rate, settles=False)


def _concat_wavenet(config: Config, weights: Weights, rate: Rate) -> Model:
    knobs = Knobs(config["params"])
    return Encoded(knobs, WaveNet({**config, "in_channels": 1 + knobs.channels}, weights, model_of))


def _concat_lstm(config: Config, weights: Weights, rate: Rate) -> Model:
    knobs = Knobs(config["params"])
    return Encoded(knobs, Lstm({**config, "input_size": 1 + knobs.channels}, weights, rate))


def _film_wavenet(config: Config, weights: Weights, rate: Rate) -> Model:
    return Modulated(config, weights, model_of, low_rank=False)


def _low_rank_wavenet(config: Config, weights: Weights, rate: Rate) -> Model:
    return Modulated(config, weights, model_of, low_rank=True)


def _convnet(config: Config, weights: Weights, rate: Rate) -> Model:
    return ConvNet(config, weights)


def _linear(config: Config, weights: Weights, rate: Rate) -> Model:
    return Linear(config, weights)


def _sequential(config: Config, weights: Weights, rate: Rate) -> Model:
    return Sequential(config, model_of)


def _container(config: Config, weights: Weights, rate: Rate) -> Model:
    return largest(config, model_of)


_BUILDERS: Mapping[str, Callable[[Config, Weights, Rate], Model]] = {
    "CatLSTM": _cat_lstm,
    "ConcatLSTM": _concat_lstm,
    "ConcatWaveNet": _concat_wavenet,
    "ConditionedWaveNet": _conditioned_wavenet,
    "ConvNet": _convnet,
    "FiLMWaveNet": _film_wavenet,
    "LSTM": _lstm,
    "Linear": _linear,
    "LowRankWaveNet": _low_rank_wavenet,
    "Sequential": _sequential,
    "SlimmableContainer": _container,
    "WaveNet": _wavenet,
}


def _rate(stated: Any) -> Rate:
    """Return the sample rate in Hz; None where the document states none, or a number that means so."""
    return float(stated) if stated is not None and stated > 0 else None


def _require_version(version: Any, known: tuple[tuple[int, int], tuple[int, int]]) -> None:
    try:
        major, minor = (int(part) for part in version.split(".")[:2])
    except (AttributeError, ValueError):
        raise ModelFileError(f"the version is {version!r}, not one such as 0.5.4; the file is damaged") from None
    oldest, newest = known
    if not oldest <= (major, minor) <= newest:
        raise ModelFileError(
            f"the version is {version}, and only {oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]} can be proven"
        )
