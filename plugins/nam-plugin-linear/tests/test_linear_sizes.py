"""Claims about size: weights are counted from a config alone, and what nobody could build is refused at once."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from nam_kernel import make_net
from nam_kernel.config import validate
from nam_plugin_linear.config import LinearConfig
from nam_plugin_linear.net import Linear


@pytest.mark.parametrize("length", [1, 2, 300])
@pytest.mark.parametrize("bias", [True, False])
def test_counted_weights_are_those_of_the_net(length, bias):
    config = {"receptive_field": length, "bias": bias}
    assert LinearConfig.model_validate(config).weight_count() == length + bias
    assert Linear.count_weights(make_net("Linear", config).export_config()) == length + bias


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (2**20 + 1, "expected at most 1048576 samples, got 1048577"),
        (10**9, "got 1000000000"),
        (10**400, "got far more"),
        (1e9, "expected a whole number"),
        (float("inf"), "expected"),
        ("1" * 10_000_000, "expected a whole number"),
    ],
    ids=lambda given: str(given)[:20],
)
def test_what_nobody_could_build_is_refused_at_once(length, told):
    tracemalloc.start()
    start = time.process_time()
    _, problems = validate(LinearConfig, {"receptive_field": length})
    seconds, (_, peak) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [problem.where for problem in problems] == ["receptive_field"]
    assert told in problems[0].what
    assert seconds < 1.0
    assert peak < 100 * 2**20
