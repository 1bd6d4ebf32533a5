"""Plots and a listening page at the end of every run."""
