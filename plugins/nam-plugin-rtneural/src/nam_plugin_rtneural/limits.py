"""What the hosts of the file can play: the sizes that their loaders were compiled for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nam_kernel.errors import NamKernelError
from nam_kernel.interfaces import BaseNet
from nam_plugin_rtneural.adding import adding_of
from nam_plugin_rtneural.knobs import ENCODED, problem_of

SIZES = (8, 12, 16, 20, 24, 32, 40, 64, 80)
"""Hidden units of the one layer (``src/model_variant.hpp`` of AidaDSP/AIDA-X); a host refuses any other."""

USUAL = 16

ARCHITECTURES = ("LSTM", "CatLSTM", ENCODED)


def nearest(units: int) -> int:
    """Return the size that hosts play and that is nearest; of two the larger one."""
    return min(SIZES, key=lambda size: (abs(size - units), -size))


def played(net: BaseNet) -> BaseNet:
    """Return the size of a net that players run."""
    return net.at_size(1.0) if net.outputs else net


def refuses(net: BaseNet) -> str | None:
    """Return why a net cannot be written, with what can; None when it can."""
    try:
        net = played(net)
        adding = adding_of(net)
        if adding is not None:
            if adding.factor < 0.0:
                return "its input is added upside down, which no host does; export another format"
            return _size_problem("LSTM", adding.lstm["config"])
        if net.architecture not in ARCHITECTURES:
            return (
                f"AIDA-X and other RTNeural hosts play an LSTM of one layer, not {net.architecture}; train one "
                f'("name": "LSTM", "config": {{"hidden_size": {USUAL}}}), or export another format'
            )
        return _size_problem(net.architecture, net.export_config()) or _knob_problem(net)
    except NamKernelError as error:
        return str(error)


def _size_problem(architecture: str, config: Mapping[str, Any]) -> str | None:
    layers, units = config.get("num_layers"), config.get("hidden_size")
    inputs = config.get("input_size", 1 + len(config.get("params", ())))
    if not all(isinstance(size, int) and size > 0 for size in (layers, units, inputs)):
        return f"this {architecture} does not describe its size as one of nam-plugin-lstm does"
    assert isinstance(units, int)
    fitting = units if units in SIZES else nearest(units)
    if layers != 1:
        return (
            f"AIDA-X and other RTNeural hosts play an LSTM of one layer, and this has {layers}; "
            f"num_layers 1 with hidden_size {fitting} works"
        )
    if units not in SIZES:
        return (
            f"AIDA-X and other RTNeural hosts have no LSTM with hidden_size {units}; the nearest that works is "
            f"{fitting} (they have {', '.join(map(str, SIZES))})"
        )
    return None


def _knob_problem(net: BaseNet) -> str | None:
    conditions, config = net.conditions, net.export_config()
    inputs = config.get("input_size", 1 + len(config.get("params", ())))
    if conditions is None or inputs != 1 + len(conditions):
        return f"this {net.architecture} does not say what each of its {inputs - 1} conditions is"
    return problem_of(net.architecture, conditions)
