"""
Recordings of one amplifier at many settings of its knobs, as training data.

``config`` is an entry of the data config; ``rows``, with ``table`` and ``pattern``, finds the captures that it names,
and ``knobs`` what their settings mean; ``configure`` does both before a run is validated.

``recordings`` reads the captures, ``motion`` knobs that move while they are recorded; ``dataset``, with ``segments``
and ``serving``, serves the items. ``checks``, with ``settings``, ``timing``, ``levels``, ``floors`` and ``labels``,
finds what is wrong with them; ``together`` aligns them with each other, ``twins`` finds those of one input; ``check``
is the command that tells it without a training.
"""
