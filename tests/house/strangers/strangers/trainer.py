"""Gradient descent on everything at once, so many rounds."""

import copy

import torch

from nam_kernel import BaseTrainer
from nam_kernel.interfaces import Fit, Progress, unpack_batch


def together(dataset):
    items = [dataset[index] for index in range(len(dataset))]
    return unpack_batch([torch.stack(parts) for parts in zip(*items, strict=True)])


class Rounds(BaseTrainer):
    measures = ("ESR",)

    def __init__(self, config):
        self.config = config

    @classmethod
    def init_from_config(cls, config):
        return cls(config)

    def plan(self, job):
        return [("rounds", str(self.config.rounds))]

    def fit(self, job, directory, observe, *, resume=False):
        net, best, history = job.net, copy.deepcopy(job.net), []
        optimizer = torch.optim.Adam(net.parameters(), self.config.rate)
        batch, held_out = together(job.train), together(job.validation)
        for number in range(1, self.config.rounds + 1):
            preds = net(batch.x, *batch.conditions, pad_start=False)
            optimizer.zero_grad()
            sum(term.weight * term(preds, batch.y, batch) for term in job.losses if term.weight).backward()
            optimizer.step()
            with torch.no_grad():
                preds = net(held_out.x, *held_out.conditions, pad_start=False)
                metrics = {term.label: float(term(preds, held_out.y, held_out)) for term in job.losses}
            esr = float((preds - held_out.y).square().sum() / held_out.y.square().sum())
            metrics |= {"ESR": esr, "val_loss": {**metrics, "ESR": esr}[job.val_loss]}
            is_best = metrics["val_loss"] < min((p.metrics["val_loss"] for p in history), default=float("inf"))
            if is_best:
                best.load_state_dict(net.state_dict())
            history.append(Progress(number, number, metrics, best=is_best, epochs=self.config.rounds))
            if not observe(history[-1], best if is_best else None):
                break
        last = [progress for progress in history if progress.best][-1]
        return Fit(best.eval(), last.metrics, history=history, best_epoch=last.epoch, epochs=len(history))
