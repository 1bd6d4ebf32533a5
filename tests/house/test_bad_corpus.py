"""A corpus of bad inputs, and a fuzzer: whatever is given, a user reads one message and nothing is written."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from material import RATE, documents
from nam_kernel.cli import full
from nam_kernel.errors import NamKernelError
from nam_kernel.run import check

Place = tuple[str | int, ...]

NUMBER: list[Any] = ["x", [], {}, True, float("nan"), float("inf")]
COUNT: list[Any] = [*NUMBER, 1.5, -1, 0, 10**30]
FLAG: list[Any] = ["yes", 2, [], {}, None]
TEXT: list[Any] = [3, [], {}, True]
OBJECT: list[Any] = [3, "x", True, [3]]
WORSE: dict[Place, list[Any]] = {
    ("data", "train"): [3, "x", None, True, [], [3]],
    ("data", "validation"): [3, "x", True, [], [3], [{}, 4]],
    ("data", "common"): [3, "x", True, [3], None],
    ("data", "train", "ny"): [*COUNT, 10**7],
    ("data", "train", "stop_samples"): ["x", [], {}, True, 1.5, 10**9, -(10**9), 0],
    ("data", "train", "start_samples"): ["x", [], {}, True, 1.5, 10**9, -1],
    ("data", "train", "stop_seconds"): ["x", [], -1.0, 10**9],
    ("data", "common", "delay"): ["x", [], {}, True, 1.5, 10**9, -(10**9)],
    ("data", "common", "x_path"): [*TEXT, "", "nowhere.wav", ".", "\0", "data.json"],
    ("data", "common", "y_path"): [*TEXT, "", "nowhere.wav", "..", "learning.json"],
    ("data", "common", "sample_rate"): [*COUNT, 44100],
    ("data", "common", "y_preroll"): [*NUMBER, 1.5, -1, 10**9],
    ("data", "common", "input_gain"): ["x", [], {}, float("nan"), float("inf")],
    ("data", "common", "y_scale"): ["x", [], {}, float("nan")],
    ("data", "common", "allow_unequal_lengths"): FLAG,
    ("data", "common", "require_input_pre_silence"): ["x", [], {}, -1.0, float("nan"), 5.0],
    ("data", "common", "nonsense"): [1],
    ("data", "type"): [3, "nobody", []],
    ("data", "metadata"): [3, {"gear_type": "spoon"}, {"name": 3}, {"nmae": "x"}, {"input_level_dbu": "loud"}],
    ("model", "net"): [3, "WaveNet", [], {}, {"name": 3}, {"name": "x" * 500}, {"name": ""}],
    ("model", "net", "config"): [3, "x", [], {}],
    ("model", "net", "config", "layers_configs"): [3, {}, [], [{}], "x"],
    ("model", "net", "config", "layers_configs", 0, "channels"): COUNT,
    ("model", "net", "config", "layers_configs", 0, "kernel_size"): COUNT,
    ("model", "net", "config", "layers_configs", 0, "dilations"): [3, [], ["x"], [0], [-1], None],
    ("model", "net", "config", "layers_configs", 0, "activation"): [3, "Hamster", {}, {"name": "Hamster"}, ["Tanh"]],
    ("model", "net", "config", "head_scale"): ["x", [], {}, float("nan")],
    ("model", "optimizer"): [3, "Adam", [], {"class": "Hamster"}, {"lr": "x"}, {"lr": -1}, {"lrr": 1}],
    ("model", "lr_scheduler"): [3, "x", {"class": "Hamster"}, {"class": "ExponentialLR", "kwargs": {"gama": 1}}],
    ("model", "loss", "val_loss"): [3, "hamster", [], {}],
    ("model", "loss", "mask_first"): ["x", [], {}, -1, 1.5, True],
    ("model", "loss", "mse_weight"): ["x", [], {}, -1, None],
    ("model", "loss", "pre_emph_weight"): [1.0, "x", -1],
    ("model", "loss", "custom_losses"): [3, [], {"a": 3}, {"a": {"name": "no.such.thing", "weight": 1, "kwargs": {}}}],
    ("model", "init_from"): [3, "nowhere.nam", ".", "di.wav", "data.json"],
    ("model", "checkpoint_path"): [3, "nowhere.ckpt", "."],
    ("model", "export"): [3, ["hamster"], [3], [{"name": 3}]],
    ("learning", "train_dataloader"): [3, "x", [], {"batch_size": 0}, {"batch_size": "x"}, {"shufle": True}],
    ("learning", "val_dataloader"): [3, "x", {"batch_size": -1}],
    ("learning", "trainer"): [3, "x", {"max_epoch": 3}, {"accelerator": "hamster"}, {"max_epochs": "x"}],
    ("learning", "trainer_fit_kwargs"): [3, {"ckpt": "x"}],
    ("learning", "engine"): [3, "hamster", None],
    ("learning", "seed"): [*NUMBER, -1, 1.5],
    ("learning", "patience"): COUNT[:-1],
    ("learning", "target_esr"): ["x", [], {}, 0, -1, float("nan")],
}
"""Places in the documents, and values that must not be accepted there."""

NOISE = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE)


def write(path: Path, samples: Any, rate: int = RATE, **options: Any) -> None:
    soundfile.write(path, samples, rate, **options)


AUDIO: dict[str, Any] = {
    "empty file": lambda f: (f / "di.wav").write_bytes(b""),
    "random bytes": lambda f: (f / "di.wav").write_bytes(np.random.default_rng(0).bytes(5000)),
    "text": lambda f: (f / "amp.wav").write_text("la la la"),
    "header only": lambda f: (f / "di.wav").write_bytes((f / "di.wav").read_bytes()[:44]),
    "half a header": lambda f: (f / "di.wav").write_bytes((f / "di.wav").read_bytes()[:20]),
    "no samples": lambda f: write(f / "di.wav", np.zeros(0)),
    "one sample": lambda f: write(f / "di.wav", np.zeros(1)),
    "both one sample": lambda f: [write(f / n, np.zeros(1)) for n in ("di.wav", "amp.wav")],
    "shorter output": lambda f: write(f / "amp.wav", NOISE[:-1]),
    "longer output": lambda f: write(f / "amp.wav", np.concatenate([NOISE, NOISE])),
    "other rate": lambda f: write(f / "amp.wav", NOISE, 44100),
    "stereo input": lambda f: write(f / "di.wav", np.stack([NOISE, NOISE[::-1]], 1)),
    "stereo output": lambda f: write(f / "amp.wav", np.stack([NOISE, 0.5 * NOISE], 1)),
    "not numbers": lambda f: write(f / "amp.wav", np.full(2 * RATE, np.nan), subtype="FLOAT"),
    "infinite": lambda f: write(f / "di.wav", np.where(np.arange(2 * RATE) == 99, np.inf, NOISE), subtype="FLOAT"),
    "silent input": lambda f: write(f / "di.wav", np.zeros(2 * RATE)),
    "silent output": lambda f: write(f / "amp.wav", np.zeros(2 * RATE)),
    "no pre-silence": lambda f: write(f / "di.wav", NOISE),
    "a folder": lambda f: [(f / "di.wav").unlink(), (f / "di.wav").mkdir()],
    "a broken link": lambda f: [(f / "di.wav").unlink(), (f / "di.wav").symlink_to("nowhere")],
}


def corpus() -> Iterator[tuple[Place, Any]]:
    for place, values in WORSE.items():
        yield from ((place, value) for value in values)


def put(loaded: dict[str, Any], place: Place, value: Any) -> None:
    inner: Any = loaded
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value


def expect_one_message(folder: Path, paths: list[Path], capsys: pytest.CaptureFixture[str]) -> str:
    before = sorted(folder.rglob("*"))
    code = full.main([*map(str, paths), str(folder / "out"), "-np"])
    told = capsys.readouterr().err
    assert code == 2, told
    assert "Traceback" not in told
    assert told.count("error:") == 1
    assert sorted(folder.rglob("*")) == before
    return told


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with recordings, and the three good documents."""
    folder = tmp_path_factory.mktemp("corpus")
    paths = documents(folder)
    return folder, {path.stem: json.loads(path.read_text()) for path in paths}


