"""Options that several verbs share: how rows are read, how they are pooled, how figures look."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Add",
    "By",
    "Convention",
    "Decimal",
    "Encoding",
    "ExcludeColumn",
    "Lang",
    "Level",
    "Missing",
    "Model",
    "Pooling",
    "Scale",
    "Study",
    "Tau2",
    "Test",
    "Theme",
    "To",
    "Width",
]

Study = Annotated[str | None, typer.Option("--study", metavar="COL", help="Column of labels.")]
By = Annotated[str | None, typer.Option("--by", metavar="COL", help="Column of subgroups.")]
Model = Annotated[
    str | None, typer.Option("--model", help="random or common. [random; common with mh and peto]")
]
Tau2 = Annotated[
    str | None, typer.Option("--tau2", help="DL, REML, PM, ML, EB, SJ, HE, HS ... or a number. [REML]")
]
Test = Annotated[
    str | None,
    typer.Option("--test", help="z, t, knapp-hartung or knapp-hartung-adhoc. [knapp-hartung]"),
]
Pooling = Annotated[str, typer.Option("--pooling", help="inverse, mh (Mantel-Haenszel) or peto.")]
Convention = Annotated[
    str | None, typer.Option("--convention", help="metafor, revman5 or revman2025: all choices at once.")
]
Level = Annotated[float, typer.Option("--level", help="Coverage of the intervals.")]
Add = Annotated[float | None, typer.Option("--add", help="Zero-cell correction. [the measure's own]")]
To = Annotated[str, typer.Option("--to", help="Who gets it: only0, all, if0all or none.")]
Scale = Annotated[str | None, typer.Option("--scale", help="log when GEN estimates are ratios as printed.")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Of the file; utf-8, gb18030 ... [found out]")
]
Decimal = Annotated[str, typer.Option("--decimal", help="Decimal mark of the file: . or ,")]
Missing = Annotated[str, typer.Option("--missing", help="raise, or drop (and name).")]
ExcludeColumn = Annotated[
    str | None,
    typer.Option(
        "--exclude-column", metavar="COL", help="Column of reasons; its rows are shown, not pooled."
    ),
]
Theme = Annotated[
    str | None,
    typer.Option("--theme", help="plain, revman, jama, bmj, lancet, nature or cma. [plain]"),
]
Width = Annotated[str | None, typer.Option("--width", help="1col, 1.5col, 2col or millimetres.")]
Lang = Annotated[str, typer.Option("--lang", help="en or zh.")]
