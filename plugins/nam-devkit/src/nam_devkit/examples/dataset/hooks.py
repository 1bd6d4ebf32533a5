"""What this plugin offers; the kernel imports this at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Dataset, hookimpl


@hookimpl
def nam_datasets() -> Sequence[Dataset]:
    """Offer ``ExampleDataset``."""
    return [
        Dataset(
            name="ExampleDataset",
            target="nam_kernel.testing.examples.dataset.dataset:ExampleDataset",
            config="nam_kernel.testing.examples.dataset.config:ExampleDatasetConfig",
            summary="noise, and noise through a soft clipper",
        )
    ]
