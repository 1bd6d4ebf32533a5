"""Stacks of dilated convolutions, computed by the compiled code, with their gradients and their streams."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from nam_plugin_fast.library import Call, Handle, load
from nam_plugin_fast.records import Records
from nam_plugin_fast.threads import Threads, allowed

BLOCK = 512
"""Samples that go through the whole net at a time: so few that its signals stay in the second cache."""


@dataclass(frozen=True, eq=False)
class Plan:
    """
    A description of stacks that the compiled code has understood.

    :param handle: of it
    :param count: the numbers in all parameters
    :param inputs: channels of the input
    :param conditions: channels of the condition; 0 where none is heard
    :param outputs: channels of the output
    """

    handle: Handle
    count: int
    inputs: int
    conditions: int
    outputs: int
    records: Records = field(default_factory=Records)
    threads: Threads = field(default_factory=Threads)

    @classmethod
    def of(cls, numbers: Sequence[int], factors: Sequence[float], inputs: int, conditions: int, outputs: int) -> "Plan":
        """
        Return the plan of the stacks that these numbers describe, in the order that ``wavenet_plan.h`` reads.

        :raises ValueError: when they describe none
        """
        integers, floats = (ctypes.c_int64 * len(numbers))(*numbers), (ctypes.c_float * len(factors))(*factors)
        address = load().nam_fast_wavenet(integers, len(numbers), floats, len(factors))
        if not address:
            raise ValueError("the compiled code does not understand this net")
        handle = Handle(address, load().nam_fast_wavenet_free)
        return cls(handle, load().nam_fast_wavenet_params(address), inputs, conditions, outputs)

    def run(self, x: Tensor, condition: Tensor, parameters: Sequence[Tensor], outputs: int, scale: float) -> Tensor:
        """
        Return the output of the stacks.

        :param x: (B, C_in, L)
        :param condition: (B, Cc, Lc), aligned at the newest sample; any signal where none is heard
        :param parameters: in the order of the plan
        :param outputs: samples of the output, n
        :param scale: of the output
        :return: (B, C_out, n)
        """
        # Within a Function gradients are never enabled, so that it cannot know whether they will be wanted.
        leaves_record = torch.is_grad_enabled() and any(t.requires_grad for t in (x, condition, *parameters))
        y: Tensor = _Stacks.apply(self, leaves_record, outputs, scale, x, condition, *parameters)  # type: ignore[no-untyped-call]
        return y

    def flattened(self, parameters: Sequence[Tensor]) -> Tensor:
        """
        Return all parameters as one tensor.

        :raises ValueError: when they are not those of this plan, beyond which would be read
        """
        flat = torch.cat([p.detach().reshape(-1) for p in parameters])
        if len(flat) != self.count:
            raise ValueError(f"the parameters have {len(flat)} numbers, and this net has {self.count}")
        return flat


class _Stacks(Function):
    """``Plan.run`` and its gradient."""

    @staticmethod
    def forward(
        ctx: Any,
        plan: Plan,
        leaves_record: bool,
        outputs: int,
        scale: float,
        x: Tensor,
        condition: Tensor,
        *parameters: Tensor,
    ) -> Tensor:
        x, condition = _rows(x), _rows(condition)
        flat = plan.flattened(parameters)
        call = _call(plan, outputs, scale, x, condition, flat)
        y = x.new_empty(len(x), plan.outputs, outputs)
        call.y = y.data_ptr()
        if leaves_record:
            size = load().nam_fast_wavenet_record(plan.handle.address, call.length, call.block)
            ctx.record = plan.records.take(len(x) * size)
            call.record = ctx.record.tensor.data_ptr()
            ctx.plan, ctx.outputs, ctx.scale = plan, outputs, scale
            ctx.save_for_backward(x, condition, flat, *parameters)

        def compute(threads: int) -> int:
            call.threads = threads
            done: int = load().nam_fast_wavenet_forward(plan.handle.address, ctypes.byref(call))
            return done

        shape = (len(x), call.length, leaves_record)
        done, ctx.threads = plan.threads.measured(shape, min(allowed(), len(x)), compute)
        _require(done)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        x, condition, flat, *parameters = ctx.saved_tensors
        plan: Plan = ctx.plan
        call = _call(plan, ctx.outputs, ctx.scale, x, condition, flat)
        call.threads = ctx.threads
        dy, grads = dy.contiguous(), torch.zeros_like(flat)
        call.record, call.dy, call.grads = ctx.record.tensor.data_ptr(), dy.data_ptr(), grads.data_ptr()
        dx = x.new_empty(x.shape) if ctx.needs_input_grad[4] else None
        dcondition = condition.new_zeros(condition.shape) if ctx.needs_input_grad[5] else None
        if dx is not None:
            call.dx = dx.data_ptr()
        if dcondition is not None and plan.conditions:
            call.dcondition = dcondition.data_ptr()
        _require(load().nam_fast_wavenet_backward(plan.handle.address, ctypes.byref(call)))
        pieces = torch.split(grads, [p.numel() for p in parameters])
        shaped = (g.view(p.shape) for g, p in zip(pieces, parameters, strict=True))
        return None, None, None, None, dx, dcondition, *shaped


class StackStream:
    """
    Stacks in the middle of a signal; they play with the weights that they are given.

    :param parameters: in the order of the plan
    :param scale: of the output
    """

    def __init__(self, plan: Plan, parameters: Sequence[Tensor], scale: float) -> None:
        self._plan, self._scale = plan, scale
        flat = plan.flattened(parameters)  # named, because an address does not keep what lies there
        address = load().nam_fast_stream(plan.handle.address, flat.data_ptr())
        if not address:
            raise MemoryError("there is not enough memory for a stream of this net")
        self._handle = Handle(address, load().nam_fast_stream_free)

    def feed(self, x: Tensor, condition: Tensor) -> Tensor:
        """
        Return the output that belongs to the next samples, (C_out, l); before the first ones there was nothing.

        :param x: (C_in, l)
        :param condition: (Cc, l)
        :raises ValueError: when the two do not go together, beyond which would be read
        """
        plan = self._plan
        # The compiled code takes the rows to lie one after the other.
        x, condition = x.contiguous(), condition.contiguous()
        fits = condition.shape[1:] == x.shape[1:] and plan.inputs == len(x) and plan.conditions in (0, len(condition))
        if (
            not fits
            or {x.dtype, condition.dtype} != {torch.float32}
            or {x.device.type, condition.device.type} != {"cpu"}
        ):
            raise ValueError(f"audio {tuple(x.shape)} and condition {tuple(condition.shape)} do not go together")
        y = x.new_empty(plan.outputs, x.shape[1])
        done = load().nam_fast_stream_feed(
            self._handle.address,
            x.shape[1],
            x.data_ptr(),
            condition.data_ptr(),
            condition.stride(0),
            self._scale,
            y.data_ptr(),
            allowed(),
        )
        _require(done)
        return y


def _rows(tensor: Tensor) -> Tensor:
    """Return a signal (B, C, L) whose samples lie one after the other."""
    return tensor if tensor.stride(2) == 1 else tensor.contiguous()


def _call(plan: Plan, outputs: int, scale: float, x: Tensor, condition: Tensor, flat: Tensor) -> Call:
    """
    Return the description of a batch.

    :raises ValueError: when the shapes do not go together, beyond which would be read
    """
    items, channels, length = x.shape
    if channels != plan.inputs or len(condition) != items or plan.conditions not in (0, condition.shape[1]):
        raise ValueError(f"audio {tuple(x.shape)} and condition {tuple(condition.shape)} do not go together")
    if outputs < 1 or condition.shape[2] < 1:
        raise ValueError(f"the input has {length} samples, fewer than the receptive field")
    return Call(
        items=items,
        length=length,
        condition_length=condition.shape[2],
        outputs=outputs,
        block=min(BLOCK, -(-length // 64) * 64),
        threads=1,
        params=flat.data_ptr(),
        x=x.data_ptr(),
        x_item=x.stride(0),
        x_row=x.stride(1),
        condition=condition.data_ptr(),
        condition_item=condition.stride(0),
        condition_row=condition.stride(1),
        scale=scale,
    )


def _require(done: int) -> None:
    if not done:
        raise MemoryError("there is not enough memory for this batch; make it smaller")
