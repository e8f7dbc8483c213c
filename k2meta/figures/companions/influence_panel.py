"""The influence panel: eight diagnostics, each with every study left out in turn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_influence as _words  # adds its words to the catalogue
from k2meta.analysis.deletion import InfluenceResult, influence
from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.figures.axes.axis import Tick
from k2meta.figures.chart.chart import AxisSpec, Chart, LegendEntry, Panel, PointLabel
from k2meta.figures.chart.chart_effects import undrawn_note
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import fit_note, mark_sample, method_words, point_rows
from k2meta.figures.looks.display import Item, Marks, PlotBox, Segments, Stroke
from k2meta.figures.looks.model import Line, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.page.wrapping import NO_BREAK
from k2meta.figures.words.catalogue import say
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["influence_data", "influence_plot"]

_ = _words
DIAGNOSTICS = (
    "rstudent",
    "dffits",
    "cooks_distance",
    "cov_ratio",
    "tau2_deleted",
    "q_deleted",
    "hat",
    "weight",
)
MARKED = "#D55E00"
AREA, AREA_MARKED = 7.0, 11.0
MOST_KEYED = 40  # beyond, only influential studies are named under the figure


def influence_data(result: InfluenceResult | MetaResult) -> pd.DataFrame:
    """Return the eight diagnostics of each study, and whether it is influential.

    Parameters
    ----------
    result : InfluenceResult or MetaResult
        A fit is handed to :func:`k2meta.influence` first.

    Returns
    -------
    DataFrame
        ``number`` (as on the axis), ``study``, the diagnostics, ``influential``.

    Raises
    ------
    DataError
        When ``result`` is neither, or the fit has one study.

    Notes
    -----
    R counterpart: ``plot(influence(res))`` in metafor.

    References
    ----------
    Viechtbauer W, Cheung MWL (2010). Res Synth Methods 1:112-125. doi:10.1002/jrsm.11

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.influence_data(fit)["number"].tolist()
    [1, 2, 3]
    """
    found = _result(result)
    frame = found.to_frame()[["study", *DIAGNOSTICS, "influential"]]
    frame.insert(0, "number", np.arange(1, len(frame) + 1))
    return frame


def _result(result: Any) -> InfluenceResult:
    if isinstance(result, InfluenceResult):
        return result
    if isinstance(result, MetaResult):
        return influence(result)
    raise DataError(
        f"influence_plot() was given a {type(result).__name__} - expected what influence() or "
        "meta_analysis() returns - write k2.influence_plot(fit)"
    )


@in_both_languages
def influence_plot(
    result: InfluenceResult | MetaResult,
    *,
    diagnostics: tuple[str, ...] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "2col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw the influence diagnostics of each study.

    Parameters
    ----------
    result : InfluenceResult or MetaResult
        A fit is handed to :func:`k2meta.influence` first.
    diagnostics : sequence of str, optional
        Some of ``rstudent, dffits, cooks_distance, cov_ratio, tau2_deleted, q_deleted, hat, weight``; all
        eight by default.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet
        ``fig.parts["hat"]`` and so on hold the axes of each panel.

    Raises
    ------
    DataError, OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`influence_data` and :func:`k2meta.forest_plot`.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> sorted(k2.influence_plot(fit, diagnostics=("hat", "weight")).parts)
    ['hat', 'weight']
    """
    look = choose_theme(influence_plot, theme, theme_overrides)
    chosen = _checked(diagnostics)
    found = _result(result)
    job = _Job(found, influence_data(found), chosen, look, title, footnote)
    return chart_figure(partial(_chart, job=job), look, width, lang)


