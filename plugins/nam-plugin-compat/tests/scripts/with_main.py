"""A script of 0.13: ``nam.train.full.main`` from JSON files, then whatever it left. Arguments: the folder, the net."""

import json
import re
import sys
from pathlib import Path

import torch

from nam.data import Split, init_dataset
from nam.train import full
from nam.train.lightning_module import LightningModule, PackedLightningModule


def best_checkpoint(outdir):
    found = {}
    for path in outdir.glob("lightning_logs/version_*/checkpoints/*.ckpt"):
        match = re.search(r"ESR=([0-9.e+-]+?)_MSE", path.name)
        if match:
            found[float(match.group(1))] = path
    return found[min(found)]


def main(folder, name):
    data, model, learning = (json.loads((folder / f"{n}.json").read_text()) for n in ("data", name, "learning"))
    outdir = folder / "out" / name
    outdir.mkdir(parents=True)
    full.main(data, model, learning, outdir, no_show=True, make_plots=True)

    document = json.loads((outdir / "model.nam").read_text())
    assert {"config_data.json", "config_model.json", "config_learning.json"} <= {p.name for p in outdir.iterdir()}
    kind = PackedLightningModule if name == "packed" else LightningModule
    module = kind.load_from_checkpoint(best_checkpoint(outdir), **kind.parse_config(model))
    module.eval()
    data["common"]["nx"] = module.net.receptive_field
    validation = init_dataset(data, Split.VALIDATION)
    with torch.no_grad():
        output = module(validation.x)
    full._plot(module, validation, savefig=outdir / "again.png", show=False, window_start=100, window_end=400)
    if name != "packed":
        assert (outdir / "comparison.png").exists()
        assert document["architecture"] == model["net"]["name"]
        assert output.shape == validation.y.shape
        assert float(full._rms(output - validation.y) / full._rms(validation.y)) ** 2 < 2
        return
    assert document["architecture"] == "SlimmableContainer"
    assert output.shape == (2, len(validation.y))
    assert {"again_packed_0.png", "again_packed_1.png"} <= {p.name for p in outdir.iterdir()}
    best = json.loads((outdir / "packed_best.json").read_text())["submodels"]
    assert [entry["submodel_name"] for entry in best] == ["small", "large"]
    assert [Path(entry["checkpoint_path"]).name for entry in best] == [f"packed_best_submodel_{i}.ckpt" for i in (0, 1)]
    paths = [entry["checkpoint_path"] for entry in best]
    module.net.export_container(outdir, basename="again", checkpoint_paths_by_submodel=paths)
    again = json.loads((outdir / "again.nam").read_text())
    weights = [[entry["model"]["weights"] for entry in d["config"]["submodels"]] for d in (document, again)]
    assert weights[0] == weights[1]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
