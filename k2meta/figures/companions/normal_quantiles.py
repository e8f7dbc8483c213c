"""The normal Q-Q plot of deleted residuals, with a simulated envelope."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_curves as _words  # adds its words to the catalogue
from k2meta.analysis.envelope import QqEnvelope, qq_envelope
from k2meta.errors import DataError
from k2meta.figures.chart.chart import AxisSpec, Chart, LegendEntry, Panel, PointLabel
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import (
    band_sample,
    choose_labels,
    fit_note,
    line_sample,
    mark_sample,
    method_words,
    point_rows,
    require_fit,
)
from k2meta.figures.lettering.numbers import format_count
from k2meta.figures.looks.display import Item, Marks, PlotBox, Shape, Stroke
from k2meta.figures.looks.model import Line, one_line, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.clipping import clip_area, clip_curve
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import level_text, say
from k2meta.models.result import MetaResult
from k2meta.records import BoolArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["qq_data", "qq_plot"]

_ = _words
BAND = "#DDDDDD"
OUTSIDE = "#D55E00"
AREA, AREA_OUTSIDE = 9.0, 13.0


def qq_data(fit: MetaResult, *, reps: int = 1000, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """Return ordered deleted residuals, their normal quantiles and a simulated envelope.

    Parameters
    ----------
    fit : MetaResult
        Two studies or more.
    reps : int
        Simulated sets.
    level : float
        Pointwise coverage of the envelope.
    seed : int

    Returns
    -------
    DataFrame
        ``study, quantiles, residuals, low, high``, residuals ascending.

    Raises
    ------
    DataError, OptionError
        When ``fit`` is not a fit, has one study, or the options cannot be used.

    Notes
    -----
    See :func:`k2meta.analysis.envelope.qq_envelope`. R counterpart: ``metafor::qqnorm.rma.uni``.

    References
    ----------
    Viechtbauer W, Cheung MWL (2010). Res Synth Methods 1:112-125. doi:10.1002/jrsm.11

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.qq_data(fit)["study"].tolist()
    ['A', 'B', 'C']
    """
    return qq_envelope(require_fit(fit, "qq_data", 2), reps, level, seed).to_frame()


@in_both_languages
def qq_plot(
    fit: MetaResult,
    *,
    reps: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    labels: str | int | Iterable[str] | None = "outside",
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a normal Q-Q plot of deleted residuals.

    Parameters
    ----------
    fit : MetaResult
        Two studies or more.
    reps, level, seed
        As in :func:`qq_data`.
    labels : {"outside", "auto", "all", "none"}, int or list of str
        Which studies bear their names: by default those outside the envelope.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError, OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`qq_data` and :func:`k2meta.forest_plot`.

    Warns
    -----
    LayoutWarning
        A study's name found no room, or the figure is taller than a page.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.qq_plot(fit, seed=3).k2meta["seed"]
    3
    """
    look = choose_theme(qq_plot, theme, theme_overrides)
    envelope = qq_envelope(require_fit(fit, "qq_plot", 2), reps, level, seed)
    _refuse_infinite(envelope)
    job = _Job(envelope, labels, look, title, footnote)
    return chart_figure(partial(_chart, job=job), look, width, lang)


