"""The built wheel holds the data: installed in an empty environment, every data set loads from anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMES = sorted(card.parent.name for card in (ROOT / "datasets").glob("*/card.toml"))

LOAD_EVERYTHING = """
import json
import k2meta as k2

rows = {}
for name in k2.list_datasets()["name"]:
    data = k2.load_dataset(name, include_retracted=True)
    assert data.attrs["card"]["name"] == name
    rows[name] = len(data)
print(json.dumps({"home": k2.__file__, "rows": rows}))
"""


def run(*command, cwd, timeout=240):
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build from a copy, so that no build folder appears in the source tree."""
    source = tmp_path_factory.mktemp("source")
    for folder in ("k2meta", "datasets"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source / file)
    target = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        target,
        source,
        cwd=target,
    )
    (built,) = target.glob("k2meta-*.whl")
    return built


@pytest.mark.wheel
def test_wheel_holds_every_data_set_and_nothing_else_of_the_tree(wheel):
    members = zipfile.ZipFile(wheel).namelist()
    for name in NAMES:
        assert f"k2meta/datasets/{name}/data.csv" in members
        assert f"k2meta/datasets/{name}/card.toml" in members
    assert "k2meta/py.typed" in members
    tops = {member.split("/")[0] for member in members}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"k2meta"}


@pytest.mark.wheel
def test_every_data_set_loads_from_the_wheel_in_an_empty_environment(wheel, tmp_path):
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    pip += ["--disable-pip-version-check"]
    run(*pip, "--no-deps", wheel, cwd=tmp_path)
    run(*pip, "numpy>=1.26", "pandas>=2.1", cwd=tmp_path)  # all that loading needs
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found = json.loads(run(python, "-c", LOAD_EVERYTHING, cwd=elsewhere))
    assert Path(found["home"]).is_relative_to(home)
    assert sorted(found["rows"]) == NAMES
    assert all(count > 0 for count in found["rows"].values())
