"""The laws of a trainer."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import torch

from nam_devkit.law import Law, require, seeded, skip
from nam_devkit.subjects import TrainerSubject
from nam_devkit.training import LABEL, MASKED, Training, apart, esr_of, job, train


def planning_does_nothing(subject: TrainerSubject) -> None:
    """``problems``, ``findings`` and ``plan`` say what it would do with a good job, and leave the net as it was."""
    trainer, given = subject.build(), job(subject)
    before = copy.deepcopy(given.net)
    problems = [f"{problem}" for _, problem in trainer.problems(given.model)]
    require(not problems, f"it refuses the model config ({'; '.join(problems)}); set model to one that it trains with")
    errors = [str(finding) for finding in trainer.findings(given) if finding.severity == "error"]
    require(not errors, f"it refuses a net of one output and its data: {'; '.join(errors)}")
    rows = list(trainer.plan(given))
    told = all(len(row) == 2 and all(isinstance(text, str) for text in row) for row in rows)
    require(told, f"plan returned {rows}; return rows (label, value) of text")
    same = given.net.training == before.training and apart(given.net, before) == 0.0
    require(same, "after plan the net is another; say what would be done without doing it")


def validations_are_reported(subject: TrainerSubject) -> None:
    """Each validation is reported: epochs counted from 1, finite metrics, ``ESR`` and ``val_loss`` among them."""
    training = train(subject, job(subject))
    seen = training.seen
    require(seen, "nothing was reported; call observe after each validation")
    measured = {"ESR", "val_loss", LABEL, *subject.build().measures}
    for progress in seen:
        told = f"the metrics of epoch {progress.epoch} are {dict(progress.metrics)}"
        missing = sorted(measured - set(progress.metrics))
        require(not missing, f"{told}; {', '.join(missing)} is missing")
        require(all(map(math.isfinite, progress.metrics.values())), f"{told}; each has to be a finite number")
        require(
            progress.metrics["val_loss"] == progress.metrics[LABEL],
            f"{told}; val_loss is the metric that job.val_loss names, here '{LABEL}'",
        )
    epochs, steps = [p.epoch for p in seen], [p.step for p in seen]
    require(epochs[0] >= 1 and epochs == sorted(epochs), f"the epochs are {epochs}; count them from 1, upwards")
    require(steps[0] >= 1 and steps == sorted(set(steps)), f"the steps are {steps}; count those of the optimizer")
    require(
        list(training.result.history) == seen and training.result.epochs == epochs[-1],
        f"the result has a history of {len(training.result.history)} and says {training.result.epochs} epochs; "
        f"observe got {len(seen)}, up to epoch {epochs[-1]}",
    )


def best_net_is_handed_over(subject: TrainerSubject) -> None:
    """The observer gets the net with its best weights when a validation is the best so far, and None otherwise."""
    training, lowest = train(subject, job(subject)), math.inf
    for progress, esr in zip(training.seen, training.esrs, strict=True):
        decisive, stated = progress.metrics["val_loss"], progress.metrics["ESR"]
        require(
            progress.best == (decisive < lowest),
            f"best is {progress.best} at epoch {progress.epoch}, where val_loss is {decisive:g} after {lowest:g}",
        )
        lowest = min(lowest, decisive)
        require(
            (esr is not None) == progress.best,
            f"observe got {'a net' if esr is not None else 'None'} at epoch {progress.epoch}, where best is "
            f"{progress.best}",
        )
        require(
            esr is None or abs(esr - stated) <= 1e-3 * stated,
            f"the metrics of epoch {progress.epoch} say ESR {stated:g}, and the net handed over has {esr or 0:g}",
        )


def best_net_is_returned(subject: TrainerSubject) -> None:
    """The result is the net of the best validation, in eval mode and on the CPU, with its metrics and epoch."""
    given = job(subject)
    before = esr_of(given.net)
    training = train(subject, given)
    best, result = [p for p in training.seen if p.best][-1], training.result
    require(not result.net.training, "the net that it returns is in training mode; call eval()")
    devices = sorted({tensor.device.type for tensor in result.net.state_dict().values()})
    require(devices == ["cpu"], f"the net that it returns is on {', '.join(devices)}; move it to the CPU")
    esr, stated = esr_of(result.net), best.metrics["ESR"]
    require(
        abs(esr - stated) <= 1e-3 * stated,
        f"the best validation has ESR {stated:g}, and the net that is returned has {esr:g}; restore the best weights",
    )
    require(
        dict(result.metrics) == dict(best.metrics) and result.best_epoch == best.epoch,
        f"the result says epoch {result.best_epoch} and {dict(result.metrics)}; the best validation was that of epoch "
        f"{best.epoch}, {dict(best.metrics)}",
    )
    require(esr < before, f"before the training the net has ESR {before:g}, and after it {esr:g}; it learned nothing")


def stops_when_told(subject: TrainerSubject) -> None:
    """When the observer returns False it validates no more, and says why it ended."""
    _need_two(train(subject, job(subject), "whole"))
    stopped = train(subject, job(subject), "stopped", until=1)
    require(
        len(stopped.seen) == 1, f"observe returned False at the first validation, and {len(stopped.seen)} were reported"
    )
    require(stopped.result.stopped, "observe returned False, and Fit.stopped is empty; set it to a sentence")


def resumed_training_ends_as_an_unbroken_one(subject: TrainerSubject) -> None:
    """Stopped after its first validation and resumed, it goes on with the second and ends with the same net."""
    whole = train(subject, job(subject), "whole")
    _need_two(whole)
    train(subject, job(subject), "broken", until=1)
    resumed = train(subject, job(subject), "broken", resume=True)
    expected, given = ([(p.epoch, p.step) for p in t.seen] for t in (whole, resumed))
    require(
        given == expected[1:],
        f"stopped at the first of the validations (epoch, step) {expected} and resumed, it reported {given}; keep "
        "weights, optimizer and progress in the directory of the run",
    )
    kept = [(p.epoch, p.step) for p in resumed.result.history]
    require(kept == expected, f"resumed, its result has the history {kept}, not {expected}; keep it in that directory")
    off = apart(resumed.result.net, whole.result.net)
    require(
        off <= 1e-4,
        f"resumed, it ends {off:.2g} of the largest weight away from the unbroken training; keep the state of the "
        "optimizer, and of the random numbers too",
    )


def masked_samples_are_not_learned(subject: TrainerSubject) -> None:
    """The first ``mask_first`` samples of the training items have no effect."""
    plain, spoilt = (
        train(subject, job(subject, spoilt=s, mask_first=MASKED), f"masked {s}").result.net for s in (False, True)
    )
    off = apart(spoilt, plain)
    require(
        off <= 1e-6,
        f"the first {MASKED} samples of each item, which job.mask_first masks, move the weights by {off:.2g} of the "
        "largest; leave them out of predictions and targets",
    )


def same_seed_gives_the_same_training(subject: TrainerSubject) -> None:
    """The same job ends with the same net, whatever random numbers were drawn before."""
    nets = []
    for drawn in (1, 2):
        with seeded(drawn):
            torch.rand(1)
            nets.append(train(subject, job(subject), f"drawn {drawn}").result.net)
    off = apart(*nets)
    require(
        off <= 1e-6, f"two trainings of one job differ by {off:.2g} of the largest weight; draw at random from job.seed"
    )


def without_validation_the_last_state_counts(subject: TrainerSubject) -> None:
    """Without validation data it trains all the same, states no metrics, and returns the last state."""
    given = replace(job(subject), validation=None)
    before = esr_of(given.net)
    training = train(subject, given)
    told = [dict(m) for m in (*(p.metrics for p in training.seen), training.result.metrics) if m]
    require(not told, f"nothing was validated, and the metrics are {told}; leave them empty")
    esr = esr_of(training.result.net)
    require(esr < before, f"before the training the net has ESR {before:g}, and after it {esr:g}; it learned nothing")


LAWS: tuple[Law, ...] = (
    planning_does_nothing,
    validations_are_reported,
    best_net_is_handed_over,
    best_net_is_returned,
    stops_when_told,
    resumed_training_ends_as_an_unbroken_one,
    masked_samples_are_not_learned,
    same_seed_gives_the_same_training,
    without_validation_the_last_state_counts,
)


def _need_two(training: Training) -> None:
    if len(training.seen) < 2:
        skip("its config has it validate only once; give one with several validations, and epochs")
