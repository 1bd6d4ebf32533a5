"""What the compiled code takes: float32 on a CPU, outside of everything that traces or replaces what torch does."""

import torch
from torch import Tensor


def are_plain(*tensors: Tensor) -> bool:
    """Return whether the compiled code can read all of these."""
    return all(t.dtype == torch.float32 and t.device.type == "cpu" and t.layout == torch.strided for t in tensors)


def suits(*tensors: Tensor) -> bool:
    """Return whether the compiled code computes with these what torch would compute now."""
    return (
        are_plain(*tensors)
        and not torch.is_autocast_enabled("cpu")
        and not torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
        and not torch.compiler.is_compiling()
    )
