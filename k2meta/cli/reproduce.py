"""``k2meta reproduce``: recompute a published meta-analysis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from k2meta.cli.output import say, terminal_width, write_json
from k2meta.errors import OptionError

if TYPE_CHECKING:
    from k2meta.auditing.result import ReproductionResult

__all__ = ["reproduce_command"]


def reproduce_command(
    name: Annotated[
        str | None, typer.Argument(help="Which one: xu2021, alendronate2025; without it they are listed.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="Write summary, tables and figures there."),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            "--rows", metavar="FILE", help="The template of rows wanted, filled from the full text."
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of the filled rows; utf-8, gb18030 ... [found out]")
    ] = None,
    include_contested: Annotated[
        bool,
        typer.Option(
            "--include-contested/--exclude-contested",
            help="Whether trials whose integrity is questioned in print take part.",
        ),
    ] = True,
    include_retracted: Annotated[
        bool, typer.Option("--include-retracted", help="Add a sensitivity analysis with retracted trials.")
    ] = False,
    lang: Annotated[str, typer.Option("--lang", help="Language of the summary: en or zh.")] = "en",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no report on stdout.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Recompute a published meta-analysis, number by number."""
    if name is None:
        if out is not None or rows is not None:
            raise OptionError("reproduce needs a name; k2meta reproduce lists them")
        _list(as_json)
        return
    from k2meta.auditing.reproduction import reproduce

    filled: Any = rows
    if rows is not None and encoding is not None:
        from k2meta.auditing.typed_text import read_as_typed
        from k2meta.auditing.xu2021_filled import PRINTED

        filled = read_as_typed(rows, PRINTED, encoding)
    result = reproduce(
        name,
        rows=filled,
        out=out,
        include_contested=include_contested,
        include_retracted=include_retracted,
        lang=lang,
        progress=False if quiet or as_json else None,
    )
    if as_json:
        write_json(_document(result, out))
        return
    if quiet:
        return
    say(f"{result.title}\n")
    for key in result.shown:
        say(result.tables[key].to_text(terminal_width()) + "\n")
    for line in result.headlines:
        say(f"- {line}")
    if out is None:
        say("\nnothing was written; -o FOLDER writes the summary, tables and forest plots")
    else:
        say(f"\nwrote {out}/summary.md, {len(result.tables)} tables and {len(result.drawings)} forest plots")


def _document(result: ReproductionResult, out: Path | None) -> dict[str, Any]:
    from k2meta.tables.fits import fit_record

    return {
        "name": result.name,
        "title": result.title,
        "headlines": result.headlines,
        "counts": result.audit.counts,
        "audit": result.audit.to_records(),
        "analyses": {key: fit_record(fit) for key, fit in result.analyses.items()},
        "tables": {key: table.to_records() for key, table in result.tables.items()},
        "folder": None if out is None else str(out),
    }


def _list(as_json: bool) -> None:
    from k2meta.auditing.reproduction import REPRODUCTIONS
    from k2meta.tables.table import Column, Table

    records = [
        {"name": r.name, "title": r.title, "title_zh": r.title_zh, "citation": r.citation}
        for r in REPRODUCTIONS.values()
    ]
    if as_json:
        write_json(records)
        return
    columns = [Column("name", "Name"), Column("title", "Title"), Column("citation", "Citation")]
    say(Table.build("", columns, records, ["", "k2meta reproduce NAME -o FOLDER"]).to_text(terminal_width()))
