"""What a figure shows, as pure data: rows, columns, scales and texts, before any position exists."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = [
    "BLANK",
    "Column",
    "FigureModel",
    "Line",
    "Panel",
    "Row",
    "Run",
    "Runs",
    "Scale",
    "bold",
    "join_runs",
    "one_line",
    "plain_text",
    "run",
]

Align = Literal["left", "right", "centre"]
Side = Literal["left", "right"]
RowKind = Literal["study", "excluded", "group", "pooled", "unpooled", "prediction", "note", "space"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style.

    Attributes
    ----------
    text : str
    bold, italic : bool
    """

    text: str
    bold: bool = False
    italic: bool = False


Runs = tuple[Run, ...]
# Zero-width marks and byte-order marks, as copied labels may hold.
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
# Tabs, line feeds and the like, which no face draws, with the blanks around them.
_BREAKS = re.compile(r" *[\t-\r\x1c-\x1f\x85\u2028\u2029]+[\s]*")
Line = tuple[Runs, ...]
BLANK: Runs = ()


def one_line(text: str) -> str:
    r"""Return a text as it prints: tabs and line feeds as one blank, marks without width not at all.

    Examples
    --------
    >>> one_line("Knapen\r\n2013")
    'Knapen 2013'
    """
    return _BREAKS.sub(" ", _UNSEEN.sub("", text))


def run(text: str, *, bold: bool = False, italic: bool = False) -> Runs:
    """One run as a sequence; an empty text gives no run.

    Tabs and line feeds print as one blank, marks without width not at all.

    Examples
    --------
    >>> run("P", italic=True)
    (Run(text='P', bold=False, italic=True),)
    """
    text = one_line(text)
    return (Run(text, bold, italic),) if text else BLANK


def bold(runs: Runs) -> Runs:
    """The same runs, set bold."""
    return tuple(Run(item.text, True, item.italic) for item in runs)


def join_runs(runs: Sequence[Run]) -> Runs:
    """Join neighbours of one style, so that each style change costs one drawn text only.

    Examples
    --------
    >>> join_runs((Run("a"), Run("b"), Run("P", italic=True)))
    (Run(text='ab', bold=False, italic=False), Run(text='P', bold=False, italic=True))
    """
    out: list[Run] = []
    for item in runs:
        if out and (out[-1].bold, out[-1].italic) == (item.bold, item.italic):
            out[-1] = Run(out[-1].text + item.text, item.bold, item.italic)
        elif item.text:
            out.append(item)
    return tuple(out)


def plain_text(runs: Runs) -> str:
    """The characters of the runs without their style."""
    return "".join(item.text for item in runs)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of text beside the plot.

    Attributes
    ----------
    key : str
        Name of the cells that fill it.
    head : tuple of Runs
        Lines of its head, top to bottom.
    align : {"left", "right", "centre"}
    side : {"left", "right"}
        Which side of the plot it stands on.
    arm : int or None
        The arm whose name spans it (1 or 2; 0 spans without a name).
    drop : int
        0: never dropped. Otherwise columns go in the order 1, 2, 3 ... when the page is too narrow;
        columns with one number go together.
    panel : int or None
        The panel it belongs to, beside whose plot it stands; None for columns of the whole figure.
    dots : bool
        Whether its cells hold dots (``Row.dots``) instead of text; such columns stand close together.
    """

    key: str
    head: tuple[Runs, ...]
    align: Align = "right"
    side: Side = "left"
    arm: int | None = None
    drop: int = 0
    panel: int | None = None
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the figure.

    Attributes
    ----------
    kind : str
        ``"study"``, ``"excluded"``, ``"group"``, ``"pooled"``, ``"unpooled"`` (the total of a group that has
        no estimate), ``"prediction"``, ``"note"``, ``"space"``.
    label : str
        Plain label, for the record and the table.
    cells : mapping of str to Runs
        Text by column key.
    x, lo, hi : float
        Estimate and limits on the analysis scale; NaN where the row has no mark.
    weight : float
        Percent weight of the shown model; NaN where there is none.
    level : int
        0 for overall rows, 1 for members and totals of a subgroup.
    group : str
        Subgroup the row belongs to; empty without subgroups.
    segments : tuple of Runs
        For notes: pieces between which a line may break.
    reason : str
        For excluded studies: why.
    dots : mapping of str to str
        Judgements by column key, for columns of dots.
    spread : pair of float or None
        Standard deviation and degrees of freedom of the distribution behind a prediction interval.
    """

    kind: RowKind
    label: str = ""
    cells: Mapping[str, Runs] = field(default_factory=dict)
    x: float = math.nan
    lo: float = math.nan
    hi: float = math.nan
    weight: float = math.nan
    level: int = 0
    group: str = ""
    segments: Line = ()
    reason: str = ""
    dots: Mapping[str, str] = field(default_factory=dict)
    spread: tuple[float, float] | None = None

    @property
    def has_mark(self) -> bool:
        """Whether something is drawn in the plot for this row."""
        return self.kind in ("study", "pooled", "prediction") and (
            math.isfinite(self.lo) and math.isfinite(self.hi)
        )