def _checked(diagnostics: Any) -> tuple[str, ...]:
    if diagnostics is None:
        return DIAGNOSTICS
    named = [] if isinstance(diagnostics, str) or not isinstance(diagnostics, Iterable) else list(diagnostics)
    if not named:
        raise OptionError(
            f'diagnostics={diagnostics!r} - expected a list of names - write diagnostics=["hat"], say'
        )
    for name in named:
        if not isinstance(name, str) or name not in DIAGNOSTICS:
            raise unknown_option("diagnostic", name, DIAGNOSTICS)
    return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class _Job:
    """One figure: the diagnostics and what was asked for."""

    found: InfluenceResult
    data: pd.DataFrame
    chosen: tuple[str, ...]
    look: Theme
    title: str
    footnote: bool

    @property
    def k(self) -> int:
        return self.found.fit.k


def _references(job: _Job) -> Mapping[str, tuple[float, tuple[float, ...]]]:
    """Neutral value of each diagnostic, and limits beyond which a study stands out."""
    fit, limits = job.found.fit, job.found.thresholds
    z = float(normal_ppf(0.975))
    return {
        "rstudent": (0.0, (-z, z)),
        "dffits": (0.0, (-limits["dffits"], limits["dffits"])),
        "cooks_distance": (0.0, (limits["cooks_distance"],)),
        "cov_ratio": (1.0, ()),
        "tau2_deleted": (fit.tau2, ()),
        "q_deleted": (fit.q, ()),
        "hat": (1.0 / fit.k, (limits["hat"],)),
        "weight": (100.0 / fit.k, ()),
    }


def _marks(job: _Job, name: str, number: int) -> list[Marks]:
    values = job.data[name].to_numpy(dtype=float)
    flagged = job.data["influential"].to_numpy(dtype=bool)
    marks = []
    for group, shape, colour, area, kind in (
        (~flagged, "circle", job.look.square, AREA, ""),
        (flagged, "diamond", MARKED, AREA_MARKED, ":influential"),
    ):
        own = np.flatnonzero(group & np.isfinite(values))
        if own.size:
            x, y = tuple((own + 1.0).tolist()), tuple(values[own].tolist())
            gid = f"k2:points:{name}{kind}"
            marks.append(Marks(x, y, (area,) * own.size, shape, colour, gid, panel=number))
    return marks


def _span(values: FloatArray, neutral: float, limits: tuple[float, ...]) -> tuple[float, float]:
    """What the axis must show: the values, the neutral one, and limits that are not far outside."""
    known = [neutral, *values[np.isfinite(values)].tolist()]
    low, high = min(known), max(known)
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # equal but for rounding
        air = 0.1 * abs(neutral) or 1.0
        low, high = low - air if low < 0 else max(low - air, 0.0), high + air
    near = [v for v in limits if low - (high - low) <= v <= high + (high - low)]
    return min(low, *near, low), max(high, *near, high)


def _panel(job: _Job, name: str, number: int, lang: str, *, labelled: bool) -> Panel:
    values = job.data[name].to_numpy(dtype=float)
    neutral, limits = _references(job)[name]
    marks = _marks(job, name, number)

    def draw(plot: PlotBox, panel: int) -> Iterator[Item]:
        ends = (plot.low, plot.high)
        low, high = sorted((plot.bottom_value or 0.0, plot.top_value or 0.0))
        for n, value in enumerate((neutral, *limits)):
            if low <= value <= high:
                dashes = (1.0, 1.5) if n else (3.0, 2.0)
                line = ((ends[0], value), (ends[1], value))
                yield Stroke(line, 0.6, "#555555", f"k2:bg:reference:{panel}:{n}", "plot", dashes, panel)
        stems = tuple(
            ((x, neutral), (x, y))
            for item in marks
            for x, y in zip(item.x, item.y, strict=True)
            if y != neutral
        )
        if stems:
            yield Segments(stems, 0.5, "#888888", f"k2:bg:stems:{panel}", panel=panel)
        yield from marks

    flagged = job.data["influential"].to_numpy(dtype=bool) & np.isfinite(values)
    radius = math.sqrt(AREA_MARKED / 2)
    names = tuple(
        PointLabel(float(i + 1), float(values[i]), str(i + 1), radius) for i in np.flatnonzero(flagged)
    )
    span = _span(values, neutral, limits)
    return Panel(
        AxisSpec(
            0.5,
            job.k + 0.5,
            run(say("influence: x", lang)) if labelled else (),
            fixed=True,
            ticks=_ticks(job.k),
        ),
        AxisSpec(*span),
        draw,
        names,
        run(say(f"influence: {name}", lang)),
        name,
    )


