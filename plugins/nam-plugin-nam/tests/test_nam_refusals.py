"""Claims about what cannot be written, which is told before a training."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

from nam_kernel import make_net, plugins, register_net
from nam_plugin_nam.write import refuses


def test_a_good_net_is_not_refused(gain: Any, amp: Any) -> None:
    assert refuses(gain()) is None
    assert refuses(amp()) is None


def test_the_record_names_it(gain: Any) -> None:
    _, record = plugins.current().component("exporter", "nam")
    assert plugins.current().resolve(record.refuses, "nam-plugin-nam") is refuses  # type: ignore[attr-defined]
    assert record.default


class Parts:
    """What a net may get wrong; each method is put into the class of a good one."""

    @staticmethod
    def raises(net: Any) -> Any:
        raise KeyError("taps")

    @staticmethod
    def tensor(net: Any) -> Any:
        return {"limit": torch.ones(1)}

    @staticmethod
    def infinite(net: Any) -> Any:
        return {"limit": float("inf")}

    @staticmethod
    def forgotten(net: Any) -> Any:
        return {}

    @staticmethod
    def nothing(net: Any) -> Any:
        return None

    @staticmethod
    def too_many(net: Any) -> Any:
        return torch.ones(2).numpy()

    @staticmethod
    def not_a_number(net: Any) -> Any:
        return torch.full((1,), torch.nan).numpy()


@pytest.mark.parametrize(
    ("method", "wrong", "told"),
    [
        ("export_config", Parts.raises, "Gain cannot describe itself: KeyError: 'taps'"),
        ("export_config", Parts.tensor, "Tensor is not JSON serializable"),
        ("export_config", Parts.infinite, "not JSON compliant"),
        ("export_config", Parts.nothing, "its 'config' is not an object"),
        ("export_config", Parts.forgotten, "could not be read back: .*limit"),
        ("export_weights", Parts.raises, "Gain cannot describe itself: KeyError"),
        ("export_weights", Parts.too_many, "could not be read back: the file has 2 weights"),
        ("export_weights", Parts.not_a_number, "weight 0 is nan"),
        ("file_version", "0.9.0", "its version is 0.9.0, newer than 0.7"),
        ("architecture", 3, "its 'architecture' is not the name"),
    ],
)
def test_a_net_that_cannot_be_written_is_refused_with_the_reason(
    gain: Any, monkeypatch: pytest.MonkeyPatch, method: str, wrong: Any, told: str
) -> None:
    monkeypatch.setattr(gain, method, wrong)
    reason = refuses(gain())
    assert reason is not None
    assert re.search(told, reason)


def test_a_net_of_an_architecture_that_nobody_reads_is_written(gain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gain, "architecture", "Private")
    monkeypatch.setattr(gain, "export_config", Parts.forgotten)
    assert refuses(gain()) is None


def test_a_net_of_several_outputs_needs_one_that_a_player_plays(gain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gain, "outputs", ("small", "large"))
    assert "it has 2 outputs and no at_size" in str(refuses(gain()))
    monkeypatch.setattr(gain, "at_size", lambda net, size: net)
    assert refuses(gain()) is None


def test_a_plain_module_without_export_config_is_refused() -> None:
    class Plain(torch.nn.Module):
        receptive_field = 1

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    register_net("Plain", lambda config: Plain())
    assert refuses(make_net("Plain")) == "Plain has no export_config(), so it cannot be written to a model file"