CORPUS = list(corpus())


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) + len(AUDIO) >= 150


@pytest.mark.parametrize(
    "index", range(len(CORPUS)), ids=lambda i: f"{'.'.join(map(str, CORPUS[i][0]))}={CORPUS[i][1]!r}"[:80]
)
def test_a_bad_value_is_told_with_its_key(
    loaded: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str], index: int
) -> None:
    place, value = CORPUS[index]
    folder, good = loaded
    changed = copy.deepcopy(good)
    put(changed, place, value)
    paths = []
    for name, document in changed.items():
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(document))
    told = expect_one_message(folder, paths, capsys)
    culprit = next(str(key) for key in reversed(place) if isinstance(key, str))
    assert re.search(rf"(?<![A-Za-z]){re.escape(culprit)}(?![A-Za-z])", told.replace("config_data", "")), told


@pytest.mark.parametrize("name", AUDIO)
def test_a_bad_recording_is_told_with_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    paths = documents(tmp_path)
    AUDIO[name](tmp_path)
    told = expect_one_message(tmp_path, paths, capsys)
    assert "di.wav" in told or "amp.wav" in told or "start" in told


def mutate(draw: st.DrawFn, node: Any, depth: int = 0) -> Any:
    """Change a document somewhere: another value, a key that is missing, doubled or misspelt."""
    junk = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.just([]), st.just({}),
        st.lists(st.integers(-5, 5), max_size=3), st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    )  # fmt: skip
    if isinstance(node, dict) and node and draw(st.integers(0, 4)) and depth < 6:
        key = draw(st.sampled_from(sorted(node)))
        kind = draw(st.integers(0, 9))
        if kind == 0:
            return {k: v for k, v in node.items() if k != key}
        if kind == 1:
            return {**node, draw(st.text(max_size=8)): draw(junk)}
        if kind == 2:
            return {(k + "x" if k == key else k): v for k, v in node.items()}
        return {**node, key: mutate(draw, node[key], depth + 1)}
    if isinstance(node, list) and node and draw(st.booleans()):
        index = draw(st.integers(0, len(node) - 1))
        return [mutate(draw, v, depth + 1) if i == index else v for i, v in enumerate(node)]
    return draw(junk)


