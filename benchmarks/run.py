"""Time k2meta and its peers side by side: ``make bench``.

The packages take turns within each round, so that a machine that slows down slows all of them; the
ratio of a package to k2meta is taken in each round, and the median of the rounds is reported.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packages import PACKAGES, Driver, NotAvailable, Package, cold_command, executable
from report import write_report
from workloads import OUTCOMES, WORKLOADS, Workload, write_data

HERE = Path(__file__).parent
BENCH = HERE.parent / ".bench"
DATA = BENCH / "data"

# one dictionary for each round: package -> seconds
Rounds = list[dict[str, float]]


def available() -> tuple[dict[Package, str], dict[str, str]]:
    """Programs by package, and why the others take no part."""
    programs: dict[Package, str] = {}
    missing: dict[str, str] = {}
    for package in PACKAGES:
        try:
            programs[package] = executable(package, BENCH)
            Driver(package, programs[package], DATA).close()
        except NotAvailable as reason:
            programs.pop(package, None)
            missing[package.name] = str(reason)
            print(f"{package.name} takes no part: {reason}", flush=True)
    return programs, missing


@contextmanager
def going_on(name: str, workload: Workload) -> Iterator[None]:
    """Say that a peer failed at a workload, and go on without it; k2meta must not fail."""
    try:
        yield
    except (NotAvailable, subprocess.CalledProcessError) as reason:
        if name == "k2meta":
            raise
        print(f"{name} could not do {workload.title!r}: {reason}", flush=True)


def run_calls(workload: Workload, drivers: list[Driver]) -> tuple[Rounds, dict[str, dict]]:
    """Time calls in living processes, the packages in turn."""
    rounds: Rounds = []
    notes: dict[str, dict] = {}
    for _ in range(workload.rounds):
        seconds = {}
        for driver in drivers:
            if workload.code not in driver.workloads:
                continue
            with going_on(driver.package.name, workload):
                found = driver.ask(workload.code, workload.seconds)
                seconds[driver.package.name] = found["seconds"]
                notes[driver.package.name] = {"answer": found["answer"]}
        rounds.append(seconds)
    return rounds, notes


def run_batch(workload: Workload, programs: dict[Package, str]) -> tuple[Rounds, dict[str, dict]]:
    """Time the stack in a new process for each package, whose peak memory is that of this workload."""
    drivers = [Driver(package, program, DATA) for package, program in programs.items()]
    able = [driver for driver in drivers if workload.code in driver.workloads]
    rounds: Rounds = [{} for _ in range(workload.rounds)]
    notes: dict[str, dict] = {}
    counts = {driver: int(driver.ask("batch_load", 0)["answer"]) for driver in able}
    for seconds in rounds:
        for driver, count in counts.items():
            with going_on(driver.package.name, workload):
                found = driver.ask(workload.code, 0)
                seconds[driver.package.name] = found["seconds"] * OUTCOMES / count
                if count == OUTCOMES:
                    notes[driver.package.name] = {"answer": found["answer"], "peak_mib": found["peak_mib"]}
                else:
                    notes[driver.package.name] = {"extrapolated_from": count}
    for driver in drivers:
        driver.close()
    return rounds, notes


def run_cold(
    workload: Workload, programs: dict[Package, str], yi: list[float], vi: list[float]
) -> tuple[Rounds, dict[str, dict]]:
    """Wall time of new processes, the interpreter's own start included; the first round only fills caches."""
    commands: dict[str, list[str]] = {}
    for package, program in programs.items():
        code = package.import_code
        if workload.code == "first_fit":
            if not package.first_fit:
                continue
            code = f"{code}; {package.first_fit}"
        commands[package.name] = cold_command(package, program, code, yi, vi)
    if workload.code == "import":
        commands["python itself"] = [sys.executable, "-c", "pass"]
    rounds: Rounds = []
    for _ in range(workload.rounds + 1):
        seconds = {}
        for name, command in commands.items():
            with going_on(name, workload):
                start = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, cwd=DATA)
                seconds[name] = time.perf_counter() - start
        rounds.append(seconds)
    return rounds[1:], {}


def summarise(workload: Workload, rounds: Rounds, notes: dict[str, dict]) -> dict:
    """Medians over the rounds, and ratios to k2meta within each round."""
    packages = {}
    for name in rounds[0]:
        if not all(name in one for one in rounds):
            continue
        seconds = [one[name] for one in rounds]
        ratios = [one[name] / one["k2meta"] for one in rounds]
        packages[name] = {
            "seconds": statistics.median(seconds),
            "lowest": min(seconds),
            "highest": max(seconds),
            "ratio": statistics.median(ratios),
            "lowest_ratio": min(ratios),
            "highest_ratio": max(ratios),
            **notes.get(name, {}),
        }
    return {
        "code": workload.code,
        "title": workload.title,
        "rounds": len(rounds),
        "promise": workload.promise,
        "packages": packages,
    }


def main() -> None:
    started = time.time()
    load_before = os.getloadavg()
    yi, vi = write_data(DATA)
    programs, missing = available()
    drivers = [Driver(package, program, DATA) for package, program in programs.items()]
    results = []
    for workload in WORKLOADS:
        print(f"{workload.title} ...", flush=True)
        if workload.kind == "calls":
            rounds, notes = run_calls(workload, drivers)
        elif workload.kind == "batch":
            rounds, notes = run_batch(workload, programs)
        else:
            rounds, notes = run_cold(workload, programs, yi, vi)
        results.append(summarise(workload, rounds, notes))
    for driver in drivers:
        driver.close()
    machine = {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": [round(load, 2) for load in load_before],
        "load_after": [round(load, 2) for load in os.getloadavg()],
        "minutes": round((time.time() - started) / 60, 1),
    }
    versions = {driver.package.name: driver.version for driver in drivers}
    print()
    print(write_report(HERE, machine, versions, missing, results))


if __name__ == "__main__":
    main()
