"""What a component's object must do: net, dataset, loss, exporter, trainer. Names are imported lazily."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
