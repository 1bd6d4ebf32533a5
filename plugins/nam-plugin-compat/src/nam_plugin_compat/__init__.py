"""The import names of the older package ``nam`` as a plugin of nam_kernel."""
