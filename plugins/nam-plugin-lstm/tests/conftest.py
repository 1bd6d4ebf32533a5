"""Tests run on one thread: for nets this small, more threads cost more than they give."""

import torch

torch.set_num_threads(1)
