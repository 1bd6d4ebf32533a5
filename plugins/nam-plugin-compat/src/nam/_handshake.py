"""The error of a net and a dataset that refuse each other."""

from __future__ import annotations

from nam_kernel.errors import HandshakeError

__all__ = ["HandshakeError"]
