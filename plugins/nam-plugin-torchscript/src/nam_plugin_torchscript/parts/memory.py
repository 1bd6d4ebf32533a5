"""The places of a module's parts in the list of what it remembers."""


class Slots:
    """Places, taken one after the other while the parts are built."""

    def __init__(self) -> None:
        self.count = 0

    def take(self) -> int:
        """Return the next place."""
        self.count += 1
        return self.count - 1
