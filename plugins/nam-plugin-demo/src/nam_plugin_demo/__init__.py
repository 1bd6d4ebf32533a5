"""
A computed guitar and a computed amplifier, so that a first training needs no recordings: the command ``demo``.

``sound`` computes both, ``material`` writes the recordings and the configs, ``command`` trains on them.
"""
