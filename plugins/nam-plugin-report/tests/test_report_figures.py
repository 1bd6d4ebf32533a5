"""The figures show what is true, whatever the data are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from nam_kernel.interfaces import Progress, Result
from nam_kernel.quality import BANDS
from nam_plugin_report import show as show_module
from nam_plugin_report.comparison import draw_comparison, levels
from nam_plugin_report.figures import png
from nam_plugin_report.passage import Passage
from nam_plugin_report.progress import draw_progress, has_progress
from nam_plugin_report.show import show
from nam_plugin_report.words import duration, file_part, number, percent, verdict

PNG = b"\x89PNG\r\n\x1a\n"


def passage(prediction, target=None, rate=48000.0):
    prediction = np.asarray(prediction, dtype=np.float64)
    target = np.sin(np.arange(len(prediction)) / 20) if target is None else np.asarray(target, dtype=np.float64)
    return Passage(target, target, {"": prediction}, rate)


def result(history, best_epoch=None):
    return Result(None, history=history, best_epoch=best_epoch, directory=Path("run"))


def lines(axes):
    return [line for line in axes.get_lines() if line.get_linestyle() == "-"]


def star(axes):
    (found,) = [line for line in axes.get_lines() if line.get_marker() == "*"]
    return found.get_xdata()[0], found.get_ydata()[0]


def test_the_comparison_says_how_close_the_model_is():
    figure = Figure()
    draw_comparison(figure, passage(np.zeros(4800)), "", 0.0042)
    near, far = figure.axes
    assert "very close (ESR 0.0042)" in near.get_title(loc="left")
    assert near.get_xlabel().endswith("(ms)")
    assert far.get_xlabel().endswith("(s)")


def test_the_close_up_is_around_a_lively_place_in_real_time():
    target = np.zeros(96000)
    target[72000:74400] = np.sin(np.arange(2400) / 5)
    figure = Figure()
    draw_comparison(figure, passage(target, target), "", 0.0)
    shown = lines(figure.axes[0])[0].get_xdata()
    assert 1480 <= shown[0] <= shown[-1] <= 1570  # ms
    assert 20 <= shown[-1] - shown[0] <= 50


def test_levels_of_a_sine_are_three_decibels_below_its_peak():
    sine = np.sin(2 * np.pi * np.arange(4800) / 48)
    np.testing.assert_allclose(levels(sine, 480), -3.01, atol=0.01)
    np.testing.assert_allclose(levels(0 * sine, 480), -100)


@pytest.mark.parametrize(
    ("prediction", "target", "rate"),
    [
        ([0.1], None, 48000.0),
        ([0.1, 0.2, 0.1], None, None),
        (np.full(4800, np.nan), None, 48000.0),
        (np.full(4800, 1e300), None, 48000.0),
        (np.full(4800, np.inf), None, None),
        (np.zeros(4800), np.zeros(4800), 48000.0),
        (np.ones(4800), np.full(4800, np.nan), 48000.0),
    ],
    ids=["one sample", "three samples", "nan", "huge", "infinite", "silence", "nan target"],
)
def test_odd_data_are_drawn(prediction, target, rate):
    shown = passage(prediction, target, rate)
    assert png(lambda figure: draw_comparison(figure, shown, "", float("nan"))).startswith(PNG)


def test_a_prediction_that_runs_away_leaves_the_original_visible():
    figure = Figure()
    draw_comparison(figure, passage(np.full(4800, 1e6)), "", 1e12)
    assert figure.axes[0].get_ylim()[1] < 10


def test_the_progress_is_drawn_and_the_best_marked():
    history = [Progress(e, e * 10, {"ESR": 0.1 / e, "val_loss": abs(e - 3) + 0.5}) for e in range(1, 6)]
    figure = Figure()
    draw_progress(figure, result(history))
    above, below = figure.axes
    assert above.get_yscale() == below.get_yscale() == "log"
    assert star(above) == pytest.approx((3, 0.1 / 3))
    assert star(below) == pytest.approx((3, 0.5))
    assert "similar" in above.get_title(loc="left")


def test_the_run_says_which_epoch_was_best():
    history = [Progress(e, e, {"ESR": 0.1, "val_loss": 1.0}) for e in range(1, 6)]
    figure = Figure()
    draw_progress(figure, result(history, best_epoch=4))
    assert star(figure.axes[0])[0] == 4


def test_a_validation_loss_that_is_the_esr_is_drawn_once():
    history = [Progress(e, e, {"ESR": 0.1 / e, "val_loss": 0.1 / e}) for e in range(1, 6)]
    figure = Figure()
    draw_progress(figure, result(history))
    assert len(figure.axes) == 1


def test_several_validations_in_an_epoch_are_told_apart():
    history = [Progress(1 + i // 2, i * 50, {"ESR": 0.1, "val_loss": 1.0 + i}) for i in range(6)]
    figure = Figure()
    draw_progress(figure, result(history))
    assert figure.axes[0].get_xlabel() == "training step"
    assert list(lines(figure.axes[0])[0].get_xdata()) == [0, 50, 100, 150, 200, 250]


def test_every_output_has_its_curve_and_its_star():
    def outputs(e):
        return {"small": {"ESR": 0.2, "val_loss": 1.0 + e}, "large": {"ESR": 0.1, "val_loss": 2.1 - e / 10}}

    figure = Figure()
    draw_progress(figure, result([Progress(e, e, {"ESR": 0.1, "val_loss": 2.0}, outputs(e)) for e in range(1, 5)]))
    above = figure.axes[0]
    assert [text.get_text() for text in above.get_legend().get_texts()] == ["small", "large"]
    stars = [line.get_xdata()[0] for line in above.get_lines() if line.get_marker() == "*"]
    assert stars == [1, 4]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 0.0, -1.0])
def test_what_a_logarithm_cannot_show_is_left_out(bad):
    history = [Progress(1, 1, {"ESR": bad, "val_loss": bad}), Progress(2, 2, {"ESR": 0.1, "val_loss": 0.2})]
    assert png(lambda figure: draw_progress(figure, result(history))).startswith(PNG)
    assert not has_progress(result(history[:1]))


def test_a_single_validation_is_drawn():
    history = [Progress(1, 1, {"ESR": 0.0123, "val_loss": 0.2})]
    assert png(lambda figure: draw_progress(figure, result(history))).startswith(PNG)


def test_there_is_no_progress_without_validation():
    assert not has_progress(result([]))


def test_drawing_does_not_touch_pyplot_nor_the_users_settings():
    code = (
        "import sys, matplotlib; matplotlib.rcParams['text.usetex'] = True; "
        "from nam_plugin_report.figures import png; png(lambda f: f.subplots().set_title('a')); "
        "assert 'matplotlib.pyplot' not in sys.modules; assert matplotlib.rcParams['text.usetex']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_is_shown_without_a_display(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    assert not show([lambda figure: pytest.fail("drawn for nobody")])


def test_nothing_is_shown_where_matplotlib_cannot_open_windows(monkeypatch):
    monkeypatch.setattr(show_module, "has_display", lambda: True)
    monkeypatch.setenv("MPLBACKEND", "agg")
    import matplotlib

    monkeypatch.setitem(matplotlib.rcParams, "backend", "agg")
    assert not show([lambda figure: pytest.fail("drawn for nobody")])


def test_where_there_are_windows_each_drawing_gets_one_until_they_are_closed(monkeypatch):
    from matplotlib import pyplot

    events = []
    monkeypatch.setattr(show_module, "has_display", lambda: True)
    monkeypatch.setattr(pyplot, "get_backend", lambda: "QtAgg")
    monkeypatch.setattr(pyplot, "figure", lambda **options: Figure(**options))
    monkeypatch.setattr(pyplot, "show", lambda: events.append("shown"))
    assert show([lambda figure: events.append("first"), lambda figure: events.append("second")])
    assert events == ["first", "second", "shown"]


def test_a_toolkit_that_is_not_installed_is_no_error(monkeypatch):
    from matplotlib import pyplot

    def refuse():
        raise ImportError("no module named PyQt6")

    monkeypatch.setattr(show_module, "has_display", lambda: True)
    monkeypatch.setattr(pyplot, "get_backend", refuse)
    assert not show([lambda figure: None])


@pytest.mark.parametrize(
    ("esr", "word"),
    [
        (0.0, "practically identical"),
        (0.01, "very close"),
        (0.011, "close"),
        (0.05, "similar"),
        (0.3, "rough"),
        (1.0, "not a match"),
        (float("inf"), "not a match"),
        (float("nan"), "cannot be measured"),
    ],
)
def test_words_for_the_error(esr, word):
    assert verdict(esr) == word


def test_the_words_cover_every_error_once():
    limits = [band.limit for band in BANDS]
    assert limits == sorted(set(limits))
    assert limits[-1] == float("inf")


def test_numbers_are_short():
    assert [number(v) for v in (0.0123456, 0, 1.5, 2.1e-5, float("nan"))] == [
        "0.0123",
        "0",
        "1.5",
        "2.10e-05",
        "not a number",
    ]
    assert [percent(v) for v in (0.00756, 0.123, 1.0, 31.4)] == ["0.76 %", "12 %", "100 %", "3140 %"]
    assert [duration(v) for v in (41.6, 192, 7500)] == ["42 s", "3 min 12 s", "2 h 5 min"]


def test_names_are_made_fit_for_files():
    assert [file_part(n) for n in ("size 0.5", "../x", "", "größe")] == ["size_0.5", "x", "output", "größe"]
