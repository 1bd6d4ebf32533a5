"""The twin of an LSTM: its layers and its head over a stretch of time, which truncation cuts as in the plain net."""

import ctypes
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from nam_plugin_fast.library import Handle, LstmCall, load
from nam_plugin_fast.records import Records
from nam_plugin_fast.suitable import suits
from nam_plugin_fast.threads import Threads, allowed
from nam_plugin_fast.twins import Twin, with_modules
from nam_plugin_lstm.net import LSTM

State = tuple[Tensor, Tensor]


def twin_of_lstm(net: LSTM) -> Twin:
    """Return the twin of an LSTM."""
    twin = with_modules(net, core=FastCore(net.core, net.head), head=nn.Identity())
    return Twin(twin, twin.stream, ((net, twin),))


class FastCore(nn.Module):
    """
    Takes what ``nn.LSTM`` takes, and returns what the head makes of it.

    It has no parameters of its own.

    :param core: whose parameters it uses; computes what the compiled code does not
    :param head: of one output
    """

    def __init__(self, core: nn.LSTM, head: nn.Linear) -> None:
        super().__init__()
        self._plain = (core, head)
        address = load().nam_fast_lstm(core.num_layers, core.input_size, core.hidden_size, int(core.bias))
        if not address:
            raise MemoryError("there is not enough memory for this LSTM")
        self.handle = Handle(address, load().nam_fast_lstm_free)
        self.records, self.threads = Records(), Threads()

    def forward(self, features: Tensor, state: State) -> tuple[Tensor, State]:
        """
        Return the output of the head, and the state after it.

        :param features: (B, L, D)
        :param state: hidden and cell, each (layers, B, H)
        :return: (B, L, 1), and a state
        """
        core, head = self._plain
        parameters = [*(p for p in core._flat_weights if p is not None), *head.parameters()]
        if not suits(features, *state, *parameters) or (core.training and core.dropout):
            hidden, state = core(features, state)
            return head(hidden), state
        given = (features, *state, *parameters)
        records = torch.is_grad_enabled() and any(t.requires_grad for t in given)
        y, hidden, cell = _Steps.apply(self, records, allowed(), *given)  # type: ignore[no-untyped-call]
        return y[..., None], (hidden, cell)


class _Steps(Function):
    """The steps of all layers and the head over a stretch of time."""

    @staticmethod
    def forward(
        ctx: Any,
        core: FastCore,
        records: bool,
        most: int,
        features: Tensor,
        hidden: Tensor,
        cell: Tensor,
        *parameters: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        features, hidden, cell = (t.contiguous() for t in (features, hidden, cell))
        flat = torch.cat([p.reshape(-1) for p in parameters])
        call = _call(core, most, features, hidden, cell, flat)
        y, *after = features.new_empty(features.shape[:2]), torch.empty_like(hidden), torch.empty_like(cell)
        call.y, call.hidden_after, call.cell_after = y.data_ptr(), after[0].data_ptr(), after[1].data_ptr()
        if records:
            ctx.record = core.records.take(load().nam_fast_lstm_record(core.handle.address, *features.shape[:2], most))
            call.record = ctx.record.tensor.data_ptr()
            ctx.core, ctx.most = core, most
            ctx.save_for_backward(features, hidden, cell, flat, *parameters)

        def compute(threads: int) -> int:
            call.threads = threads
            done: int = load().nam_fast_lstm_forward(core.handle.address, ctypes.byref(call))
            return done

        done, ctx.threads = core.threads.measured((*features.shape[:2], records), min(most, len(features)), compute)
        _require(done)
        return y, after[0], after[1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *given: Tensor) -> tuple[Tensor | None, ...]:
        dy, dhidden_after, dcell_after = (t.contiguous() for t in given)
        features, hidden, cell, flat, *parameters = ctx.saved_tensors
        call = _call(ctx.core, ctx.most, features, hidden, cell, flat)
        call.threads = ctx.threads
        grads, dhidden, dcell = torch.zeros_like(flat), torch.empty_like(hidden), torch.empty_like(cell)
        dx = torch.empty_like(features) if ctx.needs_input_grad[3] else None
        call.record, call.grads, call.dy = ctx.record.tensor.data_ptr(), grads.data_ptr(), dy.data_ptr()
        call.dhidden_after, call.dcell_after = dhidden_after.data_ptr(), dcell_after.data_ptr()
        call.dhidden, call.dcell = dhidden.data_ptr(), dcell.data_ptr()
        call.dx = None if dx is None else dx.data_ptr()
        _require(load().nam_fast_lstm_backward(ctx.core.handle.address, ctypes.byref(call)))
        pieces = torch.split(grads, [p.numel() for p in parameters])
        shaped = (g.view(p.shape) for g, p in zip(pieces, parameters, strict=True))
        return None, None, None, dx, dhidden, dcell, *shaped


def _call(core: FastCore, most: int, features: Tensor, hidden: Tensor, cell: Tensor, flat: Tensor) -> LstmCall:
    """
    Return the description of a batch.

    :raises ValueError: when the shapes do not go together, which would be read out of bounds
    """
    plain = core._plain[0]
    state = (plain.num_layers, len(features), plain.hidden_size)
    if hidden.shape != state or cell.shape != state or features.shape[2] != plain.input_size:
        raise ValueError(f"features {tuple(features.shape)} and a state {tuple(hidden.shape)} do not go together")
    if len(flat) != load().nam_fast_lstm_params(core.handle.address):
        raise ValueError(f"the parameters have {len(flat)} numbers, which this LSTM has not")
    return LstmCall(
        items=len(features),
        length=features.shape[1],
        allowed=most,
        threads=1,
        params=flat.data_ptr(),
        x=features.data_ptr(),
        hidden=hidden.data_ptr(),
        cell=cell.data_ptr(),
    )


def _require(done: int) -> None:
    if not done:
        raise MemoryError("there is not enough memory for this batch; make it smaller")
