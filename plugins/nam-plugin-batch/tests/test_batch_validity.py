"""Claims about the configs: what no row could be trained with is told once, before anything begins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batch_session import Session, configs, one_second, write_table

from nam_kernel.errors import ConfigError
from nam_plugin_batch import batch, validity
from nam_plugin_batch.rows import Row
from nam_plugin_batch.templates import Templates, read_templates
from nam_plugin_batch.validity import require_valid


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    return read_templates(one_second(tmp_path), *configs(tmp_path), size="tiny", epochs=None)


def row(name: str, **overrides: object) -> Row:
    return Row(name, None, None, {"name": name}, {key.replace("__", "."): value for key, value in overrides.items()})


def test_a_mistake_in_the_config_of_all_rows_is_told_once(tmp_path: Path) -> None:
    session = Session(tmp_path)
    learning = session.paths[2]
    document = json.loads(learning.read_text())
    document["trainer"]["max_epoch"] = document["trainer"].pop("max_epochs")
    learning.write_text(json.dumps(document))
    with pytest.raises(ConfigError) as caught:
        batch.main(session.command("good", "fine"))
    assert str(caught.value) == "the learning config: trainer.max_epoch: unknown key; did you mean 'max_epochs'?"
    assert not session.out.exists()


def test_a_row_that_makes_a_config_wrong_is_named(templates: Templates) -> None:
    rows = [
        row("good", model__optimizer__lr=0.02),
        row("typo", model__optimizer__lrr=1),
        row("word", learning__trainer__max_epochs="many"),
        row("late", data__common__delay=3),
    ]
    with pytest.raises(ConfigError) as caught:
        require_valid(templates, rows)
    told = str(caught.value)
    assert "the row 'typo', the model config: optimizer.lrr" in told
    assert "the row 'word', the learning config: trainer.max_epochs" in told
    assert "'good'" not in told
    assert "'late'" not in told


def test_equal_configs_are_checked_once(templates: Templates, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[object] = []
    monkeypatch.setattr(validity, "check_documents", checked.append)
    require_valid(templates, [row(f"row {number}", model__optimizer__lr=number % 2 + 1) for number in range(50)])
    # Those that all rows begin with, and two others.
    assert len(checked) == 3


def test_the_recipe_is_known(tmp_path: Path) -> None:
    pytest.importorskip("nam_plugin_recipes")
    templates = read_templates(None, None, None, size="a2", epochs=3)
    assert templates.learning["recipe"] == "fast"
    require_valid(templates, [row("a", learning__seed=1)])
    session = Session(tmp_path)
    table = write_table(tmp_path / "t.csv", "name,x_path,y_path,learning.recipe", "a,di.wav,good.wav,fats")
    with pytest.raises(ConfigError, match="did you mean 'fast'"):
        batch.main([str(table), str(session.out)])
