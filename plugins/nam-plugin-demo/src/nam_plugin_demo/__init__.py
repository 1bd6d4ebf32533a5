"""The embedded demo: a signal and an amplifier that are computed here, so that nothing is downloaded."""
