"""A guitar and an amplifier that are computed, so that a first training needs no download: the command demo."""
