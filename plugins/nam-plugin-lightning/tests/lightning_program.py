"""A training as a program of its own, for tests that end it: ``lightning_program.py FOLDER OPTIONS``."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from lightning_parts import DroppingNet, Filtered, fit, make_training

from nam_kernel.files import atomic_write


class KilledWorker(Filtered):
    """Data whose reading kills the process that reads it."""

    def __getitem__(self, index):
        if torch.utils.data.get_worker_info() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(index)


def _heed_it_only_while_training(*_: object) -> None:
    """Ignore a signal that comes when the training is over; that is the program's own affair."""


def main() -> None:
    """Train, and write ``result.json``, with the weights in ``result.pt``."""
    torch.set_num_threads(1)
    folder, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    for number in () if options.pop("default_signals", False) else (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _heed_it_only_while_training)
    train = KilledWorker() if options.pop("killed_worker", False) else Filtered(items=options.pop("items", 8))

    def observe(progress, best):
        if best is not None:
            with atomic_write(folder / "model.pt") as path:
                torch.save(best.state_dict(), path)
        return True

    training = make_training(folder, net=DroppingNet(), train=train, observe=observe, **options)
    print("training", flush=True)
    result = fit(training)
    torch.save(result.net.state_dict(), folder / "result.pt")
    document = {name: getattr(result, name) for name in ("interrupted", "epochs", "stopped", "best_epoch")}
    document["metrics"] = dict(result.metrics)
    document["history"] = [asdict(progress) for progress in result.history]
    (folder / "result.json").write_text(json.dumps(document))


if __name__ == "__main__":
    main()
