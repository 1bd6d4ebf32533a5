"""What the engine shows and writes down while it trains; and how Lightning is imported."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from types import SimpleNamespace

import pytest
from lightning_parts import fit, mse

from nam_kernel.interfaces import WeightedLoss
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
