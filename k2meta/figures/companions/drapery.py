"""The drapery plot: p-value functions of the studies, the pooled effect and the next study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_curves as _words  # adds its words to the catalogue
from k2meta.analysis.p_values import PValueCurves, p_value_curves
from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.figures.axes.axis import Tick, tick_label
from k2meta.figures.chart.chart import LINEAR, AxisSpec, Chart, LegendEntry, Panel
from k2meta.figures.chart.chart_effects import effect_title
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import (
    band_sample,
    fit_note,
    line_sample,
    method_words,
    require_fit,
    shown,
)
from k2meta.figures.lettering.numbers import is_number
from k2meta.figures.looks.display import Item, PlotBox, Shape, Stroke
from k2meta.figures.looks.model import Line, Runs, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.clipping import clip_area, clip_curve
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import level_text, say
from k2meta.figures.words.fit_words import effect_words
from k2meta.figures.words.reading import Reading, read_scale
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["drapery_data", "drapery_plot"]

_ = _words
HEIGHTS = ("p", "z")
STUDY = "#8C8C8C"
REGION = "#CFE3F1"
THIN, THICK = 0.35, 1.6
PLURAL = 20  # studies whose lines may be as wide
LEVELS = (0.1, 0.05, 0.01)
P_TICKS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
Z_LOWEST = 4.0


def drapery_data(fit: MetaResult, *, grid: Any = None) -> pd.DataFrame:
    """Return p-value functions of each study, of the pooled effect and of the next study.

    Parameters
    ----------
    fit : MetaResult
    grid : array_like, shape (g,), optional
        Values of the effect on the analysis scale (log for ratios), ascending.

    Returns
    -------
    DataFrame
        ``curve`` (``"study"``, ``"pooled"``, ``"prediction"``), ``study``, ``value`` (analysis scale),
        ``p_value``.

    Raises
    ------
    DataError
        When ``fit`` is not a fit, or the grid is not ascending.

    Notes
    -----
    See :func:`k2meta.analysis.p_values.p_value_curves`. R counterpart: ``meta::drapery``.

    References
    ----------
    Rücker G, Schwarzer G (2021). Res Synth Methods 12:13-19. doi:10.1002/jrsm.1410

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> sorted(set(k2.drapery_data(fit)["curve"]))
    ['pooled', 'prediction', 'study']
    """
    return p_value_curves(require_fit(fit, "drapery_data"), grid).to_frame()


@in_both_languages
def drapery_plot(
    fit: MetaResult,
    *,
    y: str = "p",
    levels: tuple[float, ...] = LEVELS,
    prediction: bool = True,
    xlim: tuple[float, float] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a drapery plot.

    Parameters
    ----------
    fit : MetaResult
    y : {"p", "z"}
        P values, or test statistics (on which the curves of normal tests are straight).
    levels : sequence of float
        Horizontal lines, as P values.
    prediction : bool
        Shade the region of the next study's effect, where the fit has one.
    xlim : pair of float, optional
        Limits on the natural scale.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError, OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`drapery_data` and :func:`k2meta.forest_plot`.

    Notes
    -----
    A study's line is the wider the more weight it has.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.drapery_plot(fit).k2meta["kind"]
    'drapery'
    """
    look = choose_theme(drapery_plot, theme, theme_overrides)
    if y not in HEIGHTS:
        raise unknown_option("y", y, HEIGHTS)
    levels = _levels(levels)
    curves = p_value_curves(require_fit(fit, "drapery_plot"))
    reading = read_scale(curves.fit.effects)
    limits = _limits(curves, reading, xlim)
    if limits[0] < curves.grid[0] or curves.grid[-1] < limits[1]:  # the curves go on as far as the axis
        curves = p_value_curves(fit, np.union1d(curves.grid, np.linspace(*limits, curves.grid.size)))
    job = _Job(curves, reading, y, levels, prediction, limits, look, title, footnote)
    return chart_figure(partial(_chart, job=job), look, width, lang)


