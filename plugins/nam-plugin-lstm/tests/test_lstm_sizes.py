"""Claims about size: weights are counted from a config alone, and what nobody could build is refused at once."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_kernel.config import validate
from nam_plugin_lstm.cat import CatLSTM
from nam_plugin_lstm.config import CatLSTMConfig, LSTMConfig
from nam_plugin_lstm.net import LSTM


@settings(max_examples=30, deadline=None, database=None, derandomize=True)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 5))
def test_counted_weights_are_those_of_the_net(hidden, layers, features):
    for name, model, cls, more in (
        ("LSTM", LSTMConfig, LSTM, {}),
        ("CatLSTM", CatLSTMConfig, CatLSTM, {"input_size": 1 + features}),
    ):
        config = {"hidden_size": hidden, "num_layers": layers, **more}
        net = make_net(name, config)
        count = len(net.export_weights())
        assert model.model_validate(config).weight_count() == count
        assert cls.count_weights(net.export_config()) == count


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"hidden_size": 16000}, "hidden_size 16000 and num_layers 1 make 1,024,"),
        ({"hidden_size": 2, "num_layers": 10**9}, "num_layers 1000000000"),
        ({"hidden_size": 10**9}, "hidden_size 1000000000"),
        ({"hidden_size": 10**400}, "hidden_size: must be less than 2147483648"),
        ({"hidden_size": 2, "num_layers": 2**31}, "num_layers: must be less than 2147483648"),
        ({"hidden_size": 1000, "num_layers": 2}, "12,"),
    ],
    ids=lambda given: str(given)[:40],
)
@pytest.mark.parametrize("model", [LSTMConfig, CatLSTMConfig])
def test_what_nobody_could_build_is_refused_at_once(model, config, told):
    more = {"conditions": ["gain"]} if model is CatLSTMConfig else {}
    refused(model, {**config, **more}, told)


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        ({"input_size": 10**9}, "input_size: must be at most 1024"),
        ({"conditions": [f"knob {i}" for i in range(100_000)]}, "conditions: there are more than 1000 entries"),
        ({"conditions": ["gain"] * 100_000}, "conditions: there are more than 1000 entries"),
    ],
    ids=["input_size", "names", "one name"],
)
def test_conditions_without_end_are_refused(conditions, told):
    refused(CatLSTMConfig, {"hidden_size": 2, **conditions}, told)


def refused(model, config, told):
    tracemalloc.start()
    start = time.process_time()
    _, problems = validate(model, config)
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told in "; ".join(map(str, problems))
    assert seconds < 1.0
    assert peak < 50 * 2**20
