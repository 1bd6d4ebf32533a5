"""TorchScript: one file that torch alone plays, whole or in blocks, in Python or in C++."""
