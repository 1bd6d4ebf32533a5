"""The net ``ConvNet``."""
