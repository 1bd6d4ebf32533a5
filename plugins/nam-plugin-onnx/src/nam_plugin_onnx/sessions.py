"""Sessions of ONNX Runtime, which play models."""

from __future__ import annotations

from typing import Any

import onnxruntime

ONLY_ERRORS = 3
"""The lowest severity that is logged."""


def session_of(model: bytes | str) -> Any:
    """
    Return a session on the CPU, in one thread, so that it computes the same everywhere.

    :param model: its content, or the path of its file
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ONLY_ERRORS
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
