"""The config of one entry: the captures that it names, their knobs, and how their items are served."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, model_validator

from nam_kernel import Condition
from nam_kernel.config import Conditions, Config, FilePath, PositiveInt
from nam_plugin_wav import WavConfig

Split = Literal["train", "validation"]

MODEL_SUFFIX = ".nam"
"""Of an output that is a model, which plays the input when the data is loaded."""


class KnobConfig(Config):
    """
    What a knob is. What is left out of the range is taken from the recorded values.

    :param low: the lowest value
    :param high: the highest value
    :param default: where nothing is chosen: a value, or the name of a choice
    :param unit: of the values, for people
    :param step: of its control
    :param curve: ``log`` where equal ratios of the value sound like equal steps
    :param choices: the names of a switch's positions
    """

    low: float | None = Field(None, allow_inf_nan=False)
    high: float | None = Field(None, allow_inf_nan=False)
    default: float | str | None = None
    unit: str = ""
    step: float | None = Field(None, gt=0, allow_inf_nan=False)
    curve: Literal["linear", "log"] = "linear"
    choices: list[str] | None = Field(None, min_length=2)

    @model_validator(mode="after")
    def _a_switch_or_a_knob(self) -> KnobConfig:
        names = self.choices or []
        if names and (self.low is not None or self.high is not None):
            raise ValueError("a switch has choices, and no low and high; leave one of them out")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the choice '{twice}' is there twice")
        if isinstance(self.default, str) and self.default not in names:
            known = f"is none of {', '.join(names)}" if names else "is no number"
            raise ValueError(f"the default '{self.default}' {known}")
        low, high = (0, len(names) - 1) if names else (self.low, self.high)
        if low is not None and high is not None and low > high:
            raise ValueError(f"it goes from {low:g} to {high:g}; low comes first")
        if self.curve == "log" and low is not None and low <= 0:
            raise ValueError(f"it begins at {low:g}; a log curve begins above 0")
        default = names.index(self.default) if isinstance(self.default, str) else self.default
        if default is not None and not (-math.inf if low is None else low) <= default <= (
            math.inf if high is None else high
        ):
            raise ValueError(f"the default {default:g} is out of its range")
        return self

    @classmethod
    def of(cls, condition: Condition) -> KnobConfig:
        """Return what says as much as the kernel's record."""
        shared = {name: getattr(condition, name) for name in ("default", "unit", "step", "curve")}
        if condition.choices:
            return cls(choices=list(condition.choices), **shared)
        return cls(low=condition.low, high=condition.high, **shared)

    @property
    def complete(self) -> bool:
        """Whether the recorded values have nothing to add."""
        return bool(self.choices) or (self.low is not None and self.high is not None)

    def condition(self, name: str, recorded: tuple[float, ...]) -> Condition:
        """
        Return the knob as the kernel knows it.

        :param recorded: values, from which comes what the config leaves out
        :raises ValueError: when low is not below high, or the default is out of range
        """
        if self.choices:
            default = self.choices.index(self.default) if isinstance(self.default, str) else self.default
            return Condition(name, default=default, unit=self.unit, choices=tuple(self.choices))
        low = min(recorded) if self.low is None else self.low
        high = max(recorded) if self.high is None else self.high
        assert not isinstance(self.default, str)
        default = middle(recorded, low, high) if self.default is None and recorded else self.default
        return Condition(name, low, high, default, self.unit, step=self.step, curve=self.curve)


