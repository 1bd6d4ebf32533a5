"""Plots and a listening page of every run, to which other plugins add panels; and the parts of such pages."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
