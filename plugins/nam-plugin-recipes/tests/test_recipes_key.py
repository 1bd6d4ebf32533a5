"""Claims about the key ``recipe``: what it puts into the configs, that the user's own keys win, and who is told."""

from __future__ import annotations

import copy
import inspect
import json
import math
import textwrap

import pytest
import torch

import nam_kernel
from nam_kernel.errors import ConfigError, PluginError
from nam_plugin_recipes import hookspecs
from nam_plugin_recipes.choice import recipes
from nam_plugin_recipes.fast import FAST
from nam_plugin_recipes.recipe import put_in
from nam_plugin_recipes.schedule import WarmupCosine


def applied(data=None, model=None, learning=None, recipe=FAST):
    documents = [copy.deepcopy(given) or {} for given in (data, model, learning)]
    replaced = put_in(recipe, *documents)
    return (*documents, replaced)


def test_what_the_configs_leave_out_comes_from_the_recipe():
    data, model, learning, replaced = applied({"train": {"x_path": "x.wav"}, "validation": {}})
    assert data == {"train": {"x_path": "x.wav", "ny": FAST.ny}, "validation": {}}
    assert model == FAST.model
    assert learning == FAST.learning
    assert replaced == []


@pytest.mark.parametrize(
    ("model", "learning", "told"),
    [
        ({"optimizer": {"lr": 0.001}}, {}, "model.optimizer.lr"),
        ({"optimizer": {"class": "SGD", "lr": 0.1}}, {}, "model.optimizer"),
        ({"lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.99}}}, {}, "model.lr_scheduler"),
        ({"lr_scheduler": None}, {}, "model.lr_scheduler"),
        ({}, {"train_dataloader": {"batch_size": 9}}, "learning.train_dataloader.batch_size"),
        ({}, {"trainer": {"max_epochs": 3}}, "learning.trainer.max_epochs"),
    ],
)
def test_what_the_user_wrote_wins_and_is_told(model, learning, told):
    _, made, learned, replaced = applied(model=model, learning=learning)
    assert replaced == [told]
    for given, result in ((model, made), (learning, learned)):
        for key, value in given.items():
            expected = value if not isinstance(value, dict) else {**(result[key] or {}), **value}
            assert result[key] == expected
    if "class" in (model.get("optimizer") or {}):
        assert made["optimizer"] == model["optimizer"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"train": {}, "common": {"ny": 1000}}, [None]),
        ({"train": [{"ny": 5}, {}]}, [5, FAST.ny]),
        ({"train": {"ny": None}}, [None]),
        ({"train": 3}, []),
        ({}, []),
    ],
)
def test_the_length_of_items_is_the_users_where_it_is_said_anywhere(data, expected):
    made = applied(data)[0]
    train = made.get("train")
    entries = train if isinstance(train, list) else [train] if isinstance(train, dict) else []
    assert [entry.get("ny") for entry in entries] == expected


def test_what_is_put_in_is_no_part_of_the_recipe():
    _, model, _, _ = applied()
    model["optimizer"]["lr"] = 1
    assert FAST.model["optimizer"]["lr"] != 1


