"""``k2meta plot``: any figure of the package from a file of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from k2meta.cli import options
from k2meta.cli.output import say, terminal_width, write_json
from k2meta.cli.plot_keywords import (
    SAVING,
    Keyword,
    complete,
    figure_keywords,
    keyword_list,
    misplaced,
    read_value,
)
from k2meta.cli.plot_kinds import KINDS, Analysis, PlotKind
from k2meta.cli.pooling import number_or_code, pooling_choices, pooling_name
from k2meta.cli.roles import ROLE_HELP, own_options, parse_roles
from k2meta.errors import OptionError, OutputError, nearest, unknown_option

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot_command"]

KEYWORD_HELP = (
    "Every keyword of a figure and every setting of its theme is an option, too: --favours "
    "'vitamin K2,control' --xlim 0.2,5 --size 7 --dpi 300. k2meta plot KIND --keywords "
    "lists and explains them."
)
EXAMPLE = (
    "Example: k2meta plot forest rows.csv --measure RR -o forest.pdf --theme jama --lang zh --width 2col"
)


def plot_command(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Which figure; the kinds are listed above.", metavar="KIND")],
    rows: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV file: one row for each study (prisma: for each number).", metavar="ROWS.csv"
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where to: .pdf .svg .eps .png .tiff .pptx; may be repeated."
        ),
    ] = None,
    measure: Annotated[
        str | None, typer.Option("--measure", "-m", help="RR, OR, RD, MD, SMD, IRR, COR, PR, GEN ...")
    ] = None,
    study: options.Study = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COL", help="Column of subgroups (forest), panels (bubble) or factors."),
    ] = None,
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
    lang: Annotated[str, typer.Option("--lang", help="en, zh, or en+zh for both.")] = "en",
    keywords: Annotated[
        bool, typer.Option("--keywords", help="Explain the keywords of this kind, and draw nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The numbers drawn, as JSON on stdout.")] = False,
) -> None:
    """Draw a figure from the studies of a CSV file."""
    asked = locals()
    if kind not in KINDS:
        raise unknown_option("kind of figure", kind, KINDS)
    chosen = KINDS[kind]
    known = figure_keywords(chosen)
    if keywords:
        _explain(chosen, known, as_json)
        return
    misplaced(context.args, known, kind)
    given = parse_roles(
        complete(context.args, known, kind), own_options(context), more=known, lists=f"plot {kind} --keywords"
    )
    values = {name: read_value(given.pop(name), known[name]) for name in list(given) if name in known}
    typed = _typed(context)
    _refuse_idle(chosen, given, typed)
    source, targets = _files(kind, rows, out)
    from k2meta.studies.reading import read_table

    data = read_table(source, encoding=encoding, decimal=decimal)
    drawing = {name: value for name, value in values.items() if known[name].group in ("figure", "theme")}
    drawing = _from_columns(drawing, data, encoding)
    drawing |= {"theme": theme or "plain", "lang": lang}
    if width is not None:
        drawing["width"] = number_or_code(width)
    if chosen.prepare is None:
        drawing |= {name: asked[name] for name in ("study", "missing") if name in typed}
        shown: Any = data
    else:
        if kind == "bubble" and by is not None:
            drawing["by"] = by
        own = {name: value for name, value in values.items() if known[name].group == "analysis"}
        shown = _prepared(chosen, data, asked, given, own)
    drawn = chosen.draws()(shown, **drawing)
    _save(kind, drawn, targets, {name: values[name] for name in SAVING if name in values}, as_json)


plot_command.__doc__ = "\n\n".join(
    (
        f"{plot_command.__doc__}",
        "\n".join(("\b", "Kinds:", *(f"  {kind.name:<22}{kind.words}" for kind in KINDS.values()))),
        KEYWORD_HELP,
        ROLE_HELP,
        EXAMPLE,
    )
)


def _explain(kind: PlotKind, known: Mapping[str, Keyword], as_json: bool) -> None:
    if as_json:
        names = ("option", "group", "kind", "default", "words")
        write_json([{name: getattr(word, name) for name in names} for word in known.values()])
        return
    for line in keyword_list(kind, min(terminal_width() or 100, 100)):
        say(line)


def _typed(context: typer.Context) -> list[str]:
    """The verb's own options that were typed, by parameter name."""
    sources = ((name, context.get_parameter_source(name)) for name in context.params)
    return [name for name, source in sources if source is not None and source.name == "COMMANDLINE"]


