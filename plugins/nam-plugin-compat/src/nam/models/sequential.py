"""Nets one after the other, with the older constructor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nam._core import stands_for
from nam._errors import StrayKeywordOfListError
from nam.models.base import BaseNet
from nam_plugin_sequential import net


@stands_for(net.Sequential)
class Sequential(BaseNet, net.Sequential):
    """
    Nets of any architecture in a row: ``nam_plugin_sequential.net.Sequential``, whose instances count as this one's.

    :param models: at least one
    :raises ValueError: when there is none, one is not a net, or they differ in what all must share
    """

    _stray_keyword = StrayKeywordOfListError

    def __init__(self, *args: Any, models: Sequence[BaseNet], **kwargs: Any) -> None:
        self._validate_models(models)
        super().__init__(models, *args, **kwargs)
        self._pads = _pads(models[0])

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the constructor, with the nets made."""
        from nam.models.factory import init

        given = super().parse_config(config)
        return {**given, "models": [init(m["name"], kwargs={"config": m["config"]}) for m in given["models"]]}

    @classmethod
    def from_exported(cls, config: Mapping[str, Any], sample_rate: float | None) -> Sequential:
        """Return a net, its weights set, from the ``config`` of a model file."""
        real = net.Sequential.from_exported(config, sample_rate)
        return cls(models=[model for model in real.models if isinstance(model, BaseNet)], sample_rate=sample_rate)

    @property
    def pad_start_default(self) -> bool:
        """That of the nets in it, which share it."""
        return self._pads

    @property
    def _models(self) -> _Models:
        return _Models(self.models)

    @classmethod
    def _validate_models(cls, models: Sequence[BaseNet]) -> tuple[bool, float | None]:
        if not models or not all(isinstance(model, BaseNet) for model in models):
            raise ValueError("a Sequential is made of one net or more, subclasses of BaseNet all")
        if len({_pads(model) for model in models}) > 1:
            raise ValueError("the nets of a Sequential differ in pad_start_default; all must share one")
        if len({model.sample_rate for model in models}) > 1:
            raise ValueError("the nets of a Sequential differ in their sample rate; all must share one")
        return _pads(models[0]), models[0].sample_rate


class _Models(list[Any]):
    """The nets: a list to subclasses, and a method to the net behind."""

    def __call__(self) -> Iterator[Any]:
        return iter(self)


def _pads(model: BaseNet) -> bool:
    return bool(getattr(model, "pad_start_default", True))
