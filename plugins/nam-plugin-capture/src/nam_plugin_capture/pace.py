"""Count the epochs that fit into a time: a schedule needs its length beforehand, so a few steps are measured."""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from nam_kernel import check, train
from nam_plugin_capture.plan import Documents, Plan

FEW, MORE = 2, 10
"""The steps of the two short trainings whose difference is measured, after one that warms up."""

SHARE = 0.9
"""Of the time that is left, what is planned: the model is written and proved after the last step."""


@dataclass(frozen=True)
class Pace:
    """
    How fast a training goes.

    :param steps: of a whole epoch
    :param step: seconds of one
    :param around: seconds of an epoch beside its steps, the validation above all
    :param spent: seconds that it took to find out
    """

    steps: int
    step: float
    around: float
    spent: float

    @property
    def epoch(self) -> float:
        """The seconds of a whole epoch."""
        return self.steps * self.step + self.around

    def fit(self, seconds: float) -> tuple[int, int | None]:
        """
        Return the epochs that fit into a time, at least one, and where not even one does the steps of it that do.

        :param seconds: in all, those already spent included
        """
        left = SHARE * max(seconds - self.spent, 0.0)
        epochs = math.floor(left / self.epoch)
        if epochs >= 1:
            return epochs, None
        return 1, max(1, math.floor((left - self.around) / self.step))


def measure(plan: Plan) -> Pace:
    """
    Return how fast this computer trains.

    Three trainings of a few steps run in a temporary folder: the first warms up, the difference of the others is
    what their additional steps take.
    """
    begun = time.monotonic()
    run = check(*plan.documents())
    try:
        loader = run.checked.config.learning.get("train_dataloader", {})
        steps = math.ceil(len(run.train) / int(loader.get("batch_size", 1)))
    finally:
        run.teardown()
    few, more = min(FEW, steps), min(MORE, steps)
    with tempfile.TemporaryDirectory() as folder:
        _, short, long = (_seconds(plan.lasting(1, count).documents(), Path(folder)) for count in (few, few, more))
    step = max(long - short, 0.0) / (more - few) if more > few else short / few
    step = max(step, 1e-4)
    return Pace(steps, step, max(short - few * step, 0.0), time.monotonic() - begun)


def _seconds(documents: Documents, folder: Path) -> float:
    learning = {**documents.learning, "trainer": {**documents.learning["trainer"], "enable_progress_bar": False}}
    result = train(documents.data, documents.model, learning, folder, plots=False)
    if result.interrupted is not None:
        # A training takes a signal for its own end; here it means the end of everything.
        raise SystemExit(128 + result.interrupted)
    return result.seconds
