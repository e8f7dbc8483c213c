"""What is timed, on which data, and what the project promises about it."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

OUTCOMES, STUDIES = 100_000, 20


@dataclass(frozen=True)
class Workload:
    """``seconds`` of timing in each round (0: one call); ``kind`` is "calls", "batch" or "cold"."""

    code: str
    title: str
    kind: str
    rounds: int
    seconds: float = 0.0
    promise: float | None = None  # seconds, from the project's own requirements


WORKLOADS = (
    Workload("reml_z", "one REML fit, k = 13, Wald", "calls", 7, 0.3, 0.4e-3),
    Workload("reml_kh", "one REML fit, k = 13, Knapp-Hartung", "calls", 7, 0.3, 0.4e-3),
    Workload("pm_z", "one Paule-Mandel fit, k = 13", "calls", 7, 0.3),
    Workload("leave_one_out", "leave-one-out, REML, k = 13", "calls", 7, 0.4, 1e-3),
    Workload("batch_DL", f"{OUTCOMES:,} x {STUDIES}, DL", "batch", 3, promise=0.10),
    Workload("batch_REML", f"{OUTCOMES:,} x {STUDIES}, REML", "batch", 3, promise=1.0),
    Workload("import", "cold process: import", "cold", 5, promise=0.15),
    Workload("first_fit", "cold process: first REML result", "cold", 5, promise=0.7),
)
MEMORY_PROMISE_MIB = 1024.0


def write_data(folder: Path) -> tuple[list[float], list[float]]:
    """Write the data that all drivers read; returns log risk ratios and variances of the BCG trials."""
    import k2meta as k2

    folder.mkdir(parents=True, exist_ok=True)
    effects = k2.effect_sizes(
        k2.load_dataset("bcg"), "RR", events1="events1", n1="n1", events2="events2", n2="n2"
    )
    yi, vi = effects.yi.tolist(), effects.vi.tolist()
    (folder / "bcg.json").write_text(json.dumps({"yi": yi, "vi": vi}))
    _write_rows(folder / "bcg.csv", [["yi", "vi"], *zip(yi, vi, strict=True)])

    rng = np.random.default_rng(20261123)
    shape = (OUTCOMES, STUDIES)
    variances = rng.uniform(0.01, 0.2, shape)
    tau2 = rng.choice([0.0, 0.01, 0.05, 0.2], (OUTCOMES, 1))
    outcomes = 0.3 + rng.normal(size=shape) * np.sqrt(variances + tau2)
    np.save(folder / "batch_yi.npy", outcomes)
    np.save(folder / "batch_vi.npy", variances)
    _write_rows(folder / "batch_head.csv", np.hstack([outcomes[:60], variances[:60]]).tolist())
    return yi, vi


def _write_rows(path: Path, rows: list) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
