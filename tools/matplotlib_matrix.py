#!/usr/bin/env python3
"""Run the tests of the figures on the oldest and the newest matplotlib that the package promises.

Each version gets a virtual environment of its own (a minute or two each, most of it downloads)::

    python tools/matplotlib_matrix.py                        # both
    python tools/matplotlib_matrix.py --only oldest          # one
    python tools/matplotlib_matrix.py -- tests/figures/test_forest.py -k zh   # pytest arguments

The oldest is read from ``setup.cfg``. Ends with 1 when a test fails on either.
"""

from __future__ import annotations

import argparse
import configparser
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ["tests/figures"]


def oldest() -> str:
    """Return the requirement of the oldest matplotlib, such as ``matplotlib==3.8.4``."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    found = re.search(r"^matplotlib>=(\S+)$", settings["options"]["install_requires"], re.MULTILINE)
    if found is None:
        raise SystemExit("setup.cfg - install_requires names no lowest matplotlib (matplotlib>=...)")
    return f"matplotlib=={found.group(1)}"


def python_of(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def run(requirement: str, folder: Path, tests: list[str]) -> int:
    """Make an environment with one matplotlib and run the tests there; returns pytest's exit code."""
    print(f"== {requirement} in {folder}", flush=True)
    venv.create(folder, with_pip=True, clear=False)
    python = str(python_of(folder))
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--editable", f"{ROOT}[dev]", requirement], check=True)
    said = "import matplotlib, numpy; print('matplotlib', matplotlib.__version__, 'numpy', numpy.__version__)"
    subprocess.run([python, "-c", said], check=True)
    # an old matplotlib calls what its own dependencies have since deprecated; the newest must not
    lenient = ["-W", "default::DeprecationWarning"] if "==" in requirement else []
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *lenient, *tests]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("oldest", "newest"), help="one of the two versions")
    parser.add_argument(
        "--folder", type=Path, help="keep the environments here; a temporary folder otherwise"
    )
    parser.add_argument("tests", nargs="*", default=TESTS, help="arguments for pytest")
    options = parser.parse_args()
    wanted = {"oldest": oldest(), "newest": "matplotlib"}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        codes = {
            name: run(requirement, folder / name, options.tests)
            for name, requirement in wanted.items()
            if options.only in (None, name)
        }
    for name, code in codes.items():
        print(f"{name}: {'passed' if code == 0 else f'failed (pytest ended with {code})'}")
    return int(any(codes.values()))


if __name__ == "__main__":
    raise SystemExit(main())
