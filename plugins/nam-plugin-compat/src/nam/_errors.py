"""Errors that are caught by their names in nam_kernel and by what the older package raised in their place."""

from __future__ import annotations

from nam_kernel.errors import DataError, HandshakeError, ModelFileError


class NotMonoError(DataError, AssertionError, NotImplementedError):
    """A file has more than one channel."""


class FileKindError(DataError, EOFError, OSError):
    """A file is not audio."""


class DoubleRequirementError(ValueError, AssertionError):
    """One thing is required in two ways."""


class OutOfRangeError(IndexError, KeyError):
    """There is no item of that number."""

    __str__ = IndexError.__str__


class NoDatasetsError(DataError, RuntimeError):
    """A list of datasets is empty."""


class ScaleError(HandshakeError, ValueError):
    """A change of the level of the output cannot be undone in the model."""


class WeightCountError(ModelFileError, RuntimeError, ValueError):
    """There are too many weights, or too few."""


class UnreadableWeightsError(ModelFileError, NotImplementedError):
    """Nobody knows in which order a net writes its weights."""


class UnknownNetError(KeyError, ValueError):
    """No net has this name."""


class UnreadableArchitectureError(ModelFileError, KeyError):
    """No plugin reads an architecture."""

    __str__ = ModelFileError.__str__


class StrayKeywordError(ValueError, TypeError):
    """A net was called with a keyword that it does not know."""


class StrayKeywordOfListError(NotImplementedError, TypeError):
    """A net of nets was called with a keyword that it cannot pass on."""


class StrategyError(ValueError, AssertionError):
    """A way of training is no longer there."""


class UnknownActivationError(ValueError, AttributeError):
    """No activation that a player knows has this name."""


class UnknownMetricError(RuntimeError, ValueError):
    """No metric has this name."""


class UnknownSignalError(NotImplementedError, KeyError):
    """There is no standard signal of a version."""

    __str__ = NotImplementedError.__str__


class RecordingTooShortError(RuntimeError, ValueError):
    """A recording ends before the clicks of the signal do."""
