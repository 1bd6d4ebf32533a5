"""What a model file states about its model."""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel


class GearType(Enum):
    """The kind of gear that was captured."""

    AMP = "amp"
    PEDAL = "pedal"
    PEDAL_AMP = "pedal_amp"
    AMP_CAB = "amp_cab"
    AMP_PEDAL_CAB = "amp_pedal_cab"
    PREAMP = "preamp"
    STUDIO = "studio"


class ToneType(Enum):
    """The sound."""

    CLEAN = "clean"
    OVERDRIVE = "overdrive"
    CRUNCH = "crunch"
    HI_GAIN = "hi_gain"
    FUZZ = "fuzz"


class Date(BaseModel):
    """The local time at which the file was written."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int


class UserMetadata(BaseModel):
    """
    What the user states about a model.

    :param name: for people
    :param modeled_by: the maker of the model
    :param gear_make: the maker of the gear
    :param gear_model: the model of the gear
    :param input_level_dbu: analog level, in dBu, of a full-scale sine at the input
    :param output_level_dbu: the same at the output
    """

    name: str | None = None
    modeled_by: str | None = None
    gear_type: GearType | None = None
    gear_make: str | None = None
    gear_model: str | None = None
    tone_type: ToneType | None = None
    input_level_dbu: float | None = None
    output_level_dbu: float | None = None
