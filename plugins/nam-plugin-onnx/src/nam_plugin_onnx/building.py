"""From a net to its two models, written from the net's description; or the reason why there are none."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from onnx import ModelProto

from nam_kernel.errors import NamKernelError, UserError
from nam_kernel.interfaces import BaseNet, WindowStream
from nam_kernel.models import document_of
from nam_plugin_onnx.architectures import part_of
from nam_plugin_onnx.assembling import blocks, starts_of, whole_signals
from nam_plugin_onnx.sessions import session_of

ANOTHER = 1e-3
"""The difference, relative to the peak, beyond which a net computes something else than its description says."""

BAKE = "bake a setting first, nam-kernel bake MODEL.nam OUT.nam --set NAME=VALUE, then export that"

TRIED = 500
"""Samples beside the receptive field that are compared."""


@dataclass(frozen=True)
class Models:
    """
    What is written of a net.

    :param whole: plays whole signals
    :param stream: plays blocks
    :param silence: samples that blocks begin with where the knobs are not at their defaults
    """

    whole: ModelProto
    stream: ModelProto
    silence: int


def models_of(net: BaseNet) -> Models:
    """
    Return the models of a net, in the size that players run.

    :raises UserError: with the reason why there are none, and where the net can be baked that this is a way
    """
    try:
        return _models_of(_played(net))
    except UserError as error:
        if not net.conditions or type(net).bake is BaseNet.bake:
            raise
        raise UserError(f"{error}; {BAKE}") from error


def _models_of(net: BaseNet) -> Models:
    conditions = net.conditions
    if conditions is None:
        raise UserError(f"this {net.architecture} does not declare which conditions it takes beside the audio")
    try:
        part = part_of(document_of(net))
    except UserError:
        raise
    except NamKernelError as error:
        raise UserError(str(error)) from error
    if part.inputs != 1 + len(conditions) or part.outputs != 1:
        raise UserError(
            f"this {net.architecture} goes from {part.inputs} channels to {part.outputs}, and the net declares "
            f"{len(conditions)} conditions"
        )
    starts = starts_of(part, defaults_of(net))
    silence = max(net.receptive_field - 1, part.settling)
    models = Models(whole_signals(part, starts, silence), blocks(part, starts), silence)
    if isinstance(net.stream(), WindowStream):
        _require_that_it_plays(models.whole, net)
    return models


def defaults_of(net: BaseNet) -> list[float]:
    """Return what the knobs are at where nobody turns them; 0 for one that has no default."""
    given = [float(condition.default or 0.0) for condition in net.conditions or ()]
    return [value if math.isfinite(value) else 0.0 for value in given]


def _played(net: BaseNet) -> BaseNet:
    """Return a copy of the net that a player plays, which nothing changes any more."""
    if net.outputs:
        net = net.at_size(1.0)
    return copy.deepcopy(net).cpu().eval().requires_grad_(False)


@torch.no_grad()
def _require_that_it_plays(model: ModelProto, net: BaseNet) -> None:
    """
    Refuse a net that calls itself one of ours and computes something else.

    :raises UserError: with the remedy
    """
    settings = defaults_of(net)
    x = 0.5 * torch.randn(1, net.receptive_field + TRIED, generator=torch.Generator().manual_seed(0))
    expected = net(x, *settings, pad_start=True)
    given = {"audio": x.numpy()}
    if settings:
        given["knobs"] = np.array(settings, np.float32)[None, :, None]
    played = torch.from_numpy(session_of(model.SerializeToString()).run(["output"], given)[0])
    peak = max(float(expected.abs().max()), 1e-9)
    if played.shape != expected.shape or not bool(((played - expected).abs() <= ANOTHER * peak).all()):
        raise UserError(
            f"this net computes something else than a {net.architecture} of its config and weights; give its "
            "architecture a name of its own"
        )
