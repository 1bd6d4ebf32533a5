"""The JSON Schema of the configs, and the command that prints it."""
