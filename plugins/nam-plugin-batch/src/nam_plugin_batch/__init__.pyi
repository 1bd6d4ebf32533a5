from .outcome import Outcome as Outcome
from .record import RowRecord as RowRecord
