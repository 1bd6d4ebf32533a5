"""Claims about what is refused, and found, once net and data are built."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import nam_kernel
from nam_kernel.errors import HandshakeError, PluginError
from parts import GainNet, NoiseDataset, documents

pytestmark = pytest.mark.usefixtures("alone")


def knobs(net: list[str], data: dict[str, float]) -> tuple[dict[str, Any], ...]:
    return documents(
        data={"common": {"knobs": data}},
        model={"net": {"name": "Gain", "config": {"knobs": net}}},
        learning={"steps": 1500},
    )


def test_conditions_are_matched_by_name_and_brought_into_the_nets_order(tmp_path: Any) -> None:
    result = nam_kernel.train(*knobs(["tone", "gain"], {"gain": 0.03, "tone": -0.02}), outdir=tmp_path)
    assert result.net.weights.tolist() == pytest.approx([-0.02, 0.03], abs=0.004)


@pytest.mark.parametrize(
    ("net", "data", "told"),
    [
        (["gain"], {}, "the data lacks gain"),
        ([], {"gain": 0.1}, "the net lacks gain"),
        (["gain", "tone"], {"gain": 0.1, "volume": 0.1}, "the data lacks tone; the net lacks volume"),
        (["gain"], {"gain": 0.1, "tone": 0.1}, "the net lacks tone"),
    ],
)
def test_conditions_that_differ_are_refused_by_name(net: list[str], data: dict[str, float], told: str) -> None:
    with pytest.raises(HandshakeError, match=told):
        nam_kernel.check(*knobs(net, data))


def test_conditions_that_are_not_declared_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NoiseDataset, "conditions", None)
    with pytest.raises(HandshakeError, match="takes 0 conditions, and the data records 1 condition without names"):
        nam_kernel.check(*knobs([], {"gain": 0.1}))
    with pytest.raises(HandshakeError, match="the data records 0 conditions; the data lacks gain"):
        nam_kernel.check(*knobs(["gain"], {}))
    nam_kernel.check(*knobs(["gain"], {"gain": 0.1})).teardown()


def test_a_dataset_that_declares_other_conditions_than_it_serves_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NoiseDataset, "conditions", ())
    with pytest.raises(HandshakeError, match="declares 0 conditions .* its items have 1"):
        nam_kernel.check(*knobs([], {"gain": 0.1}))


def test_validation_data_is_matched_as_well() -> None:
    given = knobs(["gain"], {"gain": 0.1})
    given[0]["validation"] = {"knobs": {"tone": 0.1}}
    with pytest.raises(HandshakeError, match="the data lacks gain; the net lacks tone"):
        nam_kernel.check(*given)


def test_different_sample_rates_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NoiseDataset, "sample_rate", property(lambda self: 44100.0 if self.ny == 64 else 48000.0))
    with pytest.raises(HandshakeError, match="44100.0 and 48000.0 Hz"):
        nam_kernel.check(*documents(data={"train": {}, "validation": {"ny": 32}}))


def test_the_net_learns_the_rate_of_the_data() -> None:
    run = nam_kernel.check(*documents())
    assert run.net.sample_rate == 1000.0


def test_findings_of_every_plugin_are_collected_and_an_error_stops_the_run(alone: Any) -> None:
    alone(
        "finder",
        """
        from nam_kernel import hookimpl

        @hookimpl
        def nam_check(run):
            from nam_kernel import Finding

            yield Finding("info", "di.wav", "is loud", facts={"lowest_esr": 0.25})
            if run.checked.learning.seed:
                yield Finding("error", "amp.wav", "is upside down", "turn it")
        """,
    )
    run = nam_kernel.check(*documents())
    assert [str(f) for f in run.findings] == ["di.wav: is loud"]
    with pytest.raises(HandshakeError, match="amp.wav: is upside down; turn it") as caught:
        nam_kernel.check(*documents(learning={"seed": 1}))
    assert [f.severity for f in caught.value.findings] == ["info", "error"]


@pytest.mark.parametrize("answer", ["7", "'a sentence'", "[1]", "iter([None])"])
def test_an_answer_that_is_no_finding_is_blamed_on_its_plugin(alone: Any, answer: str) -> None:
    alone("silly", f"from nam_kernel import hookimpl\n@hookimpl\ndef nam_check(run):\n    return {answer}")
    with pytest.raises(PluginError, match=r"plugin 'silly' .*not a list of Finding records"):
        nam_kernel.check(*documents())


def test_a_generator_that_fails_half_way_is_blamed_on_its_plugin(alone: Any) -> None:
    alone("half", "from nam_kernel import hookimpl\n@hookimpl\ndef nam_check(run):\n    yield from ()\n    1 / 0")
    with pytest.raises(PluginError, match=r"plugin 'half' .*ZeroDivisionError"):
        nam_kernel.check(*documents())


def test_parts_are_torn_down_when_they_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    torn: list[Any] = []
    monkeypatch.setattr(NoiseDataset, "teardown", lambda self: torn.append(self))
    with pytest.raises(HandshakeError):
        nam_kernel.check(*knobs(["gain"], {}))
    assert len(torn) == 2


def test_an_exporter_that_refuses_is_heard_before_the_training(alone: Any, site: Any) -> None:
    (site / "picky.py").write_text(
        "def write(net, outdir, basename, metadata): raise AssertionError('never called')\n"
        "def refuses(net): return 'a net of two samples is too long' if net.receptive_field > 1 else None\n"
    )
    alone(
        "picky",
        """
        from nam_kernel import Exporter, hookimpl

        @hookimpl
        def nam_exporters():
            return [Exporter(name="picky", target="picky:write", refuses="picky:refuses", suffix=".p")]
        """,
    )
    with pytest.raises(HandshakeError, match=r"export\[0\].*'picky' .*refuses the net: a net of two samples is too"):
        nam_kernel.check(*documents(model={"net": {"name": "Gain"}, "export": ["picky"]}))


def test_a_mask_that_hides_every_sample_is_refused() -> None:
    with pytest.raises(nam_kernel.NamKernelError, match=r"loss.mask_first hides 64 samples, but .* have 64"):
        nam_kernel.check(*documents(model={"net": {"name": "Gain"}, "loss": {"mask_first": 64}}))


def test_plain_datasets_are_adopted(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain(torch.utils.data.Dataset[Any]):
        def __init__(self, config: dict[str, Any]) -> None:
            self.x = torch.ones(3, 10 + config["nx"] - 1)

        def __len__(self) -> int:
            return 3

        def __getitem__(self, index: int) -> Any:
            return self.x[index], 0.5 * self.x[index, 1:]

    nam_kernel.register_dataset("plain", Plain)
    run = nam_kernel.check(*documents(data={"type": "plain"}))
    assert run.train.sample_rate is None
    assert run.train.conditions is None
    assert len(run.train[0]) == 2


@pytest.mark.parametrize(
    ("value", "told"), [(0, "it is 0"), (-5, "it is -5"), ("a", "invalid literal"), (None, "NoneType")]
)
def test_a_receptive_field_that_is_none_is_told_as_the_nets(
    monkeypatch: pytest.MonkeyPatch, value: Any, told: str
) -> None:
    monkeypatch.setattr(GainNet, "receptive_field", value)
    with pytest.raises(nam_kernel.NamKernelError, match=f"the receptive field of GainNet failed: .*{told}"):
        nam_kernel.check(*documents())
