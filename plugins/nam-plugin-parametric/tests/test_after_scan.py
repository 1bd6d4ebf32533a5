"""What runs away, hums or thumps at a corner of the knobs is told with the setting."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from after_parts import GAIN, TONE, Takes, takes, trained
from torch import Tensor

from nam_kernel import BaseNet, Condition
from nam_kernel.errors import UserError
from nam_kernel.models import write_model
from nam_plugin_parametric.after.corners import corners, moves
from nam_plugin_parametric.after.excerpts import captured
from nam_plugin_parametric.after.scan import ramp, scan
from nam_plugin_parametric.after.scan_command import main

MODE = Condition("mode", choices=("clean", "crunch", "lead"))


class Formula(BaseNet):
    """A stranger's net whose output for every setting is known: ``x * gain``, and ``hum`` or ``offset`` beside it."""

    def __init__(self, conditions: tuple[Condition, ...], output: Any) -> None:
        super().__init__(48000.0)
        self._conditions, self.output = conditions, output
        self.unused = torch.nn.Parameter(torch.zeros(1))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return self._conditions

    @property
    def receptive_field(self) -> int:
        return 2

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        knobs = [c[:, None].expand_as(x) if c.ndim == 1 else c for c in conditions]
        return self.output(x, *knobs)[:, 1:]  # type: ignore[no-any-return]

    @classmethod
    def init_from_config(cls, config: Any) -> Formula:
        raise NotImplementedError

    def export_config(self) -> dict[str, Any]:
        return {}


def sentences(net: BaseNet) -> list[str]:
    return [finding.sentence for finding in scan(net).findings()]


def test_a_corner_that_runs_away_is_named_with_the_setting() -> None:
    wild = Formula((GAIN, TONE), lambda x, gain, tone: x * (1 + 155 * (gain / 10) * (1 - tone / 10)))
    (sentence,) = sentences(wild)
    assert sentence == (
        "the model runs away at gain 10, tone 0 and 1 more setting: its peak is 156 times that of the median corner"
    )


def test_hum_and_dc_are_told_apart_in_dbfs() -> None:
    time = torch.arange(200_000) / 48000

    def hums(x: Tensor, gain: Tensor) -> Tensor:
        return x + 0.01 * math.sqrt(2) * torch.sin(2 * torch.pi * 200 * time[: x.shape[1]]) * (gain / 10)

    assert sentences(Formula((GAIN,), hums))[0] == "the model hums on silence at gain 10 and 1 more setting: -40 dBFS"
    (sentence,) = sentences(Formula((GAIN,), lambda x, gain: x + 0.02 * (gain == 0)))
    assert sentence == "the model has DC on silence at gain 0: -34 dBFS"


def test_a_thump_is_the_peak_on_silence_while_a_knob_moves() -> None:
    # It plays the speed of its knob: 10 in 10 ms, 480 samples, are 1 / 479 of the range for each sample.
    def thumps(x: Tensor, gain: Tensor) -> Tensor:
        return x + 47.9 * torch.diff(gain / 10, prepend=gain[:, :1], dim=1)

    found = scan(Formula((GAIN,), thumps))
    worst = {m.seconds: m.thump for m in found.moves if abs(m.begin[0] - m.end[0]) == 10}
    assert worst[0.01] == pytest.approx(-20.0, abs=0.01)
    assert worst[0.2] == pytest.approx(20 * math.log10(47.9 / 9599), abs=0.01)
    (finding,) = found.findings()
    assert finding.kind == "thump"
    assert "within 10 ms" in finding.sentence
    assert "-20 dBFS" in finding.sentence


def test_a_net_that_does_nothing_wrong_is_not_blamed() -> None:
    assert sentences(Formula((GAIN, MODE), lambda x, gain, mode: x * (0.5 + gain / 20))) == []


def test_all_corners_are_played_and_of_too_many_a_sample_that_stays_the_same() -> None:
    settings, count = corners((GAIN, MODE), 64)
    assert count == 6
    assert len(settings) == 7
    assert settings[0] == (5.0, 0.0)
    assert {s for s in settings[1:]} == {(g, m) for g in (0.0, 10.0) for m in (0.0, 1.0, 2.0)}
    many = tuple(Condition(f"k{i}") for i in range(12))
    sample, count = corners(many, 64)
    assert count == 4096
    assert len(set(sample)) == 65
    assert sample == corners(many, 64)[0]
    listed = moves(settings, 10)
    assert len(listed) == len(set(listed)) == 10
    assert listed == moves(settings, 10)


def test_on_a_slow_machine_fewer_corners_are_played_and_that_is_told() -> None:
    hours = iter(range(0, 10**9, 3600))
    found = scan(Formula((GAIN, TONE), lambda x, gain, tone: x), clock=lambda: float(next(hours)))
    assert dict(found.rows())["Corners that were played"] == "a sample of 1 of the 4, and the defaults"


def test_a_ramp_follows_the_curve_of_the_knob_and_a_switch_jumps() -> None:
    mid = Condition("mid", 100.0, 10000.0, curve="log")
    signals = ramp((mid, MODE), (100.0, 0.0), (10000.0, 2.0), 3, 5, 3)
    assert signals[0].tolist() == pytest.approx([100] * 3 + [100, 10**2.5, 1000, 10**3.5, 10000] + [10000] * 3)
    assert signals[1].tolist() == [0] * 5 + [2] * 6


def test_the_command_scans_a_file_and_refuses_one_without_knobs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [(0.0,), (5.0,), (10.0,)]
    captures = takes(settings, settings)
    net = trained(captures, steps=40)
    recorded = scan(net, list(captured(net, Takes(captures), "train")))  # type: ignore[arg-type]
    assert recorded.reference == "the highest of all captures"
    file = tmp_path / "amp.nam"
    write_model(net, file, {})
    assert main([str(file)]) == 0
    assert "Corners that were played  all 2, and the defaults" in capsys.readouterr().out
    assert main([str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["facts"]["Corners that were played"] == "all 2, and the defaults"
    write_model(net.bake({"gain": 5}), tmp_path / "baked.nam", {})
    with pytest.raises(UserError, match="has no knobs"):
        main([str(tmp_path / "baked.nam")])
    with pytest.raises(UserError):
        main([str(tmp_path / "missing.nam")])
