"""
Pairs of audio files, before and after an amplifier, as training data.

``audio`` reads and writes files, ``channels`` takes one channel of them, ``resample`` converts their rate; ``config``
is an entry of the data config, ``span`` selects its samples, ``silence`` requires the input to be silent before them,
``pair`` puts these together; ``dataset``, ``serving`` and ``gathering`` serve the items; ``joint`` and ``usual_level``
bring their levels together.

``inspection``, with ``levels``, ``noise`` and ``likeness``, finds what is wrong with recordings; ``timing`` tells how
they are aligned. ``hearing`` listens for that once to each pair of files: ``latency`` finds the ``delay``, by
``alignment`` (``sightings``, ``course``, ``refinement``, ``slips``, ``response``, ``onset``, ``answers``) and
``kinship``; ``motion`` and ``tail`` find what no net can learn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
