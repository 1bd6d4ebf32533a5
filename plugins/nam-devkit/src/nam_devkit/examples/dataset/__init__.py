"""The dataset ExampleDataset: noise, and noise through a soft clipper."""
