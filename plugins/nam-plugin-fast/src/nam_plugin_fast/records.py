"""
The memory that a forward pass leaves for its backward pass, used again.

The system fills new memory with zeros page by page, which takes longer than to compute what is then written there.
"""

import torch
from torch import Tensor


class Record:
    """One piece of memory; when nothing refers to the record any more, a later forward pass has it."""

    def __init__(self, tensor: Tensor, home: "Records") -> None:
        self.tensor = tensor
        self._home = home

    def __del__(self) -> None:
        self._home.give_back(self.tensor)


class Records:
    """Lends records, and keeps as many as were ever lent at the same time."""

    def __init__(self) -> None:
        self._free: list[Tensor] = []
        self._lent = self._most = 0

    def take(self, floats: int) -> Record:
        """Return a record with room for so many numbers."""
        self._lent += 1
        self._most = max(self._most, self._lent)
        tensor = self._take_free(floats)
        return Record(torch.empty(floats, dtype=torch.float32, device="cpu") if tensor is None else tensor, self)

    def give_back(self, tensor: Tensor) -> None:
        """Keep the memory of a record that nothing refers to."""
        self._lent -= 1
        self._free.append(tensor)
        del self._free[: -self._most]

    def _take_free(self, floats: int) -> Tensor | None:
        """Return a free tensor that has the room, and not twice of it, or None."""
        others: list[Tensor] = []
        found = None
        while found is None:
            # Taken out before it is looked at: the garbage collector gives records back between any two steps.
            try:
                tensor = self._free.pop()
            except IndexError:
                break
            if floats <= len(tensor) <= 2 * floats:
                found = tensor
            else:
                others.append(tensor)
        self._free[:0] = others[::-1]
        return found
