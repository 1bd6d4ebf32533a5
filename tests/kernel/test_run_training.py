"""Claims about a run from start to end, with a trainer, a net, data, a loss and a format of the tests' own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import nam_kernel
from nam_kernel.cli import full, resume
from nam_kernel.errors import HandshakeError, PluginError, TrainingError, UserError
from nam_kernel.interfaces import Fit, Job, Observer
from nam_kernel.run import Prepared
from nam_kernel.run.training import _fit
from parts import GainNet, Loop, documents

pytestmark = pytest.mark.usefixtures("alone")

SCALER = """
from nam_kernel import hookimpl

@hookimpl
def nam_prepare(run):
    for entry in [e for e in run.joint if e["name"] == "quarter"]:
        run.joint.remove(entry)
        run.scale_output(0.25)
"""

SECOND_FORMAT = """
from nam_kernel import Exporter, hookimpl

@hookimpl
def nam_exporters():
    return [Exporter(name="second", target="parts:write_text", suffix=".gain")]
"""


def run_json(folder: Path) -> dict[str, Any]:
    (file,) = folder.rglob("run.json")
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def test_the_gain_is_learned_written_and_recorded(tmp_path: Path) -> None:
    result = nam_kernel.train(*documents(learning={"steps": 300}), outdir=tmp_path)
    assert result.net.gain.tolist() == pytest.approx([0.5, 0.0], abs=0.01)  # the data's gain is 0.5
    assert result.model_path is not None
    assert json.loads(result.model_path.read_text())["weights"] == pytest.approx([0.5, 0.0], abs=0.01)
    facts = run_json(tmp_path)
    assert (facts["format"], facts["state"], facts["epochs"], facts["best_epoch"]) == (1, "done", 30, 30)
    assert facts["components"]["net"] == {"component": "Gain", "from": "nam-plugin-alone", "version": "1.2"}
    assert facts["components"]["trainer"]["component"] == "loop"
    assert facts["files"] == ["model.gain"]
    assert repr(result).startswith("Result(")
    assert len(repr(result)) < 300


@pytest.mark.parametrize("style", [None, "bar", "lines", "json"])
def test_how_a_person_wants_to_see_the_progress_reaches_the_observers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], style: str | None
) -> None:
    files = [tmp_path / f"{name}.json" for name in ("data", "model", "learning")]
    for file, document in zip(files, documents(), strict=True):
        file.write_text(json.dumps(document))
    seen: list[str | None] = []
    option = ["--progress", style] if style else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nam_kernel.run.training._fit", _noting(seen))
        assert full.main([*map(str, files), str(tmp_path / "runs"), *option]) == 0
        assert resume.main([str(next((tmp_path / "runs").iterdir())), *option]) == 0
    assert seen == [style, style]
    told = capsys.readouterr()
    # stdout is for programs alone where they asked for it.
    assert ("The model: " in told.out) == (style != "json")
    assert ("The model: " in told.err) == (style == "json")


def _noting(seen: list[str | None]) -> Callable[..., Fit]:
    """Return the step that trains, which notes what the run was asked for."""

    def fit(run: Prepared, directory: Path, resume: bool) -> Fit:
        seen.append(run.options.progress)
        return _fit(run, directory, resume)

    return fit


def test_another_style_of_progress_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        full.main(["a", "b", "c", "d", "--progress", "dots"])
    assert left.value.code == 2
    assert "invalid choice: 'dots'" in capsys.readouterr().err


def test_a_prepared_run_can_be_trained(tmp_path: Path) -> None:
    run = nam_kernel.check(*documents())
    result = nam_kernel.train(run, outdir=tmp_path)
    assert result.directory.parent == tmp_path
    assert run.train.torn_down == 1  # type: ignore[attr-defined]


def test_new_folder_false_writes_into_the_folder_itself(tmp_path: Path) -> None:
    result = nam_kernel.train(*documents(), outdir=tmp_path, new_folder=False)
    assert result.directory == tmp_path
    assert (tmp_path / "model.gain").exists()


@pytest.mark.parametrize("name", ["text", "second"])
def test_a_changed_level_of_the_data_is_undone_in_every_export_and_in_the_result(
    tmp_path: Path, alone: Any, name: str
) -> None:
    alone("scaler", SCALER)
    alone("second", SECOND_FORMAT)
    given = documents(
        data={"joint": [{"name": "quarter"}]},
        model={"net": {"name": "Gain"}, "export": [name]},
        learning={"steps": 600},
    )
    result = nam_kernel.train(*given, outdir=tmp_path)
    assert result.net.gain[0].item() == pytest.approx(0.5, abs=0.01)
    assert result.model_path is not None
    assert json.loads(result.model_path.read_text())["weights"][0] == pytest.approx(0.5, abs=0.01)


def test_the_data_is_back_at_its_level_when_the_run_is_finished(tmp_path: Path, alone: Any) -> None:
    alone("scaler", SCALER)
    run = nam_kernel.check(*documents(data={"joint": [{"name": "quarter"}]}))
    assert run.output_factor == 0.25
    scaled = run.train[0][-1].clone()
    nam_kernel.train(run, outdir=tmp_path)
    assert torch.allclose(run.train[0][-1], 4 * scaled)


def test_a_net_that_cannot_be_scaled_is_refused_before_the_training(
    tmp_path: Path, alone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone("scaler", SCALER)
    monkeypatch.delattr(GainNet, "scale_output")
    with pytest.raises(HandshakeError, match="cannot change the level of its output"):
        nam_kernel.train(*documents(data={"joint": [{"name": "quarter"}]}), outdir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_joint_entry_that_nobody_carries_out_is_an_error() -> None:
    with pytest.raises(UserError, match=r"joint\[0\]\.name: no plugin carries out 'third'"):
        nam_kernel.check(*documents(data={"joint": [{"name": "third"}]}))


def test_observers_see_the_run_and_one_that_raises_stops_nothing(
    tmp_path: Path, alone: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    alone(
        "watcher",
        """
        from nam_kernel import hookimpl

        @hookimpl
        def nam_started(run):
            print("started", run.directory.name)

        @hookimpl
        def nam_progress(run, progress):
            print("epoch", progress.epoch)

        @hookimpl
        def nam_finished(run, result):
            print("finished", result.epochs, run.options.plots)
            raise SystemExit(0)
        """,
    )
    result = nam_kernel.train(*documents(learning={"steps": 20}), outdir=tmp_path, plots=False)
    printed = capsys.readouterr().out.split("\n")
    assert printed[:4] == [f"started {result.directory.name}", "epoch 1", "epoch 2", "finished 2 False"]
    assert "its nam_finished raised SystemExit" in caplog.text
    assert run_json(tmp_path)["state"] == "done"


def test_an_observer_may_ask_for_an_end(tmp_path: Path, alone: Any) -> None:
    alone(
        "stopper",
        """
        from nam_kernel import hookimpl

        @hookimpl
        def nam_progress(run, progress):
            return progress.epoch < 3
        """,
    )
    assert nam_kernel.train(*documents(), outdir=tmp_path).epochs == 3


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (RuntimeError("no more"), TrainingError, "the training failed: RuntimeError: no more"),
        (SystemExit(0), TrainingError, "the training failed: SystemExit: 0"),
        (StopIteration(), TrainingError, "the training failed: StopIteration"),
        (PluginError("as it says"), PluginError, "as it says"),
    ],
    ids=repr,
)
def test_what_a_trainer_raises_is_told_and_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, kind: type[Exception], told: str
) -> None:
    def fit(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(Loop, "fit", fit)
    with pytest.raises(kind, match=told):
        nam_kernel.train(*documents(), outdir=tmp_path)
    assert run_json(tmp_path)["state"] == "failed"


def test_a_run_that_is_resumed_uses_its_own_configs_and_directory(tmp_path: Path) -> None:
    first = nam_kernel.train(*documents(learning={"steps": 20}), outdir=tmp_path)
    again = nam_kernel.resume(first.directory)
    assert again.directory == first.directory
    assert again.epochs == 2
    assert len(list(tmp_path.rglob("run.json"))) == 1


def test_a_finished_run_that_is_resumed_keeps_its_files_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_to_do(self: Loop, job: Job, directory: Path, observe: Observer, *, resume: bool) -> Fit:
        assert resume
        return Fit(job.net.eval(), {}, epochs=2, stopped="finished; nothing to do")

    first = nam_kernel.train(*documents(learning={"steps": 20}), outdir=tmp_path)
    monkeypatch.setattr(Loop, "fit", nothing_to_do)
    assert first.model_path is not None
    first.model_path.write_text("untouched")
    again = nam_kernel.resume(first.directory)
    assert (again.files, again.proofs) == (first.files, first.proofs)
    assert first.model_path.read_text() == "untouched"
    assert run_json(tmp_path)["files"] == ["model.gain"]
    assert run_json(tmp_path)["state"] == "done"


def test_ready_sees_the_parts_before_anything_is_written(tmp_path: Path) -> None:
    seen: list[bool] = []

    def ready(run: Prepared) -> None:
        seen.append((tmp_path / "out").exists())
        raise UserError("not today")

    with pytest.raises(UserError, match="not today"):
        nam_kernel.train(*documents(), outdir=tmp_path / "out", ready=ready)
    assert seen == [False]
    assert not (tmp_path / "out").exists()


def test_every_document_names_the_default_where_it_says_nothing(tmp_path: Path) -> None:
    run = nam_kernel.check(*documents())
    names = {role: bound.record.name for role, bound in run.parts.items()}
    assert names == {
        "net": "Gain",
        "train": "noise",
        "validation": "noise",
        "loss.Square": "Square",
        "export.text": "text",
        "trainer": "loop",
    }


def test_two_defaults_are_an_error_that_names_both_and_the_key(alone: Any) -> None:
    alone("second", SECOND_FORMAT.replace('suffix=".gain"', 'suffix=".gain", default=True'))
    with pytest.raises(UserError, match='set \'export\' to "nam-plugin-alone:text" or "nam-plugin-second:second"'):
        nam_kernel.check(*documents())
    nam_kernel.check(*documents(model={"export": ["text"]})).teardown()


EXPORTER = """
from nam_kernel import Exporter, hookimpl

