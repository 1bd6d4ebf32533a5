"""The compiled library and its functions."""

import ctypes
import functools
import logging
import os
import weakref
from collections.abc import Callable
from typing import Any

from nam_kernel.errors import UserError
from nam_plugin_fast.place import REMEDY, path

_log = logging.getLogger(__name__)

INTERFACE = 1
"""The number of the functions below, as ``nam_fast_interface`` of ``library.cpp`` has it."""

Pointer = ctypes.c_void_p
Integers = ctypes.POINTER(ctypes.c_int64)
Floats = ctypes.POINTER(ctypes.c_float)


class Call(ctypes.Structure):
    """A batch, as ``nam_fast_call`` of ``library.cpp`` has it."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("items", "length", "condition_length", "outputs", "block", "threads")),
        ("params", Pointer),
        ("x", Pointer),
        ("x_item", ctypes.c_int64),
        ("x_row", ctypes.c_int64),
        ("condition", Pointer),
        ("condition_item", ctypes.c_int64),
        ("condition_row", ctypes.c_int64),
        ("scale", ctypes.c_float),
        *((name, Pointer) for name in ("y", "record", "dy", "grads", "dx", "dcondition")),
    ]


class LstmCall(ctypes.Structure):
    """A batch, as ``nam_fast_lstm_call`` of ``library.cpp`` has it."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("items", "length", "allowed", "threads")),
        *((name, Pointer) for name in ("params", "x", "hidden", "cell", "y", "hidden_after", "cell_after", "record")),
        *((name, Pointer) for name in ("dy", "dhidden_after", "dcell_after", "grads", "dx", "dhidden", "dcell")),
    ]


_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "nam_fast_use": (ctypes.c_int, [ctypes.c_char_p]),
    "nam_fast_target": (ctypes.c_char_p, []),
    "nam_fast_interface": (ctypes.c_int64, []),
    "nam_fast_wavenet": (Pointer, [Integers, ctypes.c_int64, Floats, ctypes.c_int64]),
    "nam_fast_wavenet_free": (None, [Pointer]),
    "nam_fast_wavenet_params": (ctypes.c_int64, [Pointer]),
    "nam_fast_wavenet_record": (ctypes.c_int64, [Pointer, ctypes.c_int64, ctypes.c_int64]),
    "nam_fast_wavenet_forward": (ctypes.c_int, [Pointer, ctypes.POINTER(Call)]),
    "nam_fast_wavenet_backward": (ctypes.c_int, [Pointer, ctypes.POINTER(Call)]),
    "nam_fast_lstm": (Pointer, [ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int]),
    "nam_fast_lstm_free": (None, [Pointer]),
    "nam_fast_lstm_params": (ctypes.c_int64, [Pointer]),
    "nam_fast_lstm_record": (ctypes.c_int64, [Pointer, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64]),
    "nam_fast_lstm_forward": (ctypes.c_int, [Pointer, ctypes.POINTER(LstmCall)]),
    "nam_fast_lstm_backward": (ctypes.c_int, [Pointer, ctypes.POINTER(LstmCall)]),
    "nam_fast_stream": (Pointer, [Pointer, Pointer]),
    "nam_fast_stream_free": (None, [Pointer]),
    "nam_fast_stream_feed": (
        ctypes.c_int,
        [Pointer, ctypes.c_int64, Pointer, Pointer, ctypes.c_int64, ctypes.c_float, Pointer, ctypes.c_int64],
    ),
}


class Handle:
    """
    Something that the compiled code has made, freed when nothing refers to it any more.

    :param address: of it
    :param free: takes the address
    """

    def __init__(self, address: int, free: Callable[[int], None]) -> None:
        self.address = address
        # When the process ends, its memory goes with it, and what still refers to this may come later.
        weakref.finalize(self, free, address).atexit = False

    def __reduce__(self) -> Any:
        raise TypeError(
            "what compiled code has made is an address of one process, which cannot be copied or pickled; "
            "copy the net, and have the copy accelerated"
        )


@functools.cache
def load() -> ctypes.CDLL:
    """
    Return the library.

    :raises OSError: when there is none, the system cannot load it, or it was built from other sources than these
    """
    file = path()
    if file is None:
        raise OSError(f"nam-plugin-fast was built without its compiled code; {REMEDY}")
    library = ctypes.CDLL(str(file))
    try:
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        found = library.nam_fast_interface()
    except AttributeError:
        found = 0
    if found != INTERFACE:
        raise OSError(f"{file.name} is not of this version; install nam-plugin-fast again")
    wanted = os.environ.get("NAM_FAST_TARGET")
    if wanted and not library.nam_fast_use(wanted.encode()):
        raise UserError(f"NAM_FAST_TARGET is '{wanted}', which this processor or this build does not have")
    return library


@functools.cache
def loads() -> bool:
    """Return whether there is a library that can be used; why one cannot is told once."""
    try:
        load()
    except OSError as error:
        if path() is not None:
            _log.warning("nam-plugin-fast accelerates nothing: %s", error)
        return False
    return True
