"""How large and how fast a model file is, in every runtime that is installed."""
