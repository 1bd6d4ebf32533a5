"""In a run the net is told its knobs by name, whatever their order, and the captures are checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from captures_parts import amplifier, guitar, table, write

from nam_kernel import check
from nam_kernel.errors import HandshakeError, UserError
from nam_kernel.interfaces import unpack_batch
from nam_plugin_parametric.captures.checks import captured, findings

pytest.importorskip("nam_plugin_lightning")
pytest.importorskip("nam_plugin_losses")

LEARNING: dict[str, Any] = {"trainer": {"max_epochs": 1}}
KNOBS = {"tone": {"low": 0, "high": 10}, "gain": {"low": 0, "high": 10}}


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captures")
    x = guitar(1.5)
    write(folder / "di.wav", x)
    lines = ["x_path,y_path,gain,tone,split"]
    for gain, tone, split in (
        (0, 8, "train"),
        (10, 2, "train"),
        (0, 2, "train"),
        (10, 8, "train"),
        (5, 5, "validation"),
    ):
        write(folder / f"{gain}_{tone}.wav", amplifier(x, gain, tone))
        lines.append(f"di.wav,{gain}_{tone}.wav,{gain},{tone},{split}")
    return table(folder, *lines)


def data(path: Path, **common: Any) -> dict[str, Any]:
    return {"train": {}, "validation": {}, "common": {"type": "Captures", "table": str(path), "ny": 4096, **common}}


def net(name: str = "CatLSTM", **config: Any) -> dict[str, Any]:
    return {"net": {"name": name, "config": {"hidden_size": 2, **config}}}


def test_the_knobs_reach_the_net_and_the_items_in_the_order_of_their_declaration(captures: Path) -> None:
    run = check(data(captures, knobs=KNOBS), net(), LEARNING)
    assert [c.name for c in run.net.conditions or ()] == ["tone", "gain"]
    x, (tone, gain), _ = unpack_batch(run.train[0])
    assert (float(tone), float(gain)) == (8.0, 0.0)
    assert run.net(x, tone, gain).shape == x.shape
    run.teardown()


def test_a_net_of_another_order_gets_its_own(captures: Path) -> None:
    run = check(data(captures, knobs=KNOBS), net(conditions=["gain", "tone"]), LEARNING)
    _, (gain, tone), _ = unpack_batch(run.train[0])
    assert (float(tone), float(gain)) == (8.0, 0.0)
    (dataset,) = captured(run.train)
    assert [len(c.items) for c in dataset.captures] == [len(dataset) // 4] * 4
    run.teardown()


def test_a_net_that_lacks_a_knob_is_refused(captures: Path) -> None:
    with pytest.raises(HandshakeError, match=r"the net lacks tone"):
        check(data(captures, knobs=KNOBS), net(conditions=["gain"]), LEARNING)
    with pytest.raises(HandshakeError, match=r"the net takes 0 conditions"):
        check(data(captures, knobs=KNOBS), net("LSTM"), LEARNING)


def test_the_captures_of_a_run_are_checked(captures: Path, tmp_path: Path) -> None:
    run = check(data(captures, knobs=KNOBS), net(), LEARNING)
    assert {finding.severity for finding in findings(run)} == {"info"}
    run.teardown()
    text = captures.read_text().replace("di.wav", str(captures.parent / "di.wav"))
    for name in ("0_8", "0_2", "10_8", "5_5"):
        text = text.replace(f",{name}.wav", f",{captures.parent}/{name}.wav")
    late = write(tmp_path / "10_2.wav", np.roll(amplifier(guitar(1.5), 10, 2), 300))
    (tmp_path / "t.csv").write_text(text.replace(",10_2.wav", f",{late}"))
    run = check(data(tmp_path / "t.csv", knobs=KNOBS), net(), LEARNING)
    (warning,) = [finding for finding in findings(run) if finding.severity == "warning"]
    assert (warning.kind, "10_2.wav lags" in warning.sentence) == ("shifted", True)
    run.teardown()


def test_nothing_is_found_in_a_run_without_captures(tmp_path: Path) -> None:
    entry = {"x_path": str(write(tmp_path / "x.wav", guitar(1.0))), "y_path": str(tmp_path / "x.wav"), "anyway": True}
    run = check(
        {"train": {**entry, "ny": 4096, "delay": 0}}, {"net": {"name": "LSTM", "config": {"hidden_size": 2}}}, LEARNING
    )
    assert list(findings(run)) == []
    run.teardown()


def test_training_items_of_all_captures_are_mixed_in_a_batch(captures: Path) -> None:
    run = check(data(captures, knobs=KNOBS), net(), LEARNING)
    (dataset,) = captured(run.train)
    loader = torch.utils.data.DataLoader(dataset, batch_size=len(dataset), shuffle=True)
    (batch,) = loader
    assert len({tuple(setting) for setting in torch.stack(batch[1:-1], 1).tolist()}) == 4
    run.teardown()


def test_a_wrong_table_stops_the_run_in_words(captures: Path) -> None:
    with pytest.raises(UserError, match="gain is 10; it goes from 0 to 9"):
        check(data(captures, knobs={**KNOBS, "gain": {"low": 0, "high": 9}}), net(), LEARNING)


def test_the_documented_examples_are_ready_to_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parents[3] / "docs" / "knobs.md"
    if not page.exists():
        pytest.skip("the documentation comes with the checkout")
    text = page.read_text(encoding="utf-8").partition("## Captures")[2].partition("\n## ")[0]
    monkeypatch.chdir(tmp_path)
    x = guitar(2.0)
    write(tmp_path / "di.wav", x)
    (lines,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    (tmp_path / "captures.csv").write_text(lines)
    for name in re.findall(r"\w+_\d\.wav", lines):
        write(tmp_path / name, amplifier(x, float(name[-5]), 8 if "lead" in name else 3))
    write(tmp_path / "moving.wav", amplifier(x, 5))
    (tmp_path / "knobs.csv").write_text("seconds,gain\n0,1\n1.5,9\n")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    assert len(examples) == 2
    for example, names in zip(examples, (["gain", "mode"], ["gain"]), strict=True):
        run = check(example, net(), LEARNING)
        assert [c.name for c in run.net.conditions or ()] == names
        run.teardown()


def test_ends_are_added_where_a_range_goes_beyond_what_was_recorded(captures: Path) -> None:
    joint = [{"name": "silence", "share": 0.0}, {"name": "ends", "share": 0.5}]
    plain = check({**data(captures, knobs=KNOBS), "joint": joint[:1]}, net(), LEARNING)
    run = check({**data(captures, knobs=KNOBS), "joint": joint}, net(), LEARNING)
    count = len(plain.train)
    assert len(run.train) == count + round(0.5 * count)
    settings = [[float(c) for c in unpack_batch(run.train[i]).conditions] for i in range(count, len(run.train))]
    # The gain was recorded at both ends, the tone from 2 to 8.
    assert all(gain in (0, 10) and (tone <= 2 or tone >= 8) for tone, gain in settings)
    recorded = {**KNOBS, "tone": {"low": 2, "high": 8}}
    within = check({**data(captures, knobs=recorded), "joint": joint}, net(), LEARNING)
    assert len(within.train) == count
    assert any("'ends' adds nothing" in str(finding) for finding in within.findings)
