"""What custom losses take from the package auraloss, under the names of 0.13."""
