"""Several WaveNets trained in one run, with the names of the older class."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from nam._core import stands_for
from nam.models._configs import checked
from nam.models._sharing import adopt_parts
from nam.models.base import BaseNet
from nam.models.metadata import UserMetadata
from nam.models.wavenet._packed_state import cut_into_sizes
from nam.models.wavenet._public import WaveNet
from nam_plugin_compat.older import with_kernel_sizes
from nam_plugin_container import packed
from nam_plugin_container.config import PackedWaveNetConfig
from nam_plugin_lightning.checkpoint import read_checkpoint


@stands_for(packed.PackedWaveNet)
class PackedWaveNet(BaseNet, packed.PackedWaveNet):
    """
    WaveNets that hear the same audio: ``nam_plugin_container.packed.PackedWaveNet``, whose instances count.

    Each is a net of its own, so there are no weights between them that would have to be masked.

    :param wavenet: a net whose parts this one takes over
    :param spec: the configs of the WaveNets
    """

    def __init__(
        self, wavenet: packed.PackedWaveNet, spec: Sequence[Mapping[str, Any]], sample_rate: float | None = None
    ) -> None:
        adopt_parts(self, wavenet, sample_rate)
        self._spec = tuple(dict(config) for config in spec)

    @classmethod
    def parse_config(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return the arguments of the constructor.

        :raises ValueError: when a value is wrong
        """
        given = with_kernel_sizes(super().parse_config(config))
        known, _ = checked(PackedWaveNetConfig, given)
        real = packed.PackedWaveNet.init_from_config(known)
        spec = [entry["config"] for entry in given["submodels"]]
        return {"sample_rate": known.sample_rate, "wavenet": real, "spec": spec}

    @property
    def sample_rate(self) -> float | None:
        """In Hz, of every one of them, or None while it is not known."""
        return BaseNet.sample_rate.fget(self)  # type: ignore[attr-defined, no-any-return]

    @sample_rate.setter
    def sample_rate(self, value: float | None) -> None:
        BaseNet.sample_rate.fset(self, value)  # type: ignore[attr-defined]
        for net in self._nets():
            net.sample_rate = value

    @property
    def num_submodels(self) -> int:
        """The number of WaveNets."""
        return len(self.nets)

    @property
    def submodel_names(self) -> tuple[str, ...]:
        """Their names."""
        return self.outputs

    @property
    def submodel_configs(self) -> tuple[dict[str, Any], ...]:
        """Their configs."""
        return self._spec

    def extract_submodel(self, submodel_index: int) -> WaveNet:
        """
        Return a copy of one of them.

        :raises IndexError: when there is none of that number
        """
        if not 0 <= submodel_index < self.num_submodels:
            raise IndexError(f"submodel {submodel_index} of {self.num_submodels}")
        made = WaveNet.init_from_config(self._spec[submodel_index])
        made.sample_rate = self.sample_rate
        made.import_weights(self.nets[submodel_index].export_weights())  # type: ignore[operator]
        return made.to(self.device or "cpu").train(self.training)

    def import_submodel(self, submodel_index: int, submodel: WaveNet) -> None:
        """Set the weights of one of them to those of another net."""
        self.nets[submodel_index].import_weights(submodel.export_weights())  # type: ignore[operator]

    def apply_mask(self) -> None:
        """Do nothing: there are no weights between them."""

    def export_container(
        self,
        outdir: str | PathLike[str],
        include_snapshot: bool = False,
        basename: str = "model",
        checkpoint_paths_by_submodel: Sequence[str | None] | Mapping[int, str | None] | None = None,
        user_metadata: UserMetadata | None = None,
        other_metadata: dict[str, Any] | None = None,
    ) -> None:
        """
        Write ``basename.nam``, as ``export`` does.

        :param checkpoint_paths_by_submodel: of the checkpoint from which each WaveNet is taken; None for this net's own
        :raises ValueError: when there is not one for each of them
        :raises nam_kernel.errors.ModelFileError: when one cannot be read
        :raises RuntimeError: when the weights in it are another net's
        """
        given = checkpoint_paths_by_submodel or {}
        paths = given if isinstance(given, Mapping) else dict(enumerate(given))
        if not isinstance(given, Mapping) and len(paths) != self.num_submodels:
            raise ValueError(f"{len(paths)} checkpoints are given for {self.num_submodels} submodels; give one each")
        net = copy.deepcopy(self)
        for index, path in paths.items():
            if path is not None:
                other = copy.deepcopy(self)
                state = read_checkpoint(Path(path))["state_dict"]
                other.load_state_dict({key.partition(".")[2]: value for key, value in state.items()})
                net.load_output_state(self.outputs[index], other.output_state(self.outputs[index]))
        net.export(Path(outdir), include_snapshot, basename, user_metadata, other_metadata)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        cut_into_sizes(state_dict, prefix, list(self.nets))
        super()._load_from_state_dict(state_dict, prefix, *args)
