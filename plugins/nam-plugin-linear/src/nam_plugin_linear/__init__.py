"""The net ``Linear``: one impulse response."""
