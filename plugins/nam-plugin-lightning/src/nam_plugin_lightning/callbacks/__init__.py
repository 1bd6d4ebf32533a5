"""What the engine does beside training, one small callback each."""

from nam_plugin_lightning.callbacks.divergence import Divergence
from nam_plugin_lightning.callbacks.keeper import Keeper
from nam_plugin_lightning.callbacks.line import Line
from nam_plugin_lightning.callbacks.meter import Meter
from nam_plugin_lightning.callbacks.resumption import Resumption
from nam_plugin_lightning.callbacks.signals import Signals, Stopped
from nam_plugin_lightning.callbacks.stopping import Stopping
from nam_plugin_lightning.callbacks.table import Table

__all__ = ["Divergence", "Keeper", "Line", "Meter", "Resumption", "Signals", "Stopped", "Stopping", "Table"]
