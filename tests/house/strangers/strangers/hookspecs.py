"""The stranger's own hook."""

from nam_kernel import hookspec


@hookspec
def nam_strangers_word(result):
    """Return a word on a finished run."""
