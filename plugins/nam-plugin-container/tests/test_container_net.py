"""A container computes what each of its sizes would alone, and keeps them apart."""

import json

import pytest
import torch
from container_parts import Fir, Loud, Summing, fir

from nam_kernel import Condition
from nam_kernel.errors import HandshakeError, ModelFileError, UserError
from nam_kernel.models import document_of, net_of
from nam_plugin_container.net import Container


def pair(**more):
    return Container([fir(2.0), fir(-1.0, 0.0, 3.0)], ["small", "large"], **more)


def test_outputs_are_aligned_at_the_newest_sample():
    x = torch.tensor([[1.0, 10.0, 100.0, 1000.0]])
    y = pair().train()(x)
    assert y.tolist() == [[[200.0, 2000.0], [299.0, 2990.0]]]


def test_silence_before_the_audio_makes_the_output_as_long_as_the_input():
    y = pair().eval()(torch.tensor([1.0, 10.0, 100.0]))
    assert y.tolist() == [[2.0, 20.0, 200.0], [3.0, 30.0, 299.0]]


def test_the_receptive_field_is_the_longest():
    assert pair().receptive_field == 3
    with pytest.raises(HandshakeError, match="nx = 2"):
        pair().handshake(type("Data", (), {"nx": 2}))


def test_a_condition_over_time_goes_with_the_audio_and_a_constant_stays():
    net = Container([fir(1.0, high=9.0), fir(0.0, 0.0, 1.0, high=9.0)])
    assert net.conditions == (Condition("gain", high=9.0),)
    x = torch.ones(1, 4)
    assert net.train()(x, torch.tensor([[1.0, 2.0, 3.0, 4.0]])).tolist() == [[[3.0, 4.0], [3.0, 4.0]]]
    assert net.train()(x, torch.tensor([5.0])).tolist() == [[[5.0, 5.0], [5.0, 5.0]]]
    assert net.train()(x, 5.0).tolist() == [[[5.0, 5.0], [5.0, 5.0]]]


def test_as_many_constants_as_samples_are_constants():
    net = Container([fir(1.0, high=9.0), fir(0.0, 1.0, high=9.0)])
    y = net.train()(torch.ones(2, 2), torch.tensor([3.0, 5.0]))
    assert y.tolist() == [[[3.0], [3.0]], [[5.0], [5.0]]]


