"""``k2meta plot``: any figure of the package from a file of rows."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from k2meta.cli import options
from k2meta.cli.output import say, write_json
from k2meta.cli.plot_kinds import KINDS, PlotKind
from k2meta.cli.pooling import pool, pooling_choices, pooling_name
from k2meta.cli.roles import ROLE_HELP, own_options, parse_roles, role_names
from k2meta.errors import OptionError, OutputError, unknown_option

__all__ = ["plot_command"]

SAVING = ("dpi", "profile", "editable")
KEYWORD_HELP = (
    "Every keyword of the figure's function, and every setting of its theme, is an option too: --favours "
    "'vitamin K2,control' --xlim 0.2,5 --size 7. So are --dpi, --profile "
    "(a journal's limits) and --editable true of saving."
)


def plot_command(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Which figure; the kinds are listed below.", metavar="KIND")],
    rows: Annotated[Path, typer.Argument(help="A CSV file: one row for each study.", metavar="ROWS.csv")],
    out: Annotated[
        list[Path],
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where to: .pdf .svg .eps .png .tiff .pptx; may be repeated."
        ),
    ],
    measure: Annotated[
        str | None, typer.Option("--measure", "-m", help="RR, OR, RD, MD, SMD, IRR, COR, PR, GEN ...")
    ] = None,
    study: options.Study = None,
    by: options.By = None,
    model: options.Model = None,
    tau2: options.Tau2 = None,
    test: options.Test = None,
    pooling: options.Pooling = "inverse",
    convention: options.Convention = None,
    level: options.Level = 0.95,
    add: options.Add = None,
    to: options.To = "only0",
    scale: options.Scale = None,
    encoding: options.Encoding = None,
    decimal: options.Decimal = ".",
    missing: options.Missing = "raise",
    exclude_column: options.ExcludeColumn = None,
    theme: options.Theme = None,
    width: options.Width = None,
    lang: options.Lang = "en",
    as_json: Annotated[bool, typer.Option("--json", help="The numbers drawn, as JSON on stdout.")] = False,
) -> None:
    """Draw a figure from the studies of a CSV file."""
    if kind not in KINDS:
        raise unknown_option("kind of figure", kind, KINDS)
    chosen = KINDS[kind]
    function = chosen.draws()
    keywords = _keywords(function)
    given = parse_roles(
        context.args, own_options(context), more=(*keywords, *SAVING, *chosen.options), verb="plot"
    )
    drawing = {name: _value(given.pop(name)) for name in list(given) if name in keywords}
    saving = {name: _value(given.pop(name)) for name in list(given) if name in SAVING}
    before = {name: _value(given.pop(name)) for name in list(given) if name in chosen.options}
    for path in out:
        if not path.parent.is_dir():
            raise OutputError(f"the folder {path.parent} does not exist; make it first or name another")
    from k2meta.studies.reading import read_table

    data = read_table(rows, encoding=encoding, decimal=decimal)
    drawing |= {"theme": theme or "plain", "lang": lang}
    if width is not None:
        drawing["width"] = float(width) if width.replace(".", "", 1).isdigit() else width
    if chosen.source == "rows":
        _refuse_roles(kind, given, measure, by)
        if study is not None:
            drawing["study"] = study
        shown: Any = data
    else:
        way = pooling_name(pooling, tau2)
        choices = pooling_choices(way, model, tau2, test, level, convention)
        shared = {"add": add, "to": to, "scale": scale, "level": level, "missing": missing}
        shared |= {"study": study, "exclude": exclude_column}
        shown = _studies(chosen, data, measure, by, way, choices, before, {**shared, **given})
    _save(_draw(function, shown, drawing), out, saving, as_json)


plot_command.__doc__ = "\n\n".join(
    (
        f"{plot_command.__doc__}",
        "\n".join(("\b", "Kinds:", *(f"  {kind.name:<22}{kind.words}" for kind in KINDS.values()))),
        KEYWORD_HELP,
        ROLE_HELP,
    )
)


def _keywords(function: Any) -> set[str]:
    """Names of the figure's own keywords and its theme's settings, without those that are options anyway."""
    from k2meta.figures.themes import Theme

    known = {
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    known |= {item.name for item in dataclasses.fields(Theme)}
    return known - {"theme", "width", "lang", "name", "ax", "models"} - (role_names() - {"n"})


def _value(text: str) -> Any:
    """Read a value: JSON where it is (numbers, true, false, lists), otherwise text; a comma makes a list."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    if "," in text:
        return [_value(piece.strip()) for piece in text.split(",")]
    return text


def _refuse_roles(kind: str, roles: Mapping[str, str], measure: str | None, by: str | None) -> None:
    idle = [f"--{name}" for name in roles]
    idle += [name for name, value in (("--measure", measure), ("--by", by)) if value]
    if idle:
        raise OptionError(
            f"{', '.join(idle)} has no meaning for {kind}: its rows are not pooled; leave it out"
        )


def _studies(
    kind: PlotKind,
    data: Any,
    measure: str | None,
    by: str | None,
    way: str,
    choices: dict[str, Any],
    before: Mapping[str, Any],
    effects: Mapping[str, Any],
) -> Any:
    """Pool the rows and put the question that the figure answers."""
    from k2meta.studies.door import effect_sizes

    if measure is None:
        raise OptionError(f"{kind.name} needs the measure of the effects: --measure RR, say")
    if kind.name == "bubble" and "formula" not in before:
        raise OptionError("bubble needs the moderators: --formula '~ year', say")
    fit, subgroups = pool(effect_sizes(data, measure, **effects), by, way, choices)
    return fit if kind.prepare is None else kind.prepare(fit, subgroups, before)


def _draw(function: Any, shown: Any, drawing: dict[str, Any]) -> list[Any]:
    try:
        drawn = function(shown, **drawing)
    except TypeError as error:
        if "has no keyword" in str(error):
            raise OptionError(str(error)) from None
        raise
    return drawn if isinstance(drawn, list) else [drawn]


def _save(figures: list[Any], out: list[Path], saving: Mapping[str, Any], as_json: bool) -> None:
    written = []
    for number, figure in enumerate(figures, start=1):
        targets = [p if len(figures) == 1 else p.with_stem(f"{p.stem}-{number}") for p in out]
        figure.save(*targets, **saving)
        written += [str(target) for target in targets]
    if as_json:
        tables = [figure.table().to_dict(orient="records") for figure in figures]
        write_json({"written": written, "rows": [row for table in tables for row in table]})
        return
    for path in written:
        say(f"wrote {path}")
    for figure in figures[:1]:
        say(figure.alt_text)
