"""A file of taps, of 32 at most, and a player of it in NumPy."""

import json

import numpy as np

from nam_kernel.errors import UserError
from nam_kernel.files import atomic_write_text

LONGEST = 32


def refuses(net):
    if net.architecture != "Shaper":
        return f"a tape holds a Shaper, and this is a {net.architecture}"
    if net.receptive_field > LONGEST:
        return f"a tape holds {LONGEST} taps, and this net has {net.receptive_field}"
    return None


def write(net, outdir, basename, metadata):
    reason = refuses(net)
    if reason:
        raise UserError(reason)
    path = outdir / f"{basename}.tape"
    content = {"taps": net.filter.weight.flatten().tolist(), "level": net.level.item(), "metadata": dict(metadata)}
    atomic_write_text(path, json.dumps(content))
    return [path]


class Player:
    def __init__(self, taps, level):
        self.taps, self.level = taps, level
        self.heard = np.zeros(len(taps) - 1)

    def __call__(self, x, drive, tone):
        return self.stream().feed(x, drive, tone)

    def stream(self):
        return Player(self.taps, self.level)

    def feed(self, x, drive, tone):
        heard = np.concatenate((self.heard, x))
        self.heard = heard[len(x) :]
        return self.level * tone * np.tanh(drive * np.correlate(heard, self.taps, "valid"))


def runner(path):
    content = json.loads(path.read_text())
    return Player(np.array(content["taps"]), content["level"])