@pytest.mark.parametrize("size", [1, 5, 64, 1000])
def test_rendering_in_blocks_is_rendering_at_once(size):
    net = Container([fir(1.0), fir(-1.0, 0.5, 3.0), fir(0.5, 0.5)]).eval()
    x = torch.randn(100, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(net.render(x, size=size), net(x), atol=1e-6)


@pytest.mark.parametrize("sizes", [[1] * 9, [4, 1, 4], [9]])
def test_in_a_stream_every_size_plays_on(sizes):
    """By hand: the sum so far, and twice the sample before."""
    net = Container([fir(1.0, kind=Summing), fir(2.0, 0.0)]).eval()
    x, stream = torch.arange(1.0, 10.0), net.stream()
    pieces = [stream.feed(piece) for piece in torch.split(x, sizes)]
    assert [piece.shape for piece in pieces] == [(2, size) for size in sizes]
    assert torch.cat(pieces, dim=1).tolist() == [
        [1.0, 3.0, 6.0, 10.0, 15.0, 21.0, 28.0, 36.0, 45.0],
        [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0],
    ]


def test_in_a_stream_a_condition_moves_or_stays():
    net = Container([fir(1.0, high=9.0), fir(1.0, 0.0, high=9.0)]).eval()
    stream = net.stream()
    assert stream.feed(torch.tensor([1.0, 2.0]), 3.0).tolist() == [[3.0, 6.0], [0.0, 3.0]]
    assert stream.feed(torch.tensor([4.0, 5.0]), torch.tensor([1.0, 2.0])).tolist() == [[4.0, 10.0], [2.0, 8.0]]


@pytest.mark.parametrize(("kind", "calls"), [(Fir, 3), (Summing, 0)])
def test_a_faster_forward_is_used_where_no_size_has_a_state(kind, calls):
    net, called = Container([fir(1.0, kind=kind), fir(1.0, 2.0)]).eval(), []
    x = torch.randn(25, generator=torch.Generator().manual_seed(0))

    def faster(*arguments, **keywords):
        called.append(arguments)
        return net(*arguments, **keywords)

    assert torch.allclose(net.render(x, size=10, forward=faster), net(x), atol=1e-5)
    assert len(called) == calls


def test_every_size_is_louder_by_the_factor_and_so_is_what_its_file_said():
    net = pair()
    net.metadata = {"loudness": -18.0, "name": "amp"}
    net.scale_output(-0.5)
    x = torch.tensor([[1.0, 10.0, 100.0]])
    for scaled in (net, net_of(json.loads(json.dumps(document_of(net))))):
        assert scaled.eval()(x, pad_start=False).tolist() == [[[-100.0], [-149.5]]]
    assert net.metadata == {"loudness": pytest.approx(-24.0206, abs=1e-4), "name": "amp"}


def test_where_one_size_cannot_be_scaled_all_stay_as_they_were():
    net = Container([fir(2.0), fir(1.0, kind=Loud)])
    with pytest.raises(UserError, match="Loud cannot change the level"):
        net.scale_output(3.0)
    assert net.train()(torch.ones(1, 1)).tolist() == [[[2.0], [1.0]]]


def test_there_is_nothing_to_bake():
    with pytest.raises(UserError, match="cannot be baked"):
        pair().bake({})


def test_rendering_nothing_gives_nothing():
    assert pair().render(torch.zeros(0)).numel() == 0


def test_the_states_of_the_outputs_are_the_state_without_overlap():
    net = pair()
    small, large = net.output_state("small"), net.output_state("large")
    assert not small.keys() & large.keys()
    assert small.keys() | large.keys() == net.state_dict().keys()


def test_loading_the_state_of_an_output_leaves_the_others_alone():
    net, other = pair(), Container([fir(7.0), fir(1.0, 1.0, 1.0)], ["small", "large"])
    net.load_output_state("small", other.output_state("small"))
    assert net.train()(torch.ones(1, 3)).tolist() == [[[7.0], [2.0]]]


def test_an_output_that_is_not_there_is_an_error():
    with pytest.raises(UserError, match="'medium'; known: small, large"):
        pair().output_state("medium")


@pytest.mark.parametrize(
    ("size", "taps"), [(0.0, 1), (0.39, 1), (0.4, 2), (0.79, 2), (0.8, 3), (1.0, 3), (0, 1), (1, 3)]
)
def test_a_size_is_played_below_its_max_value(size, taps):
    net = Container([Fir(1), Fir(2), Fir(3)], max_values=[0.4, 0.8, 1.0])
    assert net.at_size(size).receptive_field == taps


def test_a_file_may_end_above_one():
    """The player asks for the first max_value above its control, which goes to 1."""
    net = Container([Fir(1), Fir(2)], max_values=[0.5, 1.5])
    assert [len(net.at_size(size).export_weights()) for size in (0.4, 0.5, 1.0)] == [1, 2, 2]


@pytest.mark.parametrize("size", [-0.1, 1.1, float("nan"), "half"])
def test_a_size_off_the_scale_is_refused(size):
    with pytest.raises(UserError, match="between 0"):
        pair().at_size(size)


def test_a_file_holds_the_sizes_and_gives_them_back():
    net = pair(max_values=[0.3, 1.0], sample_rate=44100.0)
    document = json.loads(json.dumps(document_of(net)))
    assert (document["version"], document["architecture"]) == ("0.7.0", "SlimmableContainer")
    assert document["weights"] == []
    assert [s["max_value"] for s in document["config"]["submodels"]] == [0.3, 1.0]
    inner = document["config"]["submodels"][1]["model"]
    assert inner == {
        "version": "0.5.4",
        "architecture": "Fir",
        "config": {"taps": 3},
        "weights": [-1.0, 0.0, 3.0],
        "sample_rate": 44100.0,
    }
    again = net_of(document)
    assert again.outputs == ("size_1", "size_2")
    assert document_of(again) == document


def test_what_a_file_says_of_a_size_is_kept_until_it_is_trained():
    document = document_of(pair())
    document["config"]["submodels"][0]["model"]["metadata"] = {"loudness": -20.0}
    net = net_of(document)
    assert net.at_size(0.0).metadata == {"loudness": -20.0}
    assert document_of(net)["config"] == document["config"]
    assert "metadata" not in document_of(net.train())["config"]["submodels"][0]["model"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["config"].update(submodels="two"), "not a list"),
        (lambda d: d["config"].update(submodels=[]), "at least one"),
        (lambda d: d["config"]["submodels"][1].pop("model"), r"submodels\[1\] has no 'model'"),
        (lambda d: d["config"]["submodels"][0].pop("max_value"), r"submodels\[0\].max_value is None"),
        (lambda d: d["config"]["submodels"][0].update(max_value=1.0), "in order"),
        (lambda d: d["config"]["submodels"][1].update(max_value=0.9), "last one must be 1"),
        (lambda d: d["config"]["submodels"][1]["model"]["weights"].pop(), r"submodels\[1\].model: .* 2 weights"),
        (lambda d: d["config"]["submodels"][0]["model"].update(architecture="X"), r"submodels\[0\].* 'X'"),
        (lambda d: d["config"]["submodels"][0]["model"].update(sample_rate=44100), "44100 and 48000 Hz"),
        (lambda d: d.update(weights=[1.0]), "1 weights"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(change, told):
    document = json.loads(json.dumps(document_of(pair(sample_rate=48000.0))))
    change(document)
    with pytest.raises(ModelFileError, match=told):
        net_of(document)


def test_the_sample_rate_is_the_rate_of_every_size():
    net = pair()
    net.sample_rate = 96000.0
    assert [net.at_size(s).sample_rate for s in (0.0, 1.0)] == [96000.0, 96000.0]
    assert Container([Fir(1, sample_rate=48000.0), Fir(2)]).at_size(1.0).sample_rate == 48000.0


@pytest.mark.parametrize(
    ("nets", "told"),
    [
        ([], "at least one"),
        ([Fir(1), Fir(1, high=1.0)], "'size_2' takes the condition gain beside the audio, but 'size_1' takes nothing"),
        ([Fir(1, high=2.0), Fir(1, high=1.0)], r"'size_2' describes its conditions \(the condition gain\) differently"),
        ([Fir(1), Container([Fir(1)])], "several outputs"),
    ],
)
def test_nets_that_do_not_go_together_are_refused(nets, told):
    with pytest.raises(ValueError, match=told):
        Container(nets)


def test_a_container_starts_from_another_size_by_size():
    net, old = pair(), Container([fir(7.0), fir(1.0, 2.0, 4.0)])
    net.start_from(old)
    assert net.train()(torch.ones(1, 3)).tolist() == [[[7.0], [7.0]]]


@pytest.mark.parametrize(
    ("old", "told"),
    [
        (Container([Fir(1)]), "1 sizes"),
        (Container([Fir(1), Fir(2)]), "size 'large': .* 2 weights"),
        (Fir(1), "1 sizes"),
    ],
)
def test_a_container_that_does_not_fit_is_no_start(old, told):
    with pytest.raises(ModelFileError, match=told):
        pair().start_from(old)


def test_the_description_tells_each_size():
    net = pair(max_values=[0.3, 1.0])
    rows = dict(net.describe())
    assert rows["size 'small'"] == (
        "Fir, 1 parameters, receptive field 1, 1 multiply-adds per sample; played at 0 to 0.3"
    )
    assert "played at 0.3 to 1" in rows["size 'large'"]
    assert net.multiply_adds() == 3