def _ticks(k: int) -> tuple[Tick, ...]:
    """Whole numbers from 1 to k, at most about eight of them."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if k / s <= 8)
    numbers = [n for n in range(1, k + 1) if n % step == 0 or step == 1]
    return tuple(Tick(float(n), str(n)) for n in numbers)


def _key(job: _Job, lang: str) -> Line:
    """Numbers and names of the studies, or of the influential ones where there are many."""
    studies = list(
        zip(job.data["number"].tolist(), job.data["study"].tolist(), job.data["influential"], strict=True)
    )
    named = studies if job.k <= MOST_KEYED else [item for item in studies if item[2]]
    if not named:
        return ()
    colon, between, end = ("：", "；", "。") if lang == "zh" else (": ", "; ", ".")
    head = run(say("influence: key", lang) + colon)
    pieces = [f"{number}{NO_BREAK}{study}" for number, study, _ in named]
    return (head, *(run(p + (between if n < len(pieces) - 1 else end)) for n, p in enumerate(pieces)))


def _undrawn(job: _Job, lang: str) -> tuple[Line, ...]:
    values = job.data[list(job.chosen)].to_numpy(dtype=float)
    lacking = np.flatnonzero(~np.isfinite(values).all(axis=1))
    return undrawn_note([str(job.data["study"][i]) for i in lacking], lang)


def _notes(job: _Job, lang: str) -> tuple[Line, ...]:
    undrawn = _undrawn(job, lang)
    if not job.footnote:
        return undrawn
    key = _key(job, lang)
    rule = run(say("influence: rule", lang) + ("。" if lang == "zh" else ". "))
    return (*((key,) if key else ()), *undrawn, (rule, *fit_note(job.found.fit, lang)))


def _chart(lang: str, *, job: _Job) -> Chart:
    count = len(job.chosen)
    columns = 1 if count == 1 else 2
    rows = math.ceil(count / columns)
    panels = tuple(
        _panel(job, name, n, lang, labelled=n >= count - columns) for n, name in enumerate(job.chosen)
    )
    cells: list[int | None] = [*range(count), *([None] * (rows * columns - count))]
    grid = tuple(tuple(cells[r * columns : (r + 1) * columns]) for r in range(rows))
    flagged = job.data.loc[job.data["influential"], "study"].tolist()
    comma = "、" if lang == "zh" else ", "
    found = say("influence: some", lang, studies=comma.join(map(str, flagged[:8]))) if flagged else ""
    found = found or say("influence: none", lang)
    legend = [
        LegendEntry(run(say("influence: other", lang)), mark_sample("circle", job.look.square, diameter=3.6))
    ]
    if flagged:
        legend.insert(
            0,
            LegendEntry(
                run(say("influence: influential", lang)), mark_sample("diamond", MARKED, diameter=4.2)
            ),
        )
    numbers = job.data["study"].tolist()
    rows_of = [
        row
        for n, name in enumerate(job.chosen)
        for item in _marks(job, name, n)
        for row in point_rows(item, [str(numbers[int(x) - 1]) for x in item.x], panel=name)
    ]
    return Chart(
        "influence",
        panels,
        job.title or say("influence: title", lang),
        say("influence: alt", lang, k=job.k, n=count, found=found),
        say("influence: caption", lang, k=job.k, method=method_words(job.found.fit, lang), found=found),
        grid=grid,
        widths=(1.0,) * columns,
        heights=(0.46,) * rows,
        legend=tuple(legend) if flagged else (),
        notes=_notes(job, lang),
        rows=rows_of,
        table=job.data,
    )
