"""Pieces of a Markdown report."""

from __future__ import annotations

from collections.abc import Iterable

from k2meta.tables.table import Table

__all__ = ["Report"]


class Report:
    """Collects headings, paragraphs, lists and tables in order.

    Examples
    --------
    >>> report = Report()
    >>> report.heading(1, "Title").paragraph("Text.")
    Report(2 blocks)
    >>> print(report)
    # Title
    <BLANKLINE>
    Text.
    <BLANKLINE>
    """

    def __init__(self) -> None:
        self._blocks: list[str] = []

    def heading(self, level: int, text: str) -> Report:
        """Add a heading."""
        self._blocks.append(f"{'#' * level} {text}")
        return self

    def paragraph(self, text: str) -> Report:
        """Add a paragraph."""
        self._blocks.append(text)
        return self

    def bullets(self, lines: Iterable[str]) -> Report:
        """Add a list; nothing when it is empty."""
        block = "\n".join(f"- {line}" for line in lines)
        if block:
            self._blocks.append(block)
        return self

    def table(self, table: Table) -> Report:
        """Add a table."""
        self._blocks.append(table.to_markdown())
        return self

    def __str__(self) -> str:
        return "\n\n".join(self._blocks) + "\n"

    def __repr__(self) -> str:
        return f"Report({len(self._blocks)} blocks)"
