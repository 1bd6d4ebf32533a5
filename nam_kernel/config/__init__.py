"""Read the three JSON documents, check them with pydantic, and explain what is wrong in them."""

from nam_kernel.config.base import Config, FilePath, NonNegativeInt, PositiveInt, note
from nam_kernel.config.documents import (
    DataConfig,
    LearningConfig,
    LossConfig,
    ModelConfig,
    RunConfig,
    UserMetadata,
)
from nam_kernel.config.explain import validate

__all__ = [
    "Config",
    "DataConfig",
    "FilePath",
    "LearningConfig",
    "LossConfig",
    "ModelConfig",
    "NonNegativeInt",
    "PositiveInt",
    "RunConfig",
    "UserMetadata",
    "note",
    "validate",
]
