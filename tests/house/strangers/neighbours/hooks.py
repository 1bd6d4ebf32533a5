"""Implements the hook of another distribution."""

from nam_kernel import hookimpl


@hookimpl
def nam_strangers_word(result):
    return f"well done in {result.epochs} rounds"
