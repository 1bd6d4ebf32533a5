"""Three thousand damaged files: each is read, or told in words, within 2 seconds and 300 MB."""

from __future__ import annotations

import copy
import json
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from nam_kernel import make_net, read_model
from nam_kernel.errors import NamKernelError
from nam_kernel.models import document_of

for needed in ("wavenet", "lstm", "convnet", "linear", "sequential", "container"):
    pytest.importorskip(f"nam_plugin_{needed}")

FILES, SECONDS, MEGABYTES = 3000, 2.0, 300

STACK: dict[str, Any] = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 2,
    "kernel_size": 3,
    "dilations": [1, 2],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 2, "bias": True},
}
A2 = {
    "condition_size": 2,
    "bottleneck": 2,
    "activation": [
        {"name": "PairBlend", "primary": "Softsign", "secondary": "Sigmoid"},
        {"name": "PairMultiply", "primary": "PReLU", "secondary": "SiLU"},
    ],
    "head_1x1_config": {"active": True, "out_channels": 2, "groups": 2},
    "film_params": {"layer1x1_post_film": {"active": True}, "conv_pre_film": {"active": True}},
}
INNER = {"layers_configs": [{**STACK, "head": {"out_channels": 2, "kernel_size": 1, "bias": False}}]}
NETS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("WaveNet", {"layers_configs": [STACK]}),
    ("WaveNet", {"layers_configs": [{**STACK, **A2}], "condition_dsp": {"name": "WaveNet", "config": INNER}}),
    (
        "WaveNet",
        {
            "layers_configs": [
                {
                    **STACK,
                    "head": {**STACK["head"], "kernel_size": 1},
                    "slimmable": {"method": "slice_channels_uniform"},
                }
            ]
        },
    ),
    ("LSTM", {"hidden_size": 3, "num_layers": 2}),
    ("CatLSTM", {"hidden_size": 2, "conditions": ["gain", {"name": "bass", "low": -6, "high": 6, "default": 0}]}),
    ("ConvNet", {"channels": 3, "dilations": [1, 2], "batchnorm": True, "activation": "ReLU"}),
    ("Linear", {"receptive_field": 8, "bias": True}),
    (
        "Sequential",
        {
            "models": [
                {"name": "Linear", "config": {"receptive_field": 3}},
                {"name": "LSTM", "config": {"hidden_size": 2}},
            ]
        },
    ),
    ("Container", {"submodels": [{"name": n, "net": {"name": "LSTM", "config": {"hidden_size": 2}}} for n in "ab"]}),
)

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 1.5, -0.0, 1e39, -1e308, 1e999, 2**31, 2**24, 10**9, 10**30, 10**400),
    *("", "1", "Tanh", "none", "\x1b[31m", "x" * 100_000, "\ud800", [], {}, [[]], [None] * 3, {"a": {"a": {}}}),
    *([1] * 10_000, {"type": "Tanh"}, {"type": "PReLU", "negative_slopes": [0.1] * 7}, {"active": True}),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a document, as a container and a key, those of the weights seldom."""
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, inner in pairs[: None if isinstance(value, dict) else 8]:
        yield value, key
        if isinstance(inner, (dict, list)):
            yield from places(inner)


def damaged(dice: random.Random, documents: list[Any]) -> bytes:
    """Return the bytes of a file: of a document in which values are odd, moved, repeated or gone, or of a cut file."""
    document = copy.deepcopy(dice.choice(documents))
    for _ in range(dice.choice((1, 1, 2, 5))):
        around, key = dice.choice(list(places(document)))
        way = dice.randrange(6)
        if way == 0:
            del around[key]
            continue
        values = [inner[k] for inner, k in places(dice.choice(documents))]
        changes = (dice.choice(ODD), dice.choice(values), [around[key]] * dice.choice((2, 50)), {"model": around[key]})
        around[key] = copy.deepcopy(dice.choice(ODD) if way < 3 else dice.choice(changes))
        if not document:
            break
    text = json.dumps(document)
    kind = dice.randrange(20)
    if kind == 0:
        return text.encode()[: dice.randrange(len(text))]
    if kind == 1:
        content = bytearray(text.encode())
        for _ in range(dice.randrange(1, 20)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        return bytes(content)
    if kind == 2:
        deep = dice.choice((10, 900, 50_000))
        return text.replace("0.", "[" * deep + "0" + "]" * deep + ".", 1).encode()
    return text.encode()


def outcome(path: Path) -> str:
    """Return why a file is refused; empty for one that is read and plays."""
    try:
        net = read_model(path)
        net.render(torch.zeros(8), *net.settings())
    except NamKernelError as error:
        return str(error)
    return ""


@pytest.mark.slow
def test_damaged_files_are_read_or_told_in_words(tmp_path: Path) -> None:
    dice = random.Random(10)
    nets = [make_net(name, config) for name, config in NETS]
    for net in nets:
        net.sample_rate = 48000.0
    documents = [document_of(net) for net in nets]
    path = tmp_path / "m.nam"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    messages = []
    for index in range(FILES):
        path.write_bytes(damaged(dice, documents))
        start = time.process_time()
        messages.append(outcome(path))
        assert time.process_time() - start < SECONDS, index
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES
    told = [message for message in messages if message]
    assert all(message.startswith(str(path)) and len(message) < len(str(path)) + 1300 for message in told)
    # Damage of what nobody reads, such as a key that is gone, is none.
    assert len(told) > 0.7 * FILES
