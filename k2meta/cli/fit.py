"""``k2meta fit``: study rows in; pooled effect, subgroups, table and forest plot out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from k2meta.cli.output import say, terminal_width, write_json, write_table
from k2meta.errors import OptionError, OutputError, nearest, unknown_option

if TYPE_CHECKING:
    from k2meta.analysis.subgroups import SubgroupResult
    from k2meta.models.result import MetaResult
    from k2meta.studies.effects import Effects

__all__ = ["CONTEXT", "POOLING", "fit_command", "parse_roles"]

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}
POOLING = {"inverse": "inverse variance", "mh": "Mantel-Haenszel", "peto": "Peto"}
ROLE_HELP = (
    "Columns are named by role, --ROLE COLUMN: --events1 --n1 --events2 --n2 (counts), --mean1 --sd1 --n1 "
    "--mean2 --sd2 --n2 (means), --events1 --time1 --events2 --time2 (rates), --events --n, --r --n, "
    "--estimate with --se, --var, --ci-low and --ci-high, or --p (measure GEN). 1 is treatment, 2 control. "
    "A role that is left out is the column of the same name."
)


def parse_roles(arguments: list[str], options: list[str]) -> dict[str, Any]:
    """Read ``--events1 COLUMN`` or ``--events1=COLUMN`` pairs.

    Parameters
    ----------
    arguments : list of str
        What is left of the command line.
    options : list of str
        The verb's own options, for the nearest name of a misspelt one.

    Raises
    ------
    OptionError
        For a name that is no role, a role without a column, a role given twice, or a stray value.
    """
    known = _role_names()
    roles: dict[str, Any] = {}
    waiting: str | None = None
    for argument in arguments:
        if waiting is not None:
            roles[waiting] = argument
            waiting = None
            continue
        if not argument.startswith("--") or len(argument) == 2:
            raise OptionError(f"unexpected argument {argument!r}; columns are named as --ROLE COLUMN")
        name, equals, value = argument[2:].partition("=")
        role = name.replace("-", "_")
        if role not in known:
            raise _unknown_role(name, known, options)
        if role in roles:
            raise OptionError(f"--{name} is given twice; name one column")
        if equals:
            roles[role] = value
        else:
            waiting = role
    if waiting is not None:
        raise OptionError(f"--{waiting.replace('_', '-')} needs a value: the name of a column")
    return roles


def _unknown_role(name: str, known: set[str], options: list[str]) -> OptionError:
    meant = {"vi": "var", "sei": "se", "yi": "estimate"}.get(name)  # what R calls them
    if meant is not None:
        return OptionError(f"unknown option --{name}; it is called --{meant} here")
    close = nearest(name, [*sorted(role.replace("_", "-") for role in known), *options])
    hint = f"; did you mean --{close}?" if close else "."
    return OptionError(f"unknown option --{name}{hint} k2meta fit --help lists them all")


def _role_names() -> set[str]:
    """Every role of every measure, and the printed summaries that fill them."""
    import k2meta.measures  # noqa: F401
    from k2meta.measures.registry import MEASURES

    names = {role for measure in MEASURES.values() for role in measure.roles}
    names |= {"estimate", "se", "var", "ci_low", "ci_high", "p", "nonevents1", "nonevents2", "nonevents"}
    summaries = ("se", "ci_low", "ci_high", "median", "min", "max", "sd", "mean")
    names |= {f"{name}{arm}" for name in summaries for arm in ("", "1", "2")}
    return names | {f"{name}{arm}" for name in ("q1", "q3") for arm in ("", "_1", "_2")}


def fit_command(
    context: typer.Context,
    rows: Annotated[Path, typer.Argument(help="A CSV file: one row for each study.", metavar="ROWS.csv")],
    measure: Annotated[
        str, typer.Option("--measure", "-m", help="RR, OR, RD, MD, SMD, IRR, COR, PR, GEN ...")
    ],
    study: Annotated[str | None, typer.Option("--study", metavar="COL", help="Column of labels.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="COL", help="Column of subgroups.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="random or common. [random; common with mh and peto]")
    ] = None,
    tau2: Annotated[
        str | None, typer.Option("--tau2", help="DL, REML, PM, ML, EB, SJ, HE, HS ... or a number. [REML]")
    ] = None,
    test: Annotated[
        str | None,
        typer.Option("--test", help="z, t, knapp-hartung or knapp-hartung-adhoc. [knapp-hartung]"),
    ] = None,
    pooling: Annotated[
        str, typer.Option("--pooling", help="inverse, mh (Mantel-Haenszel) or peto.")
    ] = "inverse",
    convention: Annotated[
        str | None, typer.Option("--convention", help="metafor, revman5 or revman2025: all choices at once.")
    ] = None,
    common_tau2: Annotated[bool, typer.Option("--common-tau2", help="One tau2 for all subgroups.")] = False,
    level: Annotated[float, typer.Option("--level", help="Coverage of the intervals.")] = 0.95,
    add: Annotated[
        float | None, typer.Option("--add", help="Zero-cell correction. [the measure's own]")
    ] = None,
    to: Annotated[str, typer.Option("--to", help="Who gets it: only0, all, if0all or none.")] = "only0",
    scale: Annotated[
        str | None, typer.Option("--scale", help="log when GEN estimates are ratios as printed.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of the file; utf-8, gb18030 ... [found out]")
    ] = None,
    decimal: Annotated[str, typer.Option("--decimal", help="Decimal mark of the file: . or ,")] = ".",
    missing: Annotated[str, typer.Option("--missing", help="raise, or drop (and name).")] = "raise",
    exclude_column: Annotated[
        str | None,
        typer.Option(
            "--exclude-column", metavar="COL", help="Column of reasons; its rows are shown, not pooled."
        ),
    ] = None,
    forest: Annotated[
        Path | None, typer.Option("--forest", metavar="FILE", help="Draw a forest plot (.pdf .svg .png).")
    ] = None,
    theme: Annotated[
        str | None, typer.Option("--theme", help="Looks of the figure: plain or revman. [plain]")
    ] = None,
    width: Annotated[
        str | None, typer.Option("--width", help="1col, 1.5col, 2col or millimetres. [2col]")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="en or zh.")] = "en",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write a table (.csv .md .html .txt).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Pool the studies of a CSV file."""
    options = [
        name[2:] for parameter in context.command.params for name in parameter.opts if name[:2] == "--"
    ]
    roles = parse_roles(context.args, options)
    from k2meta.studies.door import effect_sizes
    from k2meta.studies.reading import read_table
    from k2meta.tables.notes import checked_language

    checked_language(lang)
    if pooling not in POOLING:
        raise unknown_option("pooling", pooling, POOLING)
    if POOLING[pooling] != "inverse variance":
        _refuse_idle(pooling, {"--tau2": tau2})
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
    choices: dict[str, Any] = {
        "model": model or ("random" if POOLING[pooling] == "inverse variance" else "common"),
        "tau2": _number_or_code(tau2),
        "test": test,
        "level": level,
        "convention": convention,
    }
    overall, subgroups = _pool(effects, by, POOLING[pooling], common_tau2, choices)
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


