"""The laws of every component that has a config."""

from __future__ import annotations

from nam_devkit.law import Law, require, skip
from nam_devkit.subjects import ComponentSubject
from nam_kernel.errors import NamKernelError

UNKNOWN = "a_key_that_nobody_knows"


def config_refuses_unknown_keys(subject: ComponentSubject) -> None:
    """A key that its config model does not know is an error, so that no typing mistake goes unseen."""
    from nam_kernel.config import validate

    record = subject.record
    if record is None or record.config is None:
        skip("it has no config model, so that any config is passed on; give its record a config")
    try:
        model = subject.named("config")
    except NamKernelError as error:
        raise AssertionError(str(error)) from error
    checked, problems = validate(model, {**(subject.config or {}), UNKNOWN: 1})
    refused = checked is None and any(UNKNOWN in str(problem) for problem in problems)
    require(refused, f"{record.config} took the key '{UNKNOWN}'; make it a subclass of nam_kernel.config.Config")


LAWS: tuple[Law, ...] = (config_refuses_unknown_keys,)
