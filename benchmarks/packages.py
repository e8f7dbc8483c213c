"""The packages that are compared: where each is installed, and how it is spoken to."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DRIVERS = HERE / "drivers"


@dataclass(frozen=True)
class Package:
    """One package: its driver, and the code of a cold start (``{yi}`` and ``{vi}`` are lists of numbers).

    ``requirement`` is what pip installs into an environment of its own; empty for what runs in ours.
    """

    name: str
    driver: str
    requirement: str
    import_code: str
    first_fit: str = ""

    @property
    def uses_r(self) -> bool:
        return self.driver.endswith(".R")


PACKAGES = (
    Package(
        "k2meta", "drive_k2meta.py", "", "import k2meta", "k2meta.meta_analysis(yi={yi}, vi={vi}, test='z')"
    ),
    Package("pimeta", "drive_pimeta.py", "pimeta", "import pimeta", "pimeta.rma({yi}, {vi}, method='REML')"),
    Package(
        "PyMetaAnalysis",
        "drive_pymetaanalysis.py",
        "pymetaanalysis",
        "import meta_analyze",
        "meta_analyze.meta_analysis(effect={yi}, variance={vi}, model='random', tau2_method='REML')",
    ),
    Package(
        "PyMARE",
        "drive_pymare.py",
        "pymare",
        "import pymare",
        "import numpy as np; from pymare.estimators import VarianceBasedLikelihoodEstimator as E; "
        "E(method='reml').fit(y=np.array({yi})[:, None], v=np.array({vi})[:, None], X=np.ones(({k}, 1)))",
    ),
    Package(
        "statsmodels",
        "drive_statsmodels.py",
        "",
        "from statsmodels.stats.meta_analysis import combine_effects",
    ),
    Package(
        "metafor",
        "drive_metafor.R",
        "",
        "suppressPackageStartupMessages(library(metafor))",
        "invisible(rma(c({yi_plain}), c({vi_plain})))",
    ),
)


class NotAvailable(Exception):  # noqa: N818 - a reason to go on without the package, no error
    """Why a package takes no part, or not in one workload."""


def executable(package: Package, folder: Path) -> str:
    """The interpreter with the package in it, installed first where that is needed."""
    if package.uses_r:
        return _r_with(package.name)
    if not package.requirement:
        return sys.executable
    home = folder / package.name.lower()
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (home / ".installed").exists():
        print(f"installing {package.name} into {home.parent.name}/{home.name} ...", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                package.requirement,
            ]
        )
        (home / ".installed").touch()
    return str(python)


def _r_with(name: str) -> str:
    rscript = shutil.which("Rscript")
    if rscript is None:
        raise NotAvailable("no Rscript on this machine")
    try:
        _run([rscript, "-e", f"library({name})"])
    except NotAvailable:
        raise NotAvailable(f"R has no package {name}") from None
    return rscript


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        raise NotAvailable(lines[-1])


class Driver:
    """A running driver; requests are answered one at a time."""

    def __init__(self, package: Package, program: str, data: Path) -> None:
        self.package = package
        command = [program, str(DRIVERS / package.driver), str(data)]
        # into a file: a pipe that nobody reads would block a peer that warns
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=data,
        )
        hello = self._read()
        self.version: str = hello["version"]
        self.workloads = frozenset(hello["workloads"])

    def ask(self, workload: str, seconds: float) -> dict[str, float]:
        """Time a workload for about ``seconds``, or run it once when that is 0."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"workload": workload, "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            said = self._errors.read().strip().splitlines() or ["it stopped without a word"]
            raise NotAvailable(said[-1])
        answer = json.loads(line)
        if "error" in answer:
            raise NotAvailable(answer["error"])
        return answer

    def close(self) -> None:
        self._process.communicate()
        self._errors.close()


def cold_command(package: Package, program: str, code: str, yi: list[float], vi: list[float]) -> list[str]:
    """The command of a new process that runs ``code``."""
    plain = {f"{name}_plain": ", ".join(map(str, values)) for name, values in (("yi", yi), ("vi", vi))}
    return [program, "-e" if package.uses_r else "-c", code.format(yi=yi, vi=vi, k=len(yi), **plain)]
