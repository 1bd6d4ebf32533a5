"""What is wrong in a config is found without training, and each message names the place and the remedy."""

from __future__ import annotations

import json

import pytest

from nam_kernel import plugins
from nam_kernel.config import ModelConfig, RunConfig, validate
from nam_kernel.config.base import collect_notes
from nam_plugin_lightning import hooks
from nam_plugin_lightning.config import LightningConfig
from nam_plugin_lightning.engine import LightningTrainer
from support import CASES


def problems(model=None, **learning):
    """What is told of the two documents, by place: by their models, and where these are content by the engine."""
    checked, wrong_model = validate(ModelConfig, {"net": {"name": "LSTM"}, **(model or {})})
    config, wrong_learning = validate(LightningConfig, learning)
    found = [*(("model", problem) for problem in wrong_model), *(("learning", problem) for problem in wrong_learning)]
    if checked is not None and config is not None:
        found += LightningTrainer.init_from_config(config).problems(checked)
    return {f"{document}.{problem.where}": problem.what for document, problem in found}


GOOD_MODELS = [
    {},
    {"optimizer": {"lr": 0.004, "weight_decay": 1e-7, "_note": "text"}},
    {"optimizer": {"class": "SGD", "lr": 0.1, "momentum": 0.9}},
    {"optimizer": {"class": "AdamW", "lr": 1}},
    {"optimizer": {"lr": 0.01}, "lr_scheduler": None},
    {"lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.99}, "_comment": 1}},
    {"lr_scheduler": {"class": "ReduceLROnPlateau", "monitor": "ESR", "interval": "epoch", "frequency": 2}},
    {"lr_scheduler": {"class": "OneCycleLR", "kwargs": {"max_lr": 1.0, "total_steps": 9}, "interval": "step"}},
]


@pytest.mark.parametrize("model", GOOD_MODELS, ids=lambda m: json.dumps(m)[:60])
def test_good_models_have_no_problems(model):
    assert problems(model) == {}


BAD_MODELS = [
    ({"optimizer": {"lrr": 0.1}}, "model.optimizer.lrr", "did you mean 'lr'?"),
    ({"optimizer": {"lr": -1}}, "model.optimizer.lr", "positive"),
    ({"optimizer": {"lr": "0.1"}}, "model.optimizer.lr", "positive"),
    ({"optimizer": {"lr": True}}, "model.optimizer.lr", "positive"),
    ({"optimizer": {"lr": float("nan")}}, "model.optimizer.lr", "positive"),
    ({"optimizer": {"class": "Adamm"}}, "model.optimizer.class", "did you mean 'Adam'?"),
    ({"optimizer": {"class": "Optimizer"}}, "model.optimizer.class", ""),
    ({"optimizer": {"class": 3}}, "model.optimizer.class", ""),
    ({"optimizer": {"params": []}}, "model.optimizer.params", "unknown"),
    ({"optimizer": [1]}, "model.optimizer", "object"),
    ({"lr_scheduler": {"class": "ExponentialLr"}}, "model.lr_scheduler.class", "did you mean 'ExponentialLR'?"),
    ({"lr_scheduler": {"kwargs": {}}}, "model.lr_scheduler.class", "missing"),
    ({"lr_scheduler": {"class": ["x"]}}, "model.lr_scheduler.class", ""),
    ({"lr_scheduler": {"class": "ExponentialLR", "kwargs": {}}}, "model.lr_scheduler.kwargs.gamma", "missing"),
    (
        {"lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gama": 1}}},
        "model.lr_scheduler.kwargs.gama",
        "did you mean 'gamma'?",
    ),
    (
        {"lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}, "interval": "batch"}},
        "model.lr_scheduler.interval",
        "'step'",
    ),
    (
        {"lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}, "frequency": 0}},
        "model.lr_scheduler.frequency",
        "positive",
    ),
    (
        {"lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": 0.9}, "freq": 0}},
        "model.lr_scheduler.freq",
        "did you mean 'frequency'?",
    ),
    ({"optimizer": {"lr": 0.1, "betas": 3}}, "model.optimizer", "Adam"),
    ({"optimizer": {"lr": 0.1, "weight_decay": -1}}, "model.optimizer", "weight_decay"),
    (
        {"lr_scheduler": {"class": "ReduceLROnPlateau", "kwargs": {"factor": 2.0}}},
        "model.lr_scheduler",
        "ReduceLROnPlateau",
    ),
    ({"lr_scheduler": "ExponentialLR"}, "model.lr_scheduler", "object"),
    ({"optimizer": {"class": "AdamW", "kwargs": {"lr": 0.004}}}, "model.optimizer.kwargs", 'class\'; write "lr": 0.0'),
    ({"optimizer": {"params": {"lr": 0.004}}}, "model.optimizer.params", "stand beside 'class'"),
    ({"optimizer": {"init_args": {}}}, "model.optimizer.init_args", "stand beside 'class'"),
    ({"optimizer": {"clas": "AdamW"}}, "model.optimizer.clas", "did you mean 'class'?"),
    ({"lr_scheduler": {"class": "ExponentialLR", "gamma": 0.9}}, "model.lr_scheduler.gamma", "stand under 'kwargs'"),
    ({"lr_scheduler": {"class": "StepLR", "step_size": 9}}, "model.lr_scheduler.step_size", "stand under 'kwargs'"),
    ({"lr_scheduler": {"class": "StepLR", "last_epoch": 9}}, "model.lr_scheduler.last_epoch", "stand under 'kwargs'"),
]


