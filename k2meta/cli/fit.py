"""``k2meta fit``: study rows in; pooled effect, subgroups, table and forest plot out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from k2meta.cli import options
from k2meta.cli.output import say, terminal_width, write_json, write_table
from k2meta.cli.pooling import pool, pooling_choices, pooling_name
from k2meta.cli.roles import ROLE_HELP, own_options, parse_roles
from k2meta.errors import OptionError, OutputError

__all__ = ["fit_command"]


def fit_command(
    context: typer.Context,
    rows: Annotated[Path, typer.Argument(help="A CSV file: one row for each study.", metavar="ROWS.csv")],
    measure: Annotated[
        str, typer.Option("--measure", "-m", help="RR, OR, RD, MD, SMD, IRR, COR, PR, GEN ...")
    ],
    study: options.Study = None,
    by: options.By = None,
    model: options.Model = None,
    tau2: options.Tau2 = None,
    test: options.Test = None,
    pooling: options.Pooling = "inverse",
    convention: options.Convention = None,
    common_tau2: Annotated[bool, typer.Option("--common-tau2", help="One tau2 for all subgroups.")] = False,
    level: options.Level = 0.95,
    add: options.Add = None,
    to: options.To = "only0",
    scale: options.Scale = None,
    encoding: options.Encoding = None,
    decimal: options.Decimal = ".",
    missing: options.Missing = "raise",
    exclude_column: options.ExcludeColumn = None,
    forest: Annotated[
        Path | None, typer.Option("--forest", metavar="FILE", help="Draw a forest plot (.pdf .svg .png).")
    ] = None,
    theme: options.Theme = None,
    width: options.Width = None,
    lang: options.Lang = "en",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write a table (.csv .md .html .txt).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Pool the studies of a CSV file."""
    roles = parse_roles(context.args, own_options(context))
    from k2meta.studies.door import effect_sizes
    from k2meta.studies.reading import read_table
    from k2meta.tables.notes import checked_language

    checked_language(lang)
    way = pooling_name(pooling, tau2)
    if forest is None and (theme or width):
        raise OptionError("--theme and --width are for the figure; name its file, as in --forest figure.pdf")
    data = read_table(rows, encoding=encoding, decimal=decimal)
    effects = effect_sizes(
        data,
        measure,
        study=study,
        add=add,
        to=to,
        scale=scale,
        level=level,
        missing=missing,
        exclude=exclude_column,
        **roles,
    )
    choices = pooling_choices(way, model, tau2, test, level, convention)
    overall, subgroups = pool(effects, by, way, choices, common_tau2=common_tau2)
    from k2meta.cli.fit_document import FitDocument

    document = FitDocument(overall, subgroups, lang)
    written = _write(document, out, forest, theme or "plain", width or "2col")
    if as_json:
        write_json({**document.record(), "written": written})
        return
    say(document.text(terminal_width()))
    for path in written:
        say(f"wrote {path}")


fit_command.__doc__ = f"{fit_command.__doc__}\n\n{ROLE_HELP}"


def _write(document: Any, out: Path | None, forest: Path | None, theme: str, width: str) -> list[str]:
    """Write the table and the figure that were asked for; give their names."""
    written = []
    if out is not None:
        written.append(str(write_table(out, document.file_table())))
    if forest is not None:
        from k2meta.figures.forest.forest import forest_plot

        if not forest.parent.is_dir():
            raise OutputError(f"the folder {forest.parent} does not exist; make it first or name another")
        shown = document.overall if document.subgroups is None else document.subgroups
        size: Any = float(width) if width.replace(".", "", 1).isdigit() else width
        figure: Any = forest_plot(shown, theme=theme, width=size, lang=document.lang)
        figures = figure if isinstance(figure, list) else [figure]
        for number, page in enumerate(figures, start=1):
            path = forest if len(figures) == 1 else forest.with_stem(f"{forest.stem}-{number}")
            page.save(str(path))
            written.append(str(path))
    return written
