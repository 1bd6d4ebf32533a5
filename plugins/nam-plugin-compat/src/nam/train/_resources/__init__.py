"""The model config of the easy trainer: both A2 sizes in one file."""
