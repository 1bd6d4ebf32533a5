"""The nets by the names that extensions and scripts import."""

from __future__ import annotations

from nam._lazy import modules_of
from nam.models import base, exportable, losses
from nam.models._from_nam import init_from_nam
from nam.models.conv_net import ConvNet
from nam.models.linear import Linear
from nam.models.recurrent import LSTM
from nam.models.wavenet import WaveNet

__all__ = ["LSTM", "ConvNet", "Linear", "WaveNet", "base", "exportable", "init_from_nam", "losses"]

__getattr__ = modules_of(__name__, ("conv_net", "factory", "linear", "metadata", "recurrent", "sequential", "wavenet"))
