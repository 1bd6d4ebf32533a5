"""
The smallest plugin of each kind, from which ``nam-kernel plugins new`` starts.

They are ordinary modules, held to the laws of the kit like every other plugin, so that a new plugin is never made
from something that no longer works.
"""
