"""Domain checks: what each role may hold, and the fast door for ready effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from k2meta.errors import DataError
from k2meta.records import BoolArray, FloatArray, IntArray, readonly
from k2meta.studies.columns import Column, Table, column_of, read_labels, read_numbers
from k2meta.studies.effects import Effects
from k2meta.studies.problems import Problem, default_labels, raise_problems, row_name, shown

__all__ = ["checked_effects", "domain_problems", "fractional_counts", "kind_of"]


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one kind of role may hold."""

    fault: str
    broken: Callable[[FloatArray], BoolArray]
    expected: str
    remedy: str


_RULES: Mapping[str, tuple[_Rule, ...]] = {
    "count": (
        _Rule(
            "negative count",
            lambda x: x < 0,
            "0 or more",
            "Look for a sign or a code such as -9 for missing.",
        ),
    ),
    "size": (
        _Rule(
            "group without people",
            lambda x: x <= 0,
            "a size above 0",
            "Leave the study out, or correct the size.",
        ),
    ),
    "sd": (
        _Rule(
            "SD not above 0",
            lambda x: x <= 0,
            "a standard deviation above 0",
            "If it was not reported put None, or give se, a CI or quartiles to be converted.",
        ),
    ),
    "se": (
        _Rule(
            "SE not above 0", lambda x: x <= 0, "a standard error above 0", "If it was not reported put None."
        ),
    ),
    "var": (
        _Rule(
            "variance not above 0",
            lambda x: x <= 0,
            "a sampling variance above 0",
            "If it was not reported put None; a variance of 0 usually is a rounded one: give more digits.",
        ),
    ),
    "time": (
        _Rule(
            "person-time not above 0",
            lambda x: x <= 0,
            "a time at risk above 0",
            "Check the unit and the column.",
        ),
    ),
    "r": (
        _Rule(
            "correlation outside (-1, 1)",
            lambda x: np.abs(x) >= 1,
            "a correlation strictly between -1 and 1",
            "Check that it is no percentage and no Fisher's z.",
        ),
    ),
    "p": (
        _Rule(
            "p-value outside (0, 1]",
            lambda x: (x <= 0) | (x > 1),
            "a two-sided p-value above 0, at most 1",
            "For 'p < 0.001' give 0.001 and say so; a printed 0.000 means < 0.0005.",
        ),
    ),
    "number": (),
}

_KIND_BY_STEM = {
    "events": "count",
    "nonevents": "count",
    "n": "size",
    "sd": "sd",
    "se": "se",
    "var": "var",
    "time": "time",
    "r": "r",
    "p": "p",
}


def kind_of(role: str) -> str:
    """Which rule a role obeys: ``"count"``, ``"size"``, ``"sd"`` ... or ``"number"``.

    Examples
    --------
    >>> kind_of("events1"), kind_of("n"), kind_of("mean2")
    ('count', 'size', 'number')
    """
    return _KIND_BY_STEM.get(role.rstrip("12"), "number")


def domain_problems(columns: Mapping[str, Column], use: BoolArray, family: str) -> list[Problem]:
    """Check every column against its rule, and columns against each other.

    Parameters
    ----------
    columns : mapping of str to Column
    use : ndarray of bool, shape (n_rows,)
        Rows to be checked (not those the caller excluded).
    family : str
        The measure's family; correlations need n >= 4.
    """
    found = [
        _problem(f"{rule.fault} in {column.where}", column.values, broken, rule.expected, rule.remedy)
        for role, column in columns.items()
        for rule in _RULES[kind_of(role)]
        if (broken := use & rule.broken(column.values)).any()
    ]
    for arm in ("", "1", "2"):
        found += _size_problems(columns, arm, use, family)
    return found


