"""Choosing the rows of an analysis by stated rules, so that each row left out has its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Rule", "Selection", "select_rows"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a selection.

    Attributes
    ----------
    keep : callable
        ``keep(row) -> bool``, the row as a mapping of column to value.
    reason : str or callable
        Why a row that fails is left out; ``reason(row) -> str`` where it depends on the row.
    """

    keep: Callable[[Mapping[str, Any]], bool]
    reason: str | Callable[[Mapping[str, Any]], str]

    def why(self, row: Mapping[str, Any]) -> str:
        """Say why a row fails."""
        return self.reason if isinstance(self.reason, str) else self.reason(row)


@dataclass(frozen=True, eq=False, slots=True)
class Selection:
    """The rows of an analysis, and the rows considered but left out.

    Attributes
    ----------
    rows : DataFrame
        One row for each trial, in the order of the data.
    left_out : tuple of (study, reason)
    """

    rows: pd.DataFrame
    left_out: tuple[tuple[str, str], ...]

    def to_table(self, title: str) -> Table:
        """List the rows left out with their reasons."""
        records = [{"study": study, "reason": reason} for study, reason in self.left_out]
        return Table.build(
            title, [Column("study", "Study"), Column("reason", "Why not in the analysis")], records
        )


def select_rows(
    data: pd.DataFrame,
    rules: Sequence[Rule],
    *,
    trial: str = "study_id",
    prefer: Callable[[Mapping[str, Any]], tuple[Any, ...]] | None = None,
    preferred: str = "another row of this trial is used",
) -> Selection:
    """Apply rules in order, then keep one row for each trial.

    Parameters
    ----------
    data : DataFrame
        With a column ``study`` of labels.
    rules : sequence of Rule
        The first rule that a row fails gives its reason.
    trial : str
        Column that tells trials apart.
    prefer : callable, optional
        ``prefer(row) -> tuple``; of several rows of a trial the one with the largest tuple stays
        (the first of equals).
    preferred : str
        Reason given for the others.
    """
    kept: dict[Any, tuple[Any, dict[str, Any]]] = {}
    reasons: list[tuple[str, str]] = []
    for label, record in zip(data.index, data.to_dict("records"), strict=True):
        row = {str(key): value for key, value in record.items()}
        failed = next((rule for rule in rules if not rule.keep(row)), None)
        if failed is not None:
            reasons.append((str(row["study"]), failed.why(row)))
            continue
        known = kept.get(row[trial])
        if known is None or (prefer is not None and prefer(row) > prefer(known[1])):
            if known is not None:
                reasons.append((str(known[1]["study"]), preferred))
            kept[row[trial]] = (label, row)
        else:
            reasons.append((str(row["study"]), preferred))
    chosen = sorted(label for label, _ in kept.values())
    return Selection(data.loc[chosen].reset_index(drop=True), tuple(dict.fromkeys(reasons)))
