"""What this plugin offers. The kernel imports this module at every start, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

from nam_kernel import Dataset, hookimpl


@hookimpl
def nam_datasets() -> Sequence[Dataset]:
    """Return the record of ``ExampleDataset``."""
    return [
        Dataset(
            name="ExampleDataset",
            target="nam_devkit.examples.dataset.dataset:ExampleDataset",
            config="nam_devkit.examples.dataset.config:ExampleDatasetConfig",
            summary="noise, and noise through a soft clipper",
        )
    ]