FloatArray = npt.NDArray[np.float64]
Transform = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of the plot.

    Attributes
    ----------
    kind : str
        The measure's analysis scale: ``"identity"``, ``"log"``, ``"logit"``, ``"fisher-z"`` ...
    null : float or None
        No effect, on the analysis scale; None draws no line.
    to_natural, to_analysis : callable
        Between the analysis scale and the scale of the tick labels.
    bounds : tuple of float
        Possible values on the natural scale.
    ends : tuple of float
        The same on the analysis scale.
    """

    kind: str
    null: float | None
    to_natural: Transform
    to_analysis: Transform
    bounds: tuple[float, float] = (-math.inf, math.inf)
    ends: tuple[float, float] = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot with its axis; figures have one, or several side by side.

    Attributes
    ----------
    rows : tuple of Row
        What its marks show, one for each row of the figure; a ``"space"`` where it has nothing to show.
    scale : Scale
    axis_title : Runs
    plot_head : tuple of Runs
        Lines over the plot; empty for none.
    favours : pair of Runs
        Below the axis, left and right of the null; both blank for none.
    pooled_lines : tuple of float
        Where dashed reference lines stand, on the analysis scale.
    bands : tuple of (low, high, colour)
        Shaded bands on the analysis scale, from the one below to the one above.
    xlim : pair of float or None
        The reader's own limits, on the analysis scale.
    ticks : tuple of float or None
        The reader's own ticks, on the natural scale.
    equal_squares : bool
        Whether all squares have one size (leave-one-out, cumulative).
    """

    rows: tuple[Row, ...]
    scale: Scale
    axis_title: Runs = BLANK
    plot_head: tuple[Runs, ...] = ()
    favours: tuple[Runs, Runs] = (BLANK, BLANK)
    pooled_lines: tuple[float, ...] = ()
    bands: tuple[tuple[float, float, str], ...] = ()
    xlim: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None
    equal_squares: bool = False


@dataclass(frozen=True, slots=True)
class FigureModel:
    """Everything a forest plot says, without a single position.

    Attributes
    ----------
    lang : str
        ``"en"`` or ``"zh"``.
    columns, merged : tuple of Column
        The columns, and the same with each arm's columns merged (``events/total``).
    arms : mapping of int to Runs
        Names that span columns: those of the arms, 1 and 2, and of any further block.
    rows : tuple of Row
        The texts of the rows.
    panels : tuple of Panel
        The plots, left to right.
    statistics : tuple of Line
        Overall heterogeneity, effect and subgroup tests, each as segments.
    overall_lines : int
        How many of ``statistics``, from the first, are about all studies together.
    all_studies : Runs
        What names them where they need a name.
    footnotes : tuple of Line
    continued : Runs
        Printed after repeated heads.
    record : mapping
        What goes into the truth record as it is: title, alternative texts, captions.
    bias : RiskOfBias or None
        What the legend of the dots explains.
    """

    lang: str
    columns: tuple[Column, ...]
    merged: tuple[Column, ...]
    arms: Mapping[int, Runs]
    rows: tuple[Row, ...]
    panels: tuple[Panel, ...]
    statistics: tuple[Line, ...] = ()
    overall_lines: int = 0
    all_studies: Runs = BLANK
    footnotes: tuple[Line, ...] = ()
    continued: Runs = BLANK
    record: Mapping[str, Any] = field(default_factory=dict)
    bias: Any = None
