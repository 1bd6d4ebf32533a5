"""
An interpreter of ``.nam`` files in plain numpy, written from the format: what a written file is proven with.

It shares nothing with the nets that are trained, computes in float64, and plays block by block:
``nam_plugin_nam.player.runner`` is its face.
"""