def middle(recorded: tuple[float, ...], low: float, high: float) -> float | None:
    """Return the recorded value in the middle of those in a range; None where there is none."""
    inside = sorted({value for value in recorded if low <= value <= high})
    return inside[(len(inside) - 1) // 2] if inside else None


def _kind(value: Any) -> str:
    if isinstance(value, (dict, KnobConfig)):
        return "KnobConfig"
    return "none" if value is None else "str" if isinstance(value, str) else "float"


Knob = Annotated[
    Annotated[KnobConfig, Tag("KnobConfig")]
    | Annotated[float, Field(strict=True, allow_inf_nan=False), Tag("float")]
    | Annotated[str, Field(min_length=1), Tag("str")]
    | Annotated[None, Tag("none")],
    Discriminator(_kind),
]


def _folder(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, (str, os.PathLike)):
        raise ValueError("expected the path of a folder, as a string")
    given = Path(os.fspath(value)).expanduser()
    places = [given if base is None else base / given for base in ((info.context or {}).get("base"), None)]
    for place in places:
        if place.is_dir():
            return place.absolute()
    raise ValueError(f"there is no folder {places[0].absolute()}; check the path")


class CaptureConfig(WavConfig):
    """
    One capture: what ``WavConfig`` says of a pair of files, and values of knobs that move while it is recorded.

    :param y_path: the output; or a model file, which plays the input when the data is loaded
    :param knob_data_path: a CSV file of values over time: seconds or samples, then a column for each knob
    :param knob_data: whether a value holds until the next one, or moves to it in a straight line
    :param segment_samples: the length of the recordings that were joined end to end to this one; items cross no seam
    """

    knob_data_path: FilePath | None = None
    knob_data: Literal["held", "interpolated"] = "interpolated"
    segment_samples: PositiveInt | None = None

    @property
    def teacher(self) -> bool:
        """Whether the output is a model."""
        return self.y_path is not None and self.y_path.suffix.lower() == MODEL_SUFFIX


class CapturesConfig(CaptureConfig):
    """
    One entry of captures: a table of them, the files in a folder, or a single one.

    What ``WavConfig`` and ``CaptureConfig`` know of a pair of files holds for each capture that does not say its own.

    :param table: a CSV file with a line for each capture
    :param pattern: the names of output files, ``"{gain}_{tone}.wav"``, from which the settings are read
    :param folder: of these files; that of the input by default
    :param knobs: by name: what a knob is, as an object; its value in this capture, or all of these; or null for a
        column that is no knob
    :param conditions: the knobs in their order, which is written here from ``knobs`` and the recordings of a run
    :param split: which lines of the table are used; written here from the place of the entry
    :param form: of the items: ``plain`` is (x, gain, tone, y), ``nested`` is (x, (y, gain, tone)), ``grouped`` is
        (x, params, y)
    :param over_time: give every knob as a signal, as long as the input, also one that stands still
    """

    x_path: FilePath | None = None  # type: ignore[assignment]
    y_path: FilePath | None = None  # type: ignore[assignment]
    table: FilePath | None = None
    pattern: str | None = None
    folder: Annotated[Path, BeforeValidator(_folder)] | None = None
    knobs: dict[str, Knob] = Field(default_factory=dict)
    conditions: Conditions | None = None
    split: Split | None = None
    form: Literal["plain", "nested", "grouped"] = "plain"
    over_time: Annotated[bool, Field(strict=True)] = False

    @classmethod
    def example(cls, folder: Path) -> dict[str, Any]:
        """Return an entry of two captures in a table, which is written to ``folder`` with their files."""
        pair = super().example(folder)
        rows = [f"{pair['x_path']},{pair['y_path']},{gain}" for gain in (0, 10)]
        table = folder / "captures.csv"
        table.write_text("\n".join(["x_path,y_path,gain", *rows]), encoding="utf-8")
        return {"table": str(table), "delay": 0, "ny": 1000}

    @model_validator(mode="after")
    def _names_captures(self) -> CapturesConfig:
        given = [key for key in ("table", "pattern", "y_path") if getattr(self, key) is not None]
        if not given:
            raise ValueError(
                'no captures are named; give a "table" of them, a "pattern" of file names, or x_path and y_path'
            )
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} both name captures; keep one of them")
        if given != ["table"] and self.x_path is None:
            raise ValueError("x_path is missing, the input of the captures")
        if self.folder is not None and self.pattern is None:
            raise ValueError('folder is that of a pattern; give the "pattern" of the file names in it')
        return self

    @property
    def declared(self) -> dict[str, KnobConfig]:
        """What is said of the knobs, by name."""
        said = {condition.name: KnobConfig.of(condition) for condition in self.conditions or ()}
        return said | {name: spec for name, spec in self.knobs.items() if isinstance(spec, KnobConfig)}

    @property
    def values(self) -> dict[str, float | str]:
        """The values of the knobs in all captures of this entry, by name."""
        return {name: value for name, value in self.knobs.items() if isinstance(value, (int, float, str))}

    @property
    def left_out(self) -> tuple[str, ...]:
        """The columns that are no knobs."""
        return tuple(name for name, spec in self.knobs.items() if spec is None)
