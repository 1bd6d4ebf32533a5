"""
Between a net and the document that describes it: architecture, config, weights.

A plugin that nests one model in another (a container, a conditioning model) uses these two functions, so that
the inner model may be of any installed architecture.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nam_kernel.components import Exporter, Net
from nam_kernel.errors import ModelFileError

if TYPE_CHECKING:
    from nam_kernel.interfaces import BaseNet


UNKNOWN_RATES = (0, -1)
"""What files say for a sample rate that is not known."""


def document_of(net: BaseNet) -> dict[str, Any]:
    """
    Describe a net, without metadata.

    :return: ``version``, ``architecture``, ``config``, ``weights`` and, where it is known, ``sample_rate``
    """
    document: dict[str, Any] = {
        "version": net.file_version,
        "architecture": net.architecture,
        "config": net.export_config(),
        "weights": net.export_weights().tolist(),
    }
    if net.sample_rate is not None:
        document["sample_rate"] = net.sample_rate
    return document


def net_of(document: Mapping[str, Any]) -> BaseNet:
    """
    Make the net that a document describes, in eval mode.

    :raises ModelFileError: when no installed plugin reads its architecture, or the parts do not fit together
    """
    from pydantic import ValidationError

    from nam_kernel.config.explain import problems_of

    for key, kind in (("architecture", str), ("config", Mapping), ("weights", list)):
        if not isinstance(document.get(key), kind):
            raise ModelFileError(f"the model has no '{key}', so it is damaged or not a model file")
    architecture = document["architecture"]
    reads = _reader_of(architecture)
    rate = document.get("sample_rate")
    if not isinstance(rate, bool) and rate in UNKNOWN_RATES:
        rate = None
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 1e9):
        raise ModelFileError(f"sample_rate is {rate!r}; expected a positive number in Hz")
    try:
        net: BaseNet = reads(document["config"], rate)
        net.import_weights(document["weights"])
    except ValidationError as error:
        told = "; ".join(map(str, problems_of(error)))
        raise ModelFileError(f"the config of this {architecture} model cannot be used: {told}") from error
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"the config of this {architecture} model cannot be used: {error}") from error
    return net.eval()


def mono_config(config: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """
    Give the keys of a model file's ``config`` that a player looks at; what else stands there is ignored.

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


def read_model(path: str | os.PathLike[str]) -> BaseNet:
    """
    Read a model file to a net, with whichever installed exporter reads its kind of file.

    :raises ModelFileError: when it cannot be read
    """
    from nam_kernel import plugins

    path = Path(path).expanduser()
    source, record = _exporter_for(path, reads=True)
    assert record.reader is not None
    net: BaseNet = plugins.current().resolve(record.reader, source)(path)
    return net


def write_model(net: BaseNet, path: str | os.PathLike[str], metadata: Mapping[str, Any] | None = None) -> Path:
    """
    Write a net as a model file, with whichever installed exporter writes its kind of file.

    :param metadata: as in ``UserMetadata``
    """
    from nam_kernel import plugins

    path = Path(path).expanduser()
    source, record = _exporter_for(path, reads=False)
    written: list[Path] = plugins.current().resolve(record.target, source)(net, path.parent, path.stem, metadata or {})
    return written[0]


def _reader_of(architecture: str) -> Any:
    """Find who reads an architecture: the ``from_exported`` of a net's class."""
    from nam_kernel import plugins
    from nam_kernel.catalogue import READ_BY

    known = set()
    for offered in plugins.current().offers("net").values():
        for source, record in offered:
            assert isinstance(record, Net)
            known |= set(record.architectures)
            if architecture in record.architectures:
                return plugins.current().resolve(record.target, source).from_exported
    distribution = READ_BY.get(architecture)
    advice = f"pip install {distribution}" if distribution else f"known: {', '.join(sorted(known))}"
    raise ModelFileError(f"no installed plugin reads the architecture '{architecture}'; {advice}")


def _exporter_for(path: Path, *, reads: bool) -> tuple[str, Exporter]:
    from nam_kernel import plugins

    suffixes = []
    for offered in plugins.current().offers("exporter").values():
        for source, record in offered:
            assert isinstance(record, Exporter)
            if record.reader is not None or not reads:
                suffixes.append(record.suffix)
                if record.suffix == path.suffix.lower():
                    return source, record
    told = ", ".join(sorted(suffixes)) or "none: no exporter plugin is installed; pip install nam-plugin-nam"
    raise ModelFileError(f"{path} has no known ending of a model file; known: {told}")
