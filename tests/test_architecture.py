"""ARCHITECTURE.md tells the truth about the tree; files keep to their size."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("module_map", ROOT / "tools" / "module_map.py")
assert SPEC
assert SPEC.loader
MAP = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MAP)


def test_module_map_is_true() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert MAP.current(text) == MAP.module_map().strip(), "run: python tools/module_map.py --write"


def test_every_layer_is_mapped() -> None:
    folders = {p.name for p in (ROOT / "k2meta").iterdir() if (p / "__init__.py").exists()}
    assert folders == set(MAP.LAYERS)


@pytest.mark.parametrize("path", sorted((ROOT / "k2meta").rglob("*.py")), ids=lambda p: p.stem)
def test_modules_are_described_and_of_a_readable_size(path: Path) -> None:
    assert MAP.first_line(path), "a module begins with a docstring"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_files_named_in_the_architecture_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split(MAP.START)[0]
    for name in re.findall(r"`((?:[a-z0-9_]+/)+[a-z0-9_]+\.(?:py|R|json))`", text):
        assert (ROOT / name).exists() or (ROOT / "k2meta" / name).exists(), name
