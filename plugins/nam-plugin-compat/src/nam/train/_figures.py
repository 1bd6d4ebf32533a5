"""Figures of the easy trainer: the model beside the recording, shown where there is a screen."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from nam_kernel.quality import ESR


def show() -> None:
    """Show the figures that are open, where there is a screen, and close them."""
    import matplotlib
    from matplotlib import pyplot

    if matplotlib.get_backend().lower() not in ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template"):
        pyplot.show()
    pyplot.close("all")


def esr_of(pred: Tensor, target: Tensor) -> float:
    """Return the error-to-signal ratio of a signal, (L,)."""
    return float((pred - target).square().mean() / target.square().mean())


def esr_comment(esr: float) -> str:
    """Return what an error-to-signal ratio means, in words."""
    steps = ((0.01, "very close"), (0.035, "good"), (0.1, "may sound right"), (0.3, "probably heard as different"))
    return next((told for limit, told in steps if esr < limit), "something went wrong")


def plot_model(
    model: Any,
    ds: Any,
    window_start: int | None = None,
    window_end: int | None = None,
    filepath: str | None = None,
    silent: bool = False,
) -> float:
    """
    Return the ESR of a model on a dataset, of a packed one the sum over its sizes; and draw both.

    :param window_start, window_end: the samples to draw
    :param filepath: the figure's, without ``.png``; None to write none
    :param silent: do not show it
    :raises RuntimeError: when a packed model returns something else than one signal for each size
    """
    from matplotlib import pyplot

    net = getattr(model, "net", model)
    sizes = getattr(net, "num_submodels", 1)
    begun = time.monotonic()
    with torch.no_grad():
        output = model(ds.x).cpu()
    seconds = time.monotonic() - begun
    if sizes > 1 and output.ndim == 3 and len(output) == 1:
        output = output[0]
    if sizes > 1 and output.ndim != 2:
        raise RuntimeError(f"the model returned {tuple(output.shape)}; expected (sizes, samples)")
    signals = output if output.ndim == 2 and max(sizes, len(output)) > 1 else output.reshape(1, -1)
    names = [*getattr(net, "submodel_names", ())] if len(signals) > 1 else ["model"]
    names += [f"size {index}" for index in range(len(names), len(signals))]
    figures = [esr_of(signal, ds.y) for signal in signals]
    esr = sum(figures)
    told = ", ".join(f"{name} {figure:.4g}" for name, figure in zip(names, figures, strict=True))
    print(f"{ESR}: {told}: {esr_comment(esr)} (computed in {seconds:.1f} s)")
    pyplot.figure(figsize=(16, 5))
    for name, signal, figure in zip(names, signals, figures, strict=True):
        pyplot.plot(signal[window_start:window_end], label=f"{name}, {ESR} {figure:.4g}")
    pyplot.plot(ds.y[window_start:window_end], "--", label="recording")
    pyplot.title(f"{ESR} {esr:.4g}")
    pyplot.legend()
    if filepath is not None:
        pyplot.savefig(f"{filepath}.png")
    if silent:
        pyplot.close()
    else:
        show()
    return esr
