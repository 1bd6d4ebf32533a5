"""What the parts of a layer are called."""

from __future__ import annotations

ACTIVATION_NAME = "activation"
BATCHNORM_NAME = "batchnorm"
CONV_NAME = "conv"
LAYERNORM_NAME = "layernorm"
