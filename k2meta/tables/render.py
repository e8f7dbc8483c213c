"""A table description to text, Markdown, HTML and CSV."""

from __future__ import annotations

import csv
import html
import io
import math
from typing import TYPE_CHECKING, Any

from k2meta.tables.widths import cell_width, pad_cells, wrap_cells

if TYPE_CHECKING:
    from k2meta.tables.table import Table

__all__ = ["render_csv", "render_html", "render_markdown", "render_text"]

GAP = 2  # blank cells between columns
NARROWEST = 8  # a text column is not wrapped to less than this


def _shrink(widths: list[int], room: int, wrappable: list[bool]) -> list[int]:
    """Take cells from the widest wrappable column until the table fits (or none can give more)."""
    widths = list(widths)
    while sum(widths) > room:
        candidates = [i for i, width in enumerate(widths) if wrappable[i] and width > NARROWEST]
        if not candidates:
            break
        widest = max(candidates, key=lambda i: widths[i])
        widths[widest] -= 1
    return widths


def _text_row(cells: list[str], widths: list[int], aligns: list[str]) -> list[str]:
    blocks = [wrap_cells(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(len(block) for block in blocks)
    lines = []
    for line in range(height):
        parts = [
            pad_cells(block[line] if line < len(block) else "", width, align)
            for block, width, align in zip(blocks, widths, aligns, strict=True)
        ]
        lines.append((" " * GAP).join(parts).rstrip())
    return lines


def render_text(table: Table, width: int | None = None) -> str:
    """Write a table for a terminal of so many cells (None: as wide as it needs)."""
    body = table.cells()
    heads = table.heads
    aligns = [column.align for column in table.columns]
    widths = [max(cell_width(cell) for cell in column) for column in zip(heads, *body, strict=True)]
    if width is not None:
        room = width - GAP * (len(widths) - 1)
        widths = _shrink(widths, room, [align == "left" for align in aligns])
    lines = [*wrap_cells(table.title, width or 10_000)] if table.title else []
    lines += _text_row(heads, widths, aligns)
    lines.append("-" * (sum(widths) + GAP * (len(widths) - 1)))
    for row in body:
        lines += _text_row(row, widths, aligns)
    for note in table.notes:
        lines += wrap_cells(note, width or 10_000)
    return "\n".join(lines)


def _markdown_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def render_markdown(table: Table) -> str:
    """Write a table in Markdown."""
    rule = {"left": ":--", "right": "--:", "centre": ":-:"}
    lines = [f"**{table.title}**", ""] if table.title else []
    lines.append("| " + " | ".join(map(_markdown_cell, table.heads)) + " |")
    lines.append("| " + " | ".join(rule[column.align] for column in table.columns) + " |")
    lines += ["| " + " | ".join(map(_markdown_cell, row)) + " |" for row in table.cells()]
    if table.notes:
        lines += ["", *(f"{note}  " for note in table.notes)]
    return "\n".join(lines)


def render_html(table: Table) -> str:
    """Write a table in HTML; every text is escaped."""

    def cells(tag: str, texts: list[str]) -> str:
        styled = zip(texts, table.columns, strict=True)
        return "".join(
            f'<{tag} style="text-align:{"center" if column.align == "centre" else column.align}">'
            f"{html.escape(text)}</{tag}>"
            for text, column in styled
        )

    lines = ['<table class="k2meta">']
    if table.title:
        lines.append(f"<caption>{html.escape(table.title)}</caption>")
    lines.append(f"<thead><tr>{cells('th', table.heads)}</tr></thead>")
    lines.append("<tbody>")
    lines += [f"<tr>{cells('td', row)}</tr>" for row in table.cells()]
    lines.append("</tbody>")
    if table.notes:
        notes = "<br>".join(map(html.escape, table.notes))
        lines.append(f'<tfoot><tr><td colspan="{len(table.columns)}">{notes}</td></tr></tfoot>')
    lines.append("</table>")
    return "\n".join(lines)


def _csv_value(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if hasattr(value, "item"):  # a numpy scalar: its Python value prints its shortest digits
        value = value.item()
    return _csv_value(value) if isinstance(value, float) and math.isnan(value) else value


def render_csv(table: Table) -> str:
    """Write the unrounded values as CSV: the columns first, then keys that are not printed."""
    keys = [column.key for column in table.columns]
    for row in table.rows:
        keys += [key for key in row if key not in keys]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(keys)
    for row in table.rows:
        writer.writerow([_csv_value(row.get(key)) for key in keys])
    return out.getvalue()
