"""The training engine of nam_kernel on PyTorch Lightning."""
