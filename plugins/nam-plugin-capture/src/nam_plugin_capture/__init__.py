"""
From two recordings to a model, and a signal to record with.

``recordings`` reads a pair; ``pair`` analyses it (delay, polarity, levels; may a model be made of it?); ``split``, with
``riffs`` and ``layout``, chooses what is held out; ``plan``, with ``sizes`` and ``learning``, makes the three configs;
``pace`` counts the epochs of a time; ``advice`` says what to do next. ``capture`` and ``signal`` are the commands, and
``strings`` and ``sound`` compute what the latter writes.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
