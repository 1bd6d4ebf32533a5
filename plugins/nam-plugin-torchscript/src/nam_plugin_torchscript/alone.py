"""
A program that plays a TorchScript file with torch alone; ``runner`` starts it, and nothing imports it.

It reads requests from its input: a line of JSON, and after it float32 numbers.
``{"stream": S, "length": L, "knobs": K}`` is followed by (1 + K, L) of them; without a stream it plays them whole. It
answers with a line of JSON, ``{"length": L}`` and L numbers, or ``{"error": "..."}``.
"""

import copy
import ctypes
import importlib.abc
import json
import sys
import warnings

PROJECT = ("nam", "nam_kernel", "nam_devkit", "nam_plugin")


class Nowhere(importlib.abc.MetaPathFinder):
    """Has nothing of the project be found, wherever it is installed."""

    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        """Refuse what belongs to the project."""
        top = name.partition(".")[0]
        if top in PROJECT or top.startswith("nam_plugin_"):
            raise ModuleNotFoundError(f"{name} is not here: the file has to play without it")


def main(path: str) -> None:
    """Answer requests until the input ends."""
    sys.meta_path.insert(0, Nowhere())
    warnings.simplefilter("ignore")
    import torch

    torch.set_num_threads(1)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    loaded = torch.jit.load(path)  # type: ignore[no-untyped-call]
    streams = {}
    while line := requests.readline():
        request = json.loads(line)
        rows, length = 1 + request["knobs"], request["length"]
        numbers = bytearray(requests.read(4 * rows * length))
        signal = (
            torch.frombuffer(numbers, dtype=torch.float32).reshape(rows, length) if numbers else torch.zeros(rows, 0)
        )
        given = (signal[:1], signal[None, 1:]) if rows > 1 else (signal[:1],)
        stream = request.get("stream")
        try:
            with torch.no_grad():
                if stream is None:
                    played = loaded(*given)
                else:
                    if stream not in streams:
                        streams[stream] = copy.deepcopy(loaded)
                        streams[stream].reset()
                    played = streams[stream].step(*given)
            played = played.contiguous()
            content, head = ctypes.string_at(played.data_ptr(), 4 * played.numel()), {"length": played.numel()}
        except Exception as error:
            content, head = b"", {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(head).encode() + b"\n" + content)
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
