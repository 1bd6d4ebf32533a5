"""What a loss is: a function of predictions and targets, lower is better, zero when they are equal."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from nam_kernel.interfaces.dataset import Batch
from nam_kernel.text import parameters


class LossFunction(Protocol):
    """
    A loss.

    The target of a ``Loss`` record is such a function, whose keywords the config sets, or a class whose
    instances are such functions, made with the config as keywords. One that has a parameter ``sample_rate`` (of the
    class, or a keyword of the function) gets that of the data, in Hz; one that has a parameter ``batch`` when it is
    called gets the ``Batch`` that the predictions come from.
    """

    def __call__(self, preds: Tensor, targets: Tensor) -> Tensor:
        """
        Return the loss.

        :param preds: (B, L)
        :param targets: (B, L)
        :return: ()
        """
        ...


@dataclass(frozen=True)
class WeightedLoss:
    """
    One term of the training loss.

    :param label: names its metric
    :param weight: its factor in the sum; None or 0 for one that is measured only
    """

    label: str
    function: Any
    weight: float | None
    asks_for_batch: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "asks_for_batch", "batch" in parameters(self.function))

    def __call__(self, preds: Tensor, targets: Tensor, batch: Batch) -> Tensor:
        """
        Return the loss, unweighted: ().

        :param preds: (B, L), without the samples that are masked
        :param targets: (B, L), likewise
        :param batch: what was fed to the net, whole
        """
        keywords = {"batch": batch} if self.asks_for_batch else {}
        value: Tensor = self.function(preds, targets, **keywords)
        return value
