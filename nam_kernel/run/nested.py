"""A net inside another net's config, validated by the plugin that offers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationInfo, field_validator

from nam_kernel import plugins
from nam_kernel.config import Config
from nam_kernel.errors import ComponentError
from nam_kernel.plugins.manager import Offer
from nam_kernel.run.build import Bound, make

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseNet


class NestedNetConfig(Config):
    """
    A net of any installed plugin: its name and its own config.

    For the config models of nets that are made of nets. A mistake in the inner config is told with its place in the
    document.
    """

    name: str
    config: Any = Field(default_factory=dict, validate_default=True)

    @field_validator("name")
    @classmethod
    def _known(cls, value: str) -> str:
        _offer(value)
        return value

    @field_validator("config")
    @classmethod
    def _fits_its_net(cls, value: Any, info: ValidationInfo) -> Any:
        return nested_config(info.data["name"], value, info) if "name" in info.data else value

    def make(self) -> BaseNet:
        """
        Return the net.

        :raises nam_kernel.errors.NamKernelError: as the net says
        """
        return make_nested(self.name, self.config)


def nested_config(name: str, config: Any, info: ValidationInfo) -> Config | dict[str, Any]:
    """
    Return the config of an inner net, validated by its plugin's own model.

    :param info: of the outer validation, whose folder and notes it shares
    :raises ValueError: what is wrong, which the outer model tells with its place
    """
    source, record = _offer(name)
    if record.config is None:
        if not isinstance(config, dict):
            raise ValueError("expected an object {...}")
        return config
    model: type[Config] = plugins.current().resolve(record.config, source)
    return config if isinstance(config, model) else model.model_validate(config, context=info.context)


def make_nested(name: str, config: Config | dict[str, Any]) -> BaseNet:
    """
    Return an inner net from the config that ``nested_config`` returned.

    :raises nam_kernel.errors.NamKernelError: as the net says
    """
    source, record = plugins.current().component("net", name)
    net: BaseNet = make(Bound(f"the net '{name}'", source, record, config))
    return net


def _offer(name: str) -> Offer:
    try:
        return plugins.current().component("net", name)
    except ComponentError as error:
        raise ValueError(str(error)) from None
