from .conformance import AcceleratorConformance as AcceleratorConformance
from .conformance import DatasetConformance as DatasetConformance
from .conformance import ExporterConformance as ExporterConformance
from .conformance import LossConformance as LossConformance
from .conformance import NetConformance as NetConformance
from .conformance import PluginConformance as PluginConformance
from .conformance import TrainerConformance as TrainerConformance
