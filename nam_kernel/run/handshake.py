"""Before a training: let net, datasets and losses look at each other, and refuse what cannot work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nam_kernel import plugins
from nam_kernel.errors import DataError, HandshakeError, NamKernelError, PluginError
from nam_kernel.interfaces import BaseDataset
from nam_kernel.interfaces.dataset import leaves

if TYPE_CHECKING:
    from nam_kernel.prepare import Prepared


def introduce(prepared: Prepared) -> None:
    """
    Let net and datasets refuse each other, then let the plugins look at all of them.

    :raises HandshakeError: with every reason
    """
    net, train, validation = prepared.net, prepared.train, prepared.validation
    _apply_joint(prepared)
    _refuse_ragged_batches(prepared)
    _try_losses(prepared)
    for dataset in (d for d in (train, validation) if d is not None):
        for one, other in ((net, dataset), (dataset, net)):
            if hasattr(one, "handshake"):
                one.handshake(other)
    rates = {getattr(d, "sample_rate", None) for d in (train, validation) if d is not None} - {None}
    if len(rates) > 1:
        raise HandshakeError(f"train and validation have different sample rates ({' and '.join(map(str, rates))} Hz)")
    rate = rates.pop() if rates else None
    if net.sample_rate is not None and rate is not None and net.sample_rate != rate:
        raise HandshakeError(f"the net is made for {net.sample_rate:g} Hz, but the recordings have {rate:g} Hz")
    if rate is not None:
        net.sample_rate = rate
    sentences: list[str] = []
    for _, look in plugins.current().each("nam_check"):
        sentences += look(net=net, train=train, validation=validation) or []
    if sentences:
        raise HandshakeError(
            "\n  - ".join(["the training cannot start:", *sentences]) if sentences[1:] else sentences[0]
        )


def _apply_joint(prepared: Prepared) -> None:
    """Let the datasets change together, as the data config says; the first one's kind knows how."""
    joint = prepared.checked.data.joint
    if joint:
        first = leaves(prepared.train)[0]
        apply = getattr(first, "apply_joint", BaseDataset.apply_joint)
        apply(joint, prepared.train, prepared.validation)


def _refuse_ragged_batches(prepared: Prepared) -> None:
    """
    Refuse batches of items that differ in length.

    :raises DataError: naming the lengths
    """
    learning = prepared.checked.learning
    for split, loader, dataset in (
        ("train", learning.train_dataloader, prepared.train),
        ("validation", learning.val_dataloader, prepared.validation),
    ):
        lengths = sorted({int(d.ny) for d in leaves(dataset) if getattr(d, "ny", None)})
        if len(lengths) > 1 and (loader.get("batch_size") or 1) > 1:
            told = ", ".join(map(str, lengths))
            raise DataError(
                f"{split}: the recordings give items of different lengths ({told} samples), which fit into no batch; "
                "give all of them one ny, or a batch_size of 1"
            )


def _try_losses(prepared: Prepared) -> None:
    """
    Compute every loss on silence of the length of the training items.

    :raises DataError: when ``mask_first`` leaves nothing of an item
    :raises PluginError: when a loss raises
    """
    objective = prepared.checked.objective
    lengths = [int(d.ny) - objective.mask_first for d in leaves(prepared.train) if getattr(d, "ny", None)]
    if not lengths:
        return
    if min(lengths) < 1:
        raise DataError(
            f"loss.mask_first hides {objective.mask_first} samples, but the training items have "
            f"{min(lengths) + objective.mask_first}; make ny larger, or mask_first smaller"
        )
    silence = torch.zeros(1, min(lengths))
    for term, loss in zip(objective.terms, objective.losses(), strict=True):
        try:
            loss.function(silence, silence)
        except NamKernelError:
            raise
        except Exception as error:
            raise PluginError(f"{term.part.title} failed on silence: {type(error).__name__}: {error}") from error
