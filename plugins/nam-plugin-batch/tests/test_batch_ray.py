"""Claims about a batch on a Ray cluster: a local one of two workers, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from batch_session import NAMES, Session, record

from nam_kernel.errors import UserError
from nam_plugin_batch import cluster
from nam_plugin_batch.cluster import Cluster
from nam_plugin_batch.copies import exchange, reading
from nam_plugin_batch.job import Job

EPOCHS = 120

_CLUSTER = """
import sys
import ray
ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100_000_000, _temp_dir=sys.argv[1])
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed: pip install nam-plugin-batch[ray]"
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a cluster of two workers."""
    variables = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled", "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **variables}
    # The names of its sockets are in this folder, and may not be long.
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-P", "-c", _CLUSTER, folder]
        log = (Path(folder) / "log").open("w")
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
        )
        with log, process:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
            process.communicate()


def kill_worker(worker: int) -> None:
    """Kill a training, and the worker of the cluster that watches over it, as when their computer is lost."""
    parent = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])
    assert "ray::" in Path(f"/proc/{parent}/cmdline").read_text()
    for process in (parent, worker):
        os.kill(process, signal.SIGKILL)


@needs_ray
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the worker in /proc")
def test_good_good_broken_interrupted_and_already_done_on_a_cluster_that_loses_a_worker(
    tmp_path: Path, address: str
) -> None:
    session = Session(tmp_path, EPOCHS)
    (tmp_path / "broken.wav").write_bytes(b"this is no audio")
    session.train("ready")
    before = (session.out / "ready.nam").stat()
    session.interrupt("cut")

    with session.start(*NAMES, more=("--ray", address)) as process:
        session.wait_for("good", process)
        kill_worker(json.loads((session.out / "good" / "batch.json").read_text())["process"]["id"])
        out, told = process.communicate(timeout=240)
    assert process.returncode == 2, told
    assert {name: row["state"] for name, row in session.rows().items()} == {
        "good": "done",
        "fine": "done",
        "broken": "wrong input",
        "cut": "done",
        "ready": "skipped",
    }
    assert "good: its worker was lost" in told
    assert "broken.wav cannot be read as audio" in out
    assert (session.out / "ready.nam").stat() == before
    for name in ("good", "fine", "cut"):
        # Each went on where its last checkpoint was, instead of beginning again.
        epochs = session.epochs(name)
        assert epochs.count(1) == 1
        assert sorted(set(epochs)) == list(range(1, EPOCHS + 1))
        assert (session.out / f"{name}.nam").is_file()
        # The configs name the recordings themselves, and not the copies of a computer of the cluster.
        data = json.loads((session.out / name / "config_data.json").read_text())
        assert data["common"]["x_path"] == str(tmp_path / "di.wav")


@needs_ray
@pytest.mark.slow
def test_ctrl_c_cancels_all_and_keeps_the_best_models(tmp_path: Path, address: str) -> None:
    session = Session(tmp_path, epochs=100_000)
    with session.start("good", "fine", "cut", more=("--ray", address)) as process:
        for name in ("good", "fine"):
            session.wait_for(name, process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert {name: row["state"] for name, row in session.rows().items()} == {
        "good": "interrupted",
        "fine": "interrupted",
        "cut": "waiting",
    }
    for name in ("good", "fine"):
        assert json.loads((session.out / f"{name}.nam").read_text())["architecture"] == "WaveNet"
        worker = json.loads((session.out / name / "batch.json").read_text())["process"]["id"]
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


class Store:
    """An object store that counts."""

    def __init__(self) -> None:
        self.objects: list[Any] = []

    def put(self, content: Any) -> int:
        self.objects.append(content)
        return len(self.objects) - 1


def test_a_di_that_rows_share_is_put_into_the_object_store_once(tmp_path: Path) -> None:
    names = [f"amp{number}" for number in range(20)]
    di = record(tmp_path, *names, seconds=1.0)
    place, store = Cluster("auto"), Store()
    place._ray = store
    arguments: list[Any] = []
    place._remote = SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda *given: arguments.append(given)))
    for name in names:
        job = Job(name=name, folder=tmp_path / name, x_path=di, y_path=tmp_path / f"{name}.wav", model={}, learning={})
        place.start(job)
    assert len(store.objects) == 1 + len(names)
    assert {given[2] for given in arguments} == {0}
    assert store.objects[0].tobytes() == di.read_bytes()


def test_a_computer_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    job = Job(name="a", folder=tmp_path / "gone" / "a", model={}, learning={})
    assert "does not see" in cluster._train(job, [])
    assert not (tmp_path / "gone").exists()


def test_a_training_reads_copies_while_its_configs_name_the_originals(tmp_path: Path) -> None:
    here = cluster._copy(np.frombuffer(b"abc", np.uint8), tmp_path / "0" / "di.wav")
    assert here.read_bytes() == b"abc"
    document = {"train": [{"ny": 3}], "common": {"x_path": "/session/di.wav", "y_path": "/session/amp.wav"}}
    with reading({"/session/di.wav": here}):
        exchange(document)
    assert document["common"] == {"x_path": str(here), "y_path": "/session/amp.wav"}
    exchange(document)
    assert document["common"]["y_path"] == "/session/amp.wav"


def test_without_ray_or_without_a_cluster_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'nam-plugin-batch\[ray\]'"):
        Cluster("auto").__enter__()

    def init(**_: object) -> None:
        raise ConnectionError("nobody there\nmore")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init))
    with pytest.raises(UserError, match=r"--ray auto: no cluster answers \(nobody there\); 'ray start --head'"):
        Cluster("auto").__enter__()


def test_a_cluster_that_has_no_room_for_a_row_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": 4.0}}, {"Alive": False, "Resources": {"CPU": 4.0, "GPU": 1.0}}]
    small = SimpleNamespace(
        init=lambda **_: None,
        nodes=lambda: nodes,
        remote=lambda function: function,
        shutdown=lambda: None,
        cluster_resources=lambda: {"CPU": 4.0},
    )
    monkeypatch.setitem(sys.modules, "ray", small)
    with Cluster("auto", cpus=2.0) as place:
        assert capsys.readouterr().err == ""
        # Two rows at a time, and as many more that are ready to begin.
        assert [place.has_room(running) for running in (3, 4)] == [True, False]
    with Cluster("auto", cpus=1.0, gpus=0.5):
        assert "No computer of the cluster has 1 CPUs and 0.5 GPUs" in capsys.readouterr().err
