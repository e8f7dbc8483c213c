"""The data columns of each family of measures, and the text of their cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from k2meta.figures.forest.forest_entry import Entry, sums
from k2meta.figures.lettering.numbers import MISSING, NumberStyle, format_count, format_number
from k2meta.figures.looks.model import Column, Runs, run
from k2meta.figures.words.catalogue import say
from k2meta.studies.effects import Effects

__all__ = ["ArmColumns", "arm_columns"]


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of one arm: which role it prints, its head, whether it is summed in pooled rows."""

    role: str
    head: str
    total: bool = False
    measured: bool = False  # a measurement with decimals, not a count


@dataclass(frozen=True, slots=True)
class _Family:
    """The columns of a family; ``{}`` in a role stands for the arm's number."""

    fields: tuple[_Field, ...]
    arms: tuple[int, ...]
    join: tuple[int, ...] = ()  # fields merged on a narrow page
    joined_head: str = ""
    joint: str = "/"


def _two(*fields: _Field, joined: str, joint: str = "/") -> _Family:
    return _Family(fields, (1, 2), (0, 1), joined, joint)


def _one(*fields: _Field) -> _Family:
    return _Family(fields, (0,))


FAMILIES: Mapping[str, _Family] = {
    "binary": _two(_Field("events{}", "events", True), _Field("n{}", "total", True), joined="events/total"),
    "rates": _two(_Field("events{}", "events", True), _Field("time{}", "time", True), joined="events/time"),
    "continuous": _two(
        _Field("mean{}", "mean", measured=True),
        _Field("sd{}", "sd", measured=True),
        _Field("n{}", "total", True),
        joined="mean (sd)",
        joint="(",
    ),
    "proportion": _one(_Field("events", "events", True), _Field("n", "total", True)),
    "single rate": _one(_Field("events", "events", True), _Field("time", "time", True)),
    "single mean": _one(
        _Field("mean", "mean", measured=True),
        _Field("sd", "sd", measured=True),
        _Field("n", "total", True),
    ),
    "correlation": _one(_Field("n", "total", True)),
    "paired": _one(_Field("n", "total", True)),
}

Cells = Callable[[Entry], dict[str, Runs]]


@dataclass(frozen=True, slots=True)
class ArmColumns:
    """Columns of the arms, the same merged, and what fills them."""

    columns: tuple[Column, ...]
    merged: tuple[Column, ...]
    cells: Cells


def _measured_decimals(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> int:
    """Decimals a column of measurements needs, as given; beyond two only where they are small."""
    known = values[np.isfinite(values)]
    for decimals in range(3):
        if np.all(np.abs(known - np.round(known, decimals)) <= 1e-9 * np.maximum(1, np.abs(known))):
            return decimals
    sizes = np.abs(known[known != 0])
    return 3 if sizes.max() < 10 or sizes.min() < 0.1 else 2


def _no_cells(_: Entry) -> dict[str, Runs]:
    return {}


def arm_columns(effects: Effects, family: str, lang: str, style: NumberStyle, side: str) -> ArmColumns:
    """Find the data columns of a set of effects.

    Parameters
    ----------
    effects : Effects
    family : str
        Family of the measure.
    lang : {"en", "zh"}
    style : NumberStyle
    side : {"left", "right"}
        Side of the plot they stand on.

    Returns
    -------
    ArmColumns
        Without columns where the effects carry no data (``"GEN"``).
    """
    plan = FAMILIES.get(family)
    if plan is None:
        return ArmColumns((), (), _no_cells)
    fields = [
        (arm, field, field.role.format(arm or ""))
        for arm in plan.arms
        for field in plan.fields
        if field.role.format(arm or "") in effects.roles
    ]
    printers = {role: _printer(effects, field, role, lang, style) for _, field, role in fields}
    where = "left" if side == "left" else "right"
    columns = tuple(
        Column(role, (run(say(field.head, lang), bold=True),), "right", where, arm or None, 1)  # type: ignore[arg-type]
        for arm, field, role in fields
    )
    merged, joins = _merge(plan, columns, lang)

    def cells(entry: Entry) -> dict[str, Runs]:
        texts = {role: _text(effects, entry, field, role, printers[role]) for _, field, role in fields}
        for key, (first, second) in joins.items():
            a, b = texts.get(first, ""), texts.get(second, "")
            if plan.joint == "/":
                texts[key] = f"{a}/{b}" if a and b else ""
            elif a and b:
                texts[key] = f"{a}（{b}）" if lang == "zh" else f"{a} ({b})"
        heavy = entry.kind in ("pooled", "unpooled")
        return {key: run(text, bold=heavy) for key, text in texts.items() if text}

    return ArmColumns(columns, merged, cells)


def _printer(
    effects: Effects, field: _Field, role: str, lang: str, style: NumberStyle
) -> Callable[[float], str]:
    if not field.measured:
        values = np.asarray(effects.roles[role], dtype=float)
        # person-time with fractions: one decimal in the whole column, so that the points align
        if not np.all(values[np.isfinite(values)] % 1 == 0):
            return lambda value: format_number(value, 1, style)
        return lambda value: format_count(value, lang, style)
    # one number of decimals for both arms, so that they compare at a glance
    stem = field.role.format("")
    both = [effects.roles[r] for r in (role, f"{stem}1", f"{stem}2") if r in effects.roles]
    decimals = _measured_decimals(np.concatenate([np.asarray(v, dtype=float) for v in both]))
    return lambda value: format_number(value, decimals, style)


def _text(effects: Effects, entry: Entry, field: _Field, role: str, printer: Callable[[float], str]) -> str:
    if entry.kind in ("study", "excluded") and entry.data_row >= 0:
        value = float(effects.roles[role][entry.data_row])
        return MISSING if math.isnan(value) else printer(value)
    if entry.kind in ("pooled", "unpooled") and field.total:
        total = sums(effects, role, entry.members)
        return "" if math.isnan(total) else printer(total)
    return ""


def _merge(
    plan: _Family, columns: tuple[Column, ...], lang: str
) -> tuple[tuple[Column, ...], dict[str, tuple[str, str]]]:
    """Merge the fields named by the plan in each arm; other fields of the arm stay."""
    keys = [c.key for c in columns]
    merged: list[Column] = []
    joins: dict[str, tuple[str, str]] = {}
    for arm in plan.arms:
        roles = [f.role.format(arm or "") for f in plan.fields]
        pair = [roles[i] for i in plan.join]
        own = [c for c in columns if c.key in roles]
        if len(pair) == 2 and all(role in keys for role in pair):
            key = f"{pair[0]}+{pair[1]}"
            head = (run(say(plan.joined_head, lang), bold=True),)
            merged.append(Column(key, head, "right", own[0].side, own[0].arm, 1))
            joins[key] = (pair[0], pair[1])
            own = [c for c in own if c.key not in pair]
        merged.extend(own)
    return tuple(merged), joins
