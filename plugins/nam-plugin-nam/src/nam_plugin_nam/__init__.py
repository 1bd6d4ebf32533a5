"""The ``.nam`` model file: write it, read it, look into it, play it."""
