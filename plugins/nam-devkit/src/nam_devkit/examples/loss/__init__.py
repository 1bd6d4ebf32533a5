"""The loss ExampleLoss: the Huber loss."""
