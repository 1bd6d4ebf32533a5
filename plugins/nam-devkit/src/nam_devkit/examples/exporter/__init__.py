"""The exporter ExampleExporter: a model as a file of NumPy arrays."""
