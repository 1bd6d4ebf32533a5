"""Train: check the documents, build the parts, run them, export and prove the result. Names are imported lazily."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
