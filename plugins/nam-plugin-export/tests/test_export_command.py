"""Claims about ``export``: what it takes, where it writes, and that what fails its proof never gets a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nam_kernel.cli.main import main
from nam_kernel.errors import UserError
from nam_kernel.models import document_of
from nam_plugin_export import export


def gain_of(path: Path) -> float:
    (gain,) = json.loads(path.read_text())["weights"]
    return float(gain)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_a_file_is_written_under_exactly_the_name_given_and_its_proof_is_told(
    model: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main([str(model), "--to", "tape", str(out / "my.old.cassette")]) == 0
    assert names(out) == ["my.old.cassette", "my.old.label.txt"]
    assert gain_of(out / "my.old.cassette") == 2.0
    assert "proof    passed: it differs from the model by 0.0e+00 of the peak" in capsys.readouterr().out


def test_a_run_and_a_checkpoint_in_it_are_models(run: Path, out: Path) -> None:
    export.main([str(run), "--to", "tape", str(out / "run.tape")])
    export.main([str(run / "checkpoints" / "best.ckpt"), "--to", "tape", str(out / "best.tape")])
    assert (gain_of(out / "run.tape"), gain_of(out / "best.tape")) == (3.0, 4.0)
    assert json.loads((out / "best.tape").read_text())["metadata"]["name"] == "Four"


def test_the_best_model_of_a_run_that_goes_on_is_a_model(run: Path, out: Path) -> None:
    facts = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**facts, "state": "running", "files": []}))
    export.main([str(run), "--to", "tape", str(out / "run.tape")])
    assert gain_of(out / "run.tape") == 3.0


@pytest.mark.parametrize(("size", "gain"), [([], 1.0), (["--size", "1"], 1.0), (["--size", "0"], 0.5)])
def test_a_size_is_chosen_and_otherwise_it_is_the_one_that_is_played(
    tmp_path: Path, out: Path, size: list[str], gain: float
) -> None:
    sized = {"version": "0.5.4", "architecture": "Sized", "config": {}, "weights": [1.0]}
    (tmp_path / "s.tape").write_text(json.dumps(sized))
    export.main([str(tmp_path / "s.tape"), "--to", "tape", str(out / "o.tape"), *size])
    assert gain_of(out / "o.tape") == gain


def test_nothing_is_left_of_a_file_that_fails_its_proof(
    model: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "o.worn").write_text("precious")
    assert main(["export", str(model), "--to", "worn", str(out / "o.worn"), "--force"]) == 1
    assert main(["export", str(model), "--to", "worn", str(out / "other.worn")]) == 1
    assert names(out) == ["o.worn"]
    assert (out / "o.worn").read_text() == "precious"
    assert "is not written: its proof failed: it differs from the model by 1.0e-03" in capsys.readouterr().err


def test_a_file_says_how_it_was_proven_and_does_not_repeat_what_its_source_said(
    model: Path, out: Path, tmp_path: Path
) -> None:
    export.main([str(model), "--to", "tape", str(out / "o.tape")])
    said = json.loads((out / "o.tape").read_text())["metadata"]
    assert said == {"proof": {"largest_error": 0.0, "played": "whole"}}
    kept = {"name": "Old", "proof": {"largest_error": 9e-6, "played": "years ago"}}
    document = {"version": "0.5.4", "architecture": "Gain", "config": {}, "weights": [2.0], "metadata": kept}
    (tmp_path / "old.nam").write_text(json.dumps(document))
    pytest.importorskip("nam_plugin_nam")
    # It knows no player of this net, so the proof of the file that is read is not one of the file that is written.
    export.main([str(tmp_path / "old.nam"), "--to", "nam", str(out / "new.nam")])
    assert json.loads((out / "new.nam").read_text())["metadata"] == {"name": "Old"}


def test_a_format_that_nothing_independent_plays_is_written_unproven(
    model: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main([str(model), "--to", "blank", str(out / "o.blank")]) == 0
    assert "unproven: the exporter 'blank'" in capsys.readouterr().out


def test_a_net_that_the_format_cannot_hold_is_refused_with_the_reason(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loud = {"version": "0.5.4", "architecture": "Gain", "config": {}, "weights": [1000.0]}
    (tmp_path / "loud.tape").write_text(json.dumps(loud))
    assert main(["export", str(tmp_path / "loud.tape"), "--to", "tape", str(out / "o.tape")]) == 2
    assert "it is longer than the tape" in capsys.readouterr().err
    assert names(out) == []


def test_what_exists_is_overwritten_only_when_told_to_and_what_is_read_never(model: Path, out: Path, run: Path) -> None:
    (out / "o.tape").write_text("precious")
    (out / "new.label.txt").write_text("precious, too")
    for target in ("o.tape", "new.tape"):
        with pytest.raises(UserError, match=r"exists; .*--force"):
            export.main([str(model), "--to", "tape", str(out / target)])
    assert names(out) == ["new.label.txt", "o.tape"]
    assert (out / "o.tape").read_text() == "precious"
    export.main([str(model), "--to", "tape", str(out / "o.tape"), "--force"])
    assert gain_of(out / "o.tape") == 2.0
    for source, read in ((model, model), (run, run / "model.tape")):
        with pytest.raises(UserError, match="is read by this command"):
            export.main([str(source), "--to", "tape", str(read), "--force"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["{model}", "--to", "taep", "{out}/o"], "taep"),
        (["{model}", "--to", "shelf", "{out}/o"], "only reads files"),
        (["{model}", "--to", "tape", "{out}/o", "--size", "2"], "from 0 to 1"),
        (["{model}", "--to", "tape", "{out}/o", "--size", "0.5"], "one size only"),
        (["{model}", "--to", "tape", "{out}/none/o"], "is not a folder"),
        (["{out}/none.tape", "--to", "tape", "{out}/o"], "no such file"),
        (["{out}/none.ckpt", "--to", "tape", "{out}/o"], "no such file"),
        (["{out}", "--to", "tape", "{out}/o"], "is not the directory of a run"),
    ],
)
def test_what_is_wrong_is_explained(
    model: Path, out: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [argument.format(model=model, out=out) for argument in arguments]
    assert main(["export", *filled]) == 2
    assert told in capsys.readouterr().err
    assert names(out) == []


def test_a_checkpoint_is_read_only_where_its_level_and_its_net_are_known(run: Path, out: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.ckpt"
    alone.write_bytes((run / "checkpoints" / "best.ckpt").read_bytes())
    with pytest.raises(UserError, match="is not in the directory of a run"):
        export.main([str(alone), "--to", "tape", str(out / "o")])
    (run / "config_data.json").write_text('{"train": {}, "joint": [{"level": 1}]}')
    with pytest.raises(UserError, match="another level than the recordings"):
        export.main([str(run / "checkpoints" / "best.ckpt"), "--to", "tape", str(out / "o")])


def test_a_model_read_back_and_exported_again_is_the_same(model: Path, out: Path) -> None:
    export.main([str(model), "--to", "tape", str(out / "one.tape")])
    export.main([str(out / "one.tape"), "--to", "tape", str(out / "two.tape")])
    assert (out / "one.tape").read_bytes() == (out / "two.tape").read_bytes()


def test_the_sizes_of_a_container_become_files_of_their_own(out: Path, tmp_path: Path) -> None:
    import nam_kernel

    pytest.importorskip("nam_plugin_container")
    linear: Any = [
        {"name": n, "net": {"name": "Linear", "config": {"receptive_field": r}}} for n, r in (("s", 2), ("l", 5))
    ]
    net = nam_kernel.make_net("Container", {"submodels": linear}).eval()
    nam_kernel.write_model(net, tmp_path / "c.nam")
    for arguments, expected in (([], 5), (["--size", "0"], 2)):
        target = out / f"{expected}.nam"
        assert main(["export", str(tmp_path / "c.nam"), "--to", "nam", str(target), *arguments]) == 0
        assert document_of(nam_kernel.read_model(target))["config"]["receptive_field"] == expected


def test_a_capture_becomes_torchscript_that_plays_as_the_reference_player(out: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("nam_plugin_torchscript")
    import soundfile

    from support import case

    assert main(["export", str(case("nam/wavenet.nam")), "--to", "torchscript", str(out / "w.ts")]) == 0
    x, y = (
        torch.from_numpy(soundfile.read(case(f"nam/{n}.wav"), dtype="float32")[0]) for n in ("input", "wavenet.core")
    )
    from nam_plugin_torchscript.building import quiet

    with quiet():
        played = torch.jit.load(out / "w.ts")(x[None])[0]
    assert float((played - y).abs().max() / y.abs().max()) <= 1e-5
