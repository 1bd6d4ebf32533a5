"""Claims about size: weights are counted from a config alone, and what nobody could build is refused at once."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nam_kernel import make_net
from nam_kernel.config import validate
from nam_plugin_convnet.config import ConvNetConfig
from nam_plugin_convnet.net import ConvNet


@settings(max_examples=30, deadline=None, database=None, derandomize=True)
@given(st.integers(1, 7), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.booleans())
def test_counted_weights_are_those_of_the_net(channels, dilations, batchnorm):
    config = {"channels": channels, "dilations": dilations, "batchnorm": batchnorm}
    net = make_net("ConvNet", config)
    count = len(net.export_weights())
    assert ConvNetConfig.model_validate(config).weight_count() == count
    assert ConvNet.count_weights(net.export_config()) == count


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"channels": 20000}, "4 layers of channels 20000 make 2,400,140,001 weights"),
        ({"channels": 10**400}, "channels: must be less than 16777216"),
        ({"channels": 3000, "dilations": [1, 2]}, "channels 3000"),
        ({"dilations": [1] * 100_000}, "dilations: the list has 100000 layers, at most 1000"),
        ({"dilations": [2**24]}, "dilations[0]: must be less than 16777216"),
        ({"dilations": [2**20]}, "receptive field of 1,048,577 samples"),
        ({"channels": 1, "dilations": [2**12] * 1000}, "receptive field of 4,096,001 samples"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_nobody_could_build_is_refused_at_once(config, told):
    tracemalloc.start()
    start = time.process_time()
    _, problems = validate(ConvNetConfig, config)
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told in "; ".join(map(str, problems))
    assert seconds < 1.0
    assert peak < 50 * 2**20
