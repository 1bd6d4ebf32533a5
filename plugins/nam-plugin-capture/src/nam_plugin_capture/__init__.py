"""
From two recordings to a model, and a signal to record with.

``recordings`` reads a pair; ``pair`` analyses it (delay, polarity, levels; may a model be made of it?); ``split``, with
``riffs``, chooses what is held out, unless the DI is a signal made for it: ``layout`` knows the one of the command
``signal``, ``standards`` the older ones, which ``recognition`` finds. ``plan``, with ``sizes`` and ``learning``, makes
the configs; ``pace`` counts the epochs of a time; ``advice`` says what to do next. ``capture`` and ``signal`` are the
commands, and ``strings`` and ``sound`` compute what the latter writes.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
