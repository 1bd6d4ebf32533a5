"""
Items that nobody recorded, for a training with knobs.

``extras`` makes them: silence at any setting, knobs that move between two captures, and knobs that stand beyond what
was recorded of them; ``dataset`` adds them to the recorded ones, and ``joint`` does what the data config asks for.
"""
