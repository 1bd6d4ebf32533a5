"""
The keys of ``trainer`` that Lightning had before version 2, put in today's words.

A key that only changed what was shown or how it was saved is left out. One that changed the training and is gone
stays, unless it was switched off, and the check of the config refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LEFT_OUT = (
    "amp_backend",
    "auto_select_gpus",
    "checkpoint_callback",
    "flush_logs_every_n_steps",
    "log_gpu_memory",
    "move_metrics_to_cpu",
    "multiple_trainloader_mode",
    "prepare_data_per_node",
    "process_position",
    "progress_bar_refresh_rate",
    "terminate_on_nan",
    "weights_save_path",
    "weights_summary",
)
GONE = (
    "amp_level",
    "auto_lr_find",
    "auto_scale_batch_size",
    "ipus",
    "reload_dataloaders_every_epoch",
    "stochastic_weight_avg",
    "track_grad_norm",
    "truncated_bptt_steps",
)
_STRATEGIES = ("ddp", "ddp_spawn", "dp")


def migrate_trainer_keys(trainer: dict[str, Any], learning: dict[str, Any]) -> Iterator[str]:
    """
    Rewrite ``trainer`` in place and yield a sentence for each older key.

    A key of today that is there already stays as it is.

    :param learning: the object that ``trainer`` is part of
    """
    for key in sorted(trainer):  # "accelerator", which once held the strategy, before the keys that set an accelerator
        value = trainer[key]
        today = _today(key, value)
        if key in LEFT_OUT or (key in GONE and not value):
            del trainer[key]
            yield f"trainer.{key} is left out: it changes nothing here"
        elif key == "resume_from_checkpoint":
            del trainer[key]
            fit = learning.setdefault("trainer_fit_kwargs", {})
            if value is not None and isinstance(fit, dict):
                fit.setdefault("ckpt_path", value)
            yield "trainer.resume_from_checkpoint is understood as trainer_fit_kwargs.ckpt_path"
        elif today is not None:
            del trainer[key]
            for name, meant in today.items():
                trainer.setdefault(name, meant)
            written = ", ".join(f"{name}: {meant}" for name, meant in today.items()) or "nothing, which is the same"
            yield f"trainer.{key}: {value} is understood as {written}"


def _today(key: str, value: Any) -> dict[str, Any] | None:
    """Return what an older key means in today's keys, or None for a key that is not an older one."""
    if key == "gpus":
        return _devices("gpu", value)
    if key == "tpu_cores":
        return _devices("tpu", value)
    if key == "num_processes":
        return {} if value in (None, 1) else {"devices": value}
    if key == "replace_sampler_ddp":
        return {"use_distributed_sampler": value}
    if key == "distributed_backend" or (key == "accelerator" and value in _STRATEGIES):
        return {} if value is None else {"strategy": "ddp" if value == "dp" else value}
    return None


def _devices(kind: str, value: Any) -> dict[str, Any]:
    """Return today's keys for a count, a list of indices, or a string of either; -1 is all of them, 0 is none."""
    if value is None:
        return {}
    if value in (0, "0", []):
        return {"accelerator": "cpu"} if kind == "gpu" else {}
    return {"accelerator": kind, "devices": value}
