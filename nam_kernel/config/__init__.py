"""Read the three JSON documents, check them with pydantic, and explain what is wrong in them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