def _size_problems(columns: Mapping[str, Column], arm: str, use: BoolArray, family: str) -> list[Problem]:
    found: list[Problem] = []
    n = columns.get(f"n{arm}")
    events = columns.get(f"events{arm}")
    if n is not None and events is not None:
        broken = use & (events.values > n.values) & (n.values > 0)
        if broken.any():
            rows = tuple(
                (int(i), f"{shown(events.values[i])} > {shown(n.values[i])}") for i in np.flatnonzero(broken)
            )
            what = f"more events than people: {events.where} > {n.where}"
            remedy = (
                "Look for swapped columns, or for events counted more than once in a person (then use a "
                "rate)."
            )
            found.append(Problem(what, rows, f"events{arm} <= n{arm}", remedy))
    if n is None:
        n = columns.get("n")  # paired designs have one n for two SDs
    if n is not None and f"sd{arm}" in columns:
        broken = use & (n.values < 2) & (n.values > 0)
        if broken.any():
            expected = "at least 2 people where a standard deviation is used"
            remedy = "One person has no standard deviation: leave the study out or correct the size."
            found.append(_problem(f"group too small in {n.where}", n.values, broken, expected, remedy))
    if n is not None and family == "correlation" and arm == "":
        broken = use & (n.values < 4) & (n.values > 0)
        if broken.any():
            expected = "at least 4 pairs for a correlation"
            remedy = "The variance of Fisher's z is 1/(n - 3): leave the study out."
            found.append(_problem(f"sample too small in {n.where}", n.values, broken, expected, remedy))
    return found


def _problem(what: str, values: FloatArray, broken: BoolArray, expected: str, remedy: str) -> Problem:
    rows = tuple((int(i), shown(values[i])) for i in np.flatnonzero(broken))
    return Problem(what, rows, expected, remedy)


def fractional_counts(columns: Mapping[str, Column], use: BoolArray) -> list[Problem]:
    """List counts and sizes that are not whole numbers (worth a warning, no more)."""
    remedy = (
        "They are used as given; if they are percentages or adjusted counts, enter the counts themselves."
    )
    return [
        _problem(
            f"counts that are not whole in {column.where}", column.values, broken, "whole numbers", remedy
        )
        for role, column in columns.items()
        if kind_of(role) in ("count", "size")
        and (broken := use & (column.values != np.floor(column.values)) & np.isfinite(column.values)).any()
    ]


@lru_cache(maxsize=64)
def _numbered(k: int) -> tuple[IntArray, tuple[str, ...]]:
    """Row numbers and default labels, made once for each k."""
    rows = np.arange(k, dtype=np.int64)
    rows.setflags(write=False)
    return rows, default_labels(k)


def checked_effects(yi: Any, vi: Any = None, sei: Any = None, study: Any = None) -> Effects:
    """Check ready-made effects and put them into an :class:`Effects`.

    One vectorised test when all is well (this is the hot path of ``meta_analysis(yi=, vi=)``);
    messages are built only on failure.

    Parameters
    ----------
    yi : array_like, shape (k,)
        Effects on the analysis scale (log for ratios).
    vi : array_like, shape (k,), optional
        Sampling variances, > 0, on the same scale. Give either ``vi`` or ``sei``.
    sei : array_like, shape (k,), optional
        Standard errors, > 0.
    study : sequence of str, optional
        Labels.

    Returns
    -------
    Effects
        With measure ``"GEN"``.

    Raises
    ------
    DataError
        For missing, infinite or non-numeric values, variances not above 0, unequal lengths, k = 0.

    Examples
    --------
    >>> checked_effects([0.1, 0.3], [0.02, 0.04]).k
    2
    """
    if (vi is None) == (sei is None):
        raise DataError(
            f"{'both' if vi is not None else 'neither'} vi and sei given. Expected exactly one: vi for "
            "sampling variances, or sei for standard errors."
        )
    spread = vi if sei is None else sei
    try:
        y = np.array(yi, dtype=np.float64) if _plain(yi) else None
        s = np.array(spread, dtype=np.float64) if _plain(spread) else None
    except (TypeError, ValueError, OverflowError):
        y = s = None
    if y is None or s is None or y.ndim != 1 or y.shape != s.shape or not y.size:
        y, s = _slow(yi, spread, "vi" if sei is None else "sei", study)
    v = s if sei is None else _squared(s)
    rows, labels = _numbered(y.size)
    if isinstance(study, str):
        raise DataError(
            f"study is {study!r}, but yi comes without data that could have such a column. Expected labels, "
            "one for each study. Give a list of labels."
        )
    if study is not None:
        labels = read_labels(study, Table({}, y.size), y.size)
    if not (np.isfinite(y) & (s > 0) & (v > 0) & (v < np.inf)).all():
        _slow(yi, spread, "vi" if sei is None else "sei", study)
        _refuse_underflow(v, s, labels)
    return Effects(readonly(y), readonly(v), labels, "GEN", rows, labels=labels)


