"""Other plugins add panels to the page, and none of them can spoil it."""

from __future__ import annotations

import base64
import inspect
import logging
import textwrap
from types import SimpleNamespace

import pytest

from nam_kernel import plugins
from nam_kernel.interfaces import Progress, Result
from nam_kernel.run import Options
from nam_plugin_report import ReportPanel, hookspecs
from nam_plugin_report.figures import png
from nam_plugin_report.hooks import nam_finished

HOOK = """
from nam_kernel import hookimpl

@hookimpl
def nam_report_panels(run, result):
    from nam_plugin_report import ReportPanel
    {body}
"""


HISTORY = (Progress(1, 1, {"ESR": 0.1}),)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a plugin into an extensions folder of this test, and load it."""
    folder = tmp_path / "home" / "extensions"
    folder.mkdir(parents=True)
    monkeypatch.setenv("NAM_HOME", str(folder.parent))

    def put(name, source):
        (folder / f"{name}.py").write_text(source)
        plugins.use(None)

    yield put
    plugins.use(None)


@pytest.fixture
def finish(tmp_path, gain):
    def finished(history=HISTORY):
        folder = tmp_path / "run"
        folder.mkdir()
        result = Result(gain, {"ESR": 0.1}, history=history, epochs=20, seconds=30.0, directory=folder)
        run = SimpleNamespace(directory=folder, net=gain, train=None, validation=None, options=Options())
        nam_finished(run, result)
        page = folder / "report.html"
        return page.read_text(encoding="utf-8") if page.exists() else ""

    return finished


@pytest.fixture
def gain():
    from nam_kernel.interfaces import BaseNet

    class Gain(BaseNet):
        receptive_field = 1

        def compute(self, x):
            return x

        @classmethod
        def init_from_config(cls, config):
            return cls()

        def export_config(self):
            return {}

    return Gain()


def test_the_example_of_the_documentation_is_a_whole_hook_module(install, finish):
    documented = inspect.getdoc(hookspecs.nam_report_panels)
    install("speed", textwrap.dedent(documented.partition("Example::")[2]))
    page = finish()
    assert ">Speed</h2>" in page
    assert "<dt>Time per epoch</dt><dd>1.5 s</dd>" in page


def test_panels_come_after_those_of_the_page_in_the_order_of_the_plugins(install, finish):
    install("a", HOOK.format(body="return [ReportPanel('First'), ReportPanel('Second')]"))
    install("b", HOOK.format(body="return (ReportPanel('Third'),)"))
    page = finish()
    places = [page.index(f">{title}</h2>") for title in ("The training", "The model", "First", "Second", "Third")]
    assert places == sorted(places)


def test_a_picture_is_shown_with_its_caption(install, finish, tmp_path):
    picture = png(lambda figure: figure.subplots())
    (tmp_path / "p.png").write_bytes(picture)
    file = f"pathlib.Path({str(tmp_path / 'p.png')!r})"
    body = f"import pathlib; return [ReportPanel('Curve', (), {file}.read_bytes(), 'Where the knob was')]"
    install("a", HOOK.format(body=body))
    page = finish()
    assert base64.b64encode(picture).decode() in page
    assert "<figcaption>Where the knob was</figcaption>" in page


def test_a_panel_may_have_words_a_table_and_players(install, finish):
    body = """
    from nam_plugin_report import Player, wav_bytes
    import numpy as np
    heard = [Player(title, wav_bytes(np.zeros(800), 8000), matched=0.5) for title in ("Loud", "Soft <i>")]
    yield ReportPanel("Heard", text="Two & two.", table=(("", "L"), ("Gain <b>", "3")), players=heard)
    """
    install("a", HOOK.format(body=textwrap.dedent(body).replace("\n", "\n    ")))
    page = finish()
    assert "<p class='note'>Two &amp; two.</p>" in page
    assert "<th scope='col'>L</th>" in page
    assert "<th scope='row'>Gain &lt;b&gt;</th><td>3</td>" in page
    assert page.count("data-matched='0.5'") == 2
    assert "aria-label='Soft &lt;i&gt;'" in page


def test_text_is_shown_as_text(install, finish):
    install("a", HOOK.format(body="return [ReportPanel('<b>', (('<i>', '<script>'),))]"))
    page = finish()
    assert "&lt;b&gt;</h2>" in page
    assert "<dt>&lt;i&gt;</dt><dd>&lt;script&gt;</dd>" in page


def test_a_panel_is_worth_a_page_where_nothing_else_is(install, finish):
    install("a", HOOK.format(body="return [ReportPanel('First')]"))
    assert ">First</h2>" in finish(history=())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('no panel today')", "its nam_report_panels raised ValueError: no panel today"),
        ("yield ReportPanel('Half'); 1 / 0", "its nam_report_panels raised ZeroDivisionError"),
        ("raise SystemExit(3)", "its nam_report_panels raised SystemExit: 3"),
        ("yield ReportPanel('Half'); raise SystemExit(3)", "its nam_report_panels raised SystemExit: 3"),
        ("return 42", "int is returned, not a list of ReportPanel"),
        ("return ReportPanel('Half')", "ReportPanel is returned, not a list of ReportPanel"),
        ("return [ReportPanel('Half'), 'text']", "str is among the panels"),
        ("return [ReportPanel('Half', (('Gain', 3),))]", "a row of the panel 'Half' is two strings"),
        ("return [ReportPanel('Half', ('Gain',))]", "a row of the panel 'Half' is two strings"),
        ("return [ReportPanel('Half', picture=b'GIF89a')]", "is not the bytes of a PNG file"),
        ("return [ReportPanel('Half', picture='a.png')]", "is not the bytes of a PNG file"),
        ("return [ReportPanel('')]", "title is a non-empty string"),
        ("return [ReportPanel('Half', text=3)]", "the text of the panel 'Half' is a string"),
        ("return [ReportPanel('Half', players=['a.wav'])]", "which is no Player"),
        ("return [ReportPanel('Half', table=[('a', 'b'), ('c',)])]", "as many strings as the first"),
        (
            "from nam_plugin_report import Player; return [ReportPanel('Half', players=[Player('P', b'ID3')])]",
            "a WAV file",
        ),
    ],
)
def test_a_plugin_that_fails_is_named_and_left_out(install, finish, caplog, body, told):
    install("a", HOOK.format(body="return [ReportPanel('First')]"))
    install("broken", HOOK.format(body=body))
    install("c", HOOK.format(body="return [ReportPanel('Third')]"))
    with caplog.at_level(logging.WARNING, "nam_plugin_report"):
        page = finish()
    assert ">First</h2>" in page
    assert ">Third</h2>" in page
    assert "Half" not in page
    (message,) = [r.getMessage() for r in caplog.records if r.name.startswith("nam_plugin_report")]
    assert "'broken'" in message
    assert told in message


def test_a_plugin_may_have_nothing_to_show(install, finish, caplog):
    install("a", HOOK.format(body="return None"))
    install("b", HOOK.format(body="return []"))
    assert ">The model</h2>" in finish()
    assert not [r for r in caplog.records if r.name.startswith("nam_plugin_report")]


def test_a_panel_is_frozen_and_its_repr_short():
    panel = ReportPanel("Speed", [["Time", "1 s"]], png(lambda figure: None))
    assert panel.rows == (("Time", "1 s"),)
    assert len(repr(panel)) < 200
    with pytest.raises(AttributeError):
        panel.title = "Other"
