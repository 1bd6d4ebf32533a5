"""
Which distribution brings which well-known component, for the advice when it is not installed.

The kernel imports none of them; a test compares this table with what they offer.
"""

from __future__ import annotations

BROUGHT_BY = {
    "net": {
        "CatLSTM": "nam-plugin-lstm",
        "Container": "nam-plugin-container",
        "ConvNet": "nam-plugin-convnet",
        "LSTM": "nam-plugin-lstm",
        "Linear": "nam-plugin-linear",
        "PackedWaveNet": "nam-plugin-container",
        "Sequential": "nam-plugin-sequential",
        "WaveNet": "nam-plugin-wavenet",
    },
    "dataset": {"dataset": "nam-plugin-wav", "wav": "nam-plugin-wav"},
    "loss": {
        "DC": "nam-plugin-losses",
        "ESR": "nam-plugin-losses",
        "FourierMSE": "nam-plugin-losses",
        "MRSTFT": "nam-plugin-losses",
        "MSE": "nam-plugin-losses",
        "PreEmphasisMRSTFT": "nam-plugin-losses",
        "PreEmphasisMSE": "nam-plugin-losses",
    },
    "exporter": {"nam": "nam-plugin-nam"},
    "trainer": {"lightning": "nam-plugin-lightning", "nam-module": "nam-plugin-compat"},
}

READ_BY = {
    "SlimmableContainer": "nam-plugin-container",
    **BROUGHT_BY["net"],
}
"""Which distribution reads which architecture of a model file."""


def remedy(kind: str, name: str) -> str:
    """Say what to install for a component, or an empty string when it is not a well-known one."""
    distribution = BROUGHT_BY[kind].get(name)
    return f"{distribution} brings it: pip install {distribution}" if distribution else ""