def write(net, outdir, basename, metadata):
    {body}

@hookimpl
def nam_exporters():
    return [Exporter(name="second", target="zoo_second:write", suffix=".x")]
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return None", "returned None, not the paths"),
        ("return 'model.x'", "returned 'model.x', not the paths"),
        ("return [str(outdir / 'model.x')]", "not the paths"),
        ("return []", r"returned \[\], not the paths"),
        ("return [outdir / 'absent.x']", "not the paths of the files that it wrote"),
        ("return 3", "'int' object is not iterable"),
        ("raise ValueError('full')", "ValueError: full"),
        ("raise SystemExit(0)", "SystemExit: 0"),
    ],
)
def test_an_exporter_that_fails_at_the_end_is_named_and_the_first_file_stays(
    tmp_path: Path, alone: Callable[[str, str], None], body: str, told: str
) -> None:
    alone("second", EXPORTER.format(body=body))
    with pytest.raises(PluginError, match=f"the exporter 'second' .*{told}"):
        nam_kernel.train(*documents(model={"net": {"name": "Gain"}, "export": ["text", "second"]}), outdir=tmp_path)
    assert run_json(tmp_path)["state"] == "failed"
    assert [path.name for path in tmp_path.rglob("model.*")] == ["model.gain"]


LOSS = """
from nam_kernel import Loss, hookimpl

def bad(preds, targets):
    return {value}

@hookimpl
def nam_losses():
    return [Loss(name="Bad", target="zoo_bad:bad")]
"""


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("None", r"returned \(None,\), not a tensor of one number"),
        ("0.0", r"returned \(0.0,\), not a tensor"),
        ("preds - targets", r"returned \(2, \d+\), not a tensor"),
        ("(preds - targets).mean(1)", r"returned \(2,\), not a tensor"),
        ("exit(0)", "SystemExit: 0"),
        ("next(iter(()))", "StopIteration"),
    ],
)
def test_a_loss_that_is_no_loss_is_named_before_anything_is_written(
    tmp_path: Path, alone: Callable[[str, str], None], value: str, told: str
) -> None:
    alone("bad", LOSS.format(value=value))
    model = {"net": {"name": "Gain"}, "loss": {"losses": [{"name": "Bad", "weight": 1.0}]}}
    with pytest.raises(PluginError, match=f"the loss 'Bad' .*, tried on silence, failed: .*{told}"):
        nam_kernel.train(*documents(model=model), outdir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


SIGNALLED = """
import os, signal
from nam_kernel import hookimpl

@hookimpl
def nam_{hook}(run{more}):
    os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.parametrize(("hook", "more"), [("started", ""), ("progress", ", progress")])
def test_ctrl_c_at_any_moment_leaves_an_interrupted_run(
    tmp_path: Path, alone: Callable[[str, str], None], hook: str, more: str
) -> None:
    alone("signalled", SIGNALLED.format(hook=hook, more=more))
    with pytest.raises(KeyboardInterrupt):
        nam_kernel.train(*documents(), outdir=tmp_path / "runs")
    assert run_json(tmp_path / "runs")["state"] == "interrupted"


def test_ctrl_c_before_the_run_begins_leaves_an_interrupted_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nam_kernel.run.training._run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        nam_kernel.train(*documents(), outdir=tmp_path)
    assert run_json(tmp_path)["state"] == "interrupted"
