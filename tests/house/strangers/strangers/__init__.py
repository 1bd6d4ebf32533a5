"""A distribution of somebody else's, written from the documentation alone: one component of every kind, and more."""
