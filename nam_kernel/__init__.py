"""
Train neural models of guitar amplifiers and pedals; extend the training by installing a package.

The public names, listed in the stub beside this file, are imported when they are first used: ``import nam_kernel``
costs nothing.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
