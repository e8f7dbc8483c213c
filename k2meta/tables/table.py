"""One description of a table, from which every format is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from k2meta.errors import DataError, unknown_option
from k2meta.tables.numbers import format_fixed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Table"]

ALIGNMENTS = ("left", "right", "centre")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    key : str
        Where each row's mapping holds the value.
    head : str
        What the reader sees above it.
    align : {"left", "right", "centre"}
    decimals : int or None
        Decimals of its numbers; None writes integers and texts as they are.
    show : callable or None
        ``show(value) -> str`` where fixed decimals do not serve (P values, say).
    """

    key: str
    head: str
    align: str = "left"
    decimals: int | None = None
    show: Callable[[Any], str] | None = None

    def __post_init__(self) -> None:
        if self.align not in ALIGNMENTS:
            raise unknown_option("column alignment", self.align, ALIGNMENTS)

    def text(self, value: Any) -> str:
        """Write one value; missing ones as nothing."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        if self.show is not None:
            return self.show(value)
        if isinstance(value, bool) or type(value).__name__ == "bool_":
            return "yes" if value else "no"
        if self.decimals is not None and not isinstance(value, str):
            return format_fixed(float(value), self.decimals)
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return str(value)


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """A table: a title, columns, rows and notes.

    Attributes
    ----------
    title : str
    columns : tuple of Column
    rows : tuple of mapping
        The values, unrounded, by column key; further keys stay out of print but go into files.
    notes : tuple of str
        Lines under the table.

    Examples
    --------
    >>> table = Table.build("Pooled", [Column("rr", "RR", "right", 2)], [{"rr": 0.4878}])
    >>> print(table.to_text())
    Pooled
      RR
    ----
    0.49
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def build(
        cls,
        title: str,
        columns: Iterable[Column],
        rows: Iterable[Mapping[str, Any]],
        notes: Iterable[str] = (),
    ) -> Table:
        """Make a table; every row must hold every column.

        Raises
        ------
        DataError
            When a row lacks a column's key.
        """
        columns, rows = tuple(columns), tuple(rows)
        for number, row in enumerate(rows, start=1):
            lacking = [column.key for column in columns if column.key not in row]
            if lacking:
                raise DataError(
                    f"table {title!r}: row {number} has no value for {', '.join(lacking)}; "
                    "give None where there is nothing to print"
                )
        return cls(title, columns, rows, tuple(notes))

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        title: str = "",
        *,
        decimals: Mapping[str, int] | int | None = None,
        heads: Mapping[str, str] | None = None,
        notes: Iterable[str] = (),
    ) -> Table:
        """Make a table of a DataFrame: numbers to the right, texts to the left.

        Parameters
        ----------
        frame : DataFrame
        title : str
        decimals : int or mapping of str to int, optional
            For all float columns, or by column name.
        heads : mapping of str to str, optional
            Column heads; the names themselves where not given.
        notes : iterable of str
        """
        columns = []
        for name in frame.columns:
            number = frame[name].dtype.kind in "iuf"
            places = decimals.get(str(name)) if isinstance(decimals, Mapping) else decimals
            places = places if frame[name].dtype.kind == "f" else None
            head = (heads or {}).get(str(name), str(name))
            columns.append(Column(str(name), head, "right" if number else "left", places))
        records: list[Any] = frame.to_dict("records")
        rows = [{str(key): value for key, value in record.items()} for record in records]
        return cls.build(title, columns, rows, notes)

    @property
    def heads(self) -> list[str]:
        """Heads of the columns."""
        return [column.head for column in self.columns]

    def cells(self) -> list[list[str]]:
        """Give all values as printed, row by row."""
        return [[column.text(row[column.key]) for column in self.columns] for row in self.rows]

    def select(self, keys: Sequence[str]) -> Table:
        """Keep only these columns, in this order."""
        known = {column.key: column for column in self.columns}
        for key in keys:
            if key not in known:
                raise unknown_option("table column", key, known)
        return replace(self, columns=tuple(known[key] for key in keys))

    def to_text(self, width: int | None = None) -> str:
        """Write plain text for a terminal; columns shrink (their texts wrap) to fit ``width`` cells."""
        from k2meta.tables.render import render_text

        return render_text(self, width)

    def to_markdown(self) -> str:
        """Write a GitHub-style Markdown table, title in bold above, notes below."""
        from k2meta.tables.render import render_markdown

        return render_markdown(self)

    def to_html(self) -> str:
        """Write an HTML ``<table>`` with caption, head, body and notes in the foot."""
        from k2meta.tables.render import render_html

        return render_html(self)

    def to_csv(self) -> str:
        """Write comma-separated values, unrounded, heads = keys; every key of the rows, printed or not."""
        from k2meta.tables.render import render_csv

        return render_csv(self)

    def to_records(self) -> list[dict[str, Any]]:
        """Give the unrounded values as dictionaries, for JSON."""
        return [dict(row) for row in self.rows]

    def to_frame(self) -> pd.DataFrame:
        """Give the unrounded values as a DataFrame."""
        import pandas as pd

        return pd.DataFrame([dict(row) for row in self.rows])

    def __repr__(self) -> str:
        return f"Table({self.title!r}, {len(self.rows)} rows x {len(self.columns)} columns)"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()
