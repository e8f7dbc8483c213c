"""What an audit says about each printed number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from k2meta.auditing.words import Words
from k2meta.errors import unknown_option
from k2meta.tables.numbers import format_significant
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VERDICTS", "AuditResult", "AuditRow"]

VERDICTS = {
    "reproduced": "recomputed from the study rows, and equal to the printed digits",
    "consistent": "some values that round to the printed numbers agree with each other",
    "contradicted": "no values that round to the printed numbers agree with each other, "
    "or the rows give other digits",
    "not checkable": "the print holds too little to recompute it",
}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One printed number, what it was compared with, and the verdict.

    Attributes
    ----------
    source, outcome, subgroup : str
    quantity : str
        ``"estimate"``, ``"ci_low"``, ``"ci_high"``, ``"p"``, ``"z"``, ``"k"``, ``"n"``, ``"i2"``,
        ``"weight"`` or the like.
    printed : str
        As printed; empty where the paper prints nothing and a value is only implied.
    recomputed_low, recomputed_high : float
        All values the other printed numbers allow; equal when recomputed from rows; NaN if unknown.
    convention : str
        How it was recomputed.
    verdict : str
        One of :data:`VERDICTS`.
    note : str
    """

    source: str
    outcome: str
    subgroup: str
    quantity: str
    printed: str
    recomputed_low: float
    recomputed_high: float
    convention: str
    verdict: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise unknown_option("verdict", self.verdict, VERDICTS)

    @property
    def recomputed(self) -> str:
        """The recomputed value or range, to three significant digits."""
        return self.range_text()

    def range_text(self, lang: str = "en") -> str:
        """Write the recomputed value or range in a language, to three significant digits."""
        if math.isnan(self.recomputed_low):
            return ""
        first, last = format_significant(self.recomputed_low), format_significant(self.recomputed_high)
        return first if first == last else Words(lang)("to", low=first, high=last)


@dataclass(frozen=True, eq=False, slots=True)
class AuditResult:
    """The verdicts on printed numbers, one row each.

    Attributes
    ----------
    name : str
        What was audited.
    rows : tuple of AuditRow
    """

    name: str
    rows: tuple[AuditRow, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many printed numbers have each verdict, in the order of :data:`VERDICTS`.

        Rows without print (what an estimate and its P value imply, say) are not counted.
        """
        found = Counter(row.verdict for row in self.rows if row.printed)
        return {verdict: found[verdict] for verdict in VERDICTS}

    def where(self, keep: Callable[[AuditRow], bool]) -> AuditResult:
        """Keep only the rows for which ``keep(row)`` is true."""
        return AuditResult(self.name, tuple(row for row in self.rows if keep(row)))

    @property
    def contradicted(self) -> AuditResult:
        """Only the contradicted numbers."""
        return self.where(lambda row: row.verdict == "contradicted")

    def to_records(self) -> list[dict[str, Any]]:
        """Give the rows as dictionaries."""
        return [asdict(row) for row in self.rows]

    def to_frame(self) -> pd.DataFrame:
        """Give the rows as a DataFrame with one column for each field of :class:`AuditRow`."""
        import pandas as pd

        return pd.DataFrame(self.to_records(), columns=list(AuditRow.__slots__))

    def to_table(
        self, title: str | None = None, columns: Iterable[str] | None = None, lang: str = "en"
    ) -> Table:
        """Give the rows as a table for people: range in one column, verdict, note."""
        words = Words(lang)
        fields = ("source", "outcome", "subgroup", "quantity", "printed", "recomputed", "convention")
        heads = [Column(name, words(f"head {name}")) for name in fields]
        heads += [Column("verdict", words("head verdict"), show=words), Column("note", words("head note"))]
        rows = [{**asdict(row), "recomputed": row.range_text(lang)} for row in self.rows]
        table = Table.build(self.name if title is None else title, heads, rows)
        return table if columns is None else table.select(list(columns))

    def summary(self) -> str:
        """Say in lines how many numbers have which verdict, and which are contradicted."""
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items())
        lines = [f"{self.name}: {sum(self.counts.values())} printed numbers: {counts}"]
        for row in self.contradicted.rows:
            where = ", ".join(part for part in (row.source, row.outcome, row.subgroup) if part)
            lines.append(
                f"  {where}: {row.quantity} printed {row.printed}, recomputed {row.recomputed} "
                f"({row.convention}){'. ' + row.note if row.note else ''}"
            )
        return "\n".join(lines)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items() if number)
        return f"AuditResult({self.name!r}: {counts or 'no numbers'})"

    def _repr_html_(self) -> str:
        return self.to_table().to_html()
