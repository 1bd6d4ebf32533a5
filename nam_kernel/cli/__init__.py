"""The commands ``nam_full`` and ``nam-kernel``. Nothing heavy is imported before it is needed."""
