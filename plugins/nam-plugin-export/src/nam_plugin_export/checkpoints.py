"""A checkpoint of a run: its weights, in the net that the run's own configs describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nam_kernel import BaseNet, plugins, read_model
from nam_kernel.config import DataConfig, ModelConfig, validate
from nam_kernel.config.read import read_documents
from nam_kernel.errors import ConfigError, ModelFileError, UserError
from nam_kernel.run import bind, make
from nam_kernel.run.record import DOCUMENTS, FILE, RunRecord

CHECKPOINTS = (".ckpt",)
"""The suffixes of checkpoints."""


def net_of_checkpoint(path: Path) -> tuple[BaseNet, Path, dict[str, Any]]:
    """
    Return the net with the weights of a checkpoint, the checkpoint, and what the user said of the model.

    :raises UserError: when it is not in the directory of a run, or is not at the level of the recordings
    :raises ModelFileError: when it cannot be read, or is another net's
    """
    from nam_plugin_lightning.checkpoint import load_weights, read_checkpoint

    if not path.is_file():
        raise ModelFileError(f"{path}: there is no such file")
    directory = next((folder for folder in path.parents if (folder / FILE).is_file()), None)
    if directory is None:
        raise UserError(
            f"{path} is not in the directory of a run, whose configs say which net it is of; "
            "give it where it was written"
        )
    model, data = documents_of(directory)
    if data.joint:
        raise UserError(
            f"{path} may be at another level than the recordings, because the run has 'joint' data; "
            f"give {directory}, whose model is at theirs"
        )
    net = _net(model, RunRecord.read(directory).facts.bases.get("model"))
    load_weights(net, read_checkpoint(path), path)
    net.sample_rate = net.sample_rate or _rate(directory)
    return net.eval(), path, data.metadata.model_dump(exclude_none=True)


def documents_of(directory: Path) -> tuple[ModelConfig, DataConfig]:
    """
    Return the configs of a run, after every plugin's ``nam_configure``.

    :raises ConfigError: with what is wrong in them
    """
    config = read_documents(*(directory / f"config_{name}.json" for name in DOCUMENTS))
    bases = RunRecord.read(directory).facts.bases
    config.bases = {name: Path(bases.get(name, directory)) for name in DOCUMENTS}
    for _, configure in plugins.current().each("nam_configure"):
        configure(config=config)
    model, wrong = validate(ModelConfig, config.model, base=config.bases["model"])
    data, also = validate(DataConfig, config.data, base=config.bases["data"])
    if model is None or data is None:
        raise ConfigError(str(directory), [*wrong, *also])
    return model, data


def _net(model: ModelConfig, base: str | None) -> BaseNet:
    if model.net is None:
        assert model.init_from is not None
        return read_model(model.init_from)
    found = bind("net", model.net.name, model.net.config, where="net", base=Path(base) if base else None)
    net: BaseNet = make(found)
    return net


def _rate(directory: Path) -> float | None:
    """Return the sample rate of the run's own model, in Hz, where it can be read."""
    for file in sorted(directory.glob("model.*")):
        try:
            return read_model(file).sample_rate
        except UserError:
            continue
    return None
