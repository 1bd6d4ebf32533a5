"""A validation of several groups, such as captures of several settings: each counts the same, however loud it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nam_kernel.errors import DataError
from nam_kernel.interfaces import ConcatDataset
from nam_plugin_lightning.assembly import groups_of
from nam_plugin_lightning.metrics import ValidationSums


def esr_of(preds, targets, groups, batch):
    sums = ValidationSums(groups=groups)
    for start in range(0, len(preds), batch):
        sums.add(preds[start : start + batch], targets[start : start + batch], {})
    return sums.compute("ESR")[0]["ESR"]


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_esr_is_the_mean_of_the_groups(batch):
    dice = np.random.default_rng(0)
    targets = dice.standard_normal((5, 30)) * np.array([10.0, 10.0, 0.1, 0.1, 0.1])[:, None]
    preds = targets + dice.standard_normal((5, 30)) * np.array([1.0, 1.0, 0.05, 0.05, 0.05])[:, None]
    parts = [slice(0, 2), slice(2, 5)]
    expected = np.mean([((preds[p] - targets[p]) ** 2).sum() / (targets[p] ** 2).sum() for p in parts])
    found = esr_of(torch.from_numpy(preds), torch.from_numpy(targets), [0, 0, 1, 1, 1], batch)
    assert found == pytest.approx(expected, rel=1e-9)
    pooled = ((preds - targets) ** 2).sum() / (targets**2).sum()
    assert esr_of(torch.from_numpy(preds), torch.from_numpy(targets), [], batch) == pytest.approx(pooled, rel=1e-9)


def test_a_silent_group_does_not_count_and_silence_alone_is_refused():
    targets = torch.cat((torch.ones(1, 4), torch.zeros(1, 4)))
    assert esr_of(0.9 * targets + 0.5 * (targets == 0), targets, [0, 1], 2) == pytest.approx(0.01)
    with pytest.raises(DataError, match="silent"):
        esr_of(targets[1:], targets[1:], [0], 1)


def test_several_outputs_have_the_mean_of_their_groups_each():
    targets = torch.tensor([[1.0, 1.0], [2.0, 2.0]])
    sums = ValidationSums(("small", "large"), [0, 1])
    sums.add(torch.stack((0.5 * targets, 0.9 * targets), dim=1), targets, {})
    _, each = sums.compute("ESR")
    assert each["small"]["ESR"] == pytest.approx(0.25)
    assert each["large"]["ESR"] == pytest.approx(0.01)


class Grouped(torch.utils.data.Dataset):
    nx, sample_rate = 1, 48000.0

    def __init__(self, groups, length):
        self.groups, self.length = groups, length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return torch.zeros(4), torch.zeros(4)


def test_groups_of_a_list_of_datasets_go_on():
    data = ConcatDataset([Grouped([0, 0, 1], 3), Grouped((), 2), Grouped([0], 1)])
    assert groups_of(data) == [0, 0, 1, 2, 2, 3]
    assert groups_of(ConcatDataset([Grouped((), 2)])) == []
    assert groups_of(None) == []
