"""The trainer ExampleTrainer: gradient descent in a loop."""
