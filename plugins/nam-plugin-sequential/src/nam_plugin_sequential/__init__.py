"""The net ``Sequential``: one net after the other."""
