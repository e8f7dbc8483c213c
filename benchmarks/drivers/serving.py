"""The loop that every Python driver runs: one request a line in, one answer a line out.

A driver lives in the environment of its package and imports nothing but it; only JSON crosses the
border. Drivers stay alive during a workload, so that packages can take turns call by call.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

# A call returns the number that shows that the packages did the same work (tau2 or an estimate).
Call = Callable[[], float]


def read_bcg(folder: str) -> tuple[list[float], list[float]]:
    data = json.loads(Path(folder, "bcg.json").read_text())
    return data["yi"], data["vi"]


def time_calls(call: Call, seconds: float) -> dict[str, float]:
    """Median time of one call, over blocks that together take about ``seconds``."""
    answer = call()
    start = time.perf_counter()
    call()
    once = time.perf_counter() - start
    block = max(1, int(seconds / 10 / max(once, 1e-9)))
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(block):
            call()
        times.append((time.perf_counter() - start) / block)
    return {"seconds": sorted(times)[len(times) // 2], "answer": float(answer)}


def time_once(call: Call) -> dict[str, float]:
    start = time.perf_counter()
    answer = call()
    return {"seconds": time.perf_counter() - start, "answer": float(answer)}


def peak_mib() -> float:
    """Largest memory this process has held (``ru_maxrss`` is in KiB on Linux, in bytes on macOS)."""
    unit = 1024.0 if sys.platform == "darwin" else 1.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit / 1024.0


def serve(calls: dict[str, Call], version: str) -> None:
    """Answer requests until standard input closes."""
    print(json.dumps({"version": version, "workloads": sorted(calls)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        call = calls[request["workload"]]
        try:
            found = time_calls(call, request["seconds"]) if request["seconds"] else time_once(call)
        except Exception as error:  # a peer that fails at one workload can still do the others
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found | {"peak_mib": peak_mib()}), flush=True)


class Batch:
    """The stack of outcomes, shape (n, k), read when first used; or its first ``rows`` outcomes."""

    def __init__(self, folder: str, rows: int | None = None) -> None:
        self.folder, self.rows = folder, rows
        self._arrays = None

    def arrays(self):
        import numpy as np

        if self._arrays is None:
            paths = [Path(self.folder, f"{name}.npy") for name in ("batch_yi", "batch_vi")]
            self._arrays = [np.array(np.load(path, mmap_mode="r")[: self.rows]) for path in paths]
        return self._arrays