@pytest.mark.parametrize(("model", "where", "what"), BAD_MODELS, ids=lambda m: json.dumps(m)[:60])
def test_bad_models_are_explained(model, where, what):
    found = problems(model)
    assert where in found
    assert what in found[where]


def test_the_deprecated_verbose_is_a_note():
    scheduler = {"class": "ExponentialLR", "kwargs": {"gamma": 0.9, "verbose": True}}
    with collect_notes() as notes:
        assert problems({"lr_scheduler": scheduler}) == {}
    assert len(notes) == 1
    assert "verbose" in notes[0]


GOOD_LEARNING = [
    {},
    {"train_dataloader": {"batch_size": 16, "shuffle": True, "pin_memory": True, "drop_last": True, "num_workers": 0}},
    {"train_dataloader": {"num_workers": 2, "persistent_workers": False, "prefetch_factor": 4, "_": ""}},
    {"trainer": {"accelerator": "auto", "devices": 1, "max_epochs": 100}},
    {"trainer": {"max_steps": 10, "precision": "16-mixed", "gradient_clip_val": 1.0, "val_check_interval": 0.25}},
    {"trainer": {"accelerator": "cpu", "strategy": "ddp", "devices": 2}},
    {"trainer": {"logger": False}},
    {"trainer": {"logger": {"class_path": "pytorch_lightning.loggers.CSVLogger", "init_args": {"save_dir": "x"}}}},
    {"trainer": {"callbacks": [{"class_path": "pytorch_lightning.callbacks.LearningRateMonitor"}]}},
    {"trainer_fit_kwargs": {}},
    {"trainer": {"accelerator": "cpu", "devices": 2}},
    {"trainer": {"accelerator": "cpu", "strategy": "ddp_spawn", "devices": 2}},
    {"trainer": {"max_epochs": None, "check_val_every_n_epoch": None, "val_check_interval": 7}},
    {"trainer": {"max_epochs": -1, "max_time": {"hours": 1}, "profiler": "simple", "precision": "64-true"}},
    {"trainer": {"callbacks": [{"class_path": "pytorch_lightning.callbacks.ModelCheckpoint"}]}},
    {
        "trainer": {
            "callbacks": [{"class_path": "pytorch_lightning.callbacks.TQDMProgressBar"}],
            "enable_progress_bar": True,
        }
    },
    {"val_dataloader": {"num_workers": 1, "timeout": 2.5, "multiprocessing_context": "spawn"}},
]


@pytest.mark.parametrize("learning", GOOD_LEARNING, ids=lambda m: json.dumps(m)[:60])
def test_good_learning_has_no_problems(learning):
    assert problems(**learning) == {}


