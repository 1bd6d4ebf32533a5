"""The training by its older names: ``full.main``, ``lightning_module.LightningModule``."""
