"""The nets ``Container`` and ``PackedWaveNet``: several sizes trained together."""
