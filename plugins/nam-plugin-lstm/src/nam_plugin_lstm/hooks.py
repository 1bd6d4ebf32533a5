"""What this plugin offers to the kernel."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Net, hookimpl


@hookimpl
def nam_nets() -> Sequence[Net]:
    """Return the records of ``LSTM`` and ``CatLSTM``."""
    return [
        Net(
            name="LSTM",
            target="nam_plugin_lstm.net:LSTM",
            config="nam_plugin_lstm.config:LSTMConfig",
            architectures=("LSTM",),
            summary="long short-term memory: small, recurrent, cheap to play",
        ),
        Net(
            name="CatLSTM",
            target="nam_plugin_lstm.cat:CatLSTM",
            config="nam_plugin_lstm.config:CatLSTMConfig",
            architectures=("CatLSTM",),
            summary="an LSTM with knobs: it takes conditions beside the audio",
        ),
    ]