BAD_LEARNING = [
    ({"train_dataloader": {"batchsize": 4}}, "train_dataloader.batchsize", "did you mean 'batch_size'?"),
    ({"train_dataloader": {"batch_size": 0}}, "train_dataloader.batch_size", "at least 1"),
    ({"train_dataloader": {"batch_size": "16"}}, "train_dataloader.batch_size", "whole number"),
    ({"train_dataloader": {"num_workers": -1}}, "train_dataloader.num_workers", "at least 0"),
    ({"train_dataloader": {"shuffle": "yes"}}, "train_dataloader.shuffle", "true or false"),
    ({"train_dataloader": {"sampler": []}}, "train_dataloader.sampler", "unknown"),
    ({"train_dataloader": {"prefetch_factor": 2}}, "train_dataloader.prefetch_factor", "num_workers"),
    ({"val_dataloader": 3}, "val_dataloader", "object"),
    ({"trainer": None}, "trainer", "object"),
    ({"target_esr": 0}, "target_esr", "greater than 0"),
    ({"target_esr": float("nan")}, "target_esr", ""),
    ({"patience": 0}, "patience", "greater than 0"),
    ({"patience": 1.5}, "patience", "whole number"),
    ({"on_divergence": "backoff"}, "on_divergence", "back_off"),
    ({"pacience": 3}, "pacience", "did you mean 'patience'?"),
    ({"trainer": {"max_epoch": 3}}, "trainer.max_epoch", "did you mean 'max_epochs'?"),
    ({"trainer": {"max_epochs": "many"}}, "trainer.max_epochs", "integer"),
    ({"trainer": {"precision": 17}}, "trainer.precision", "17"),
    ({"trainer": {"accelerator": "gpuu"}}, "trainer.accelerator", "did you mean 'gpu'?"),
    ({"trainer": {"strategy": "dddp"}}, "trainer.strategy", "did you mean 'ddp'?"),
    ({"trainer": {"callbacks": [{"class_path": "no.such.Thing"}]}}, "trainer.callbacks[0].class_path", "imported"),
    ({"trainer": {"callbacks": ["Timer"]}}, "trainer.callbacks[0]", "class_path"),
    ({"trainer": {"callbacks": [{"class_path": "torch.nn.Linear"}]}}, "trainer.callbacks[0].class_path", "not a"),
    ({"trainer": {"callbacks": [{"class_path": "subprocess.Popen"}]}}, "trainer.callbacks[0].class_path", "standard"),
    ({"trainer": {"callbacks": [{"class_path": "this.s"}]}}, "trainer.callbacks[0].class_path", "standard library"),
    ({"trainer": {"logger": {"class_path": "os.path.join"}}}, "trainer.logger.class_path", "standard library"),
    (
        {"trainer": {"callbacks": {"class_path": "pytorch_lightning.callbacks.Timer", "init_args": {"durations": 1}}}},
        "trainer.callbacks.init_args.durations",
        "did you mean 'duration'?",
    ),
    ({"trainer": {"logger": "tensorboard"}}, "trainer.logger[0]", "class_path"),
    ({"train_dataloader": {"timeout": 5}}, "train_dataloader.timeout", "num_workers"),
    ({"train_dataloader": {"timeout": -1, "num_workers": 1}}, "train_dataloader.timeout", "at least 0"),
    ({"val_dataloader": {"timeout": "5", "num_workers": 1}}, "val_dataloader.timeout", "number of seconds"),
    (
        {"train_dataloader": {"multiprocessing_context": "spawn"}},
        "train_dataloader.multiprocessing_context",
        "num_work",
    ),
    (
        {"val_dataloader": {"multiprocessing_context": "spwan", "num_workers": 1}},
        "val_dataloader.multiprocessing_context",
        "did you mean 'spawn'?",
    ),
    ({"train_dataloader": {"batch_size": None, "drop_last": True}}, "train_dataloader", "mutually exclusive"),
    ({"trainer": {"devices": 0}}, "trainer.devices", "not a valid input"),
    ({"trainer": {"devices": "x", "accelerator": "cpu"}}, "trainer.devices", "int > 0"),
    ({"trainer": {"devices": [0, 1], "accelerator": "cpu"}}, "trainer.devices", "int > 0"),
    ({"trainer": {"devices": 2, "strategy": "fsdp"}}, "trainer.strategy", "by ddp only, not by 'fsdp'"),
    ({"trainer": {"strategy": "deepspeed"}}, "trainer.strategy", "by ddp only"),
    ({"trainer": {"num_nodes": 2}}, "trainer.num_nodes", "one machine"),
    ({"trainer": {"accelerator": "tpu"}}, "trainer.accelerator", "'tpu' was asked for, but torch sees no such"),
    ({"trainer": {"accelerator": "xpu"}}, "trainer.accelerator", "no accelerator 'xpu'; known: auto, cpu"),
    ({"trainer": {"accelerator": "hpu"}}, "trainer.accelerator", "no accelerator 'hpu'; known: auto, cpu"),
    ({"trainer": {"accelerator": "CPU"}}, "trainer.accelerator", "did you mean 'cpu'?"),
    ({"trainer": {"profiler": "nosuch"}}, "trainer.profiler", "no profiler 'nosuch'"),
    ({"trainer": {"profiler": "advance"}}, "trainer.profiler", "did you mean 'advanced'?"),
    ({"trainer": {"profiler": "xla"}}, "trainer.profiler", "for these devices"),
    (
        {"trainer": {"callbacks": {"class_path": "pytorch_lightning.callbacks.TQDMProgressBar"}}},
        "trainer.callbacks",
        '"enable_progress_bar": true',
    ),
    (
        {
            "trainer": {
                "callbacks": {"class_path": "pytorch_lightning.callbacks.ModelCheckpoint"},
                "enable_checkpointing": False,
            }
        },
        "trainer.enable_checkpointing",
        "ModelCheckpoint",
    ),
    (
        {"trainer": {"logger": {"class_path": "pytorch_lightning.loggers.CSVLogger"}}},
        "trainer.logger.init_args.save_dir",
        "",
    ),
    ({"trainer": {"max_epochs": 0}}, "trainer.max_epochs", "0 trains nothing"),
    ({"trainer": {"max_steps": 0}}, "trainer.max_steps", "0 trains nothing"),
    ({"trainer": {"max_epochs": -2}}, "trainer.max_epochs", "-1 for no such end"),
    ({"trainer": {"max_time": "00:00:00:00"}}, "trainer.max_time", "no time to train"),
    ({"trainer": {"max_time": "an hour"}}, "trainer.max_time", "DD:HH:MM:SS"),
    ({"trainer": {"max_time": {"hour": 1}}}, "trainer.max_time", "no duration"),
    ({"trainer": {"limit_train_batches": 0}}, "trainer.limit_train_batches", "greater than 0"),
    ({"trainer": {"limit_train_batches": 2.5}}, "trainer.limit_train_batches", "2.5"),
    ({"trainer": {"limit_val_batches": -1}}, "trainer.limit_val_batches", "-1"),
    ({"trainer": {"overfit_batches": 1.5}}, "trainer.overfit_batches", "1.5"),
    ({"trainer": {"check_val_every_n_epoch": 0}}, "trainer.check_val_every_n_epoch", "greater than 0"),
    ({"trainer": {"check_val_every_n_epoch": -3}}, "trainer.check_val_every_n_epoch", "greater than 0"),
    ({"trainer": {"val_check_interval": 0}}, "trainer.val_check_interval", "greater than 0"),
    ({"trainer": {"val_check_interval": 1.5}}, "trainer.val_check_interval", "1.5"),
    ({"trainer": {"accumulate_grad_batches": 0}}, "trainer.accumulate_grad_batches", "greater than 0"),
    ({"trainer": {"reload_dataloaders_every_n_epochs": -1}}, "trainer.reload_dataloaders_every_n_epochs", "-1"),
    ({"trainer": {"gradient_clip_val": -1}}, "trainer.gradient_clip_val", "at least 0"),
    ({"trainer": {"gradient_clip_algorithm": "both"}}, "trainer.gradient_clip_algorithm", "both"),
    ({"trainer": {"precision": "transformer-engine"}}, "trainer.precision", "transformer_engine"),
    ({"trainer": {"precision": "64-treu"}}, "trainer.precision", "'64-true'"),
    ({"trainer": {"fast_dev_run": -1}}, "trainer.fast_dev_run", "-1"),
    ({"trainer_fit_kwargs": {"ckpt_path": "nowhere.ckpt"}}, "trainer_fit_kwargs.ckpt_path", "nowhere.ckpt"),
    ({"trainer_fit_kwargs": {"ckpt_pth": "x"}}, "trainer_fit_kwargs.ckpt_pth", "did you mean 'ckpt_path'?"),
    ({"trainer_fit_kwargs": {"model": "x"}}, "trainer_fit_kwargs.model", "leave it out"),
]


