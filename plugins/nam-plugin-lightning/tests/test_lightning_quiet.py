"""What the engine shows and writes down while it trains; and how Lightning is imported."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import warnings
from types import SimpleNamespace

import pytest
from lightning_parts import fit, mse

from nam_kernel.interfaces import Progress, WeightedLoss
from nam_plugin_lightning.callbacks import ProgressLine, RunningLoss
from nam_plugin_lightning.ledger import Ledger
from nam_plugin_lightning.quiet import framework_to_file


def test_a_warning_is_written_once_however_often_the_filters_change(training):
    def talkative(preds, targets):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("the same word", stacklevel=1)
        return mse(preds, targets)

    result = fit(training(losses=[WeightedLoss("talkative", talkative, 1.0)], learning={"trainer": {"max_epochs": 5}}))
    assert (result.directory / "training.log").read_text(encoding="utf-8").count("the same word") == 1


@pytest.mark.parametrize(
    ("name", "level", "times"),
    [
        ("py.warnings", logging.WARNING, 1),
        ("lightning.pytorch", logging.WARNING, 1),
        ("pytorch_lightning.utilities", logging.WARNING, 1),
        ("pytorch_lightning.utilities", logging.INFO, 3),
        ("nam_plugin_lightning", logging.WARNING, 3),
    ],
)
def test_only_warnings_of_others_are_written_once(tmp_path, name, level, times):
    with framework_to_file(tmp_path / "log"):
        for _ in range(3):
            logging.getLogger(name).log(level, "a word")
    assert (tmp_path / "log").read_text(encoding="utf-8").count("a word") == times


class Clock:
    """Epochs of ten steps, each of which takes as long as is said."""

    def __init__(self, monkeypatch, epochs):
        self.now, self.line = 0.0, ProgressLine(Ledger(), RunningLoss())
        monkeypatch.setattr(
            "nam_plugin_lightning.callbacks.progress_line.time", SimpleNamespace(monotonic=lambda: self.now)
        )
        self.trainer = SimpleNamespace(
            global_step=0,
            max_epochs=epochs,
            estimated_stepping_batches=10 * epochs,
            is_global_zero=False,
            current_epoch=0,
        )
        self.line.on_train_start(self.trainer, None)

    def epochs(self, count, seconds):
        for _ in range(count):
            self.now += seconds
            self.trainer.global_step += 10
            self.line.on_train_epoch_end(self.trainer, None)

    @property
    def left(self):
        return self.line._seconds_left(self.trainer)


def test_the_time_left_of_a_steady_training_is_that_of_its_epochs(monkeypatch):
    clock = Clock(monkeypatch, epochs=100)
    assert clock.left is None
    clock.epochs(1, 7.0)
    assert clock.left == pytest.approx(99 * 7)
    clock.epochs(49, 7.0)
    assert clock.left == pytest.approx(50 * 7)


@pytest.mark.parametrize(("before", "now"), [(100.0, 1.0), (1.0, 100.0), (60.0, 0.1)])
def test_the_time_left_follows_the_load_of_the_machine(monkeypatch, before, now):
    clock = Clock(monkeypatch, epochs=1000)
    clock.epochs(20, before)
    clock.epochs(1 + int(30 / now), now)
    done = clock.trainer.global_step // 10
    assert clock.left == pytest.approx((1000 - done) * now, rel=0.1)


class Terminal(io.StringIO):
    """A screen that shows blocks."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def watched(monkeypatch):
    """Return what is shown of steps that take a second each, with a validation at the end of each epoch."""

    def watch(stream, epochs, columns=60, style=None, last=None, steps=10):
        now, ledger, loss = SimpleNamespace(seconds=0.0), Ledger(), RunningLoss()
        module = "nam_plugin_lightning.callbacks.progress_line"
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(monotonic=lambda: now.seconds))
        monkeypatch.setattr(f"{module}.columns_of", lambda stream: columns)
        line = ProgressLine(ledger, loss, style, stream)
        trainer = SimpleNamespace(
            global_step=0,
            max_epochs=epochs,
            estimated_stepping_batches=steps * epochs,
            is_global_zero=True,
            sanity_checking=False,
            current_epoch=0,
            callbacks=[],
        )
        line.on_train_start(trainer, None)
        for epoch in range(epochs if last is None else last):
            trainer.current_epoch = epoch
            for batch in range(steps):
                line.on_train_batch_start(trainer, None, None, batch)
                now.seconds += 1.0
                trainer.global_step += 1
                line.on_train_batch_end(trainer, None, None, None, batch)
            metrics = {"ESR": 0.5 / (epoch + 1), "val_loss": 0.5 / (epoch + 1)}
            ledger.metrics = metrics
            ledger.history.append(Progress(epoch + 1, trainer.global_step, metrics))
            line.on_validation_end(trainer, None)
            line.on_train_epoch_end(trainer, None)
        line.teardown(trainer, None, "fit")
        return stream.getvalue()

    return watch


