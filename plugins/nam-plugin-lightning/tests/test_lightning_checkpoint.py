"""Checkpoints: what is damaged, another program's or another net's is told as what it is, before a training."""

from __future__ import annotations

import pickle
import zipfile

import pytest
import torch
from lightning_parts import Filtered, TinyNet, fit

from nam_kernel.config import ModelConfig
from nam_kernel.errors import ModelFileError
from nam_plugin_lightning.checkpoint import load_weights, read_checkpoint

TAPS = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])


def written(path, document):
    torch.save(document, path)
    return path


def test_weights_named_as_those_of_neural_amp_modeler_are_loaded_where_the_net_knows_them(tmp_path):
    path = written(tmp_path / "older.ckpt", {"state_dict": {"_net.conv.weight": TAPS}, "sample_rate": 48000})
    net = TinyNet()
    load_weights(net, read_checkpoint(path), path)
    assert torch.equal(net.conv.weight, TAPS)


@pytest.mark.parametrize(
    "names", [["_net._net.weight"], ["_net._net._layer_arrays.0._rechannel.weight", "_net._head_scale"], ["_net.lstm"]]
)
def test_those_that_it_does_not_know_are_told_as_what_they_are(tmp_path, names):
    path = written(tmp_path / "older.ckpt", {"state_dict": dict.fromkeys(names, TAPS)})
    with pytest.raises(ModelFileError, match=r"older\.ckpt is a checkpoint of neural-amp-modeler.*\.nam.*init_from"):
        load_weights(TinyNet(), read_checkpoint(path), path)


@pytest.mark.parametrize("names", [["net.conv.bias"], ["net.other"], []])
def test_another_nets_weights_are_told(tmp_path, names):
    path = written(tmp_path / "other.ckpt", {"state_dict": dict.fromkeys(names, TAPS)})
    with pytest.raises(ModelFileError, match=r"other\.ckpt holds the weights of another net"):
        load_weights(TinyNet(), read_checkpoint(path), path)


class Calls:
    """What a file would call when it is read."""

    called = False

    def __reduce__(self):
        return (setattr, (Calls, "called", True))


def bad_files(folder):
    whole = written(folder / "whole.ckpt", {"state_dict": {"net.conv.weight": TAPS}}).read_bytes()
    yield "empty", b""
    yield "text", b"<!doctype html><p>not found"
    yield "json", b'{"version": "0.5.4"}'
    yield "cut", whole[: len(whole) // 2]
    yield "flipped", whole.replace(b"conv", b"\xff\xfe\xfd\xfc")
    yield "pickle", pickle.dumps({"state_dict": {}})
    yield "calling", pickle.dumps({"state_dict": Calls()})
    with zipfile.ZipFile(folder / "zip", "w") as archive:
        archive.writestr("a", "b")
    yield "zip", (folder / "zip").read_bytes()
    for name, document in (
        ("list", [1, 2]),
        ("tensor", TAPS),
        ("no weights", {"weights": {}}),
        ("weights in a list", {"state_dict": [TAPS]}),
        ("names that are numbers", {"state_dict": {1: TAPS}}),
        ("weights that are text", {"state_dict": {"net.conv.weight": "1 2 3 4"}}),
        ("weights of weights", {"state_dict": {"net": {"conv": TAPS}}}),
    ):
        yield name, written(folder / "made.ckpt", document).read_bytes()


def test_damaged_files_are_problems_and_nothing_in_them_is_called(training, tmp_path):
    for name, content in bad_files(tmp_path):
        path = tmp_path / f"{name}.ckpt"
        path.write_bytes(content)
        asked = training(model={"checkpoint_path": str(path)})
        ((document, problem),) = asked.engine.problems(asked.job.model)
        assert (document, problem.where) == ("model", "checkpoint_path"), name
        assert str(path) in problem.what
        learning = training(learning={"trainer_fit_kwargs": {"ckpt_path": str(path)}})
        ((document, problem),) = learning.engine.problems(learning.job.model)
        assert (document, problem.where) == ("learning", "trainer_fit_kwargs.ckpt_path"), name
    assert not Calls.called


def test_a_model_file_is_named_by_another_key(tmp_path):
    path = tmp_path / "amp.nam"
    path.write_text("{}")
    with pytest.raises(ModelFileError, match="named as init_from instead"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("nam_kernel"),
        lambda d: d.update(nam_kernel={}),
        lambda d: d.update(nam_kernel=[1]),
        lambda d: d["nam_kernel"].update(history=[{"epoch": 1}]),
        lambda d: d.pop("optimizer_states"),
        lambda d: d.pop("global_step"),
    ],
)
def test_a_training_cannot_go_on_from_a_part_of_its_state(training, tmp_path, change):
    document = read_checkpoint(fit(training("whole")).directory / "checkpoints" / "last.ckpt")
    change(document)
    path = written(tmp_path / "part.ckpt", document)
    with pytest.raises(ModelFileError, match=r"part\.ckpt (is damaged|was not written by this engine)"):
        read_checkpoint(path, to_go_on=True)


def test_the_problems_of_both_checkpoints_are_told_together(training, tmp_path):
    path = tmp_path / "bad.ckpt"
    path.write_bytes(b"bad")
    asked = training(model={"checkpoint_path": str(path)}, learning={"trainer_fit_kwargs": {"ckpt_path": str(path)}})
    assert len(asked.engine.problems(asked.job.model)) == 2
    assert asked.engine.problems(ModelConfig.model_validate({"net": {"name": "x"}}))[0][0] == "learning"


@pytest.mark.parametrize("precision", ["64-true", "bf16-true", "16-mixed", "bf16-mixed"])
def test_the_model_is_in_single_precision_whatever_that_of_the_training(training, precision):
    types = []

    def observe(progress, best):
        if best is not None:
            types.append((best.conv.weight.dtype, best(torch.zeros(9)).dtype))
        return True

    data = Filtered(items=1, ny=256, seed=2)
    learning = {"trainer": {"max_epochs": 4, "precision": precision}}
    result = fit(training(validation=data, learning=learning, observe=observe))
    assert set(types) == {(torch.float32, torch.float32)}
    assert result.net.conv.weight.dtype == torch.float32
    with torch.no_grad():
        error = (result.net(data.x[None], pad_start=False)[0] - data.y).square().sum() / data.y.square().sum()
    assert float(error) == pytest.approx(result.metrics["ESR"], rel=0.05)


def test_double_precision_goes_on_with_the_very_weights(training):
    def trained(directory, validations):
        trainer = {"max_epochs": 3, "precision": "64-true", "check_val_every_n_epoch": validations}
        return fit(training(directory, learning={"trainer": trainer})).directory / "checkpoints" / "last.ckpt"

    often, once = (read_checkpoint(trained(str(n), n))["state_dict"]["net.conv.weight"] for n in (1, 3))
    assert often.dtype == torch.float64
    assert torch.equal(often, once)
