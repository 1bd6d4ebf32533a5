"""Knobs: captures of many settings, nets that are told the setting, and models baked at one of them."""
