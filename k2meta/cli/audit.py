"""``k2meta audit``: do the numbers a paper prints agree with each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from k2meta.cli.output import say, terminal_width, write_json, write_table

__all__ = ["audit_command"]


def audit_command(
    rows: Annotated[
        str,
        typer.Argument(
            help="A CSV file with columns such as source, outcome, measure, estimate, ci_low, ci_high, p; "
            "or a bundled data set."
        ),
    ] = "k2_published_pooled",
    source: Annotated[str | None, typer.Option("--source", help="Only this source.")] = None,
    level: Annotated[float, typer.Option("--level", help="Confidence level of the intervals.")] = 0.95,
    as_given: Annotated[
        bool, typer.Option("--as-given", help="Take each number's decimals as they stand.")
    ] = False,
    contradicted: Annotated[
        bool, typer.Option("--contradicted", help="Only the contradicted numbers.")
    ] = False,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of the file; utf-8, gb18030 ... [found out]")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of notes: en or zh.")] = "en",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the rows (.csv, .md, .html).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Check whether printed numbers can all be true at once."""
    from k2meta.auditing.printed import audit

    found: Any = rows
    if encoding is not None:
        from k2meta.auditing.published import typed_columns
        from k2meta.auditing.typed_text import read_as_typed

        found = read_as_typed(rows, typed_columns(), encoding)
    result = audit(found, source=source, level=level, digits="as given" if as_given else "triple", lang=lang)
    shown = result.contradicted if contradicted else result
    if out is not None:
        write_table(out, shown.to_table(lang=lang))
    if as_json:
        write_json({"name": result.name, "counts": result.counts, "rows": shown.to_records()})
        return
    say(shown.to_table("", lang=lang).to_text(terminal_width()))
    counts = ", ".join(f"{number} {verdict}" for verdict, number in result.counts.items())
    say(f"\n{sum(result.counts.values())} printed numbers: {counts}")
    if out is not None:
        say(f"wrote {out}")
