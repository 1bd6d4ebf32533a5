"""What holds of every loss that this plugin offers: the laws that training relies on."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import torch
from pydantic import ValidationError

from nam_kernel.errors import DataError
from nam_plugin_losses import MRSTFT, PreEmphasisMRSTFT, PreEmphasisMSE
from nam_plugin_losses.hooks import nam_losses

RECORDS = {record.name: record for record in nam_losses()}


def load(target):
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def make(name, **config):
    """Make the loss as the kernel does: a function with the config's keywords, or an instance of a class."""
    model = load(RECORDS[name].config)
    checked = model(**(config or getattr(model, "example", {}))).model_dump()
    target = load(RECORDS[name].target)
    return target(**checked) if isinstance(target, type) else target


@pytest.fixture(params=sorted(RECORDS))
def loss(request):
    return make(request.param)


def noise(seed=0):
    return 0.2 * torch.randn(3, 4096, generator=torch.Generator().manual_seed(seed))


def gradient(loss, preds, targets):
    preds = preds.clone().requires_grad_()
    value = loss(preds, targets)
    value.backward()
    return value.detach(), preds.grad


def test_offers_the_names_that_configs_use():
    assert set(RECORDS) == {"MSE", "ESR", "DC", "FourierMSE", "MRSTFT", "PreEmphasisMSE", "PreEmphasisMRSTFT"}
    assert all(record.summary for record in RECORDS.values())


def test_is_one_number(loss):
    assert loss(noise(0), noise(1)).shape == ()


def test_is_zero_at_equality_with_a_gradient_of_zero(loss):
    value, grad = gradient(loss, noise(), noise())
    assert value.item() == 0
    assert torch.count_nonzero(grad).item() == 0


def test_is_positive_for_a_different_level_and_offset(loss):
    assert loss(0.5 * noise() + 0.1, noise()).item() > 0


@pytest.mark.parametrize("level", [0.0, 1e-6, 1.0, 1e3])
def test_is_never_negative_and_finite_at_any_level(loss, level):
    value = loss(level * noise(0), noise(1))
    assert value.isfinite()
    assert value.item() >= 0


@pytest.mark.parametrize(("preds_level", "targets_level"), [(0, 0), (1, 0), (0, 1), (1e-20, 0)])
def test_is_finite_with_a_finite_gradient_on_silence(loss, preds_level, targets_level):
    value, grad = gradient(loss, preds_level * noise(0), targets_level * noise(1))
    assert value.isfinite()
    assert grad.isfinite().all()


def test_the_gradient_leads_downhill(loss):
    preds, targets = 0.5 * noise() + 0.05, noise()
    value, grad = gradient(loss, preds, targets)
    assert grad.norm() > 0
    assert loss(preds - 1e-3 * grad / grad.norm(), targets) < value


def test_says_that_a_prediction_of_nan_is_nan(loss):
    preds = noise()
    preds[0, 100] = torch.nan
    assert loss(preds, noise(1)).isnan()


def test_takes_a_single_item(loss):
    assert loss(noise(0)[:1], noise(1)[:1]).isfinite()


@pytest.mark.parametrize(("loss", "shortest"), [(MRSTFT(), 1025), (PreEmphasisMRSTFT(0.85), 1026)])
def test_the_stft_says_which_items_are_too_short(loss, shortest):
    loss(torch.ones(1, shortest), torch.ones(1, shortest))
    with pytest.raises(DataError, match="ny larger"):
        loss(torch.ones(1, shortest - 1), torch.ones(1, shortest - 1))


def test_pre_emphasis_says_that_one_sample_is_too_short():
    with pytest.raises(DataError, match="2 samples"):
        PreEmphasisMSE(0.85)(torch.ones(4, 1), torch.ones(4, 1))


def test_the_stft_works_in_half_precision():
    assert MRSTFT()(noise(0).bfloat16(), noise(1)).dtype == torch.float32


def test_the_coefficient_comes_from_the_config():
    assert make("PreEmphasisMSE", coef=0.5).coef == 0.5
    assert make("PreEmphasisMRSTFT", coef=0.5).coef == 0.5


@pytest.mark.parametrize(
    ("name", "config"),
    [("MSE", {"coef": 0.85}), ("PreEmphasisMSE", {"coeff": 0.85}), ("PreEmphasisMSE", {"coef": float("nan")})],
)
def test_a_config_that_says_something_unknown_is_refused(name, config):
    with pytest.raises(ValidationError):
        load(RECORDS[name].config)(**config)


def test_hooks_and_configs_do_not_import_torch():
    code = (
        "import nam_plugin_losses.hooks, sys; assert not {'torch', 'numpy', 'pydantic'} & set(sys.modules); "
        "import nam_plugin_losses.config; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