def test_a_log_gets_one_line_a_minute(watched):
    lines = watched(io.StringIO(), epochs=30).splitlines()
    # 300 s: the first validation at 10 s, one line a minute after it, and the end.
    assert [line.split("  ")[0] for line in lines] == [f"epoch {n}/30" for n in (1, 7, 13, 19, 25, 30)]


def test_a_long_epoch_is_told_once_a_minute_too(watched):
    lines = watched(io.StringIO(), epochs=1, steps=150).splitlines()
    assert [line.split("  ")[1] for line in lines] == ["40 %", "80 %", "100 %"]


def test_a_terminal_shows_a_bar_that_overwrites_itself(watched):
    text = watched(Terminal(), epochs=4)
    assert text.count("\n") == 1
    states = text.strip().split("\r")
    assert states[10].startswith("\u2588" * 5 + "\u2591" * 15 + "  epoch 1/4  25 %  30 s left")
    assert states[-1].startswith("\u2588" * 20 + "  epoch 4/4  100 %  0 s left")
    assert all(len(state) <= 60 for state in states)


def test_a_narrow_terminal_keeps_what_matters_most(watched):
    states = watched(Terminal(), epochs=4, columns=24, last=2).strip().split("\r")
    assert states[-1] == "epoch 2/4  20 s left"


def test_a_terminal_without_blocks_gets_plain_characters(watched):
    terminal = Terminal()
    terminal.encoding = "ascii"
    assert watched(terminal, epochs=2).strip().split("\r")[-1].startswith("#" * 20 + "  epoch 2/2")


@pytest.mark.parametrize(("style", "newlines"), [("lines", 2), ("bar", 1), ("json", 0)])
def test_what_is_asked_for_is_shown_whatever_the_stream_is(watched, style, newlines):
    stream = io.StringIO() if style == "bar" else Terminal()
    text = watched(stream, epochs=3, style=style)
    assert text.count("\n") == newlines
    assert ("\r" in text) == (style == "bar")


IMPORTS = """
from nam_kernel.config.base import collect_notes
with collect_notes() as notes:
    from nam_plugin_lightning.engine import LightningTrainer
print(LightningTrainer().config.trainer, len(notes), *notes)
"""


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("module://matplotlib_inline.backend_inline", True),
        ("nosuch", True),
        ("tkagg2", True),
        ("agg", False),
        ("module://a_package.of_ones_own", False),
    ],
)
def test_the_backend_of_another_environment_is_no_hindrance(backend, told):
    pytest.importorskip("matplotlib")
    if "inline" in backend:
        try:
            import matplotlib_inline  # noqa: F401
        except ImportError:
            pass
        else:
            pytest.skip("this environment has it")
    search_path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        env={**os.environ, "MPLBACKEND": backend, "PYTHONPATH": search_path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{} 1 MPLBACKEND=" if told else "{} 0")


def test_the_modules_that_a_worker_imports_do_not_wait_for_lightning():
    program = "import sys, nam_plugin_lightning.items; print('pytorch_lightning' in sys.modules)"
    search_path = os.pathsep.join(filter(None, sys.path))
    env = {**os.environ, "PYTHONPATH": search_path}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
