"""
Tables of captures: a row becomes a model.

``batch`` is the command. ``given`` reads the rows, from a ``table`` or by a ``pattern`` from the names of files;
``columns`` and ``rows`` know what a cell means and what is wrong with it, ``templates`` the configs that all rows
begin with, and ``validity`` checks them. ``task`` decides what is to be done with a row, by the ``record`` in its
folder; ``inputs`` analyses each DI once. ``schedule`` sees the rows to their ends on one of the ``places``: this
computer, or a ``cluster``. There a ``process`` trains a ``job`` (``worker``, ``train``), with ``copies`` of the
recordings where it has them. An ``outcome`` is what comes of a row; ``board``, ``summary`` and ``page`` show them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
