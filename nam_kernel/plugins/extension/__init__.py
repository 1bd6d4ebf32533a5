"""
The extensions folder as a package: its file ``x.py`` is the module ``nam_kernel.plugins.extension.x``.

So nothing in the folder shadows another module, and what an extension defines can be imported in every process of a
run: the workers of a data loader, the processes of other devices.
"""

from nam_kernel.plugins.discovery import extensions_folder
from nam_kernel.plugins.trust import guard

__path__ = [str(extensions_folder())]
guard(extensions_folder())