def _refuse_idle(pooling: str, given: dict[str, Any]) -> None:
    """Refuse choices that pooling from counts would ignore."""
    idle = [name for name, value in given.items() if value]
    if idle:
        raise OptionError(
            f"{', '.join(idle)} has no meaning with --pooling {pooling}; leave it out, or pool by "
            "--pooling inverse"
        )


def _number_or_code(text: str | None) -> str | float | None:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _pool(
    effects: Effects, by: str | None, pooling: str, common_tau2: bool, choices: dict[str, Any]
) -> tuple[MetaResult, SubgroupResult | None]:
    """Pool with or without subgroups, by inverse variance or from the counts."""
    if by is not None:
        from k2meta.analysis.subgroups import subgroup_analysis

        result = subgroup_analysis(effects, by, common_tau2=common_tau2, pooling=pooling, **choices)
        return result.overall, result
    if common_tau2:
        raise OptionError("--common-tau2 needs --by COLUMN")
    if pooling != "inverse variance":
        from k2meta.models.stratified import fit_stratified

        counts = {name: choices[name] for name in ("model", "test", "convention", "level")}
        return fit_stratified(effects, pooling, **counts), None
    from k2meta.models.univariate import meta_analysis

    return meta_analysis(effects, **choices), None


def _write(document: Any, out: Path | None, forest: Path | None, theme: str, width: str) -> list[str]:
    """Write the table and the figure that were asked for; give their names."""
    written = []
    if out is not None:
        written.append(str(write_table(out, document.file_table())))
    if forest is not None:
        from k2meta.figures.forest import forest_plot

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
