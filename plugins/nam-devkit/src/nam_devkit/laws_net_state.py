"""The laws of a net's parameters: all of them are trained, and none is lost on the way to a file or a device."""

from __future__ import annotations

import copy
import json
from typing import Any

import torch
from torch import Tensor

from nam_devkit.law import Law, require, skip
from nam_devkit.laws_net import EXTRA, conditions_for, new_net, run
from nam_devkit.signals import noise, require_equal, stir
from nam_devkit.subjects import NetSubject
from nam_kernel.errors import ModelFileError

LEAD_IN = 8192
"""Samples of silence before a comparison across a file: players start a net warmed up, and so do files."""


def gradient_reaches_every_parameter(subject: NetSubject) -> None:
    """In training every parameter has a gradient that is not zero."""
    missed: set[str] | None = None
    for seed in range(3):
        net = new_net(subject, seed).train()
        if seed:
            stir(list(net.parameters()), seed)
        missed_now = _without_gradient(subject, net, seed)
        missed = missed_now if missed is None else missed & missed_now
    told = ", ".join(sorted(missed or ()))
    require(
        not missed,
        f"no gradient reaches {told}; use it in compute, or make it a buffer, and take nothing out of the graph "
        "(no .data, .item(), .detach() or NumPy)",
    )


def state_dict_round_trip(subject: NetSubject) -> None:
    """A new net that loads the state dict of another sounds the same."""
    net, other = new_net(subject, 1), new_net(subject, 2)
    stir(list(net.parameters()), 1)
    other.load_state_dict(net.state_dict())
    x = noise(1, int(net.receptive_field) + EXTRA)
    with torch.no_grad():
        require_equal(
            run(subject, other, x),
            run(subject, net, x),
            "the state dict does not hold the whole net; keep what is learned in parameters and buffers",
        )


def document_round_trip(subject: NetSubject) -> None:
    """The document of a model file holds the whole net: read back, it sounds the same."""
    from nam_kernel.models import document_of, net_of

    net = new_net(subject, 1)
    if not hasattr(net, "export_config"):
        skip("it is not a BaseNet, so that it has no model file")
    stir(list(net.parameters()), 1)
    net.sample_rate = 44100.0
    document = document_of(net)
    try:
        text = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"export_config is not JSON ({error}); return plain numbers, strings and lists") from error
    try:
        again = net_of(json.loads(text))
    except ModelFileError as error:
        raise AssertionError(
            f"its document cannot be read back: {error}; is '{net.architecture}' among the record's architectures, "
            "and does its config model (or from_exported) understand what export_config returns?"
        ) from error
    require(
        again.sample_rate == 44100.0, "the sample rate is lost on the way through a document; from_exported sets it"
    )
    require_equal(
        after_lead_in(subject, again),
        after_lead_in(subject, net),
        "read back from its document, the net sounds different; export_config and export_weights together describe "
        "it completely, in the order that import_weights reads",
        tolerance=1e-4,
    )


def runs_on_cuda_as_on_the_cpu(subject: NetSubject) -> None:
    """On a CUDA device, where there is one, it computes the same as on the CPU."""
    if not torch.cuda.is_available():
        skip("there is no CUDA device here")
    net = new_net(subject)
    x = noise(2, int(net.receptive_field) + EXTRA)
    conditions = conditions_for(subject, net, 2, x.shape[1])
    with torch.no_grad():
        expected = net(x, *conditions)
        there = copy.deepcopy(net).to("cuda")(x.to("cuda"), *(c.to("cuda") for c in conditions))
    require(there.is_cuda, "the output is not on the device of the input; make new tensors with x.new_zeros")
    require_equal(there.cpu(), expected, "CUDA and CPU disagree; look for tensors of another type", tolerance=1e-2)


def after_lead_in(subject: NetSubject, net: Any) -> Tensor:
    """Return the output of a net that has been fed silence for a while."""
    x = torch.cat((torch.zeros(LEAD_IN), noise(int(net.receptive_field) + EXTRA)))
    conditions = tuple(c[0] for c in conditions_for(subject, net, 1, len(x)))
    y: Tensor = net.render(x, *conditions)[..., LEAD_IN:]
    return y


LAWS: tuple[Law, ...] = (
    gradient_reaches_every_parameter,
    state_dict_round_trip,
    document_round_trip,
    runs_on_cuda_as_on_the_cpu,
)


def _without_gradient(subject: NetSubject, net: Any, seed: int) -> set[str]:
    """Return the parameters that a backward pass leaves without a gradient."""
    x = noise(2, int(net.receptive_field) + 8 * EXTRA, seed=seed)
    y = run(subject, net, x, pad_start=False)
    require(y.requires_grad, "the output carries no gradient, so that nothing can be learned")
    error = (y - noise(*y.shape, seed=seed + 1)).square().mean()
    learned = {n: p for n, p in net.named_parameters() if p.requires_grad}
    gradients = torch.autograd.grad(error, list(learned.values()), allow_unused=True)
    return {n for n, g in zip(learned, gradients, strict=True) if g is None or not bool(g.abs().sum() > 0)}
