"""``k2meta datasets``: list the bundled data sets, show or copy one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from k2meta.cli.output import say, terminal_width, write_json, write_text
from k2meta.errors import OptionError

__all__ = ["datasets_command"]


def datasets_command(
    name: Annotated[str | None, typer.Argument(help="A data set; without it all are listed.")] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write its rows as CSV; - for stdout.")
    ] = None,
    card: Annotated[bool, typer.Option("--card", help="Show its card: source, licence, columns.")] = False,
    include_retracted: Annotated[
        bool, typer.Option("--include-retracted", help="Keep rows of retracted publications.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """List the bundled data sets, or show one with its provenance."""
    if name is None:
        if csv is not None or card or include_retracted:
            raise OptionError("--csv, --card and --include-retracted need the name of a data set")
        _list(as_json)
        return
    if as_json and str(csv) == "-":
        raise OptionError("--csv - and --json both write on stdout; leave one out, or give --csv a file")
    from k2meta.studies.datasets import load_dataset

    frame = load_dataset(name, include_retracted=include_retracted)
    if csv is not None and str(csv) == "-":
        typer.echo(frame.to_csv(index=False), nl=False)
        return
    written = None if csv is None else write_text(csv, frame.to_csv(index=False, lineterminator="\n"))
    left_out = frame.attrs.get("left_out", [])
    if as_json:
        rows: Any = frame.to_dict("records")
        document = {"name": name, "card": frame.attrs["card"], "left_out": left_out, "rows": rows}
        write_json({"card": frame.attrs["card"]} if card else document)
        return
    if card:
        say(_card_text(frame.attrs["card"]))
    elif written is None:
        say(_rows_text(name, frame))
    for row in left_out:
        say(f"left out: {row['study']} ({row['reason']})")
    if written is not None:
        say(f"wrote {len(frame)} rows to {written}")


def _list(as_json: bool) -> None:
    from k2meta.studies.datasets import list_datasets
    from k2meta.tables.table import Table

    frame = list_datasets()
    if as_json:
        write_json(frame.to_dict("records"))
        return
    table = Table.from_frame(
        frame[["name", "rows", "measure", "title"]],
        heads={"name": "Name", "rows": "Rows", "measure": "Measure", "title": "Title"},
        notes=["", "k2meta datasets NAME shows one, --card its source and columns, --csv FILE copies it."],
    )
    say(table.to_text(terminal_width()))


def _rows_text(name: str, frame: Any) -> str:
    from k2meta.tables.table import Table

    dull = {"source", "source_2", "source_3", "note", "seen_in", "integrity_reason", "doi", "pmid"}
    keep = [
        column
        for column in frame.columns
        if column not in dull and not frame[column].astype(str).isin(["", "nan"]).all()
    ]
    table = Table.from_frame(frame[keep], title=frame.attrs["card"]["title"])
    hidden = [column for column in frame.columns if column not in keep]
    lines = [table.to_text(terminal_width())]
    if hidden:
        lines.append(f"not shown: {', '.join(hidden)} (k2meta datasets {name} --csv FILE has all columns)")
    return "\n".join(lines)


def _card_text(card: dict[str, Any]) -> str:
    lines = [card["title"], card["title_zh"], ""]
    for key in ("description", "citation", "doi", "licence", "source", "verification"):
        if card.get(key):
            lines.append(f"{key}: {card[key]}")
    if card.get("discrepancies"):
        lines += ["", "known discrepancies:"] + [f"  - {text}" for text in card["discrepancies"]]
    columns = card.get("columns", [])
    named = columns.items() if isinstance(columns, dict) else ((column["name"], column) for column in columns)
    lines += ["", "columns:"]
    for column_name, column in named:
        unit = f" [{column['unit']}]" if column.get("unit") else ""
        lines.append(f"  {column_name} ({column['type']}){unit}: {column['meaning']}")
    return "\n".join(lines)
