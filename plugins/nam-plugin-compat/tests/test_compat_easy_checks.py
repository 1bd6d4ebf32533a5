"""Claims about what the easy trainer finds out of two files: which signal, how late, whether they can be trained."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from easy_signals import S, amplified, first, pair, third

from nam.data import np_to_wav
from nam.train import core, metadata
from nam.train._names import INPUT_BASENAMES, LATEST_VERSION
from nam.train._version import PROTEUS_VERSION, Version, get_current_version
from nam.train.core import _detect_input_version, _get_data_config

SIGNATURES = {
    "train": (
        "input_path output_path train_path epochs=100 latency=None batch_size=16 ny=8192 seed=0 save_plot=False "
        "silent=False modelname='model' ignore_checks=False local=False threshold_esr=None user_metadata=None "
        "fast_dev_run=False"
    ),
    "validate_data": "input_path output_path user_latency num_output_samples_per_datum=8192",
    "validate_input": "input_path",
    "get_callbacks": "threshold_esr packed=False user_metadata=None settings_metadata=None data_metadata=None",
}
"""Of neural-amp-modeler 0.13."""

CALIBRATIONS: dict[int, tuple[Any, tuple[int, ...]]] = {
    1: (core._calibrate_latency_v1, (12_000, 36_000)),
    2: (core._calibrate_latency_v2, (24_000, 72_000)),
    3: (core._calibrate_latency_v3, (504_000, 552_000)),
    4: (core._calibrate_latency_v4, (22_050,)),
}


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """A signal of version 3 and its recording, 100 samples late, as files and as samples."""
    folder = tmp_path_factory.mktemp("long")
    x = third()
    y = amplified(x, 100)
    pair(folder, x, y)
    return folder, x, y


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_parameters_are_those_that_scripts_know(name: str) -> None:
    told = []
    for p in inspect.signature(getattr(core, name)).parameters.values():
        if p.kind is not p.VAR_KEYWORD:
            told.append(p.name + ("" if p.default is p.empty else f"={p.default!r}"))
    assert " ".join(told) == SIGNATURES[name]


def test_versions_are_ordered_by_their_numbers() -> None:
    assert Version.from_string("1.1.1") == Version(1, 1, 1)
    assert Version(1, 9, 9) < Version(2, 0, 0) < Version(2, 0, 1) < Version(2, 1, 0)
    assert str(PROTEUS_VERSION) == "4.0.0"
    assert get_current_version() == Version(0, 13, 0)
    with pytest.raises(ValueError, match="three numbers"):
        Version.from_string("2.x.1")
    assert INPUT_BASENAMES[0].name == LATEST_VERSION.name == "input.wav"


@pytest.mark.parametrize("major", CALIBRATIONS)
@pytest.mark.parametrize("delay", [-900, 0, 37, 9_000])
def test_the_latency_is_that_of_the_clicks_less_one(major: int, delay: int) -> None:
    calibrate, clicks = CALIBRATIONS[major]
    y = 1e-4 * np.random.default_rng(0).uniform(-1, 1, 600_000)
    y[[click + delay for click in clicks]] = -0.3
    found = calibrate(y, manual_available=False, show_plots=False)
    assert isinstance(found, metadata.LatencyCalibration)
    assert (found.algorithm_version, found.delays, found.safety_factor) == (1, [delay], 1)
    assert found.recommended == delay - 1
    assert not any(found.warnings.model_dump().values())


def test_a_recording_without_clicks_has_no_latency(capsys: pytest.CaptureFixture[str]) -> None:
    found = core._calibrate_latency_v3(np.zeros(600_000), manual_available=True, show_plots=False)
    assert (found.delays, found.recommended, found.warnings.not_detected) == ([], None, True)
    assert capsys.readouterr().out == ""
    core._calibrate_latency_v3(np.zeros(600_000), manual_available=False, show_plots=False)
    assert "No click is answered" in capsys.readouterr().out
    with pytest.raises(ValueError, match="ends before the clicks"):
        core._calibrate_latency_v3(np.zeros(500_000), manual_available=True, show_plots=False)


def test_an_answer_at_the_earliest_moment_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    y = np.full(600_000, 0.2)
    y[492_000:498_000] = 0.0  # where the noise is listened to
    found = core._calibrate_latency_v3(y, manual_available=False, show_plots=False)
    assert (found.delays, found.warnings.matches_lookahead) == ([-1000], True)
    assert core._warn_lookaheads([1]) in capsys.readouterr().out


def test_the_stated_latency_counts_and_without_any_nothing_can_be_trained() -> None:
    def latency(manual: int | None, recommended: int | None) -> metadata.Latency:
        warnings = metadata.LatencyCalibrationWarnings(
            matches_lookahead=False, disagreement_too_high=False, not_detected=recommended is None
        )
        found = metadata.LatencyCalibration(
            algorithm_version=1, delays=[], safety_factor=1, recommended=recommended, warnings=warnings
        )
        return metadata.Latency(manual=manual, calibration=found)

    assert [core._get_final_latency(latency(*pair)) for pair in ((5, 7), (5, None), (None, 7))] == [5, 5, 7]
    with pytest.raises(ValueError, match="no latency is stated, and none can be found"):
        core._get_final_latency(latency(None, None))


def test_a_signal_is_recognised_and_another_file_is_not(tmp_path: Path) -> None:
    good, _ = pair(tmp_path, first())
    assert core.validate_input(good) == core.DataInputValidation(passed=True)
    assert _detect_input_version(good) == (Version(1, 1, 1), False)
    other, _ = pair(tmp_path, np.random.default_rng(0).uniform(-0.5, 0.5, 20 * S), names=("a.wav", "b.wav"))
    assert core.validate_input(other) == core.DataInputValidation(passed=False)
    with pytest.raises(ValueError, match="none of the standard signals"):
        _detect_input_version(other)
    with pytest.raises(FileNotFoundError):
        core.validate_input(tmp_path / "missing.wav")


def test_a_signal_that_silence_follows_is_none_since_its_parts_count_from_its_end(
    long: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    _, x, _ = long
    np_to_wav(np.concatenate([x, np.zeros(S)]), tmp_path / "x.wav")
    assert not core.validate_input(tmp_path / "x.wav").passed


def test_a_good_recording_passes(long: tuple[Path, np.ndarray, np.ndarray]) -> None:
    folder, _, _ = long
    found = core.validate_data(folder / "x.wav", folder / "y.wav", None)
    assert isinstance(found, core.DataValidationOutput)
    assert found.passed
    assert found.passed_critical
    assert (found.sample_rate.input, found.sample_rate.output) == (S, S)
    assert found.length.delta_seconds == 0
    assert found.input_version == "3.0.0"
    assert (found.latency.manual, found.latency.calibration.recommended) == (None, 99)
    assert found.checks == metadata.DataChecks(version=3, passed=True)
    assert (found.pytorch.train.passed, found.pytorch.validation.msg) == (True, None)
    assert core.validate_data(folder / "x.wav", folder / "y.wav", 5).latency.manual == 5


@pytest.mark.parametrize(
    ("seconds", "critical", "delta"), [(0.5, True, 0.5), (1.5, False, 1.5), (-0.1, False, -0.1)], ids=str
)
def test_the_recording_may_be_a_second_longer_and_not_shorter(
    long: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path, seconds: float, critical: bool, delta: float
) -> None:
    folder, _, y = long
    samples = round(abs(seconds) * S)
    np_to_wav(np.concatenate([y, np.zeros(samples)]) if seconds > 0 else y[:-samples], tmp_path / "y.wav")
    found = core.validate_data(folder / "x.wav", tmp_path / "y.wav", None)
    assert found.length.passed == found.passed_critical == critical
    assert found.length.delta_seconds == pytest.approx(delta)


def test_gear_that_does_not_sound_like_itself_twice_does_not_pass(
    long: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _, y = long
    changed = y.copy()
    changed[-9 * S :] *= 0.8
    np_to_wav(changed, tmp_path / "y.wav")
    found = core.validate_data(folder / "x.wav", tmp_path / "y.wav", None)
    assert (found.checks.passed, found.passed, found.passed_critical) == (False, False, True)
    assert core._esr_validation_replicate_msg(0.01) in capsys.readouterr().out


def test_the_two_ends_of_version_2_are_compared(tmp_path: Path) -> None:
    y = 1e-5 * np.random.default_rng(0).standard_normal(40 * S)
    clicks = [24_000, 72_000, len(y) - 72_000, len(y) - 24_000]
    for click in clicks:
        y[click : click + 300] += 0.5 * np.exp(-np.arange(300) / 50)
    y[-20 * S : -11 * S] = y[-11 * S : -2 * S] = 0.1
    np_to_wav(y, tmp_path / "y.wav")
    assert core._check_v2("", tmp_path / "y.wav", 0, True) == metadata.DataChecks(version=2, passed=True)
    y[clicks[3] : clicks[3] + 300] *= 0.5
    np_to_wav(y, tmp_path / "y.wav")
    assert not core._check_v2("", tmp_path / "y.wav", 0, True).passed


@pytest.mark.parametrize(("seconds", "rate", "passed"), [(11, 44_100, True), (10, 44_100, False), (12, S, False)])
def test_a_recording_of_proteus_has_its_rate_and_length(tmp_path: Path, seconds: int, rate: int, passed: bool) -> None:
    np_to_wav(np.zeros(seconds * rate), tmp_path / "y.wav", rate)
    assert core._check_v4("", tmp_path / "y.wav", True).passed == passed


def test_older_signals_pass_no_check_unless_checks_are_ignored(tmp_path: Path) -> None:
    x, y = pair(tmp_path, first())
    found = core.validate_data(x, y, None)
    assert (found.input_version, found.checks.passed, found.passed, found.passed_critical) == (
        "1.1.1",
        False,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("version", "train", "validation"),
    [
        ((1, 1, 1), {"stop_samples": -432_000}, {"start_samples": -432_000}),
        ((2, 0, 0), {"stop_samples": -960_000}, {"start_samples": -960_000, "stop_samples": -528_000}),
        ((3, 0, 0), {"start_samples": 480_000, "stop_samples": -432_000}, {"start_samples": -432_000}),
        ((4, 0, 0), {"stop_samples": -441_000}, {"start_samples": -441_000, "require_input_pre_silence": False}),
    ],
)
def test_each_signal_is_split_as_its_makers_meant(
    version: tuple[int, int, int], train: dict[str, Any], validation: dict[str, Any]
) -> None:
    config = _get_data_config(Version(*version), "x.wav", "y.wav", 64, 7)
    assert config["train"] == {"ny": 64, **train}
    assert config["validation"] == {"ny": None, **validation}
    assert config["common"] == {"x_path": "x.wav", "y_path": "y.wav", "delay": 7, "allow_unequal_lengths": True}
    with pytest.raises(NotImplementedError, match="no standard signal of version 9"):
        _get_data_config(Version(9, 0, 0), "x.wav", "y.wav", 64, 7)


@pytest.mark.parametrize("size", core.Architecture)
def test_the_four_sizes_are_nets(size: core.Architecture) -> None:
    from nam.models.wavenet import WaveNet

    config = core.get_wavenet_config(size)
    net = WaveNet.init_from_config(config)
    assert net.receptive_field == 1 + 2 * 2 * 1023
    channels = {"standard": 16, "lite": 12, "feather": 8, "nano": 4}[size.value]
    assert config["layers_configs"][0]["channels"] == channels


def test_the_model_config_that_scripts_read_is_that_of_both_a2_sizes() -> None:
    from nam_plugin_capture.sizes import net_of

    submodels = core._get_packed_model_config()["net"]["config"]["submodels"]
    assert [entry["name"] for entry in submodels] == ["channels_3", "channels_8"]
    assert [entry["config"] for entry in submodels] == [
        entry["config"] for entry in net_of("a2")["config"]["submodels"]
    ]


def test_everything_that_authors_import_is_there() -> None:
    from nam.train import colab, full, gui
    from nam.train.core import Architecture, TrainOutput, UserMetadata, get_wavenet_config, train

    modules: list[ModuleType] = [colab, full, gui]
    assert all(modules)
    assert TrainOutput._fields == ("model", "metadata")
    assert callable(train)
    assert callable(get_wavenet_config)
    assert UserMetadata().name is None
    assert Architecture("nano") is Architecture.NANO
    assert core.STANDARD_SAMPLE_RATE == 48_000.0
