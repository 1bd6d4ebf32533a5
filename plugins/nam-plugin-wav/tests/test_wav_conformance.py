"""The pair of audio files keeps the laws of a dataset, as items and as one."""

import numpy as np
import soundfile

from nam_devkit import DatasetConformance


class TestItems(DatasetConformance):
    plugin = "wav"
    name = "wav"

    def make_config(self, folder):
        x = np.random.default_rng(0).uniform(-0.5, 0.5, 4800)
        soundfile.write(folder / "x.wav", x, 48000, subtype="PCM_24")
        soundfile.write(folder / "y.wav", np.tanh(2 * x), 48000, subtype="PCM_24")
        return {"x_path": str(folder / "x.wav"), "y_path": str(folder / "y.wav"), "delay": 0, "ny": 1000}


class TestWhole(TestItems):
    def make_config(self, folder):
        return {**super().make_config(folder), "ny": None}
