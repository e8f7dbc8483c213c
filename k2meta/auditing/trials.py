"""The trials' own printed numbers: effects against counts, chi-squared against P, P against dispersions.

A dispersion printed without a label may be a standard deviation or a standard error. The P value
printed beside it tells which: read as the wrong one it is off by orders of magnitude.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from k2meta.auditing.bounds import Bounds, overlap
from k2meta.auditing.comparison import compare_number, natural_triple
from k2meta.auditing.digits import PrintedNumber, PrintedP, parse_number, parse_p
from k2meta.auditing.verdicts import AuditRow
from k2meta.auditing.words import Words
from k2meta.kernels.distributions import chi2_sf, t_two_sided
from k2meta.models.univariate import meta_analysis
from k2meta.studies.datasets import load_dataset
from k2meta.studies.door import effect_sizes
from k2meta.tables.numbers import format_significant

__all__ = ["check_counts", "check_dispersions", "check_statistics", "check_trials", "t_test_bounds"]

COUNTS = ("events1", "n1", "events2", "n2")
READINGS = ("SD", "SE")
_PLAIN_P = re.compile(r"[<>=]?\s*\d?\.\d+(\s*\((?!within)[^)]*\))?")
_CHI2 = re.compile(r"chi2\s*=\s*([\d.]+)")
MAX_DF = 20
NEAR = 1.2  # another test than Student's (Welch, rank sum) moves P by about so much


def _known(row: dict[str, Any], *names: str) -> bool:
    return all(isinstance(row[name], int | float) and not math.isnan(row[name]) for name in names)


def _records(name: str) -> list[dict[str, Any]]:
    frame = load_dataset(name)
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def check_counts(lang: str = "en") -> Iterator[AuditRow]:
    """Compare printed effects of trials with those of their own counts, as risk ratio and odds ratio."""
    for row in _records("k2_fractures"):
        if not _known(row, *COUNTS, "estimate_printed"):
            continue
        printed = {
            "estimate": parse_number(row["estimate_printed"]),
            "ci_low": parse_number(row["ci_low_printed"]),
            "ci_high": parse_number(row["ci_high_printed"]),
        }
        decimals = max(number.decimals for number in printed.values() if number is not None)
        for measure in ("RR", "OR"):
            data: dict[str, Any] = {name: [row[name]] for name in COUNTS}
            fit = meta_analysis(effect_sizes(data, measure), model="common")
            labels = (row["study"], row["outcome"], row["comparison"])
            convention = Words(lang)("from counts", measure=measure)
            for quantity, value in natural_triple(fit).items():
                number = printed[quantity]
                if number is not None:
                    yield compare_number(labels, quantity, number.widened(decimals), value, convention, lang)


def _chi2_of_counts(row: dict[str, Any]) -> float:
    """Pearson's chi-squared of a 2 x 2 table, without continuity correction."""
    a, c = float(row["events1"]), float(row["events2"])
    b, d = row["n1"] - a, row["n2"] - c
    n = a + b + c + d
    return float(n * (a * d - b * c) ** 2 / ((a + b) * (c + d) * (a + c) * (b + d)))


def check_statistics(lang: str = "en") -> Iterator[AuditRow]:
    """Compare chi-squared statistics with the P value beside them and with the trial's counts."""
    words = Words(lang)
    for row in _records("k2_fractures"):
        found = _CHI2.search(row["statistic_printed"])
        p = parse_p(row["p_printed"]) if row["p_printed"] else None
        chi2 = parse_number(found[1]) if found is not None else None
        if chi2 is None or p is None:
            continue
        labels = (row["study"], row["outcome"], row["comparison"])
        yield _p_of_chi2(labels, p, chi2, words)
        if _known(row, *COUNTS):
            convention = words("from counts", measure="χ²")
            yield compare_number(labels, "chi2", chi2, _chi2_of_counts(row), convention, lang)


def _p_of_chi2(labels: tuple[str, str, str], p: PrintedP, chi2: PrintedNumber, words: Words) -> AuditRow:
    """Ask which degrees of freedom give the P value: a 2 x 2 table has one."""
    allowed = {
        df: (float(chi2_sf(chi2.high, df)), float(chi2_sf(chi2.low, df))) for df in range(1, MAX_DF + 1)
    }
    fitting = [df for df, bounds in allowed.items() if overlap((p.low, p.high), bounds)]
    convention = words("from chi2", chi2=chi2.text)
    if 1 in fitting:
        return AuditRow(*labels, "p", p.text, *allowed[1], convention, "consistent")
    note = words("no df")
    if fitting:
        first, last = fitting[0], fitting[-1]
        note = words("other df", df=first if first == last else words("to", low=first, high=last))
    return AuditRow(*labels, "p", p.text, *allowed[1], convention, "contradicted", note)