@pytest.mark.parametrize(("learning", "where", "what"), BAD_LEARNING, ids=lambda m: json.dumps(m)[:60])
def test_bad_learning_is_explained(learning, where, what):
    found = problems(**learning)
    assert f"learning.{where}" in found
    assert what in found[f"learning.{where}"]


@pytest.mark.parametrize("name", ["gpu", "cuda", "mps"])
def test_a_device_that_is_not_there_is_never_replaced_in_silence(name, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    found = problems(trainer={"accelerator": name, "devices": 1})
    assert '"auto"' in found["learning.trainer.accelerator"]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"gpus": 1}, {"accelerator": "gpu", "devices": 1}),
        ({"gpus": -1}, {"accelerator": "gpu", "devices": -1}),
        ({"gpus": [0, 1]}, {"accelerator": "gpu", "devices": [0, 1]}),
        ({"gpus": 0}, {"accelerator": "cpu"}),
        ({"gpus": None}, {}),
        ({"gpus": 1, "accelerator": "auto"}, {"accelerator": "auto", "devices": 1}),
        ({"gpus": 2, "accelerator": "ddp"}, {"accelerator": "gpu", "devices": 2, "strategy": "ddp"}),
        ({"gpus": 2, "distributed_backend": "dp"}, {"accelerator": "gpu", "devices": 2, "strategy": "ddp"}),
        ({"num_processes": 1}, {}),
        ({"num_processes": 2, "strategy": "ddp"}, {"devices": 2, "strategy": "ddp"}),
        ({"tpu_cores": 8}, {"accelerator": "tpu", "devices": 8}),
        ({"replace_sampler_ddp": False}, {"use_distributed_sampler": False}),
        ({"progress_bar_refresh_rate": 20, "weights_summary": "top"}, {}),
        ({"auto_lr_find": False}, {}),
    ],
)
def test_older_keys_of_the_trainer_are_understood(given, expected):
    config = RunConfig({}, {}, {"trainer": dict(given)})
    with collect_notes() as notes:
        hooks.nam_configure(config)
    assert config.learning["trainer"] == expected
    rewritten = [key for key in given if key not in expected or expected[key] != given[key]]
    assert len(notes) == len(rewritten)
    assert all(key in " ".join(notes) for key in rewritten)


