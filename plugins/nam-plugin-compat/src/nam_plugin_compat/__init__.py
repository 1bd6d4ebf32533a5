"""The import names of the older package ``nam`` as a plugin: dotted names in configs, and what older nets export."""
