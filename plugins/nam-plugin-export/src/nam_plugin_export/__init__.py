"""Commands that bring a trained model to wherever it is played, and prove that it sounds the same there."""
