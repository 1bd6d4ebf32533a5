"""
What is looked at when a net with knobs is trained: its captures' labels, its corners, its sound along every knob.

``excerpts`` takes the loudest part of each capture, ``neighbours`` says what lies beside what; ``evidence`` and
``labels`` find settings that were written down wrong; ``corners`` and ``scan`` look for what runs away, hums or
thumps; ``curves`` and ``panel`` show and play the net along its knobs; ``next`` proposes what to record next.

All of it takes any net that declares ``conditions``, and any dataset that has ``captures``.
"""
