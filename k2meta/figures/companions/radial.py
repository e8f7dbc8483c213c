"""The radial (Galbraith) plot: standardised effects against precision, with an arc to read effects on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_radial as _words  # adds its words to the catalogue
from k2meta.errors import OptionError
from k2meta.figures.chart.chart import AxisSpec, Chart, LegendEntry, Panel
from k2meta.figures.chart.chart_effects import (
    excluded_note,
    inside_sentence,
    interval_text,
    sentence_interval,
    span,
    with_symbol,
)
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_labels import label_size
from k2meta.figures.chart.chart_parts import (
    band_sample,
    choose_labels,
    fit_note,
    line_sample,
    method_words,
    point_rows,
    require_fit,
    study_labels,
)
from k2meta.figures.companions.radial_marks import BAND, LINE, RadialItems, choose_frame, few_ticks
from k2meta.figures.lettering.numbers import format_number
from k2meta.figures.looks.display import Marks
from k2meta.figures.looks.model import Runs, plain_text, run
from k2meta.figures.looks.themes import Theme, page_width
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import level_text, say
from k2meta.figures.words.fit_words import effect_words
from k2meta.figures.words.reading import Reading, read_scale
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["radial_data", "radial_plot"]

_ = _words
DIAMETER = 4.4  # of all points, pt
ASPECT, TALLEST, MARGINS = (
    0.95,
    100.0,
    16.0,
)  # height over width; height of the plot, and what stands beside it, mm


def radial_data(fit: MetaResult, *, centre: bool = False) -> pd.DataFrame:
    """Return the points of a radial plot.

    Parameters
    ----------
    fit : MetaResult
    centre : bool
        Measure effects from the pooled effect.

    Returns
    -------
    DataFrame
        ``study``, ``x``, ``y``, ``estimate`` (on the analysis scale; the slope of the ray through the point,
        without ``centre``).

    Raises
    ------
    DataError
        When ``fit`` is not a fit.

    Notes
    -----
    ``x_i = 1 / sqrt(v_i + tau2)``, ``y_i = effect_i / sqrt(v_i + tau2)``, with ``tau2 = 0`` for a common
    effect. R counterpart: ``metafor::radial`` (``center``).

    References
    ----------
    Galbraith RF (1988). Stat Med 7:889-894. doi:10.1002/sim.4780070807

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3], vi=[0.01, 0.04], study=["A", "B"], model="common")
    >>> k2.radial_data(fit)[["x", "y"]].round(6).to_numpy().tolist()
    [[10.0, 1.0], [5.0, 1.5]]
    """
    import pandas as pd

    fit = require_fit(fit, "radial_data")
    yi, vi = np.asarray(fit.effects.yi), np.asarray(fit.effects.vi)
    root = np.sqrt(vi + _tau2(fit))
    shown = yi - fit.estimate if centre else yi
    return pd.DataFrame(
        {"study": list(study_labels(fit)), "x": 1.0 / root, "y": shown / root, "estimate": yi}
    )


@in_both_languages
def radial_plot(
    fit: MetaResult,
    *,
    centre: bool | None = None,
    level: float | None = None,
    labels: str | int | Iterable[str] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a radial plot.

    Parameters
    ----------
    fit : MetaResult
    centre : bool, optional
        Measure effects from the pooled effect, so that its line is level. By default only where the line
        would be so steep that the studies cannot be told apart (means far from 0, say).
    level : float, optional
        Of the band round the line; the fit's by default.
    labels : {"auto", "all", "none"}, int or list of str
        Which studies bear their names, those furthest from the line first; none by default.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError
        When ``fit`` is not a fit.
    OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`k2meta.forest_plot`.

    Warns
    -----
    LayoutWarning
        A study's name found no room, or the figure is taller than a page.

    Notes
    -----
    The slope of the line is the pooled effect. Studies within ``-+ z`` of it in height agree with it. The ray
    from the origin through a study meets the arc at the study's effect; the arc shows natural values and
    the confidence interval of the pooled effect. See :func:`radial_data` for the axes.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    >>> k2.radial_plot(fit).k2meta["kind"]
    'radial'
    """
    look = choose_theme(radial_plot, theme, theme_overrides)
    fit = require_fit(fit, "radial_plot")
    chosen = fit.options.level if level is None else level
    if not isinstance(chosen, (int, float)) or not 0 < chosen < 1:
        raise OptionError(f"level={level!r} - expected a number between 0 and 1 - write level=0.95")
    centre = _is_steep(fit) if centre is None else bool(centre)
    job = _Job(
        fit=fit,
        data=radial_data(fit, centre=centre),
        reading=read_scale(fit.effects),
        look=look,
        origin=fit.estimate if centre else 0.0,
        band=float(normal_ppf(0.5 + 0.5 * chosen)),
        # as high as wide on one column, no higher than TALLEST on two
        aspect=min(ASPECT, TALLEST / (page_width(width, look) - MARGINS)),
        labels=labels,
        title=title,
        footnote=footnote,
    )
    return chart_figure(lambda each: _chart(job, each), look, width, lang)


