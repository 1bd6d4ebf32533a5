"""The net ExampleNet: one FIR filter."""