def _refuse_idle(kind: PlotKind, roles: Mapping[str, str], typed: Sequence[str]) -> None:
    """Refuse options that would be ignored.

    Raises
    ------
    OptionError
        Naming them.
    """
    idle = [f"--{name.replace('_', '-')}" for name in typed if name in kind.idle]
    if kind.prepare is None:
        allowed = {"--missing"} if kind.name != "prisma" else set()
        idle = [f"--{name.replace('_', '-')}" for name in roles] + [
            name for name in idle if name not in allowed
        ]
    if not idle:
        return
    if kind.prepare is None:
        raise OptionError(
            f"{', '.join(idle)} has no meaning for {kind.name}: its rows are not pooled; leave it out"
        )
    takers = ", ".join(other.name for other in KINDS.values() if idle[0][2:] not in other.idle)
    raise OptionError(
        f"{', '.join(idle)} has no meaning for {kind.name}; leave it out ({idle[0]} is for {takers})"
    )


def _files(kind: str, rows: Path | None, out: Sequence[Path] | None) -> tuple[Path, Sequence[Path]]:
    """The file to read and those to write, whose folders must exist."""
    if rows is None or not out:
        what = "the file of rows" if rows is None else "a file to draw into"
        name = "ROWS.csv" if rows is None else str(rows)
        raise OptionError(
            f"{kind} needs {what}: k2meta plot {kind} {name} -o {kind}.pdf, say; k2meta plot --help tells "
            "more"
        )
    for path in out:
        if path.is_dir():
            raise OutputError(f"{path} is a folder; give the name of a file in it")
        if not path.parent.is_dir():
            raise OutputError(f"the folder {path.parent} does not exist; make it first or name another")
    return rows, out


def _from_columns(drawing: dict[str, Any], data: pd.DataFrame, encoding: str | None) -> dict[str, Any]:
    """Replace names of columns and files by what they hold, where a figure wants values."""
    found = dict(drawing)
    extra = found.get("extra")
    if isinstance(extra, str | list):
        names = [extra] if isinstance(extra, str) else [str(name) for name in extra]
        found["extra"] = {name: _column(data, name, "--extra").tolist() for name in names}
    if isinstance(found.get("weights"), str):
        found["weights"] = _column(data, found["weights"], "--weights").tolist()
    rob = found.get("rob")
    if isinstance(rob, str):
        from k2meta.studies.reading import read_table

        path, _, tool = rob.partition(",")
        judged = read_table(Path(path), encoding=encoding)
        found["rob"] = (judged, tool.strip()) if tool else judged
    return found


def _column(data: pd.DataFrame, name: str, option: str) -> pd.Series[Any]:
    if name not in data.columns:
        close = nearest(name, list(data.columns))
        hint = f"; did you mean {close!r}?" if close else f". Columns: {', '.join(map(str, data.columns))}"
        raise OptionError(f"{option} names no column: {name!r}{hint}")
    return data[name]


def _prepared(
    kind: PlotKind,
    data: pd.DataFrame,
    asked: Mapping[str, Any],
    roles: Mapping[str, str],
    own: Mapping[str, Any],
) -> Any:
    """What the figure is drawn from: effects, analysed as the verb's options say."""
    from k2meta.studies.door import effect_sizes

    if asked["measure"] is None:
        raise OptionError(f"{kind.name} needs the measure of the effects: --measure RR, say")
    way = pooling_name(asked["pooling"], asked["tau2"])
    named = (asked[name] for name in ("model", "tau2", "test", "level", "convention"))
    choices = pooling_choices(way, *named)
    shared = ("study", "add", "to", "scale", "level", "missing")
    keywords: dict[str, Any] = {**roles, **{name: asked[name] for name in shared}}
    effects = effect_sizes(data, asked["measure"], exclude=asked["exclude_column"], **keywords)
    assert kind.prepare is not None
    return kind.prepare(effects, Analysis(asked["by"], way, choices, own))


def _save(kind: str, drawn: Any, out: Sequence[Path], saving: Mapping[str, Any], as_json: bool) -> None:
    figures: list[Any] = drawn if isinstance(drawn, list) else [drawn]
    written = drawn.save(*out, **saving) or out
    heads = {figure.lang: figure for figure in reversed(figures)}
    if as_json:
        first = figures[0].lang
        tables = [f.table().to_dict(orient="records") for f in figures if f.lang == first]
        write_json(
            {
                "kind": kind,
                "written": [str(path) for path in written],
                "alt": {lang: figure.alt_text for lang, figure in sorted(heads.items())},
                "caption": {lang: figure.caption() for lang, figure in sorted(heads.items())},
                "rows": [row for table in tables for row in table],
            }
        )
        return
    for path in written:
        say(f"wrote {path}")
    for _, figure in sorted(heads.items()):
        say(figure.alt_text)
