"""What a file says of itself, how its module answers to wrong calls, and what is refused before anything is written."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nam_kernel import BaseNet, Condition
from nam_kernel.errors import UserError
from nam_kernel.interfaces import Stream, over_time
from nam_plugin_torchscript import building
from nam_plugin_torchscript.write import FACTS, export, refuses


class Echo(BaseNet):
    """A net that nobody knows: twice the input, bent by a knob, and the sample before the last."""

    receptive_field = 3
    conditions = (Condition("drive", 0.0, 4.0, 2.0), Condition("floor", -math.inf, math.inf, 0.0))

    @classmethod
    def init_from_config(cls, config: Any) -> Echo:
        return cls()

    def export_config(self) -> dict[str, Any]:
        return {}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        drive, floor = over_time(x, conditions, 2).unbind(1)
        return (torch.tanh(drive * x) + floor)[:, 2:] + 0.5 * x[:, :-2]


class Late(Echo):
    """What it does depends on how long the signal is."""

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return (2.0 if x.shape[1] < 500 else 1.0) * x[:, 2:]


class Stateful(Echo):
    """A net with a stream of its own."""

    def stream(self, forward: Any = None) -> Stream:
        return self  # type: ignore[return-value]


class Impostor(Echo):
    """A net that calls itself a Linear and is none."""

    conditions = ()
    architecture = "Linear"

    def __init__(self) -> None:
        super().__init__()
        self.response = nn.Parameter(torch.tensor([0.5, 0.25, 1.0]))

    def export_config(self) -> dict[str, Any]:
        return {"receptive_field": 3, "bias": False}

    def compute(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return x[:, 2:].abs()


def load(path: Path, extra: dict[str, Any] | None = None) -> Any:
    with building.quiet():
        return torch.jit.load(path, _extra_files=extra)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the stranger's net."""
    net = Echo(sample_rate=44100.0)
    metadata = {"name": "Echo", "training": {"validation_esr": 0.01}, "made_by": {}}
    return export(net, tmp_path_factory.mktemp("echo"), "e", metadata)[0]


def test_a_strangers_net_is_traced_and_plays_with_its_knobs(echo: Path) -> None:
    x = torch.linspace(-1, 1, 700)
    model = load(echo)

    def expected(drive: float, floor: float) -> Tensor:
        # Closed form; before the signal there was silence.
        return torch.tanh(drive * x) + floor + 0.5 * torch.cat((torch.zeros(2), x[:-2]))

    assert torch.allclose(model(x), expected(2.0, 0.0), atol=1e-6)
    assert torch.allclose(model(x, torch.tensor([3.0, 0.1])), expected(3.0, 0.1), atol=1e-6)
    both = model(x.expand(2, -1), torch.tensor([[3.0, 0.1], [1.0, -0.1]]))
    assert torch.allclose(both, torch.stack((expected(3.0, 0.1), expected(1.0, -0.1))), atol=1e-6)
    pieces = [model.step(x[:1]), model.step(x[1:65]), model.step(x[65:])]
    assert torch.allclose(torch.cat(pieces), expected(2.0, 0.0), atol=1e-6)


def test_whole_signals_leave_the_state_of_the_blocks_alone_and_reset_begins_anew(echo: Path) -> None:
    model, x = load(echo), torch.ones(10)
    first = model.step(x)
    model(torch.zeros(20))
    assert not torch.equal(model.step(x), first)
    model.reset()
    assert torch.equal(model.step(x), first)


def test_empty_signals_have_empty_outputs_and_begin_nothing(echo: Path) -> None:
    model = load(echo)
    assert model(torch.zeros(2, 0)).shape == (2, 0)
    assert model.step(torch.zeros(0)).shape == (0,)
    assert model.step(torch.zeros(3, 5)).shape == (3, 5)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda m: m(torch.zeros(1, 1, 5)), "the audio has 3 dimensions"),
        (lambda m: m(torch.zeros(5), torch.zeros(3)), "this model has 2 knobs"),
        (lambda m: (m.step(torch.zeros(5)), m.step(torch.zeros(2, 5))), "reset first"),
    ],
)
def test_a_wrong_call_is_explained(echo: Path, call: Any, told: str) -> None:
    with pytest.raises(Exception, match=told):
        call(load(echo))


def test_a_file_says_what_it_is(echo: Path) -> None:
    extra: dict[str, Any] = {FACTS: ""}
    model = load(echo, extra)
    facts = json.loads(extra[FACTS])
    assert (model.sample_rate, model.receptive_field, model.conditions) == (44100.0, 3, ["drive", "floor"])
    assert {k: facts[k] for k in ("name", "esr", "sample_rate", "receptive_field", "architecture")} == {
        "name": "Echo",
        "esr": 0.01,
        "sample_rate": 44100.0,
        "receptive_field": 3,
        "architecture": "Echo",
    }
    drive, floor = facts["conditions"]
    assert (drive["name"], drive["low"], drive["high"], drive["default"]) == ("drive", 0.0, 4.0, 2.0)
    assert (floor["low"], floor["high"]) == (None, None)


def test_a_file_names_no_folder_of_the_computer_on_which_it_was_made(echo: Path) -> None:
    content = echo.read_bytes()
    assert b"metadata.json" in content
    for folder in (Path(building.__file__).parent, Path(torch.__file__).parent, Path.home()):
        assert str(folder).encode() not in content


def test_what_says_that_it_is_known_and_is_not_is_traced(tmp_path: Path) -> None:
    x = torch.linspace(-1, 1, 300)
    assert torch.equal(load(export(Impostor(), tmp_path, "i", {})[0])(x), x.abs())


@pytest.mark.parametrize(
    ("net", "told"), [(Late(), "signals of other lengths"), (Stateful(), "has a state, which cannot be traced")]
)
def test_a_net_that_cannot_be_traced_is_refused(tmp_path: Path, net: BaseNet, told: str) -> None:
    assert told in str(refuses(net))
    with pytest.raises(UserError, match=told):
        export(net, tmp_path, "n", {})
    assert list(tmp_path.iterdir()) == []


def test_a_knob_without_a_default_is_at_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Echo, "conditions", (Condition("drive", 0.0, 4.0, 2.0), Condition("floor", -math.inf, math.inf))
    )
    x = torch.linspace(-1, 1, 100)
    model: Any = building.player_of(Echo())
    assert torch.equal(model(x), model(x, torch.tensor([2.0, 0.0])))


def test_a_net_that_does_not_declare_its_conditions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Echo, "conditions", None)
    assert "does not declare which conditions" in str(refuses(Echo()))


def test_a_python_without_torchscript_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "WITHOUT", (3, 0))
    assert "no TorchScript for Python 3.14" in str(refuses(Echo()))


def test_metadata_that_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the metadata cannot be written"):
        export(Echo(), tmp_path, "n", {"name": object()})


def test_only_the_one_warning_is_silenced() -> None:
    with building.quiet(), pytest.warns(DeprecationWarning, match="another"):
        warnings.warn("another", DeprecationWarning, stacklevel=1)
