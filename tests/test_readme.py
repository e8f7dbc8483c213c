"""What the README says can be typed, works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.S))
COMMANDS = re.findall(r"^k2meta .+$", TEXT, re.M)


def test_python_code_runs_without_a_warning(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PYTHON],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert "I2 = 92.2%" in run.stdout
    for name in ("bcg.pdf", "bcg_zh.pdf"):
        assert (tmp_path / name).read_bytes().startswith(b"%PDF")


def test_there_are_exactly_two_set_up_commands() -> None:
    section = TEXT.split("## Set up")[1].split("\n## ")[0]
    block = re.findall(r"```\n(.*?)```", section, re.S)
    assert len(block) == 1
    assert [line.split("#")[0].strip() for line in block[0].strip().splitlines()] == [
        "make demo",
        "make test",
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command: str, tmp_path: Path) -> None:
    rows = (
        "study,e1,n1,e2,n2,osteoporotic\nA,3,50,6,51,yes\nB,4,60,9,58,no\nC,1,40,3,41,yes\nD,7,80,8,79,no\n"
    )
    (tmp_path / "rows.csv").write_text(rows, encoding="utf-8")
    words = command.split()
    run = subprocess.run(
        [sys.executable, "-c", "from k2meta.cli.app import main; main()", *words[1:]],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert run.stdout.strip()


def test_files_that_it_names_exist() -> None:
    for name in re.findall(r"`((?:notebooks|benchmarks|tests|k2meta)/[\w./]+)`|\]\(([\w.]+)\)", TEXT):
        assert (ROOT / (name[0] or name[1])).exists(), name
