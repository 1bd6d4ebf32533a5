"""Items are views; batches are gathered; workers, teardown and handshake."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from wav_parts import make

from nam_kernel.errors import HandshakeError
from nam_kernel.interfaces import ConcatDataset, unpack_batch
from nam_plugin_wav.dataset import WavDataset


class Net:
    """A net, as far as a handshake looks at it."""

    def __init__(self, receptive_field: int) -> None:
        self.receptive_field = receptive_field


@pytest.fixture
def dataset(pair: Any) -> WavDataset:
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 1000))
    return make(pair(x, y, ny=50), nx=17)


def test_items_share_the_memory_of_the_whole(dataset: WavDataset) -> None:
    for index in range(len(dataset)):
        x, y = dataset[index]
        assert x.data_ptr() == dataset.x[50 * index :].data_ptr()
        assert y.data_ptr() == dataset.y[50 * index + 16 :].data_ptr()


@pytest.mark.parametrize("index", [19, -20, 1000])
def test_there_is_no_item_past_the_last(dataset: WavDataset, index: int) -> None:
    assert len(dataset) == 19
    with pytest.raises(IndexError):
        dataset[index]


def test_a_batch_is_the_stacked_items_and_a_copy(dataset: WavDataset) -> None:
    (batch,) = DataLoader(dataset, batch_size=19)
    x, conditions, y = unpack_batch(batch)
    assert (x.shape, y.shape, conditions) == ((19, 66), (19, 50), ())
    assert torch.equal(x, torch.stack([dataset[i][0] for i in range(19)]))
    assert torch.equal(y, torch.stack([dataset[i][1] for i in range(19)]))
    before = dataset.x.clone()
    x.zero_()
    assert torch.equal(dataset.x, before)


def test_a_list_of_datasets_gives_the_same_batches(dataset: WavDataset) -> None:
    alone = list(DataLoader(dataset, batch_size=8))
    listed = list(DataLoader(ConcatDataset([dataset]), batch_size=8))
    for a, b in zip(alone, listed, strict=True):
        assert all(torch.equal(s, t) for s, t in zip(a, b, strict=True))


def test_the_rows_of_a_batch_are_a_sequence_of_items(dataset: WavDataset) -> None:
    rows = dataset.__getitems__([3, 1, 3])
    assert len(rows) == 3
    assert torch.equal(rows[1][0], dataset[1][0])
    assert [len(part) for part in (rows[1:], list(rows))] == [2, 3]


def test_items_reach_from_the_first_to_the_last_sample_that_is_served(dataset: WavDataset) -> None:
    x, y = zip(*(dataset[i] for i in range(len(dataset))), strict=True)
    assert torch.equal(torch.cat(y), dataset.y[16:966])
    assert x[0][0] == dataset.x[0]
    assert x[-1][-1] == dataset.x[965]


def test_a_copy_for_a_worker_serves_the_same(dataset: WavDataset) -> None:
    dataset.handshake(Net(17))
    copied = pickle.loads(pickle.dumps(dataset))
    assert torch.equal(copied[7][0], dataset[7][0])


def test_a_worker_process_serves_the_same(dataset: WavDataset) -> None:
    alone = list(DataLoader(dataset, batch_size=8))
    worked = list(DataLoader(dataset, batch_size=8, num_workers=1))
    assert all(torch.equal(a, b) for one, two in zip(alone, worked, strict=True) for a, b in zip(one, two, strict=True))


def test_a_net_of_another_receptive_field_is_refused(dataset: WavDataset) -> None:
    dataset.handshake(Net(17))
    with pytest.raises(HandshakeError, match=r"nx = 17, but the receptive field of the net is 16; .*nx=16"):
        dataset.handshake(Net(16))


def test_teardown_lets_the_samples_go(dataset: WavDataset) -> None:
    dataset.teardown()
    assert (len(dataset), len(dataset.x), len(dataset.y)) == (0, 0, 0)
    dataset.teardown()


def test_items_can_be_served_from_a_device_and_from_here_again(dataset: WavDataset) -> None:
    before = [item.clone() for item in dataset[3]]
    assert dataset.nbytes == 2 * 1000 * 4
    dataset.serve_from(torch.device("meta"))
    (batch,) = DataLoader(dataset, batch_size=19)
    assert {part.device.type for part in batch} == {"meta"}
    assert [tuple(part.shape) for part in batch] == [(19, 66), (19, 50)]
    assert dataset.x.device.type == dataset.y.device.type == "cpu"
    dataset.serve_from(torch.device("cpu"))
    assert all(torch.equal(a, b) for a, b in zip(dataset[3], before, strict=True))


def test_a_scaled_output_is_scaled_wherever_it_is_served_from(dataset: WavDataset) -> None:
    x, y = (part.clone() for part in dataset[3])
    rms = dataset.levels("y").rms
    dataset.scale_output(0.25)
    for _ in range(2):
        assert torch.equal(dataset[3][0], x)
        assert torch.equal(dataset[3][1], 0.25 * y)
        dataset.serve_from(torch.device("cpu"))
    assert dataset.y_factor == 0.25
    assert dataset.levels("y").rms == rms
    dataset.serve_from(torch.device("meta"))
    dataset.scale_output(4.0)
    assert dataset[3][1].device.type == "meta"
    dataset.serve_from(torch.device("cpu"))
    assert torch.equal(dataset[3][1], y)
