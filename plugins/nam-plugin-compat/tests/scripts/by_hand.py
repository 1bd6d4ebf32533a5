"""A script of 0.13: datasets, module and trainer made by hand. Arguments: the folder with x.wav and y.wav."""

import sys
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from nam.data import ConcatDataset, Dataset, wav_to_tensor
from nam.models.linear import Linear
from nam.models.metadata import GearType, UserMetadata
from nam.models.wavenet import WaveNet
from nam.train.lightning_module import LightningModule, LossConfig, ValidationLoss
from nam.util import timestamp


class Emphasised(LightningModule):
    """Adds a loss of its own to those of the config."""

    def training_step(self, batch, batch_idx):
        preds, targets, losses = self._shared_step(batch)
        loss = sum(item.weight * item.value for item in losses.values() if item.weight)
        return loss + 0.1 * self._mse_loss(preds, targets, pre_emph_coef=0.85)


def main(folder):
    x, info = wav_to_tensor(folder / "x.wav", info=True)
    y = wav_to_tensor(folder / "y.wav", rate=info.rate)
    layers = {
        "input_size": 1,
        "condition_size": 1,
        "channels": 2,
        "kernel_size": 3,
        "dilations": [1, 2],
        "activation": "Tanh",
        "gated": False,
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
    }
    net = WaveNet.init_from_config({"layers_configs": [layers], "head_scale": 0.02})

    half = len(x) // 2
    common = {"nx": net.receptive_field, "sample_rate": info.rate}
    train = ConcatDataset(
        [
            Dataset(x, y, ny=256, start_samples=half, stop_samples=half + 2000, **common),
            Dataset(x, y, ny=256, start_samples=half, stop_samples=-1000, **common),
        ]
    )
    validation = Dataset(x, y, ny=None, start_samples=half, **common)
    assert train[0][0].shape == (256 + net.receptive_field - 1,)
    assert train[0][1].shape == (256,)
    net.sample_rate = train.sample_rate

    module = Emphasised(
        net,
        optimizer_config={"lr": 0.01},
        scheduler_config={"class": "ExponentialLR", "kwargs": {"gamma": 0.99}},
        loss_config=LossConfig(val_loss=ValidationLoss.ESR, mask_first=4),
    )
    for dataset in (train, validation):
        dataset.handshake(module.net)
        module.net.handshake(dataset)
    best = pl.callbacks.ModelCheckpoint(monitor="val_loss", filename="{epoch:04d}_{step}_{ESR:.3e}_{MSE:.3e}")
    trainer = pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        devices=1,
        default_root_dir=folder,
        callbacks=[best, pl.callbacks.EarlyStopping(monitor="ESR", patience=5)],
        enable_progress_bar=False,
        log_every_n_steps=1,
    )
    trainer.fit(module, DataLoader(train, batch_size=4, shuffle=True), DataLoader(validation))
    assert Path(best.best_model_path).parent == folder / "lightning_logs" / "version_0" / "checkpoints"
    assert "ESR=" in Path(best.best_model_path).name
    assert {"val_loss", "ESR", "MSE"} <= set(trainer.callback_metrics)

    again = Emphasised.load_from_checkpoint(
        best.best_model_path, net=WaveNet.init_from_config({"layers_configs": [layers], "head_scale": 0.02})
    )
    again.cpu()
    again.eval()
    assert again.net.sample_rate == info.rate
    metadata = UserMetadata(name=timestamp(), gear_type=GearType.AMP, input_level_dbu=12.0)
    again.net.export(folder, basename="by_hand", user_metadata=metadata, other_metadata={"training": {"by": "hand"}})
    with torch.no_grad():
        assert again.net(x[:1000]).shape == again(x[:1000]).shape == (1000,)
        assert again.net(x[None, :1000], pad_start=False).shape == (1, 1000 - net.receptive_field + 1)

    config = {"net": {"name": "Linear", "config": {"receptive_field": 8}}, "optimizer": {"lr": 0.01}}
    linear = LightningModule.init_from_config({**config, "lr_scheduler": None, "loss": {"val_loss": "mse"}})
    assert isinstance(linear.configure_optimizers(), torch.optim.Adam)
    assert isinstance(linear.net, Linear)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
