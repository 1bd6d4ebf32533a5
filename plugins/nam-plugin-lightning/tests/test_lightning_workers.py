"""Workers of data loaders: they may start afresh, they are told apart from what they serve, and none starts over."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from lightning_parts import Filtered, fit

from nam_kernel import plugins
from nam_kernel.errors import PluginError
from nam_plugin_lightning.items import Failure, Served, owner
from nam_plugin_lightning.spawning import sending_error, start_method, unguarded_script

STARTED_AFRESH = ["spawn", "forkserver"]
BY_DEFAULT = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
HERE = Path(__file__).parent


def loader(method, workers=1):
    return {"train_dataloader": {"batch_size": 4, "num_workers": workers, "multiprocessing_context": method}}


def findings(asked):
    return {finding.where: finding.text for finding in asked.engine.findings(asked.job)}


class WithLambda(Filtered):
    def __init__(self):
        super().__init__()
        self.gain = lambda x: x


class WithFile(Filtered):
    def __init__(self):
        super().__init__()
        self.file = Path(__file__).open()  # noqa: SIM115

    def teardown(self):
        self.file.close()


class WithThread(Filtered):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


@pytest.mark.parametrize("data", [WithLambda, WithFile, WithThread])
@pytest.mark.parametrize("method", STARTED_AFRESH)
def test_data_that_cannot_be_sent_to_a_worker_is_named_beforehand(training, data, method):
    made = data()
    found = findings(training(train=made, learning=loader(method)))
    made.teardown()
    assert list(found) == ["train_dataloader.num_workers"]
    assert f"the dataset {data.__name__} cannot be sent" in found["train_dataloader.num_workers"]
    assert "num_workers to 0" in found["train_dataloader.num_workers"]


@pytest.mark.parametrize("method", ["fork", None])
def test_a_worker_that_is_a_copy_needs_nothing_sent(training, method):
    if method is None and BY_DEFAULT != "fork":
        pytest.skip("workers start afresh here by default")
    assert findings(training(train=WithLambda(), learning=loader(method))) == {}


def test_data_that_cannot_be_sent_is_named_also_where_nobody_looked(training):
    with pytest.raises(PluginError, match=r"the dataset WithLambda cannot be sent to the workers.*lambda"):
        fit(training(train=WithLambda(), learning=loader("spawn")))


class WithLock(Filtered):
    def __init__(self):
        super().__init__()
        self.lock = multiprocessing.get_context("spawn").Lock()


def test_a_lock_that_only_a_new_process_may_get_is_no_hindrance():
    assert sending_error(WithLock()) is None
    assert sending_error(Filtered()) is None


@pytest.mark.parametrize(
    ("options", "method"),
    [
        ({}, None),
        ({"num_workers": 0, "multiprocessing_context": "spawn"}, None),
        ({"num_workers": 2, "multiprocessing_context": "spawn"}, "spawn"),
        ({"num_workers": 2, "multiprocessing_context": multiprocessing.get_context("forkserver")}, "forkserver"),
        (
            {"num_workers": 2},
            multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0],
        ),
    ],
)
def test_how_workers_start(options, method):
    assert start_method(options) == method


CALLS = {
    "bare": ("{call}", 7),
    "in a function": ("def main():\n    {call}\n\nmain()", 10),
    "in a block": ("with open(__file__):\n    {call}", 8),
    "below another condition": ("if found is None:\n    {call}", 8),
}
GUARDED = {
    "guarded": 'if __name__ == "__main__":\n    {call}',
    "guarded the other way round": 'if "__main__" == __name__:\n    {call}',
    "guarded by the process": "import multiprocessing\nif multiprocessing.parent_process() is None:\n    {call}",
    "guarded within": "try:\n    if __name__ == '__main__':\n        {call}\nfinally:\n    pass",
}
SCRIPT = """\
import json
import sys

from nam_plugin_lightning.spawning import unguarded_script

found = None
{body}
print(json.dumps(found and [str(found[0]), found[1]]))
"""


def run_script(folder, text, *options):
    script = folder / "script.py"
    script.write_text(text)
    search_path = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, *options, str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": search_path, "OMP_NUM_THREADS": "1"},
        timeout=120,
        check=False,
    )
    return script, done


@pytest.mark.parametrize("form", CALLS)
def test_a_script_without_a_guard_is_seen(tmp_path, form):
    body, line = CALLS[form]
    call = "found = unguarded_script()" if "main()" not in body else "global found; found = unguarded_script()"
    script, done = run_script(tmp_path, SCRIPT.format(body=body.format(call=call)))
    assert json.loads(done.stdout) == [str(script), line], done.stderr


@pytest.mark.parametrize("form", GUARDED)
def test_a_script_with_a_guard_is_welcome(tmp_path, form):
    _, done = run_script(tmp_path, SCRIPT.format(body=GUARDED[form].format(call="found = unguarded_script()")))
    assert json.loads(done.stdout) is None, done.stderr


def test_where_no_script_called_there_is_none():
    assert unguarded_script() is None


TRAINS = """\
from pathlib import Path
from lightning_parts import Filtered, fit, make_training

asked = make_training(Path({folder!r}), learning={learning!r})
for finding in asked.engine.findings(asked.job):
    print(finding)
"""


def test_the_script_and_its_line_are_told_before_a_worker_starts(tmp_path):
    script, done = run_script(tmp_path, TRAINS.format(folder=str(tmp_path), learning=loader("spawn")))
    assert f"{script} starts the training in line 5" in done.stdout, done.stderr
    assert 'if __name__ == "__main__":' in done.stdout
    assert len(done.stdout.splitlines()) == 1


EXTENSION = """
from lightning_parts import Filtered
from nam_kernel import Dataset, hookimpl


class Mine(Filtered):
    pass


@hookimpl
def nam_datasets():
    return [Dataset(name="mine", target=Mine)]
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", STARTED_AFRESH)
def test_an_extensions_data_is_served_by_workers_that_start_afresh(extension, training, method):
    extension("mine", EXTENSION)
    data = plugins.current().component("dataset", "mine")[1].target()
    plain = fit(training("plain", learning={"train_dataloader": {"batch_size": 4}}))
    asked = training("other", train=data, learning=loader(method, workers=2))
    assert findings(asked) == {}
    result = fit(asked)
    assert result.metrics == plain.metrics


class Fatal(Filtered):
    """Data whose reading ends the process that reads it."""

    def __getitem__(self, index):
        os._exit(3)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_worker_that_ends_is_not_told_as_a_lack_of_memory(training, method):
    with pytest.raises(Exception, match=r"a worker of the data loader ended .*its own message is above"):
        fit(training(train=Fatal(), learning=loader(method)))


@pytest.mark.parametrize("number", [ValueError("bad"), StopIteration(), SystemExit(0)])
def test_a_failure_takes_the_place_of_the_batch(number):
    class Bad(Filtered):
        def __getitem__(self, index):
            raise number

    failure = Served(Bad()).__getitems__([1, 2])
    assert isinstance(failure, Failure)
    assert str(failure.to_raise()).startswith(f"the dataset Bad failed at item 1: {type(number).__name__}")


def test_the_owner_of_an_item_is_found_among_nested_datasets():
    from nam_kernel.interfaces import ConcatDataset

    a, b, c = Filtered(items=2), Filtered(items=3), Filtered(items=1)
    data = ConcatDataset([a, ConcatDataset([b, c])])
    assert [owner(data, i) for i in range(6)] == [a, a, b, b, b, c]
