"""
Between a net and the document that describes it: architecture, config, weights.

A plugin that nests one model in another (a container, a conditioning model) uses these functions, so that
the inner model may be of any installed architecture.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel.components import Exporter, Net
from nam_kernel.errors import ComponentError, ModelFileError

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseNet


UNKNOWN_RATES = (0, -1)
"""Values in files for a sample rate that is not known."""

LOWEST_VERSION = "0.5.4"
"""The version of the document of a net that needs no later one."""


def document_of(net: BaseNet) -> dict[str, Any]:
    """
    Return the description of a net, without metadata.

    :return: ``version``, ``architecture``, ``config``, ``weights`` and, where it is known, ``sample_rate``
    """
    document: dict[str, Any] = {
        "version": net.file_version or LOWEST_VERSION,
        "architecture": net.architecture,
        "config": net.export_config(),
        "weights": net.export_weights().tolist(),
    }
    if net.sample_rate is not None:
        document["sample_rate"] = net.sample_rate
    return document


def highest_version(versions: Iterable[str | None]) -> str | None:
    """Return the highest of some document versions; None where all of them are."""
    known = [version for version in versions if version is not None]
    return max(known, key=lambda v: tuple(int(part) for part in v.split(".") if part.isdigit()), default=None)


def net_of(document: Mapping[str, Any]) -> BaseNet:
    """
    Return the net that a document describes, in eval mode.

    :raises ModelFileError: when no installed plugin reads its architecture, or the parts do not fit together
    """
    from pydantic import ValidationError

    from nam_kernel.config.explain import problems_of
    from nam_kernel.interfaces.net import weights_of

    for key, kind in (("architecture", str), ("config", Mapping), ("weights", list)):
        if not isinstance(document.get(key), kind):
            raise ModelFileError(f"the model has no '{key}', so it is damaged or not a model file")
    architecture = document["architecture"]
    rate = document.get("sample_rate")
    if not isinstance(rate, bool) and rate in UNKNOWN_RATES:
        rate = None
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 1e9):
        raise ModelFileError(f"sample_rate is {rate!r}; expected a positive number in Hz")
    try:
        net = _new_net(architecture, document["config"], rate)
        net.import_weights(weights_of(document["weights"]))
    except ValidationError as error:
        told = "; ".join(map(str, problems_of(error)))
        raise ModelFileError(f"the config of this {architecture} model cannot be used: {told}") from error
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"the config of this {architecture} model cannot be used: {error}") from error
    return net.eval()


def mono_config(config: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """
    Return the keys of a model file's ``config`` that a player reads; what else stands there is ignored.

    A whole number may be written as ``2.0``.

    :raises ValueError: when it describes a net of several input or output channels
    """
    for key in ("in_channels", "out_channels"):
        if config.get(key, 1) != 1:
            raise ValueError(f"{key} is {config[key]!r}; only nets of one channel are supported")
    return {key: _whole(config[key]) for key in keys if key in config}


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_model(path: str | os.PathLike[str], exporter: str | None = None) -> BaseNet:
    """
    Return the net in a model file.

    :param exporter: the name of the exporter that reads it, where several read files of its suffix
    :raises ModelFileError: when it cannot be read
    :raises ComponentError: when several exporters could read it and none is named
    """
    from nam_kernel import plugins

    path = Path(path).expanduser()
    source, record = _exporter_for(path, exporter, reads=True)
    assert record.reader is not None
    net: BaseNet = plugins.current().resolve(record.reader, source)(path)
    return net


def write_model(
    net: BaseNet, path: str | os.PathLike[str], metadata: Mapping[str, Any] | None = None, exporter: str | None = None
) -> Path:
    """
    Write a net as a model file.

    :param metadata: as in ``UserMetadata``
    :param exporter: the name of the exporter that writes it, where several write files of its suffix
    :raises ComponentError: when several exporters could write it and none is named
    """
    from nam_kernel import plugins

    path = Path(path).expanduser()
    source, record = _exporter_for(path, exporter, reads=False)
    assert record.target is not None
    written: list[Path] = plugins.current().resolve(record.target, source)(net, path.parent, path.stem, metadata or {})
    return written[0]


def _new_net(architecture: str, config: Mapping[str, Any], rate: float | None) -> BaseNet:
    """Return the net, its weights not yet set, made by the one who reads the architecture."""
    from nam_kernel import plugins
    from nam_kernel.config import validate
    from nam_kernel.interfaces.adopt import adopt

    source, record = _reader_of(architecture)
    assert record.target is not None
    target = plugins.current().resolve(record.target, source)
    own = getattr(target, "from_exported", None)
    if own is not None:
        return adopt(own(config, rate), f"the net '{record.name}' ({source})")
    maker = getattr(target, "init_from_config", target)
    checked: Any = config
    if record.config is not None:
        checked, problems = validate(plugins.current().resolve(record.config, source), dict(config))
        if checked is None:
            raise ValueError("; ".join(map(str, problems)))
    net = adopt(maker(checked), f"the net '{record.name}' ({source})")
    net.sample_rate = rate
    return net


def _reader_of(architecture: str) -> tuple[str, Net]:
    from nam_kernel import plugins

    known: set[str] = set()
    readers: list[tuple[str, Net]] = []
    for offered in plugins.current().offers("net").values():
        for source, record in offered:
            assert isinstance(record, Net)
            known |= set(record.architectures)
            readers += [(source, record)] if architecture in record.architectures else []
    if len(readers) > 1:
        told = " and ".join(f"{source}:{record.name}" for source, record in readers)
        raise ComponentError(
            f"several plugins read the architecture '{architecture}': {told}; do without one of them, as with "
            f"-p no:NAME or nam-kernel plugins disable NAME (a faster way to run a net is offered by nam_accelerate)"
        )
    if not readers:
        raise ModelFileError(
            f"no installed plugin reads the architecture '{architecture}'; install the one that offers it "
            f"(known here: {', '.join(sorted(known)) or 'none'})"
        )
    return readers[0]


def _exporter_for(path: Path, name: str | None, *, reads: bool) -> tuple[str, Exporter]:
    from nam_kernel import plugins

    if name is not None:
        source, record = plugins.current().component("exporter", name)
        assert isinstance(record, Exporter)
        if (record.reader if reads else record.target) is None:
            raise ModelFileError(f"the exporter '{name}' does not {'read' if reads else 'write'} files")
        return source, record
    able = [
        (source, record)
        for offered in plugins.current().offers("exporter").values()
        for source, record in offered
        if isinstance(record, Exporter) and (record.reader if reads else record.target) is not None
    ]
    fitting = [(source, record) for source, record in able if record.suffix == path.suffix.lower()]
    if len(fitting) > 1:
        told = " or ".join(f'"{source}:{record.name}"' for source, record in fitting)
        raise ComponentError(f"{path}: several exporters handle the suffix {path.suffix}; name one of them: {told}")
    if not fitting:
        told = ", ".join(sorted({record.suffix for _, record in able})) or "none; pip install nam-kernel[all]"
        raise ModelFileError(f"{path} does not have the suffix of a model file; known: {told}")
    return fitting[0]
