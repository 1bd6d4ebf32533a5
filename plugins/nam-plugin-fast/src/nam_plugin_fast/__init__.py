"""Compiled code for the nets that other plugins define: the same functions, computed faster on a CPU."""
