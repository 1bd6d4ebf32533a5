"""Claims about the training loss: keys that records claim, defaults, labels, and what a loss may ask for."""

from __future__ import annotations

from typing import Any

import pytest

import nam_kernel
from nam_kernel.errors import ConfigError, UserError
from nam_kernel.run.objective import objective
from parts import documents

pytestmark = pytest.mark.usefixtures("alone")

LOSSES = """
from torch import Tensor
from pydantic import Field
from nam_kernel.config import Config

class BandConfig(Config):
    low: float = Field(gt=0)
    high: float = 5000.0

class Band:
    seen = []

    def __init__(self, low, high=5000.0, sample_rate=None):
        self.low, self.high = low, high
        Band.seen.append((low, high, sample_rate))

    def __call__(self, preds, targets, batch=None):
        Band.seen.append(batch)
        return (preds - targets).square().mean()
"""

HOOKS = """
from nam_kernel import Loss, hookimpl

@hookimpl
def nam_losses():
    return [Loss(name="Band", target="band:Band", config="band:BandConfig", key="band", label="In the band")]
"""


@pytest.fixture
def band(alone: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    import importlib
    import sys

    (site / "band.py").write_text(LOSSES)
    monkeypatch.delitem(sys.modules, "band", raising=False)
    alone("band", HOOKS)
    return importlib.import_module("band")


def terms(loss: dict[str, Any], measured: tuple[str, ...] = ()) -> Any:
    return objective(loss, measured)


def told(loss: dict[str, Any], measured: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        objective(loss, measured)
    return [str(problem) for problem in caught.value.problems]


def test_the_default_loss_has_a_weight_of_one_where_its_key_is_not_there() -> None:
    assert [(t.label, t.weight) for t in terms({}).terms] == [("Square", 1.0)]
    assert [(t.label, t.weight) for t in terms({"square_weight": 3}).terms] == [("Square", 3.0)]


def test_a_loss_is_switched_on_by_its_key_and_set_by_those_of_its_parameters(band: Any) -> None:
    found = terms({"band_weight": 0.5, "band_low": 80})
    assert [(t.label, t.weight) for t in found.terms] == [("Square", 1.0), ("In the band", 0.5)]
    found.losses(sample_rate=None)
    assert band.Band.seen[-1] == (80.0, 5000.0, None)


def test_a_key_leaves_the_default_loss_out() -> None:
    assert told({"square_weight": None}) == [
        "loss: no loss has a weight, so there is nothing to train; give one of square_weight"
    ]


def test_a_wrong_parameter_is_told_by_its_key(band: Any) -> None:
    assert told({"band_weight": 1, "band_low": -1}) == ["loss.band_low: must be greater than 0.0, got -1"]
    assert told({"band_weight": 1}) == ["loss.band_low: band_weight needs it; this key is missing"]
    (unknown,) = told({"band_wieght": 1})
    assert "did you mean 'band_weight'?" in unknown
    (alone,) = told({"band_low": 80})
    assert alone == "loss.band_low: has no effect without band_weight; add it, or leave it out"


def test_two_plugins_that_claim_one_key_are_an_error_only_when_it_is_used(band: Any, alone: Any) -> None:
    alone("other", HOOKS)
    assert terms({}).terms
    (problem,) = told({"band_weight": 1, "band_low": 80})
    assert "claimed by nam-plugin-band:Band and nam-plugin-other:Band" in problem
    named = {"name": "nam-plugin-other:Band", "config": {"low": 80}}
    assert [t.label for t in terms({"losses": [named]}).terms] == ["Square", "In the band"]


def test_a_loss_gets_the_sample_rate_and_the_batch_that_it_asks_for(band: Any, tmp_path: Any) -> None:
    given = documents(model={"net": {"name": "Gain"}, "loss": {"band_weight": 1, "band_low": 80}})
    nam_kernel.train(*given, outdir=tmp_path)
    assert (80.0, 5000.0, 1000.0) in band.Band.seen
    batch = band.Band.seen[-1]
    assert batch.x.shape == (4, 65)
    assert batch.y.shape == (4, 64)


def test_the_default_loss_decides_unless_val_loss_says_otherwise(band: Any) -> None:
    assert terms({}).val_loss == "Square"
    assert terms({"val_loss": "esr"}, ("ESR",)).val_loss == "ESR"
    on = {"band_weight": 1, "band_low": 80}
    assert terms({**on, "val_loss": "In the band"}).val_loss == "In the band"
    assert terms({**on, "square_weight": None}).val_loss == "In the band"
    (problem,) = told({"val_loss": "ers"}, ("ESR",))
    assert problem == "loss.val_loss: there is no metric 'ers'; did you mean 'ESR'?"


def test_two_losses_of_one_label_are_refused(band: Any) -> None:
    entry = {"name": "Band", "config": {"low": 80}}
    (problem,) = told({"losses": [entry, entry]})
    assert "two losses are labelled 'In the band'" in problem
    assert len(terms({"losses": [entry, {**entry, "label": "again"}]}).terms) == 3


def test_custom_losses_are_named_by_their_keys(band: Any) -> None:
    found = terms({"custom_losses": {"mine": {"name": "Band", "weight": 2, "kwargs": {"low": 80}}}})
    assert [(t.label, t.weight) for t in found.terms] == [("Square", 1.0), ("mine", 2.0)]
    (problem,) = told({"custom_losses": {"mine": {"name": "Bend"}}})
    assert problem.startswith("loss.custom_losses.mine.name: no plugin offers the loss 'Bend'")


def test_a_default_that_cannot_be_told_from_another_is_an_error(alone: Any) -> None:
    alone(
        "rival",
        """
        from nam_kernel import Loss, hookimpl

        @hookimpl
        def nam_losses():
            return [Loss(name="Rival", target="parts:squared", key="rival", default=True)]
        """,
    )
    (problem,) = told({})
    assert "set loss.square_weight or loss.rival_weight to null" in problem
    assert [t.label for t in terms({"rival_weight": None}).terms] == ["Square"]
    with pytest.raises(UserError):
        nam_kernel.check(*documents())
