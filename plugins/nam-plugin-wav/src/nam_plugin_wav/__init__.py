"""
Pairs of audio files, before and after an amplifier, as training data.

``audio`` reads and writes files, ``resample`` converts their rate; ``config`` is an entry of the data config, ``span``
selects its samples, ``silence`` requires the input to be silent before them, ``pair`` puts these together; ``dataset``
and ``serving`` serve the items. ``inspection``, with ``levels`` and ``likeness``, finds what is wrong with recordings;
``joint`` brings several to one level; ``latency``, with ``sightings`` and ``response``, finds the delay between two.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
