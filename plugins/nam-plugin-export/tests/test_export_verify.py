"""Claims about ``verify``: it passes what sounds like its model, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nam_kernel import Exporter, register
from nam_kernel.cli.main import main
from nam_kernel.errors import UserError
from nam_plugin_export import verify
from nam_plugin_export.proving import exporter_for


def test_a_file_is_compared_with_what_it_describes(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(model)]) == 0
    assert "proof    passed" in capsys.readouterr().out


def test_a_file_is_compared_with_another_model(model: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(model), "--against", str(model)]) == 0
    assert verify.main([str(run / "model.tape"), "--against", str(run)]) == 0
    capsys.readouterr()
    # Gain 2 against gain 3: off by a third of the peak.
    assert verify.main([str(model), "--against", str(run)]) == 1
    assert "failed: it differs from the model by 3.3e-01 of the peak" in capsys.readouterr().out


def test_a_changed_file_is_found(model: Path, tmp_path: Path) -> None:
    document = json.loads(model.read_text())
    (tmp_path / "changed.tape").write_text(json.dumps({**document, "weights": [2.0001]}))
    assert verify.main([str(tmp_path / "changed.tape"), "--against", str(model)]) == 1
    assert verify.main([str(tmp_path / "changed.tape")]) == 0


def test_a_file_whose_name_says_nothing_is_of_the_format_that_is_named(model: Path, tmp_path: Path) -> None:
    unnamed = tmp_path / "cassette"
    unnamed.write_bytes(model.read_bytes())
    with pytest.raises(UserError, match="--as"):
        verify.main([str(unnamed), "--against", str(model)])
    assert verify.main([str(unnamed), "--against", str(model), "--as", "tape"]) == 0


def test_what_nothing_independent_plays_is_not_verified(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.blank").write_bytes(model.read_bytes())
    assert verify.main([str(tmp_path / "m.blank"), "--against", str(model)]) == 1
    assert "unproven" in capsys.readouterr().out


def test_of_two_formats_a_file_has_the_one_of_the_longer_suffix(model: Path) -> None:
    register(Exporter(name="metal", target=None, suffix=".metal.tape", reader=lambda path: None))
    assert exporter_for(model.with_name("a.b.tape"), None).record.name == "tape"
    assert exporter_for(model.with_name("a.metal.tape"), None).record.name == "metal"


def test_what_cannot_be_verified_is_explained(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.worn").write_bytes(model.read_bytes())
    for file, told in (("m.worn", "--against MODEL"), ("none.tape", "no such file")):
        assert main(["verify", str(tmp_path / file)]) == 2
        assert told in capsys.readouterr().err
