"""Why a study takes no part: what the caller says, and what the numbers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from k2meta.errors import DataError, nearest
from k2meta.measures.registry import Measure, MeasureOptions
from k2meta.studies.columns import Table, column_of, is_missing
from k2meta.studies.problems import row_name, shown

__all__ = ["exclusion_reasons", "no_effect_reason"]


def exclusion_reasons(exclude: Any, table: Table, labels: Sequence[str]) -> dict[int, str]:
    """Read the caller's exclusions as row -> reason.

    Parameters
    ----------
    exclude : None, str, mapping or sequence
        A column of reasons, a mapping from row number or label to reason, or one entry for each row.
        Empty text, None, NaN and False keep a row; True (or "yes") excludes it without a reason of its
        own. "no" is refused: it may be meant either way.
    table : Table
    labels : sequence of str

    Raises
    ------
    DataError
        For an unknown column, row or label, a label that several rows share, or a wrong length.
    """
    if exclude is None:
        return {}
    if isinstance(exclude, Mapping):
        return _from_mapping(exclude, labels)
    name, values = column_of("exclude", exclude, table)
    if not hasattr(values, "__len__"):
        raise DataError(
            f"exclude is {shown(exclude)}. Expected a column of reasons, a mapping from row or label to "
            "reason, or one "
            "entry for each row. Write exclude={" + f"{shown(exclude)}: 'why'" + "}."
        )
    if len(values) != len(labels):
        raise DataError(
            f"exclude has {len(values)} entries for {len(labels)} rows. Expected one for each row (None to "
            "keep it), or a mapping from row to reason."
        )
    items = values.tolist() if isinstance(values, np.ndarray) else list(values)
    default = f"excluded ({name})" if name else "excluded by the caller"
    given = f"column {name!r}" if name else "what was given"
    found = {
        row: _reason(item, default, f"{given}, {row_name(labels, row)}") for row, item in enumerate(items)
    }
    return {row: reason for row, reason in found.items() if reason}


_YES = frozenset({"yes", "y", "true", "1", "是"})
_NO = frozenset({"no", "n", "false", "0", "none", "否"})


def _reason(value: Any, default: str, where: str) -> str:
    """The reason as text; empty when the row is kept."""
    if is_missing(value) or value is False or (isinstance(value, np.bool_) and not value):
        return ""
    if value is True or isinstance(value, np.bool_):
        return default
    if isinstance(value, str):
        text = value.strip()
        if text.casefold() in _NO:
            raise DataError(
                f"exclude: {where}: {shown(value)} is an answer, no reason to leave a study out. Expected a "
                "reason where a study is left out, and nothing where it stays. Leave the cell empty, or give "
                "true and false, as in exclude=data['retracted'] == 'yes'."
            )
        return default if text.casefold() in _YES else text
    raise DataError(
        f"exclude: {where} has the entry {shown(value)}. Expected a reason as text, True, or nothing (None, "
        "NaN, False, ''). Write why the study is left out, or give true and false, as in "
        "exclude=data['retracted'] == 1."
    )


def _from_mapping(exclude: Mapping[Any, Any], labels: Sequence[str]) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for key, value in exclude.items():
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            row = int(key)
            if not 0 <= row < len(labels):
                raise DataError(
                    f"exclude names row {row}. Expected a row between 0 and {len(labels) - 1}. Rows are "
                    "counted from 0."
                )
        else:
            row = _row_of(str(key), labels)
        reason = _reason(value, "excluded by the caller", row_name(labels, row))
        if reason:
            reasons[row] = reason
    return reasons


def _row_of(label: str, labels: Sequence[str]) -> int:
    rows = [row for row, known in enumerate(labels) if known == label]
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise DataError(
            f"exclude names {label!r}, the label of rows {', '.join(map(str, rows))}. Expected one study. "
            "Labels are not identity: name the row, as in exclude={" + f"{rows[0]}: 'why'" + "}."
        )
    close = nearest(label, labels)
    hint = f" Did you mean {close!r}?" if close else ""
    raise DataError(
        f"exclude names {label!r}, which no study is called. Expected a label of the data or a row.{hint}"
    )


def no_effect_reason(
    spec: Measure, at_row: Mapping[str, float], yi: float, vi: float, options: MeasureOptions
) -> str:
    """Say why a measure gave no usable effect for a study.

    Parameters
    ----------
    spec : Measure
    at_row : mapping of str to float
        The study's numbers.
    yi, vi : float
        What came out.
    options : MeasureOptions
    """
    events = [at_row[role] for role in ("events1", "events2", "events") if role in at_row]
    sizes = [at_row[role] for role in ("n1", "n2", "n") if role in at_row]
    arms = "either arm" if len(events) == 2 else "the group"
    rule = f" (add = {spec.continuity(options):g}, to = {options.to!r}{', drop00' if options.drop00 else ''})"
    if spec.family in ("binary", "rates", "proportion", "single rate") and events:
        if not any(events):
            return f"no events in {arms}{rule}"
        if len(sizes) == len(events) and events == sizes:
            return f"events in everybody in {'both arms' if len(events) == 2 else 'the group'}{rule}"
        if 0 in events or any(e == n for e, n in zip(events, sizes, strict=False)):
            return f"a zero cell without correction{rule}"
    means = [at_row[role] for role in ("mean1", "mean2", "mean") if role in at_row]
    if spec.scale == "log" and means and min(means) <= 0:
        return f"{spec.code} needs means above 0; there is {shown(min(means))}"
    if not np.isfinite(yi):
        return f"{spec.code} cannot be computed from these numbers"
    if vi == 0:
        return f"the sampling variance of {spec.code} is 0"
    return f"the sampling variance of {spec.code} cannot be computed"
