"""What the engine does beside training, one small callback each."""

from nam_plugin_lightning.blame import Stopped
from nam_plugin_lightning.callbacks.best_checkpoint import BestCheckpoint
from nam_plugin_lightning.callbacks.divergence import Divergence
from nam_plugin_lightning.callbacks.metrics_csv import MetricsCsv
from nam_plugin_lightning.callbacks.progress_line import ProgressLine
from nam_plugin_lightning.callbacks.resumption import Resumption
from nam_plugin_lightning.callbacks.running_loss import RunningLoss
from nam_plugin_lightning.callbacks.sentry import Sentry
from nam_plugin_lightning.callbacks.signal_handler import SignalHandler
from nam_plugin_lightning.callbacks.stopping import Stopping

__all__ = [
    "BestCheckpoint",
    "Divergence",
    "MetricsCsv",
    "ProgressLine",
    "Resumption",
    "RunningLoss",
    "Sentry",
    "SignalHandler",
    "Stopped",
    "Stopping",
]