def _refuse_infinite(envelope: QqEnvelope) -> None:
    endless = np.flatnonzero(np.isinf(envelope.residuals))
    if endless.size:
        names = ", ".join(repr(envelope.study[i]) for i in endless)
        raise DataError(
            f"the deleted residual of {names} is infinite - the other studies have one effect, so that the "
            "Knapp-Hartung variance without it is 0 - expected finite residuals - pool with test='z'"
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """One figure: the residuals and what was asked for."""

    found: QqEnvelope
    labels: Any
    look: Theme
    title: str
    footnote: bool

    @property
    def outside(self) -> BoolArray:
        """Which residuals lie outside the envelope."""
        found = self.found
        return np.asarray((found.residuals < found.low) | (found.residuals > found.high), dtype=bool)


def _marks(job: _Job) -> list[tuple[Marks, list[str]]]:
    found = job.found
    out = []
    for group, shape, colour, area, gid in (
        (~job.outside, "circle", job.look.square, AREA, "k2:points"),
        (job.outside, "diamond", OUTSIDE, AREA_OUTSIDE, "k2:points:outside"),
    ):
        own = np.flatnonzero(group)
        if own.size:
            x, y = (tuple(v[own].tolist()) for v in (found.quantiles, found.residuals))
            out.append((Marks(x, y, (area,) * own.size, shape, colour, gid), [found.study[i] for i in own]))
    return out


def _with_air(low: float, high: float) -> tuple[float, float]:
    air = 0.04 * (high - low) or 1.0
    return low - air, high + air


def _panel(job: _Job, lang: str) -> Panel:
    found = job.found
    x = found.quantiles.tolist()
    marks = [mark for mark, _ in _marks(job)]
    low = float(min(found.low.min(), found.residuals.min()))
    high = float(max(found.high.max(), found.residuals.max()))

    def draw(plot: PlotBox, number: int) -> Iterator[Item]:
        upper, lower = zip(x, found.high.tolist(), strict=True), zip(x, found.low.tolist(), strict=True)
        area = clip_area([*upper, *reversed(list(lower))], plot)
        if len(area) > 2:
            yield Shape(area, BAND, "k2:bg:envelope", space="plot", panel=number)
        for piece in clip_curve([(plot.low, plot.low), (plot.high, plot.high)], plot):
            yield Stroke(piece, 0.6, "black", "k2:bg:diagonal", "plot", (3.0, 2.0), number)
        yield from marks

    return Panel(
        AxisSpec(*_with_air(min(x), max(x)), run(say("qq: x", lang)), fixed=True),
        AxisSpec(*_with_air(low, high), run(say("qq: y", lang)), fixed=True),
        draw,
        _names(job),
    )


def _names(job: _Job) -> tuple[PointLabel, ...]:
    found = job.found
    names, far = list(found.study), np.abs(found.residuals)
    places = list(zip(found.quantiles.tolist(), found.residuals.tolist(), strict=True))
    radius = math.sqrt(AREA_OUTSIDE / 2)
    if isinstance(job.labels, str) and job.labels == "outside":
        # by place, as several studies may bear one name
        own = sorted(np.flatnonzero(job.outside), key=lambda i: -far[i])
        return tuple(PointLabel(*places[i], one_line(names[i]), radius) for i in own)
    return choose_labels(job.labels, names, far, places, [radius] * len(names))


def _legend(job: _Job, lang: str) -> tuple[LegendEntry, ...]:
    found = job.found
    band = say("qq: band", lang, level=level_text(found.level), reps=format_count(found.reps, lang))
    entries = [
        LegendEntry(run(say("qq: inside", lang)), mark_sample("circle", job.look.square, diameter=3.6)),
        LegendEntry(run(band), band_sample(BAND)),
        LegendEntry(run(say("qq: line", lang)), line_sample("black", 0.6, (3.0, 2.0))),
    ]
    if job.outside.any():
        outside = mark_sample("diamond", OUTSIDE, diameter=4.4)
        entries.insert(1, LegendEntry(run(say("qq: outside", lang)), outside))
    return tuple(entries)


def _notes(job: _Job, lang: str) -> tuple[Line, ...]:
    if not job.footnote:
        return ()
    words = say("qq: seed", lang, seed=job.found.seed)
    return ((run(words + ("。" if lang == "zh" else ". ")), *fit_note(job.found.fit, lang)),)


def _chart(lang: str, *, job: _Job) -> Chart:
    found = job.found
    level = level_text(found.level)
    rows = [row for mark, names in _marks(job) for row in point_rows(mark, names)]
    return Chart(
        "qq",
        (_panel(job, lang),),
        job.title or say("qq: title", lang),
        say("qq: alt", lang, k=found.fit.k, n=found.outside, level=level),
        say(
            "qq: caption",
            lang,
            k=found.fit.k,
            method=method_words(found.fit, lang),
            level=level,
            reps=format_count(found.reps, lang),
            seed=found.seed,
        ),
        legend=_legend(job, lang),
        notes=_notes(job, lang),
        rows=rows,
        table=found.to_frame(),
        record={"seed": found.seed, "reps": found.reps, "outside": found.outside},
    )
