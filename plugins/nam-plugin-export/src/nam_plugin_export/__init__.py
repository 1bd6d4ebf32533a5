"""Commands that bring a trained model to wherever it is played, and prove that it sounds the same there."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
