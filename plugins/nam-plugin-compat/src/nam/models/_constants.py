"""The newest ``.nam`` version that a net may need."""

from __future__ import annotations

MODEL_VERSION = "0.7.0"
