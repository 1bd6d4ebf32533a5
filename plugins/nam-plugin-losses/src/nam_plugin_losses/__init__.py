"""
Losses of nam_kernel: what a net is trained on and measured by.

The public names are imported when they are first used, so that the hook module stays light.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
