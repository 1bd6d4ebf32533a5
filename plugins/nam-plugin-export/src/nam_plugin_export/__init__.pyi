from .export import refusal as refusal
from .export import write_export as write_export
from .models import Source as Source
from .models import read_source as read_source
from .proving import exporter_named as exporter_named
from .proving import in_words as in_words
