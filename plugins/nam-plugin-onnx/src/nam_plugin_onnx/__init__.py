"""ONNX: a file for whole signals and one for blocks, which ONNX Runtime plays on many kinds of machines."""
