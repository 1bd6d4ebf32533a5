"""The key of ``metadata`` under which a training leaves its facts in a model file."""

from __future__ import annotations

TRAINING_KEY = "training"
