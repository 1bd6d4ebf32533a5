from .audio import read_audio as read_audio
from .audio import read_header as read_header
from .audio import write_wav as write_wav
from .config import DEFAULT_PRE_SILENCE as DEFAULT_PRE_SILENCE
from .config import WavConfig as WavConfig
from .dataset import WavDataset as WavDataset
from .inspection import inspect_all as inspect_all
from .latency import find_delay as find_delay
