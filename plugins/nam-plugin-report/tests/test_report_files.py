"""A run leaves its figures and a page that can be sent to somebody."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import wave
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from nam_kernel.interfaces import BaseDataset, BaseNet, Progress, Result
from nam_kernel.run import Options
from nam_plugin_report.audio import wav_bytes
from nam_plugin_report.facts import about_model, about_run, instructions, model_name
from nam_plugin_report.hooks import nam_finished

RATE = 8000
PNG = b"\x89PNG\r\n\x1a\n"


class Gain(BaseNet):
    """Half of the input; with outputs, a share of the input each."""

    receptive_field = 1

    def __init__(self, factors=(0.5,), outputs=()):
        super().__init__(RATE)
        self._factors, self._outputs = factors, outputs

    @property
    def outputs(self):
        return self._outputs

    def compute(self, x):
        y = torch.stack([f * x for f in self._factors], dim=1)
        return y if self._outputs else y[:, 0]

    @classmethod
    def init_from_config(cls, config):
        return cls()

    def export_config(self):
        return {}


class Undeclared(Gain):
    """A net that does not say which conditions it takes, so that only its own dataset can play it."""

    conditions = None


class Recording(BaseDataset):
    """A decaying tone, and the same at half the level."""

    nx = 1
    sample_rate = RATE

    def __init__(self, length=4000):
        time = torch.arange(length) / RATE
        self.x = 0.9 * torch.exp(-3 * time) * torch.sin(2 * torch.pi * 110 * time)
        self.y = 0.5 * self.x

    @property
    def ny(self):
        return len(self.y)

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.x, self.y

    @classmethod
    def init_from_config(cls, config, *, nx):
        return cls()


class Tags(HTMLParser):
    """Checks that tags are balanced, and collects what the page refers to."""

    void = {"meta", "img", "br", "input", "link"}

    def __init__(self, text):
        super().__init__()
        self.open, self.addresses, self.audio, self.images, self.text = [], [], {}, {}, ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in self.void:
            self.open.append(tag)
        self.addresses += [attrs[key] for key in ("src", "href") if key in attrs]
        if tag == "audio":
            self.audio[attrs["aria-label"]] = attrs["src"]
        if tag == "img":
            self.images[attrs["alt"]] = attrs["src"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def history(count=3):
    return [Progress(e, e, {"ESR": 0.1 / e, "val_loss": 0.2 / e}) for e in range(1, count + 1)]


def make(directory, **changes):
    given = {
        "directory": directory,
        "net": Gain(),
        "metrics": {"ESR": 0.0042, "val_loss": 0.01},
        "history": history(),
        "best_epoch": 2,
        "epochs": 3,
        "seconds": 61.0,
    }
    return Result(**{**given, **changes})


WAV = object()


def finish(directory, validation=WAV, show=False, plots=True, **changes):
    """Finish a run as the kernel does; what it gives of a run is what the report may use."""
    validation = Recording() if validation is WAV else validation
    run = SimpleNamespace(directory=directory, train=None, validation=validation, options=Options(show, plots))
    nam_finished(run, make(directory, **changes))


def names(directory):
    """Return the names of the files for people; the one for programs is always there."""
    return {path.name for path in directory.iterdir()} - {"progress.jsonl"}


def read(directory):
    return Tags((directory / "report.html").read_text(encoding="utf-8"))


def decode(address):
    with wave.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    directory = tmp_path_factory.mktemp("run")
    model = directory / "model.nam"
    metadata = {"name": "Ada's <amp> & cab", "gear_type": "amp", "modeled_by": "Ada", "loudness": -18.26}
    model.write_text(json.dumps({"metadata": metadata, "weights": []}))
    finish(directory, files=[model])
    return directory


def test_writes_the_figures_and_the_page(finished):
    assert names(finished) == {"comparison.png", "losses.png", "report.html", "model.nam"}
    assert all((finished / name).read_bytes().startswith(PNG) for name in ("comparison.png", "losses.png"))


def test_the_page_needs_nothing_from_outside(finished):
    page = read(finished)
    assert page.addresses
    assert all(address.startswith("data:") for address in page.addresses)
    assert not re.search(r"https?://|@import|url\(", (finished / "report.html").read_text(encoding="utf-8"))


def test_the_page_says_what_matters(finished):
    text = read(finished).text
    for expected in ("Ada's <amp> & cab", "Very close", "0.0042", "1 min 1 s", "8000 Hz", "-18.3 dB", "model.nam"):
        assert expected in text


def test_the_page_contains_the_figures_that_lie_beside_it(finished):
    images = read(finished).images.values()
    shown = {base64.b64decode(address.partition(",")[2]) for address in images}
    assert shown >= {(finished / name).read_bytes() for name in ("comparison.png", "losses.png")}


def test_one_hears_guitar_original_model_and_difference(finished):
    audio = {title: decode(address) for title, address in read(finished).audio.items()}
    recording = Recording()
    assert list(audio) == ["Guitar", "Original", "Model", "Difference"]
    np.testing.assert_allclose(audio["Guitar"], recording.x, atol=1e-4)
    np.testing.assert_allclose(audio["Original"], recording.y, atol=1e-4)
    np.testing.assert_allclose(audio["Model"], recording.y, atol=1e-4)
    assert not audio["Difference"].any()


def test_a_capture_without_a_loudspeaker_is_told_to_use_an_impulse_response(finished):
    assert "impulse response" in read(finished).text


def test_without_plots_nothing_is_written(tmp_path):
    finish(tmp_path, plots=False)
    assert names(tmp_path) == set()


def test_without_validation_the_history_is_drawn(tmp_path):
    finish(tmp_path, validation=None)
    assert names(tmp_path) == {"losses.png", "report.html"}


def test_a_net_that_cannot_play_leaves_the_history_drawn(tmp_path):
    class Broken(Gain):
        def compute(self, x):
            raise RuntimeError("no sound")

    with pytest.raises(RuntimeError, match="no sound"):
        finish(tmp_path, net=Broken())
    assert names(tmp_path) == {"losses.png"}


def test_with_nothing_to_draw_nothing_is_written(tmp_path):
    finish(tmp_path, validation=None, history=[], metrics={}, net=Undeclared())
    assert names(tmp_path) == set()


def test_without_a_validation_the_page_has_what_can_be_known_of_the_net(tmp_path):
    finish(tmp_path, validation=None, history=[], metrics={})
    assert names(tmp_path) == {"report.html"}
    text = read(tmp_path).text
    assert "Not validated" in text
    assert "Aliasing" in text
    assert "The worst second" not in text


def test_every_output_has_its_comparison_and_its_audio(tmp_path):
    net = Gain((0.25, 0.5), ("small one", "large"))
    measured = {"small one": {"ESR": 0.25}, "large": {"ESR": 0.0001}}
    finish(tmp_path, net=net, outputs=measured, history=[])
    assert names(tmp_path) == {"comparison.png", "comparison_small_one.png", "comparison_large.png", "report.html"}
    assert (tmp_path / "comparison.png").read_bytes() == (tmp_path / "comparison_large.png").read_bytes()
    page = read(tmp_path)
    assert "Practically identical" in page.text
    assert {"Model, small one", "Model, large"} < set(page.audio)


@pytest.mark.parametrize(
    ("net", "length"), [(Gain((float("nan"),)), 4000), (Gain((1e30,)), 1)], ids=["nan", "huge, one sample"]
)
def test_odd_results_get_their_page(tmp_path, net, length):
    finish(tmp_path, validation=Recording(length), net=net, metrics={}, history=[])
    assert names(tmp_path) == {"comparison.png", "report.html"}
    assert len(read(tmp_path).audio) == 4


def test_a_damaged_model_file_does_not_stop_the_report(tmp_path):
    model = tmp_path / "amp.nam"
    model.write_text("{")
    assert model_name(make(tmp_path, files=[model])) == "amp"


def test_a_run_that_wrote_no_nam_file_says_so(tmp_path):
    assert "no .nam file" in instructions(make(tmp_path))[0]


def test_the_facts_are_in_the_words_of_the_field(tmp_path):
    class Long(Gain):
        receptive_field = 4000

    net = Long()
    net.weight = torch.nn.Parameter(torch.zeros(1234))
    rows = dict(about_model(make(tmp_path, net=net)))
    assert rows == {
        "Architecture": "Long",
        "Parameters": "1,234",
        "Sample rate": "8000 Hz",
        "Receptive field": "500 ms, 4000 samples",
    }
    rows = dict(about_run(make(tmp_path), {"": 0.0042}))
    assert rows == {
        "ESR": "0.0042 (very close)",
        "Validation loss": "0.01",
        "Epochs trained": "3",
        "Best epoch": "2",
        "Training time": "1 min 1 s",
    }


def test_a_shown_figure_waits_for_nobody(tmp_path, monkeypatch):
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    finish(tmp_path, show=True, validation=None)
    assert "losses.png" in names(tmp_path)


def test_audio_beyond_full_scale_is_clipped_and_what_is_no_number_is_silent():
    samples = np.array([0.5, 2.0, -2.0, np.nan, np.inf])
    with wave.open(io.BytesIO(wav_bytes(samples, 44100.4))) as file:
        assert file.getframerate() == 44100
        assert list(np.frombuffer(file.readframes(5), "<i2")) == [16384, 32767, -32767, 0, 32767]


def test_the_hook_module_is_light():
    code = (
        "import nam_plugin_report.hooks, sys; "
        "assert not {'torch', 'numpy', 'pydantic', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
