"""When a net is accelerated, when it is not, and what of the net the accelerated one follows."""

import gc

import pytest
import torch
from fast_parts import fast_of, require_same, require_same_function, run, stir
from torch import nn

import nam_kernel
from nam_kernel import make_net
from nam_plugin_fast import hooks
from nam_plugin_fast.hooks import nam_accelerate
from nam_plugin_fast.place import path
from nam_plugin_wavenet.net import WaveNet

pytestmark = pytest.mark.skipif(path() is None, reason="there is no compiled library")

STACK = {
    "input_size": 1,
    "condition_size": 1,
    "channels": 4,
    "kernel_size": 3,
    "dilations": [1, 2, 4],
    "activation": "Tanh",
    "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
}
SMALL = {"layers_configs": [STACK], "head_scale": 0.5}
SIZES = {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": [2, 4]}}


def wavenet(**changes):
    torch.manual_seed(0)
    net = make_net("WaveNet", {"layers_configs": [{**STACK, **changes}], "head_scale": 0.5})
    stir(net)
    return net


def audio(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) * 2 - 1


def compiled_calls(monkeypatch, net, *signals):
    """Return how often a call of the accelerated net came to a network of the plain net."""
    fast, plain = fast_of(net), []
    net.network.register_forward_hook(lambda *_: plain.append(1))
    fast(*signals)
    return len(plain)


def test_kernel_trusts_it():
    net = wavenet()
    assert nam_kernel.accelerate(net) is not net


@pytest.mark.parametrize(
    "changes",
    [
        {"groups_input": 2},
        {"layer_1x1_config": {"active": True, "groups": 2}},
        {"head_1x1_config": {"active": True, "out_channels": 4, "groups": 2}},
        {"film_params": {"conv_post_film": {"active": True}}},
    ],
)
def test_rare_forms_are_left_to_the_plain_net(changes):
    assert nam_accelerate(net=wavenet(**changes), device="cpu") is None


def test_other_devices_and_derived_classes_are_left_to_the_plain_net():
    class Mine(WaveNet):
        pass

    net = wavenet()
    assert nam_accelerate(net=net, device="cuda:0") is None
    net.__class__ = Mine
    assert nam_accelerate(net=net, device="cpu") is None


def test_double_precision_is_computed_by_the_plain_net(monkeypatch):
    net = wavenet().double()
    assert compiled_calls(monkeypatch, net, audio(2, 60).double()) == 1
    torch.testing.assert_close(fast_of(net)(audio(2, 60).double()), net(audio(2, 60).double()), rtol=0, atol=0)
    assert fast_of(net).stream().feed(audio(60).double()).dtype == torch.float64


def test_autocast_is_computed_by_the_plain_net(monkeypatch):
    net = wavenet()
    assert compiled_calls(monkeypatch, net, audio(2, 60)) == 0
    with torch.autocast("cpu", torch.bfloat16):
        assert compiled_calls(monkeypatch, net, audio(2, 60)) == 1


def test_it_follows_the_parameters():
    net = wavenet()
    fast = fast_of(net)
    fast(audio(2, 60))
    stir(net)
    require_same(fast(audio(2, 60)), net(audio(2, 60)), 1e-5, "the output")


def test_it_pads_in_evaluation_and_not_in_training():
    net = wavenet()
    fast = fast_of(net)
    assert fast(audio(2, 60)).shape == net(audio(2, 60)).shape == (2, 60 - net.receptive_field + 1)
    net.eval()
    assert fast(audio(2, 60)).shape == (2, 60)
    assert fast(audio(60)).shape == (60,)
    with pytest.raises(ValueError, match="receptive field"):
        fast(audio(2, net.receptive_field - 1), pad_start=False)


def test_signals_need_not_lie_in_one_piece():
    net = wavenet().train()
    for x in (audio(90, 3).t(), audio(3, 180)[:, ::2], audio(1, 90).expand(3, -1), audio(5, 90)[::2], audio(90)[None]):
        require_same_function(net, (x,))
    windows = audio(400).unfold(0, 90, 7)
    require_same_function(net, (windows,))


def test_frozen_parameters_get_no_gradient():
    net = wavenet()
    net.network.stacks[0].rechannel.weight.requires_grad_(False)
    require_same_function(net, (audio(3, 90),))
    net.requires_grad_(False)
    assert not fast_of(net)(audio(3, 90)).requires_grad


def test_gradients_do_not_depend_on_threads():
    net, x = wavenet(), audio(7, 900)
    once = run(fast_of(net), net, (x,))
    torch.set_num_threads(2)
    twice = run(fast_of(net), net, (x,))
    torch.set_num_threads(1)
    assert torch.equal(once[0], twice[0])
    assert all(torch.equal(a, b) for a, b in zip(once[1], twice[1], strict=True))


def test_several_forward_passes_keep_their_own_records():
    net, fast = wavenet(), fast_of(wavenet())
    fast = fast_of(net)
    first, second = fast(audio(2, 90)), fast(audio(3, 70) * 0.3)
    second.sum().backward()
    net.zero_grad()
    first.sum().backward(retain_graph=True)
    given = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    first.sum().backward()
    again = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    net(audio(2, 90)).sum().backward()
    for a, b, p in zip(given, again, net.parameters(), strict=True):
        assert torch.equal(a, b)
        require_same(a, p.grad, 1e-4, "a gradient")


def test_evaluation_leaves_no_record():
    net = wavenet()
    fast = fast_of(net)
    records = fast._twin.net.network.plan.records
    with torch.no_grad():
        fast(audio(2, 90))
    assert not records._free
    y = fast(audio(2, 90))
    assert not records._free
    del y
    gc.collect()
    assert len(records._free) == 1


def test_one_bad_item_leaves_the_others_as_they_are():
    net, x = wavenet(), audio(4, 200)
    with torch.no_grad():
        expected = fast_of(net)(x)
        x[1, 50] = float("nan")
        y = fast_of(net)(x)
    assert torch.equal(y[[0, 2, 3]], expected[[0, 2, 3]])
    assert y[1].isnan().any()


@pytest.mark.parametrize("boosting", [False, True])
def test_sizes_of_a_slimmable_net_are_trained_as_in_the_plain_net(boosting):
    kwargs = {**SIZES["kwargs"], "boosting": boosting}
    net = wavenet(slimmable={**SIZES, "kwargs": kwargs})
    fast, x = fast_of(net), audio(3, 90)
    net.train()
    for seed in range(6):
        torch.manual_seed(seed)
        expected, wanted = run(net, net, (x,))
        torch.manual_seed(seed)
        output, gradients = run(fast, net, (x,))
        require_same(output, expected, 1e-5, "the output")
        for given, correct in zip(gradients, wanted, strict=True):
            assert (given is None) == (correct is None)
            if correct is not None:
                require_same(given, correct, 1e-4, "a gradient")
    net.eval()
    require_same(fast(x), net(x), 1e-5, "the whole")


def test_container_is_computed_size_by_size():
    pytest.importorskip("nam_plugin_container")
    torch.manual_seed(0)
    large = {**SMALL, "layers_configs": [{**STACK, "channels": 6, "dilations": [1, 7]}]}
    film = {**SMALL, "layers_configs": [{**STACK, "film_params": {"conv_post_film": {"active": True}}}]}
    nets = {"small": SMALL, "plain": film, "large": large}
    named = [{"name": name, "net": {"name": "WaveNet", "config": config}} for name, config in nets.items()]
    named.append({"name": "recurrent", "net": {"name": "LSTM", "config": {"hidden_size": 4}}})
    net, x = make_net("Container", {"submodels": named}).train(), audio(3, 90)
    fast = nam_kernel.accelerate(net)
    expected, wanted = run(net, net, (x,), pad_start=False)
    used = []
    for size in net.sizes():
        if isinstance(size, WaveNet):
            size.network.register_forward_hook(lambda *_: used.append(1))
    output, gradients = run(fast, net, (x,), pad_start=False)
    assert len(used) == 1  # the one with FiLM
    require_same(output, expected, 1e-5, "the output")
    for given, correct in zip(gradients, wanted, strict=True):
        require_same(given, correct, 1e-4, "a gradient")
    net.eval()
    with torch.no_grad():
        streamed = net.render(x[0], size=17, forward=fast)
        require_same(streamed, net.render(x[0], size=17), 1e-5, "the stream")


def test_conditioning_model_with_a_state_plays_beside():
    torch.manual_seed(0)
    net = WaveNet(wavenet().spec, make_net("LSTM", {"hidden_size": 3}))
    stir(net)
    net.eval()
    x = audio(300)
    require_same(net.render(x, size=40, forward=fast_of(net)), net.render(x, size=300), 1e-5, "the stream")


def test_long_blocks_are_shared_among_threads():
    net = wavenet(dilations=[1, 16, 64]).eval()
    x = audio(60000)
    expected = net.render(x)
    torch.set_num_threads(3)
    rendered = net.render(x, size=25000, forward=fast_of(net))
    torch.set_num_threads(1)
    require_same(rendered, expected, 1e-5, "the output")


def test_net_itself_is_not_changed():
    net = wavenet()
    names, modules = set(vars(net)), dict(net.named_modules())
    fast = fast_of(net)
    fast(audio(2, 60)).sum().backward()
    fast.stream().feed(audio(10))
    assert set(vars(net)) == names
    assert dict(net.named_modules()) == modules
    assert isinstance(net.network, nn.Module)


def test_without_a_library_it_stays_out_and_says_what_helps(monkeypatch):
    monkeypatch.setattr(hooks, "path", lambda: None)
    net = wavenet()
    assert nam_accelerate(net=net, device="cpu") is None

    class Run:
        pass

    prepared = Run()
    prepared.net = net
    (finding,) = hooks.nam_check(run=prepared)
    assert "compiler" in finding.remedy
    prepared.net = nn.Identity()
    assert not list(hooks.nam_check(run=prepared))


def test_kernel_trusts_it_also_where_rounding_takes_an_activation_to_its_other_side():
    # These beginnings were found to differ by some ten-thousandths of a gradient, as one in twenty does.
    kernel_sizes = [6] * 14 + [15, 15] + [6] * 7
    dilations = [1, 3, 7, 17, 41, 101, 239] * 2 + [1, 13] + [1, 3, 7, 17, 41, 101, 239]
    stack = {"input_size": 1, "condition_size": 1, "channels": 8, "activation": "LeakyReLU"}
    head = {"out_channels": 1, "kernel_size": 16, "bias": True}
    for seed in (34, 50, 56, 57):
        torch.manual_seed(seed)
        layers = {**stack, "kernel_sizes": kernel_sizes, "dilations": dilations, "head": head}
        net = make_net("WaveNet", {"layers_configs": [layers], "head_scale": 0.01})
        assert nam_kernel.accelerate(net) is not net, seed