def test_todays_keys_of_the_trainer_are_left_alone():
    given = {"devices": 1, "accelerator": "cpu", "strategy": "auto", "max_epochs": 3}
    config = RunConfig({}, {}, {"trainer": dict(given)})
    with collect_notes() as notes:
        hooks.nam_configure(config)
    assert (config.learning["trainer"], list(notes)) == (given, [])


def test_an_older_resume_is_todays_checkpoint():
    config = RunConfig({}, {}, {"trainer": {"resume_from_checkpoint": "last.ckpt"}})
    with collect_notes() as notes:
        hooks.nam_configure(config)
    assert config.learning == {"trainer": {}, "trainer_fit_kwargs": {"ckpt_path": "last.ckpt"}}
    assert "ckpt_path" in " ".join(notes)


def test_what_changed_a_training_is_not_left_out_in_silence():
    config = RunConfig({}, {}, {"trainer": {"auto_lr_find": True}})
    hooks.nam_configure(config)
    assert "unknown key" in problems(**config.learning)["learning.trainer.auto_lr_find"]


def test_older_keys_of_an_engine_with_its_own_config_are_understood():
    engine = {"name": "lightning", "config": {"trainer": {"gpus": 1}}}
    config = RunConfig({}, {}, {"engine": engine})
    with collect_notes() as notes:
        hooks.nam_configure(config)
    assert config.learning["engine"]["config"]["trainer"] == {"accelerator": "gpu", "devices": 1}
    assert len(notes) == 1


OTHER_ENGINES = """
from nam_kernel import Trainer, hookimpl

@hookimpl
def nam_trainers():
    return [
        Trainer(name="stranger", target="x:X"),
        Trainer(name="derived", target="x:Y", config="nam_plugin_lightning.config:LightningConfig"),
    ]
"""


@pytest.mark.parametrize(("engine", "is_read"), [("stranger", False), ("derived", True), ("nobody", False)])
def test_the_trainer_of_another_engine_is_its_own_affair(extension, engine, is_read):
    extension("engines", OTHER_ENGINES)
    assert plugins.current().offers("trainer").keys() >= {"stranger", "derived"}
    config = RunConfig({}, {}, {"engine": engine, "trainer": {"gpus": 1}})
    hooks.nam_configure(config)
    assert ("gpus" in config.learning["trainer"]) != is_read


@pytest.mark.parametrize("learning", [{}, {"trainer": None}, {"trainer": 3}])
def test_a_config_without_a_trainer_is_left_alone(learning):
    config = RunConfig({}, {}, dict(learning))
    hooks.nam_configure(config)
    assert config.learning == learning


def configs():
    return sorted((CASES / "configs").rglob("*.json")) if CASES.exists() else []


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")
@pytest.mark.parametrize("path", configs(), ids=lambda p: f"{p.parent.name}-{p.name}")
def test_configs_that_users_have_are_accepted(path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    document = json.loads(path.read_text(encoding="utf-8"))
    config = RunConfig({}, {}, {key: document[key] for key in LightningConfig.model_fields if key in document})
    hooks.nam_configure(config)
    model = {key: document[key] for key in ("optimizer", "lr_scheduler") if key in document}
    assert problems(model, **config.learning) == {}
