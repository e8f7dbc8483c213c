"""Results as one Markdown page and one JSON file."""

from __future__ import annotations

import json
from pathlib import Path

from workloads import MEMORY_PROMISE_MIB


def clock(seconds: float) -> str:
    """A time with three digits and a fitting unit."""
    for unit, size in (("min", 60.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= size * (2 if unit == "min" else 1):
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


def times(ratio: float) -> str:
    """A ratio with two digits, or as a whole number."""
    return f"{ratio:.2g}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,.0f}"


def markdown(cells: list[list[str]]) -> str:
    """A table with aligned columns; the first row is its head."""
    widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def times_table(results: list[dict], names: list[str]) -> str:
    cells = [["", *names]]
    for result in results:
        row = [result["title"]]
        for name in names:
            found = result["packages"].get(name)
            if found is None:
                row.append("-")
                continue
            mark = "*" if "extrapolated_from" in found else ""
            ratio = "" if name == "k2meta" else f" (x {times(found['ratio'])})"
            row.append(f"{clock(found['seconds'])}{mark}{ratio}")
        cells.append(row)
    return markdown(cells)


def promises_table(results: list[dict]) -> str:
    cells = [["k2meta", "promised", "median", "range over rounds", "kept"]]
    for result in results:
        ours, promise = result["packages"]["k2meta"], result["promise"]
        if promise is None:
            continue
        span = f"{clock(ours['lowest'])} to {clock(ours['highest'])}"
        kept = "yes" if ours["seconds"] <= promise else "no"
        cells.append([result["title"], clock(promise), clock(ours["seconds"]), span, kept])
    for result in results:
        peak = result["packages"]["k2meta"].get("peak_mib")
        if peak:
            kept = "yes" if peak <= MEMORY_PROMISE_MIB else "no"
            title = f"{result['title']}: peak memory"
            cells.append([title, f"{MEMORY_PROMISE_MIB:.0f} MiB", f"{peak:.0f} MiB", "", kept])
    return markdown(cells)


def agreement_lines(results: list[dict]) -> list[str]:
    """How far the packages' tau2 lie from k2meta's, so that nobody is fast by doing something else."""
    lines = []
    for result in results:
        answers = {name: found["answer"] for name, found in result["packages"].items() if "answer" in found}
        ours = answers.pop("k2meta", None)
        if ours and answers:
            told = ", ".join(f"{name} {abs(value / ours - 1):.0e}" for name, value in answers.items())
            lines.append(f"- {result['title']}: {told}")
    return lines


def write_report(
    folder: Path, machine: dict, versions: dict[str, str], missing: dict[str, str], results: list[dict]
) -> str:
    """Write results.json and results.md into the folder; returns the page."""
    extra = [name for result in results for name in result["packages"] if name not in versions]
    names = [*versions, *dict.fromkeys(extra)]
    peaks = [
        f"- {result['title']}: {name} {found['peak_mib']:.0f} MiB"
        for result in results
        for name, found in result["packages"].items()
        if found.get("peak_mib")
    ]
    sources = {
        name: found["extrapolated_from"]
        for result in results
        for name, found in result["packages"].items()
        if "extrapolated_from" in found
    }
    page = [
        "# Speed against the peers",
        "",
        "Written by `make bench`. Median time; in brackets how many times k2meta's, the median of the ratios",
        "within each round (the packages take turns, so the ratios hold on a busy machine too).",
        "",
        times_table(results, names),
        "",
        "\\* extrapolated from the first outcomes: "
        + ", ".join(f"{n} {c}" for n, c in sources.items())
        + ".",
        "A dash: the package does not offer it.",
        *(f"{name} took no part: {reason}." for name, reason in missing.items()),
        "",
        "## What the project promises",
        "",
        promises_table(results),
        "",
        "## Peak memory of the process that pools the stack (its data are 31 MiB)",
        "",
        *peaks,
        "",
        "## Relative distance of tau2 (mean tau2 for a stack) from k2meta's",
        "",
        *agreement_lines(results),
        "",
        "## Machine",
        "",
        f"{machine['processors']} processors, {machine['system']}, Python {machine['python']}; "
        f"load average {machine['load_before'][0]} before and {machine['load_after'][0]} after; "
        f"{machine['minutes']} minutes.",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
        "",
    ]
    text = "\n".join(page)
    facts = {"machine": machine, "versions": versions, "missing": missing, "results": results}
    (folder / "results.json").write_text(json.dumps(facts, indent=1) + "\n")
    (folder / "results.md").write_text(text)
    return text
