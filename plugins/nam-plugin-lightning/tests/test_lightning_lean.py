"""What comes with Lightning, and what does not: each in a process of its own, in which nothing is imported yet."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

IMPORT = "import sys\nfrom nam_plugin_lightning.framework import pl\n"


def said(program: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("package", ["matplotlib", "scipy.signal", "tensorboard"])
def test_lightning_is_imported_without_what_a_training_does_not_use(package: str) -> None:
    pytest.importorskip(package)
    assert said(f"{IMPORT}print({package!r} in sys.modules, pl.Trainer.__name__)") == "False Trainer"


def test_a_metric_of_lightnings_is_drawn_all_the_same() -> None:
    pytest.importorskip("matplotlib")
    program = f"""{IMPORT}
import torchmetrics
metric = torchmetrics.MeanMetric()
metric.update(0.25)
_, axes = metric.plot()
import matplotlib.axes
print(isinstance(axes, matplotlib.axes.Axes), float(axes.lines[0].get_ydata()[0]))
"""
    assert said(program) == "True 0.25"


def test_the_packages_are_themselves_for_whoever_imports_them_later() -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("scipy")
    program = f"""{IMPORT}
import matplotlib.pyplot, scipy.signal
from matplotlib.style import context
print(matplotlib.pyplot.figure().get_figwidth() > 0, len(scipy.signal.fftconvolve([1, 2], [1, 1])), callable(context))
"""
    assert said(program) == "True 3 True"


def test_a_version_that_asks_for_more_is_imported_with_all_that_comes_with_it() -> None:
    pytest.importorskip("matplotlib")
    program = f"""
from nam_plugin_lightning import lean

class Poor(lean.StandIn):
    def __getattr__(self, name):
        raise AttributeError(name)

lean.StandIn = Poor
{IMPORT}
import torchmetrics.utilities.plot as drawing
print(drawing.plt is sys.modules["matplotlib.pyplot"], pl.Trainer.__name__)
"""
    assert said(program) == "True Trainer"


def test_another_thread_that_could_import_the_same_sees_no_stand_in() -> None:
    pytest.importorskip("matplotlib")
    program = f"""
import threading
done = threading.Event()
threading.Thread(target=done.wait).start()
{IMPORT}
done.set()
print("matplotlib" in sys.modules)
"""
    assert said(program) == "True"


def test_the_garbage_collector_works_again_afterwards() -> None:
    assert said(f"{IMPORT}import gc\nprint(gc.isenabled())") == "True"