def t_test_bounds(
    means: tuple[PrintedNumber, PrintedNumber],
    dispersions: tuple[PrintedNumber, PrintedNumber],
    sizes: tuple[float, float],
    reading: str,
) -> Bounds:
    """Range of the two-sided P value of Student's t test over all values that round to the print.

    Parameters
    ----------
    means, dispersions : pair of PrintedNumber
    sizes : pair of float
        Arm sizes.
    reading : {"SD", "SE"}
        What the dispersions are.

    Notes
    -----
    ``t = (m1 - m2) / (s sqrt(1/n1 + 1/n2))`` with the pooled SD ``s`` on ``n1 + n2 - 2`` degrees of freedom.
    P falls with the difference and rises with each dispersion, so that two corners bound it.
    """
    n1, n2 = sizes
    df = n1 + n2 - 2.0

    def p(difference: float, first: float, second: float) -> float:
        s1, s2 = (first, second) if reading == "SD" else (first * math.sqrt(n1), second * math.sqrt(n2))
        pooled = math.sqrt(((n1 - 1.0) * s1**2 + (n2 - 1.0) * s2**2) / df)
        return float(t_two_sided(difference / (pooled * math.sqrt(1.0 / n1 + 1.0 / n2)), df))

    low, high = means[0].low - means[1].high, means[0].high - means[1].low
    nearest = 0.0 if low < 0.0 < high else min(abs(low), abs(high))
    first, second = dispersions
    smallest = (max(first.low, 1e-300), max(second.low, 1e-300))
    return p(max(abs(low), abs(high)), *smallest), p(nearest, first.high, second.high)


def _pair(row: dict[str, Any], name: str) -> tuple[PrintedNumber, PrintedNumber] | None:
    """Read both arms' numbers with as many decimals as the longer of the two shows."""
    numbers = [parse_number(row[f"{name}{arm}"]) for arm in (1, 2)]
    first, second = numbers
    if first is None or second is None:
        return None
    decimals = max(first.decimals, second.decimals)
    return first.widened(decimals), second.widened(decimals)


def _judge_dispersion(
    labels: tuple[str, str, str],
    p: PrintedP,
    ranges: dict[str, Bounds],
    reading: str,
    assumed: bool,
    words: Words,
) -> AuditRow:
    """Judge the P value under the reading that the data set gives, and show what the other would give.

    The trial's own test is not known and arm sizes may be assumed: a P value that is missed closely, or with
    assumed sizes, is no contradiction.
    """
    printed = (p.low, p.high)
    other = READINGS[1 - READINGS.index(reading)]
    low, high = (format_significant(value, 2) for value in ranges[other])
    span = low if low == high else words("to", low=low, high=high)
    fits = overlap(printed, ranges[reading])
    both = fits and overlap(printed, ranges[other])
    note = words("both readings") if both else words("other reading", reading=other, span=span)
    near = overlap((p.low / NEAR, p.high * NEAR), ranges[reading])
    verdict = "consistent" if fits else "not checkable" if near or assumed else "contradicted"
    if not fits and near:
        note = words.joined(words("near"), note)
    if assumed:
        note = words.joined(note, words("sizes assumed"))
    convention = words("from dispersion", reading=reading)
    return AuditRow(*labels, "p", p.text, *ranges[reading], convention, verdict, note)


def check_dispersions(lang: str = "en") -> Iterator[AuditRow]:
    """Ask of means with dispersions whether SD or SE gives the P value printed beside them."""
    words = Words(lang)
    for name, outcome in (("k2_bmd", "site_group"), ("k2_biomarkers", "marker")):
        for row in _records(name):
            means, dispersions = _pair(row, "mean"), _pair(row, "dispersion")
            readable = _PLAIN_P.fullmatch(row["p_printed"]) is not None
            p = parse_p(row["p_printed"]) if readable else None
            if means is None or dispersions is None or p is None or not _known(row, "n1_used", "n2_used"):
                continue
            if str(row["dispersion_type"]).upper() not in READINGS:
                continue
            sizes = (float(row["n1_used"]), float(row["n2_used"]))
            ranges = {reading: t_test_bounds(means, dispersions, sizes, reading) for reading in READINGS}
            labels = (row["study"], str(row[outcome]), words("months", months=f"{row['months']:g}"))
            assumed = row["n_used_basis"] == "assumed_equal_split"
            reading = str(row["dispersion_type"]).upper()
            yield _judge_dispersion(labels, p, ranges, reading, assumed, words)


def check_trials(lang: str = "en") -> list[AuditRow]:
    """Check everything that the bundled trials print about themselves."""
    return [*check_counts(lang), *check_statistics(lang), *check_dispersions(lang)]
