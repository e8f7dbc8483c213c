"""Wording of what is wrong with the data: all rows with one fault in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from k2meta.errors import DataError

__all__ = ["Problem", "default_labels", "raise_problems", "row_name", "shown"]

_NAMED = 5  # rows spelt out in one message; the rest are counted


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of fault and the rows that have it.

    Attributes
    ----------
    what : str
        What is wrong and where: ``"negative SD in sd1 (column 'sd_k2')"``.
    rows : tuple of (int, str)
        Position of each faulty row and the faulty value as text.
    expected : str
        What would have been right.
    remedy : str
        What to do about it.
    """

    what: str
    rows: tuple[tuple[int, str], ...]
    expected: str
    remedy: str

    def render(self, labels: Sequence[str]) -> str:
        """Put the fault into one line; the first five rows are named, the others counted."""
        named = "; ".join(f"{row_name(labels, row)}: {value}" for row, value in self.rows[:_NAMED])
        more = len(self.rows) - _NAMED
        rest = f"; and {more} more ({len(self.rows)} rows in all)" if more > 0 else ""
        return f"{self.what}: {named}{rest}. Expected {self.expected}. {self.remedy}"


def default_labels(k: int) -> tuple[str, ...]:
    """Labels for studies that have none.

    Examples
    --------
    >>> default_labels(2)
    ('Study 1', 'Study 2')
    """
    return tuple(f"Study {i + 1}" for i in range(k))


def row_name(labels: Sequence[str], row: int) -> str:
    """Name a row for people: its label and its position."""
    label = labels[row] if row < len(labels) else ""
    return f"study {label!r} (row {row})"


def shown(value: object) -> str:
    """Write a value as briefly as it can be told apart.

    Examples
    --------
    >>> shown(0.1 + 0.2), shown(12.0), shown("12")
    ('0.3', '12', "'12'")
    """
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return f"{float(value):.10g}"
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value)) if abs(int(value)) < 10**20 else f"{str(value)[:12]}..."
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def raise_problems(problems: Iterable[Problem], labels: Sequence[str]) -> None:
    """Raise one DataError that tells every fault found, a line for each kind.

    Raises
    ------
    DataError
        When there is any problem.
    """
    lines = [problem.render(labels) for problem in problems]
    if not lines:
        return
    note = "(Rows are counted from 0.)"
    if len(lines) == 1:
        raise DataError(f"{lines[0]} {note}")
    joined = "\n".join(f"- {line}" for line in lines)
    raise DataError(f"{len(lines)} kinds of fault in the data:\n{joined}\n{note}")
