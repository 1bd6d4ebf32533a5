from .components import Condition as Condition
from .components import Dataset as Dataset
from .components import Exporter as Exporter
from .components import Loss as Loss
from .components import Net as Net
from .components import Trainer as Trainer
from .errors import NamKernelError as NamKernelError
from .hookspecs import hookimpl as hookimpl
from .hookspecs import hookspec as hookspec
from .interfaces import BaseDataset as BaseDataset
from .interfaces import BaseNet as BaseNet
from .interfaces import BaseTrainer as BaseTrainer
from .interfaces import Finding as Finding
from .interfaces import Result as Result
from .models import read_model as read_model
from .models import write_model as write_model
from .plugins.registration import register as register
from .plugins.registration import register_dataset as register_dataset
from .plugins.registration import register_net as register_net
from .run import accelerate as accelerate
from .run import check as check
from .run import make_net as make_net
from .run import resume as resume
from .run import train as train

__version__: str