@pytest.fixture
def run(tmp_path):
    """Check or train a gain of 0.5 with a learning config, the recording a noise of 10 seconds."""
    soundfile = pytest.importorskip("soundfile")
    pytest.importorskip("nam_plugin_wav")
    pytest.importorskip("nam_plugin_linear")
    noise = torch.rand(10 * 8000, generator=torch.Generator().manual_seed(0)) - 0.5
    noise[: 8000 // 2] *= 1e-9
    soundfile.write(tmp_path / "x.wav", noise.numpy(), 8000, "FLOAT")
    soundfile.write(tmp_path / "y.wav", (0.5 * noise).numpy(), 8000, "FLOAT")
    data = {
        "train": {"stop_samples": -8000},
        "validation": {"start_samples": -8000},
        "common": {"x_path": str(tmp_path / "x.wav"), "y_path": str(tmp_path / "y.wav"), "delay": 0},
    }
    data["validation"]["require_input_pre_silence"] = None

    def go(learning, model=None, train=True):
        net = {"name": "Linear", "config": {"receptive_field": 4}}
        documents = (
            data,
            {"net": net, **(model or {})},
            {"trainer": {"accelerator": "cpu", "logger": False}, **learning},
        )
        if not train:
            return nam_kernel.check(*documents)
        return nam_kernel.train(*documents, outdir=tmp_path / "out", plots=False)

    return go


def test_the_recipe_trains_and_is_recorded_as_it_was_written(run):
    result = run({"recipe": "fast", "trainer": {"accelerator": "cpu", "logger": False, "max_epochs": 60}, "seed": 1})
    assert result.metrics["ESR"] < 0.1
    written = json.loads((result.directory / "config_learning.json").read_text())
    assert written["recipe"] == "fast"
    assert "train_dataloader" not in written
    again = nam_kernel.resume(result.directory, epochs=61, plots=False)
    assert again.epochs == 61


def test_the_length_of_the_schedule_is_that_of_the_training(run):
    prepared = run({"recipe": "fast"}, train=False)
    assert prepared.checked.model.lr_scheduler == {"class": "WarmupCosine"}
    assert [f for f in prepared.findings if f.severity in ("error", "warning")] == []
    prepared.teardown()


@pytest.mark.parametrize(
    ("name", "told"),
    [("fats", "did you mean 'fast'"), ("quick", "known: fast"), (3, "known: fast"), (["fast"], "known: fast")],
)
def test_an_unknown_recipe_is_told_with_the_known(run, name, told):
    with pytest.raises(ConfigError, match=told) as caught:
        run({"recipe": name})
    assert "recipe" in str(caught.value)


def test_null_is_no_recipe(run):
    prepared = run({"recipe": None}, train=False)
    assert prepared.checked.model.optimizer == {}
    prepared.teardown()


@pytest.mark.parametrize("trainer", [{"max_epochs": -1}, {"max_time": "00:00:01:00"}])
def test_a_training_without_an_end_has_no_schedule_of_its_length(run, trainer):
    if "max_time" in trainer:
        trainer = {**trainer, "max_epochs": -1}
    with pytest.raises(nam_kernel.NamKernelError, match=r"WarmupCosine needs the number of steps"):
        run({"recipe": "fast", "trainer": {"accelerator": "cpu", "logger": False, **trainer}})


def test_the_example_of_the_hook_is_a_whole_plugin(extension, run):
    extension("patient", textwrap.dedent(inspect.getdoc(hookspecs.nam_recipes).partition("Example::")[2]))
    assert sorted(recipes()) == ["fast", "patient"]
    prepared = run({"recipe": "patient"}, train=False)
    assert prepared.trainer.config.patience == 100
    prepared.teardown()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("[3]", "not a list of Recipe"),
        ("None", "not a list of Recipe"),
        ("[Recipe('fast', 'mine')]", "there is a recipe 'fast' already"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_plugin_that_brings_something_else_is_named(extension, run, answer, told):
    extension(
        "stranger",
        "from nam_kernel import hookimpl\nfrom nam_plugin_recipes import Recipe\n\n"
        f"@hookimpl(optionalhook=True)\ndef nam_recipes():\n    return {answer}\n",
    )
    with pytest.raises(PluginError, match=rf"stranger.*{told}"):
        run({"recipe": "fast"})


def rates(steps, **options):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=2.0)
    schedule = WarmupCosine(optimizer, steps, **options)
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return seen, optimizer.param_groups[0]["lr"]


def test_the_rate_rises_for_a_twentieth_and_falls_as_half_a_cosine_to_nothing():
    seen, after = rates(200)
    assert seen[:10] == pytest.approx([2 * (n + 1) / 11 for n in range(10)])
    assert seen[10] == pytest.approx(2.0)
    assert seen[105] == pytest.approx(1.0)
    assert seen[153] == pytest.approx(1 + math.cos(math.pi * 143 / 190))
    assert after == 0.0


@pytest.mark.parametrize(
    "wrong", [{"total_steps": 0}, {"total_steps": True}, {"total_steps": 9, "warmup": 1.0}], ids=str
)
def test_a_schedule_of_impossible_length_is_refused(wrong):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    with pytest.raises(ValueError, match="expected"):
        WarmupCosine(optimizer, **wrong)
