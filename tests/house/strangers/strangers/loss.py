"""The squared error above a frequency."""

import torch


class Treble:
    def __init__(self, sample_rate, hertz=1000.0):
        if sample_rate is None:
            raise ValueError("the data does not state its sample rate")
        self.sample_rate, self.hertz = sample_rate, hertz

    def __call__(self, preds, targets):
        error = torch.fft.rfft(preds - targets)
        frequencies = torch.fft.rfftfreq(preds.shape[-1], 1 / self.sample_rate)
        return (error * (frequencies >= self.hertz)).abs().square().mean()
