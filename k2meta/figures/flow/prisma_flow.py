"""The numbers of a PRISMA 2020 flow diagram: read, named, and checked against each other."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from k2meta.errors import DataError, nearest
from k2meta.figures.lettering.numbers import is_number

__all__ = ["ALIASES", "KEYS", "PrismaFlow", "read_prisma"]

LISTS = ("databases", "registers", "other_sources", "excluded_reports", "other_excluded_reports")
SOURCES = ("websites", "organisations", "citations", "other_sources")
REQUIRED = ("duplicates", "screened", "excluded", "sought", "not_retrieved", "assessed", "excluded_reports")
REQUIRED_OTHER = ("other_sought", "other_not_retrieved", "other_assessed", "other_excluded_reports")
KEYS = (
    *("previous_studies", "previous_reports", "databases", "registers", "duplicates", "automation"),
    *("removed_other", "screened", "excluded", "excluded_by_human", "excluded_by_automation", "sought"),
    *("not_retrieved", "assessed", "excluded_reports", *SOURCES, *REQUIRED_OTHER),
    *("studies", "reports", "total_studies", "total_reports"),
)
# The names in the template of the R package PRISMA2020 (doi:10.1002/cl2.1230).
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "database_results": "databases",
        "register_results": "registers",
        "website_results": "websites",
        "organisation_results": "organisations",
        "citations_results": "citations",
        "excluded_automatic": "automation",
        "excluded_other": "removed_other",
        "records_screened": "screened",
        "records_excluded": "excluded",
        "dbr_sought_reports": "sought",
        "dbr_notretrieved_reports": "not_retrieved",
        "dbr_assessed": "assessed",
        "dbr_excluded": "excluded_reports",
        "other_sought_reports": "other_sought",
        "other_notretrieved_reports": "other_not_retrieved",
        "other_excluded": "other_excluded_reports",
        "new_studies": "studies",
        "new_reports": "reports",
    }
)
_SPECIFIC = {"database_specific_results": "databases", "register_specific_results": "registers"}
_KEY_HEADS = ("key", "data", "box", "field", "name")
_VALUE_HEADS = ("n", "value", "count", "number")
_BLANKS = ("", "na", "n/a", "nan", "none", "<na>")


@dataclass(frozen=True, slots=True)
class PrismaFlow:
    """The checked numbers of a flow diagram.

    Attributes
    ----------
    counts : mapping of str to int or None
        By key, those that have a place in the diagram; None prints as not reported.
    parts : mapping of str to tuple of (str, int)
        What a count is made of: databases, registers, other sources, reasons.
    updated : bool
        Whether it is the diagram of an updated review.
    other : bool
        Whether studies were sought by other methods as well.
    """

    counts: Mapping[str, int | None]
    parts: Mapping[str, tuple[tuple[str, int], ...]]
    updated: bool
    other: bool

    @property
    def template(self) -> str:
        """Which of the four templates it is."""
        return ("updated" if self.updated else "new") + (", other methods" if self.other else "")

    def total(self, *keys: str) -> int | None:
        """Sum of the counts that have a place; None when one of them was not reported, or none has."""
        own = [self.counts[key] for key in keys if key in self.counts]
        known = [value for value in own if value is not None]
        return sum(known) if own and len(known) == len(own) else None


def read_prisma(flow: object) -> PrismaFlow:
    """Read the numbers of a PRISMA 2020 flow diagram and check each box against its parent.

    Parameters
    ----------
    flow : mapping, PrismaFlow, DataFrame or path of a CSV file
        As in :func:`k2meta.figures.flow.prisma.prisma_plot`.

    Returns
    -------
    PrismaFlow

    Raises
    ------
    DataError
        A key is not known or missing, a value is no count, or a box is not its parent minus what was removed:
        the message names both.

    Examples
    --------
    >>> flow = read_prisma({"databases": {"PubMed": 60, "Embase": 40}, "duplicates": 10, "screened": 90,
    ...     "excluded": 70, "sought": 20, "not_retrieved": 1, "assessed": 19,
    ...     "excluded_reports": {"Wrong outcome": 9}, "studies": 8, "reports": 10})
    >>> flow.counts["databases"], flow.template
    (100, 'new')
    """
    if isinstance(flow, PrismaFlow):
        return flow
    given = _given(flow)
    counts: dict[str, int | None] = {}
    parts: dict[str, tuple[tuple[str, int], ...]] = {}
    for key, value in given.items():
        if key in _SPECIFIC:
            continue
        own = _parts(key, value) if key in LISTS else None
        if own is not None:
            counts[key], parts[key] = sum(n for _, n in own), own
        else:
            counts[key] = _count(key, value)
    for specific, key in _SPECIFIC.items():
        _add_specific(specific, key, given.get(specific), counts, parts)
    updated = any(counts.get(key) is not None for key in KEYS if key.startswith(("previous", "total")))
    other = any(counts.get(key) is not None for key in (*SOURCES, *REQUIRED_OTHER))
    _require(counts, updated, other)
    # an optional number that is blank has no line in the diagram; a box that cannot go says "not reported"
    place = {
        k: counts[k] for k in KEYS if k in counts and (counts[k] is not None or _must(k, updated, other))
    }
    checked = PrismaFlow(MappingProxyType(place), MappingProxyType(parts), updated, other)
    for fault in _faults(checked):
        raise DataError(fault)
    return checked


# --------------------------------------------------------------------------- reading
def _given(flow: object) -> dict[str, Any]:
    """Values by our keys, from whatever was given."""
    import pandas as pd

    if isinstance(flow, (str, os.PathLike)):
        from k2meta.studies.reading import read_table

        flow = read_table(flow)
    if isinstance(flow, pd.DataFrame):
        flow = _from_table(flow)
    if not isinstance(flow, Mapping):
        raise DataError(
            f"the flow is a {type(flow).__name__} - expected counts by key, a table with the columns key and "
            'n, or the path of such a CSV file - write {"databases": 120, "duplicates": 20, ...}'
        )
    out: dict[str, Any] = {}
    for name, value in flow.items():
        key = ALIASES.get(str(name), str(name))
        if key not in KEYS and key not in _SPECIFIC:
            close = nearest(key, (*KEYS, *ALIASES))
            hint = f"; did you mean {close!r}?" if close else ""
            raise DataError(f"unknown key {name!r}{hint} - expected one of {', '.join(KEYS)} - rename it")
        if key in out:
            raise DataError(f"{key!r} is given twice (as {name!r} too) - expected it once - remove one")
        out[key] = value
    return out


def _from_table(table: Any) -> dict[str, Any]:
    heads = {str(head).strip().casefold(): head for head in table.columns}
    # the R template has columns data, node, box, ..., n; "data" holds the key there
    names = ("data",) if "data" in heads else _KEY_HEADS
    key = next((heads[name] for name in names if name in heads), None)
    value = next((heads[name] for name in _VALUE_HEADS if name in heads), None)
    if key is None or value is None:
        raise DataError(
            f"the flow table has the columns {', '.join(map(str, table.columns))} - expected 'key' and 'n' - "
            "rename them"
        )
    out: dict[str, Any] = {}
    for number, (name, cell) in enumerate(zip(table[key], table[value], strict=True)):
        if _blank(name):  # a box of the R template that holds words only
            continue
        label = str(name).strip()
        if label in out:
            raise DataError(f"row {number + 1}: {label!r} is given twice - expected it once - remove one")
        out[label] = None if _blank(cell) else cell
    return out


def _blank(value: object) -> bool:
    return value is None or str(value).strip().casefold() in _BLANKS


def _count(key: str, value: object) -> int | None:
    if _blank(value):
        return None
    if isinstance(value, str) and re.fullmatch("[0-9]+", value.strip()):
        return int(value)
    number = float(value) if is_number(value) else math.nan  # type: ignore[arg-type]
    if not number.is_integer() or number < 0:
        raise DataError(
            f"{key}: {value!r} is no count - expected a whole number, 0 or more - correct it, or write None "
            "where it was not reported"
        )
    return int(number)


def _parts(key: str, value: object) -> tuple[tuple[str, int], ...] | None:
    """Named parts of a count, from a mapping or from ``"name, n; name, n"``; None when it is a bare count."""
    if isinstance(value, str) and ("," in value or ";" in value):
        pieces = [
            piece.rpartition(",") for piece in re.split("[;；]", value.replace("，", ",")) if piece.strip()
        ]
        value = {name.strip(): number.strip() for name, _, number in pieces}
        if all(_blank(number) for number in value.values()):
            return None
    if not isinstance(value, Mapping):
        return None
    out = []
    for name, number in value.items():
        count = _count(f"{key}, {name!r}", number)
        if not str(name).strip() or count is None:
            raise DataError(
                f"{key}: {name!r} with {number!r} - expected a name and a count - give both, or leave it out"
            )
        out.append((str(name).strip(), count))
    return tuple(out)


def _add_specific(
    specific: str, key: str, value: object, counts: dict[str, Any], parts: dict[str, Any]
) -> None:
    own = None if _blank(value) else _parts(specific, value)
    if own is None:
        return
    total = sum(n for _, n in own)
    if counts.get(key) is not None and counts[key] != total:
        raise DataError(
            f"{key} ({counts[key]}) and the sum of {specific} ({total}) differ - expected the same number - "
            "correct one of them"
        )
    counts[key], parts[key] = total, own


# --------------------------------------------------------------------------- checks
def _must(key: str, updated: bool, other: bool) -> bool:
    """Whether the template has no diagram without this box."""
    return (
        key in (*REQUIRED, "studies", "databases")
        or (other and key in REQUIRED_OTHER)
        or (updated and key in ("previous_studies", "total_studies"))
    )


def _require(counts: Mapping[str, int | None], updated: bool, other: bool) -> None:
    for key in KEYS:
        if _must(key, updated, other) and key not in counts and key != "databases":
            raise DataError(
                f"{key!r} is missing - expected a count - give it, or None where it was not reported"
            )
    if not any(key in counts for key in ("databases", "registers")):
        raise DataError("'databases' is missing - expected a count of records - give it, or 'registers'")
    if other and all(counts.get(key) is None for key in SOURCES):
        raise DataError(
            f"studies were sought by other methods, but none of {', '.join(SOURCES)} is given - expected one "
            "or more - give the records from each"
        )


# child, parents (added up), what was removed
_BALANCES: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (("screened",), ("databases", "registers"), ("duplicates", "automation", "removed_other")),
    (("sought",), ("screened",), ("excluded",)),
    (("assessed",), ("sought",), ("not_retrieved",)),
    (("other_sought",), SOURCES, ()),
    (("other_assessed",), ("other_sought",), ("other_not_retrieved",)),
    (("reports",), ("assessed", "other_assessed"), ("excluded_reports", "other_excluded_reports")),
    (("excluded",), ("excluded_by_human", "excluded_by_automation"), ()),
    (("total_studies",), ("previous_studies", "studies"), ()),
    (("total_reports",), ("previous_reports", "reports"), ()),
)


def _faults(flow: PrismaFlow) -> Iterator[str]:
    """Boxes that are not their parent minus what was removed, one sentence each."""
    for children, parents, removed in _BALANCES:
        (child,) = children
        above = flow.total(*parents)
        own = flow.counts.get(child)
        if (
            own is None
            or above is None
            or (child.startswith("total") and not set(parents) <= set(flow.counts))
        ):
            continue
        known = [key for key in removed if flow.counts.get(key) is not None]
        gone = sum(flow.counts[key] or 0 for key in known)
        unknown = [key for key in removed if key in flow.counts and flow.counts[key] is None]
        if own == above - gone or (unknown and 0 <= own < above - gone):
            continue
        minus = f" minus {_sum(flow, known)}" if known else ""
        relation = "at most " if unknown else ""
        yield (
            f"{child} ({own}) is not {_sum(flow, parents)}{minus} - expected {relation}{above - gone} - "
            "correct one of these boxes"
        )


def _sum(flow: PrismaFlow, keys: Any) -> str:
    return " + ".join(f"{key} ({flow.counts[key]})" for key in keys if key in flow.counts)