@dataclass(frozen=True, slots=True)
class _Job:
    """What one radial plot is made from; effects are measured from ``origin``."""

    fit: MetaResult
    data: pd.DataFrame
    reading: Reading
    look: Theme
    origin: float
    band: float
    aspect: float
    labels: Any
    title: str
    footnote: bool


def _tau2(fit: MetaResult) -> float:
    return fit.tau2 if fit.options.model == "random" else 0.0


def _is_steep(fit: MetaResult) -> bool:
    """Whether the line rises more than ten times as far as the studies lie from it."""
    data = radial_data(fit)
    rise = np.abs(fit.estimate * data["x"]).max()
    away = np.abs(data["y"] - fit.estimate * data["x"]).max()
    return bool(rise > 10 * max(away, 2.0))


def _chart(job: _Job, lang: str) -> Chart:
    fit, data = job.fit, job.data
    x, y = data["x"].to_numpy(), data["y"].to_numpy()
    slope = fit.estimate - job.origin
    ci = (fit.ci.low - job.origin, fit.ci.high - job.origin)
    effects = np.array([*(data["estimate"].to_numpy() - job.origin), *ci])
    known = effects[np.isfinite(effects)]
    frame = choose_frame(x, y, known, job.band, slope, job.aspect)
    area = (math.pi / 4 * DIAMETER**2,) * fit.k
    marks = Marks(
        tuple(x.tolist()), tuple(y.tolist()), area, "circle", job.look.square, "k2:points", "white", 0.3
    )
    ticks = few_ticks(0.0, frame.last, 100.0)
    items = RadialItems(
        marks,
        frame,
        slope,
        ci,
        span(known.tolist()),
        job.band,
        job.reading.scale,
        job.origin,
        label_size(job.look.size, job.look.min_size),
        job.look,
        ticks,
    )
    names = data["study"].tolist()
    off = np.abs(y - slope * x)
    places = list(zip(x.tolist(), y.tolist(), strict=True))
    labels = choose_labels(job.labels, names, off, places, [DIAMETER / 2] * fit.k)
    panel = Panel(
        AxisSpec(0.0, frame.right, _title("x", job, lang), fixed=True, ticks=ticks),
        AxisSpec(frame.low, frame.high, _title("y", job, lang), fixed=True),
        items,
        labels,
        frame="none",
    )
    return Chart(
        "radial",
        (panel,),
        job.title or say("radial: title", lang),
        say("radial: alt", lang, **_words_of(job, off, lang)),
        say("radial: caption", lang, **_words_of(job, off, lang)),
        heights=(job.aspect,),
        tallest=math.inf,
        legend=_legend(job, lang),
        notes=excluded_note(fit.effects, lang) + (_notes(job, lang) if job.footnote else ()),
        rows=point_rows(marks, names),
        table=data,
        record={"slope": slope, "band": job.band, "centre": job.origin},
    )


def _title(axis: str, job: _Job, lang: str) -> Runs:
    model = "random" if _tau2(job.fit) > 0 else "common"
    name = job.reading.measure.describe(lang, natural=False)
    if job.fit.effects.is_ratio and not name.startswith(("log", "对数")):
        name = f"log {name}" if lang == "en" else f"对数{name}"
    if axis == "y" and job.origin:
        root = plain_text(with_symbol("radial: y random", "τ", job.look, lang, effect="")).strip(" /")
        name = say("radial: y centred", lang, effect=name, root="SE" if model == "common" else root)
        return run(name[:1].upper() + name[1:])
    return with_symbol(f"radial: {axis} {model}", "τ", job.look, lang, effect=name[:1].upper() + name[1:])


def _value(job: _Job, lang: str) -> str:
    fit = job.fit
    return interval_text(job.reading, (fit.estimate, fit.ci.low, fit.ci.high), job.look, lang)


def _legend(job: _Job, lang: str) -> tuple[LegendEntry, ...]:
    effect = effect_words(job.reading, lang, None)
    name = inside_sentence(effect, lang)
    return (
        LegendEntry(run(say("radial: line", lang, value=_value(job, lang))), line_sample(LINE, 0.9)),
        LegendEntry(
            run(say("radial: band", lang, z=format_number(job.band, 2, job.look.numbers))), band_sample(BAND)
        ),
        LegendEntry(run(say("radial: arc", lang, effect=name)), line_sample("black", 0.6)),
    )


def _notes(job: _Job, lang: str) -> tuple[tuple[Runs, ...], ...]:
    words = say("radial: note", lang, level=level_text(job.fit.options.level))
    stop = "。" if lang == "zh" else ". "
    return ((run(words + stop), *fit_note(job.fit, lang)),)


def _words_of(job: _Job, off: Any, lang: str) -> dict[str, object]:
    fit = job.fit
    return {
        "k": job.fit.k,
        "effect": inside_sentence(effect_words(job.reading, lang, None), lang),
        "value": sentence_interval(job.reading, (fit.estimate, fit.ci.low, fit.ci.high), job.look, lang),
        "z": format_number(job.band, 2, job.look.numbers),
        "n": int(np.sum(off > job.band)),
        "method": method_words(job.fit, lang),
    }
