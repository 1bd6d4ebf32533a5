"""The page on the conformance kit lists every law in its own words, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import nam_devkit
from nam_devkit import laws_accelerator
from nam_devkit.conformance import BASES, COMPONENT_LAWS
from nam_devkit.law import sentence
from nam_devkit.laws_plugin import LAWS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
EVERY = {law for laws in (LAWS, laws_accelerator.LAWS, *COMPONENT_LAWS.values()) for law in laws}


def test_the_page_lists_every_law_and_no_other() -> None:
    listed = dict(re.findall(r"^\| `(test_\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
    assert {name: said.replace("`", "'") for name, said in listed.items()} == {
        f"test_{law.__name__}": sentence(law) for law in EVERY
    }


def test_the_page_lists_every_class() -> None:
    for name in nam_devkit.__all__:
        assert f"| `{name}` |" in PAGE
        assert getattr(nam_devkit, name).__name__ == name


@pytest.mark.parametrize("kind", BASES)
def test_a_class_has_a_method_with_the_sentence_of_each_law(kind: str) -> None:
    methods = {n: m.__doc__ for n, m in vars(BASES[kind]).items() if n.startswith("test_")}
    assert methods == {f"test_{law.__name__}": law.__doc__ for law in COMPONENT_LAWS[kind]}