def _squared(sei: FloatArray) -> FloatArray:
    """Variances; out of range they become 0 or infinite, which the caller refuses."""
    with np.errstate(over="ignore", under="ignore"):
        out: FloatArray = sei * sei
    return out


_PLAIN_TYPES = (float, int, np.float64)


def _plain(values: Any) -> bool:
    """Whether NumPy turns these values into floats without guessing (no text, no booleans)."""
    if isinstance(values, (list, tuple)):
        return all(type(x) in _PLAIN_TYPES for x in values)
    dtype = getattr(values, "dtype", None)  # of an array or a Series
    return isinstance(dtype, np.dtype) and dtype.kind in "fiu" and not isinstance(values, np.ma.MaskedArray)


def _refuse_underflow(v: FloatArray, sei: FloatArray, labels: Sequence[str]) -> None:
    """Standard errors so small or large that their squares are no numbers."""
    rows = np.flatnonzero(~((v > 0) & (v < np.inf)))
    if rows.size:
        raise DataError(
            f"{row_name(labels, int(rows[0]))}: the square of the SE {shown(sei[rows[0]])} is out of the "
            "range of floating-point numbers. Expected an SE between 1e-150 and 1e150. Change the unit of "
            "the effects."
        )


def _slow(yi: Any, spread: Any, name: str, study: Any) -> tuple[FloatArray, FloatArray]:
    """Read the values one by one and say what is wrong; returns them when nothing is."""
    table = Table({}, None)
    raw = {}
    for role, given in (("yi", yi), (name, spread)):
        if isinstance(given, str) or not hasattr(given, "__len__"):
            raise DataError(
                f"{role} is {shown(given)}. Expected a list or an array with one number for each study."
            )
        raw[role] = column_of(role, given, table)[1]
    lengths = {role: len(values) for role, values in raw.items()}
    if len(set(lengths.values())) > 1:
        told = " and ".join(f"{length} in {role}" for role, length in lengths.items())
        raise DataError(
            f"yi and {name} differ in length: {told}. Expected one value for each study in both. Check "
            "that no row was dropped from one of them."
        )
    k = lengths["yi"]
    if k == 0:
        raise DataError("there are no studies (k = 0). Expected at least one effect with its variance.")
    columns = {role: read_numbers(role, "", values, k) for role, values in raw.items()}
    labels = read_labels(study, Table({}, k), k) if study is not None else default_labels(k)
    problems = [problem for column in columns.values() for problem in column.problems]
    for role, column in columns.items():
        if column.missing.any():
            rows = tuple((int(i), "missing") for i in np.flatnonzero(column.missing))
            remedy = "Leave these studies out, or give their values."
            problems.append(Problem(f"missing value in {role}", rows, "a number for every study", remedy))
    rule = _RULES["var" if name == "vi" else "se"][0]
    values = columns[name].values
    if (broken := rule.broken(values)).any():
        problems.append(_problem(f"{rule.fault} in {name}", values, broken, rule.expected, rule.remedy))
    raise_problems(problems, labels)
    return columns["yi"].values, values
