"""Which column or array serves which role of a measure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.measures.registry import Measure, get_measure
from k2meta.studies.arms import arm_roles, arms_of
from k2meta.studies.columns import Table, closest, column_of
from k2meta.studies.generic import SOURCES

__all__ = ["resolve_roles", "row_count"]


def _fill_roles(spec: Measure) -> list[str]:
    """Roles that can stand in for the measure's own."""
    if spec.family == "generic":
        return []
    stand_ins = [name for arm in arms_of(spec.roles) for name in arm_roles(arm).values()]
    if spec.family == "binary":
        stand_ins += ["nonevents1", "nonevents2"]
    return [name for name in stand_ins if name not in spec.roles]


def resolve_roles(spec: Measure, table: Table, roles: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
    """Find (column name, raw values) for every role that is given or has a column of its name."""
    generic = spec.family == "generic"
    own = ("estimate", *(role for source in SOURCES for role in source)) if generic else spec.roles
    stand_ins = _fill_roles(spec)
    known = [*own, *stand_ins]
    for role in roles:
        if role not in known:
            raise _unknown_role(spec, role, known)
    given = {role: value for role, value in roles.items() if value is not None}
    raw = {role: column_of(role, value, table) for role, value in given.items()}
    if generic:
        _resolve_generic(raw, table)
        return raw
    for arm in ("1", "2"):
        if f"n{arm}" in given and f"nonevents{arm}" in given:
            raise OptionError(
                f"both n{arm} and nonevents{arm} were given. Expected one of them: the size is events + "
                "nonevents. Leave one out."
            )
    for role in known:
        arm = role[-1]
        covered = (role == f"n{arm}" and f"nonevents{arm}" in raw) or (
            role == f"nonevents{arm}" and f"n{arm}" in raw
        )
        if role not in raw and not covered and role in table.columns:
            raw[role] = (role, table.columns[role])
    for role in own:
        arm = role[-1]
        stands = (role == f"n{arm}" and f"nonevents{arm}" in raw and spec.family == "binary") or (
            role.startswith(("mean", "sd")) and _has_stand_in(role, raw)
        )
        if role not in raw and not stands:
            raise _role_missing(spec, role, own, table, {name for name, _ in raw.values()})
    _refuse_shared(raw)
    return raw


# What R's escalc calls the roles; people who come from there type these names.
_ELSEWHERE = {
    "ai": "events1", "ci": "events2", "bi": "nonevents1", "di": "nonevents2", "n1i": "n1", "n2i": "n2",
    "x1i": "events1", "x2i": "events2", "t1i": "time1", "t2i": "time2", "m1i": "mean1", "m2i": "mean2",
    "sd1i": "sd1", "sd2i": "sd2", "xi": "events", "ni": "n", "ri": "r", "ti": "time", "mi": "mean",
    "sdi": "sd", "yi": "estimate", "vi": "var", "sei": "se", "slab": "study",
}  # fmt: skip


def _unknown_role(spec: Measure, role: str, known: Sequence[str]) -> OptionError:
    """Name the role that is meant, also for those who know it from R."""
    meant = _ELSEWHERE.get(role)
    if meant in known or meant == "study":
        return OptionError(
            f"unknown {spec.code} role {role!r}; it is called {meant!r} here. Known: {', '.join(known)}"
        )
    return unknown_option(f"{spec.code} role", role, known)


# What two arms may have in one column: their sizes, times and spreads, when those are equal by design.
_PER_ARM = frozenset({"events", "nonevents", "mean", "median"})


def _refuse_shared(raw: Mapping[str, tuple[str, Any]]) -> None:
    """One column cannot hold the results of both arms, nor two kinds of number."""
    seen: dict[str, str] = {}
    for role, (column, _) in sorted(raw.items()):  # in the order of their names, not of the call
        if not column:
            continue
        other = seen.setdefault(column, role)
        if other == role:
            continue
        stem = role[:-1] if role[-1] in "12" else role
        if stem != (other[:-1] if other[-1] in "12" else other):
            raise DataError(
                f"{other} and {role} are both the column {column!r}. Expected a column for each: they are "
                f"different numbers. Name the other one, as in {role}='<column>'."
            )
        if stem in _PER_ARM:
            raise DataError(
                f"{other} and {role} are both the column {column!r}. Expected a column for each arm: 1 is "
                f"treatment, 2 control. Name the other one, as in {role}='<column>'."
            )


def _has_stand_in(role: str, raw: Mapping[str, Any]) -> bool:
    arm = role[-1] if role[-1] in "12" else ""
    names = arm_roles(arm)
    quantiles = names["median"] in raw and (names["q1"] in raw or names["minimum"] in raw)
    return quantiles or (role.startswith("sd") and (names["se"] in raw or names["low"] in raw))


def _role_missing(
    spec: Measure, role: str, own: Sequence[str], table: Table, taken: Collection[str]
) -> DataError:
    if table.n_rows is None:
        return DataError(
            f"measure {spec.code} needs {role}, which was not given. Expected {', '.join(own)}. Pass "
            f"{role}=<array>, or data with such a column."
        )
    free = [name for name in table.columns if name not in taken]
    close = closest(role, free)
    hint = f" The nearest name is {close!r}: pass {role}={close!r} if it is meant." if close else ""
    return DataError(
        f"measure {spec.code} needs {role}: none was given and the data have no column of that name. "
        f"Expected {', '.join(own)}. Pass {role}='<column>'.{hint} {table.listed()}"
    )


def _resolve_generic(raw: dict[str, tuple[str, Any]], table: Table) -> None:
    """``estimate`` and exactly one source of the standard error."""
    if "estimate" not in raw:
        if "estimate" not in table.columns:
            own = ("estimate", "one of se, var, ci_low + ci_high, p")
            raise _role_missing(
                get_measure("GEN"), "estimate", own, table, [name for name, _ in raw.values()]
            )
        raw["estimate"] = ("estimate", table.columns["estimate"])
    chosen = [source for source in SOURCES if any(role in raw for role in source)]
    by_default = not chosen
    if by_default:
        chosen = [source for source in SOURCES if all(role in table.columns for role in source)]
    told = ", ".join(" + ".join(source) for source in chosen)
    if len(chosen) != 1:
        found = (
            f"{told} {'are columns of the data' if by_default else 'were given'}"
            if chosen
            else "none was given"
        )
        lists = "" if chosen or table.n_rows is None else f" {table.listed()}"
        raise DataError(
            f"measure GEN needs the precision of each estimate from one source; {found}. Expected exactly "
            f"one of: se; var; ci_low + ci_high; p. Name the one you want, as in se='se'.{lists}"
        )
    for role in chosen[0]:
        if role not in raw:
            if role not in table.columns:
                raise DataError(
                    f"measure GEN was given {told} but not {role}. Expected both limits of the interval. "
                    f"Pass {role}='<column>'."
                )
            raw[role] = (role, table.columns[role])


def row_count(table: Table, raw: Mapping[str, Any]) -> int:
    """Number of rows, when every array agrees on it."""
    lengths = {role: len(values) for role, values in raw.items() if hasattr(values, "__len__")}
    if table.n_rows is not None:
        n_rows = table.n_rows
        other = {role: length for role, length in lengths.items() if length != n_rows}
        if other:
            told = ", ".join(f"{role} has {length} values" for role, length in other.items())
            raise DataError(
                f"{told}, but the data have {n_rows} rows. Expected one value for each row. Check that no "
                "row was dropped or added."
            )
    else:
        n_rows = max(lengths.values(), default=1)
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{role} has {length}" for role, length in lengths.items())
            raise DataError(
                f"arrays of unequal length: {told}. Expected one value for each study in every role. Check "
                "that no value was dropped from one of them."
            )
    if n_rows == 0:
        raise DataError(
            "the data have no rows (k = 0). Expected at least one study. Check the filter or the file."
        )
    return n_rows