@st.composite
def damaged(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    """Damage one document in one to three places."""
    document = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        changed = mutate(draw, document)
        document = changed if isinstance(changed, dict) else document
    return document


def fuzz(loaded: tuple[Path, dict[str, Any]], tries: int) -> None:
    folder, good = loaded
    os.environ["OMP_NUM_THREADS"] = "1"

    @settings(
        max_examples=tries, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def attempt(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(good)))
        given_documents = {**good, name: data.draw(damaged(good[name]))}
        given_documents["data"] = _with_full_paths(given_documents["data"], folder)
        with contextlib.suppress(NamKernelError):
            check(*(given_documents[n] for n in ("data", "model", "learning"))).teardown()

    attempt()


def _with_full_paths(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    common = document.get("common")
    if not isinstance(common, dict):
        return document
    places = {k: str(folder / v) for k, v in common.items() if k in ("x_path", "y_path") and v in ("di.wav", "amp.wav")}
    return {**document, "common": {**common, **places}}


def test_no_damage_to_a_config_causes_a_traceback(loaded: tuple[Path, dict[str, Any]]) -> None:
    fuzz(loaded, 150)


@pytest.mark.slow
def test_no_damage_to_a_config_causes_a_traceback_in_fifteen_hundred_tries(loaded: tuple[Path, dict[str, Any]]) -> None:
    fuzz(loaded, 1_500)