@dataclass(frozen=True, slots=True)
class _Job:
    """One figure: the curves and what was asked for."""

    curves: PValueCurves
    reading: Reading
    y: str
    levels: tuple[float, ...]
    prediction: bool
    limits: tuple[float, float]
    look: Theme
    title: str
    footnote: bool

    @property
    def has_region(self) -> bool:
        """Whether there is a prediction region to shade."""
        return self.prediction and bool(np.isfinite(self.curves.prediction).any())

    def height(self, p: FloatArray | float) -> FloatArray:
        """P values on the vertical axis."""
        values = np.asarray(p, dtype=float)
        if self.y == "p":
            return values
        with np.errstate(divide="ignore"):
            return np.asarray(normal_ppf(np.maximum(values, 1e-300) / 2), dtype=float)

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value of the vertical axis."""
        return (0.0, 1.0) if self.y == "p" else (-Z_LOWEST, 0.0)


def _levels(given: Any) -> tuple[float, ...]:
    levels = [given] if is_number(given) or not isinstance(given, Iterable) else list(given)
    for level in levels:
        if not is_number(level) or not 0 < level < 1:
            raise OptionError(
                f"levels - {level!r} is no P value - expected numbers between 0 and 1 - write "
                "levels=(0.1, 0.05), or levels=() for no lines"
            )
    return tuple(float(level) for level in levels)


def _limits(curves: PValueCurves, reading: Reading, xlim: Any) -> tuple[float, float]:
    if xlim is None:
        return _default_limits(curves, reading.scale.null)
    given = list(xlim) if isinstance(xlim, Iterable) else []
    ends = np.array([np.nan])
    if len(given) == 2 and all(map(is_number, given)):
        with np.errstate(all="ignore"):
            ends = np.asarray(reading.scale.to_analysis(np.array(given, dtype=float)))
    if ends.shape != (2,) or not np.isfinite(ends).all() or ends[0] >= ends[1]:
        raise OptionError(f"xlim={xlim!r} - expected two numbers, the lower first, on the natural scale")
    return float(ends[0]), float(ends[1])


def _default_limits(curves: PValueCurves, null: float | None) -> tuple[float, float]:
    """The grid of the curves, and no effect: where the P values are read."""
    low, high = float(curves.grid[0]), float(curves.grid[-1])
    if null is None or low < null < high:
        return low, high
    air = 0.04 * (max(high, null) - min(low, null))
    return min(low, null - air), max(high, null + air)


def _curve(job: _Job, p: FloatArray) -> list[tuple[float, float]]:
    return list(zip(job.curves.grid.tolist(), job.height(p).tolist(), strict=True))


def _widths(weights: FloatArray) -> list[float]:
    known = np.nan_to_num(np.asarray(weights, dtype=float))
    top = float(known.max(initial=0.0)) or 1.0
    thick = (THICK - THIN) * min(1.0, math.sqrt(PLURAL / max(known.size, 1)))  # many lines hide each other
    return [THIN + thick * float(w) / top for w in known]


def _draw(job: _Job, plot: PlotBox, number: int) -> Iterator[Item]:
    curves, floor = job.curves, job.ends[0]
    if job.has_region:
        line = _curve(job, curves.prediction)
        area = clip_area([(line[0][0], floor), *line, (line[-1][0], floor)], plot)
        if len(area) > 2:
            yield Shape(area, REGION, "k2:bg:prediction", space="plot", panel=number)
    for n, level in enumerate(job.levels):
        y = float(job.height(level))
        if job.ends[0] <= y <= job.ends[1]:
            ends = ((plot.low, y), (plot.high, y))
            yield Stroke(ends, 0.5, "black", f"k2:bg:level:{n}", "plot", (1.0, 1.5), number)
    null = job.reading.scale.null
    if null is not None and plot.low <= null <= plot.high:
        ends = ((null, job.ends[0]), (null, job.ends[1]))
        yield Stroke(ends, 0.6, "black", "k2:bg:null", "plot", panel=number)
    for i, width in enumerate(_widths(curves.fit.weights)):
        for piece in clip_curve(_curve(job, curves.studies[i]), plot):
            yield Stroke(piece, width, STUDY, f"k2:curve:study:{i}", "plot", panel=number)
    if job.has_region:
        for piece in clip_curve(_curve(job, curves.prediction), plot):
            yield Stroke(piece, 1.0, job.look.square, "k2:curve:prediction", "plot", (4.0, 2.0), number)
    for piece in clip_curve(_curve(job, curves.pooled), plot):
        yield Stroke(piece, 2.0, job.look.square, "k2:curve:pooled", "plot", panel=number)


def _panel(job: _Job, lang: str) -> Panel:
    # 0.05 and 0.01 stand too close to their neighbours for labels of their own; their lines are drawn
    ticks = tuple(Tick(v, tick_label(v, 1)) for v in P_TICKS) if job.y == "p" else None
    return Panel(
        AxisSpec(*job.limits, effect_title(job.reading, lang), job.reading.scale, fixed=True),
        AxisSpec(*job.ends, _y_title(job, lang), LINEAR, fixed=True, ticks=ticks),
        partial(_draw, job),
    )


def _y_title(job: _Job, lang: str) -> Runs:
    return run(say("drapery: y" if job.y == "p" else "drapery: z", lang))


def _legend(job: _Job, lang: str) -> tuple[LegendEntry, ...]:
    entries = [
        LegendEntry(run(say("drapery: pooled", lang)), line_sample(job.look.square, 2.0)),
        LegendEntry(run(say("drapery: studies", lang)), line_sample(STUDY, 0.8)),
    ]
    if job.has_region:
        entries.insert(1, LegendEntry(run(say("drapery: prediction", lang)), band_sample(REGION)))
    return tuple(entries)


def _notes(job: _Job, lang: str) -> tuple[Line, ...]:
    if not job.footnote:
        return ()
    listed = ("、" if lang == "zh" else ", ").join(f"{level:g}" for level in job.levels)
    end = "。" if lang == "zh" else ". "
    words = run(say("drapery: levels", lang) + " = " + listed + end) if job.levels else ()
    return ((*((words,) if words else ()), *fit_note(job.curves.fit, lang)),)


def _chart(lang: str, *, job: _Job) -> Chart:
    fit = job.curves.fit
    values = job.reading.natural([fit.estimate, fit.ci.low, fit.ci.high])
    if not all(map(math.isfinite, values)):
        raise DataError("drapery - the fit has no finite interval - expected one - look at fit.summary()")
    estimate, low, high = (shown(v, job.reading.decimals) for v in values)
    words = effect_words(job.reading, lang, None)
    effect = words[:1].lower() + words[1:] if lang == "en" else words
    facts = {"k": fit.k, "effect": effect, "estimate": estimate, "low": low, "high": high}
    return Chart(
        "drapery",
        (_panel(job, lang),),
        job.title or say("drapery: title", lang),
        say("drapery: alt", lang, level=level_text(fit.ci.level), **facts),
        say("drapery: caption", lang, k=fit.k, effect=effect, method=method_words(fit, lang)),
        legend=_legend(job, lang),
        notes=_notes(job, lang),
        table=job.curves.to_frame(),
        record={"y": job.y, "levels": list(job.levels)},
    )
