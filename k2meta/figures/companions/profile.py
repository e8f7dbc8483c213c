"""The profile likelihood of the between-study variance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import k2meta.figures.companions.words_curves as _words  # adds its words to the catalogue
from k2meta.analysis.likelihood_curves import ProfileCurve, profile_curve
from k2meta.errors import DataError
from k2meta.figures.chart.chart import AxisSpec, Chart, LegendEntry, Panel, Sample
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import fit_note, mark_sample, method_words, point_rows, shown
from k2meta.figures.lettering.numbers import format_tau2, get_number_style
from k2meta.figures.looks.display import Item, Marks, PlotBox, Stroke
from k2meta.figures.looks.model import Line, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.clipping import clip_curve
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import level_text, say
from k2meta.figures.words.symbols import symbol_line
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["profile_data", "profile_plot"]

_ = _words
LIMIT = "#D55E00"
AREA = 16.0
DEEP = 2.2  # the axis reaches this many drops below the maximum


def profile_data(result: ProfileCurve | MetaResult, *, points: int = 201) -> pd.DataFrame:
    """Return the profile log-likelihood of tau2.

    Parameters
    ----------
    result : ProfileCurve or MetaResult
        Random effects by inverse variance, two studies or more.
    points : int
        Values of tau2 between 0 and beyond the upper limit.

    Returns
    -------
    DataFrame
        ``tau2`` and ``log_likelihood``, restricted for a REML fit.

    Raises
    ------
    DataError, OptionError
        For a common effect, one study, or pooling from counts.

    Notes
    -----
    R counterpart: ``metafor::profile.rma.uni``.

    References
    ----------
    Hardy RJ, Thompson SG (1996). Stat Med 15:619-629.
    doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02])
    >>> k2.profile_data(fit).columns.tolist()
    ['tau2', 'log_likelihood']
    """
    return _curve(result, points).to_frame()


def _curve(result: Any, points: int) -> ProfileCurve:
    if isinstance(result, ProfileCurve):
        return result
    if isinstance(result, MetaResult):
        return profile_curve(result, points)
    raise DataError(
        f"profile_plot() was given a {type(result).__name__} - expected what meta_analysis() returns - write "
        "k2.profile_plot(fit)"
    )


@in_both_languages
def profile_plot(
    result: ProfileCurve | MetaResult,
    *,
    points: int = 201,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw the profile likelihood of tau2 with its maximum and confidence limits.

    Parameters
    ----------
    result : ProfileCurve or MetaResult
        Random effects by inverse variance, two studies or more.
    points : int
        Values of tau2 between 0 and beyond the upper limit.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError, OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`profile_data` and :func:`k2meta.forest_plot`.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02])
    >>> k2.profile_plot(fit).k2meta["restricted"]
    True
    """
    look = choose_theme(profile_plot, theme, theme_overrides)
    job = _Job(_curve(result, points), look, title, footnote)
    return chart_figure(partial(_chart, job=job), look, width, lang)


@dataclass(frozen=True, slots=True)
class _Job:
    """One figure: the curve and what was asked for."""

    curve: ProfileCurve
    look: Theme
    title: str
    footnote: bool

    @property
    def level(self) -> str:
        return level_text(self.curve.interval.level)

    @property
    def limits(self) -> tuple[float, ...]:
        """Confidence limits where the curve meets the line; a lower limit of 0 is a boundary."""
        low, high = self.curve.interval
        return tuple(v for v in (low, high) if math.isfinite(v) and v > 0)


def _limit(value: float) -> str:
    """A confidence limit; 0 is the end of the parameter's range, hence exact."""
    if value == 0:
        return "0"
    return format_tau2(value) if math.isfinite(value) else "∞"


def _marks(job: _Job) -> list[Marks]:
    curve = job.curve
    peak = Marks(
        (curve.maximum,), (curve.max_log_likelihood,), (AREA,), "circle", job.look.square, "k2:points:maximum"
    )
    marks = [peak]
    if job.limits:
        heights = (curve.cut,) * len(job.limits)
        marks.append(Marks(job.limits, heights, (AREA,) * len(heights), "diamond", LIMIT, "k2:points:limits"))
    if abs(curve.fit.tau2 - curve.maximum) > 1e-6 * max(curve.maximum, 1e-12):
        marks.append(
            Marks(
                (curve.fit.tau2,),
                (curve.fitted_log_likelihood,),
                (AREA,),
                "square",
                "black",
                "k2:points:fit",
            )
        )
    return marks


def _panel(job: _Job, lang: str) -> Panel:
    curve = job.curve
    points = list(zip(curve.tau2.tolist(), curve.log_likelihood.tolist(), strict=True))
    floor = max(float(curve.log_likelihood.min()), curve.max_log_likelihood - DEEP * curve.drop)
    floor = min(floor, curve.cut - 0.15 * curve.drop, curve.fitted_log_likelihood)
    marks = _marks(job)

    def draw(plot: PlotBox, number: int) -> Iterator[Item]:
        cut = ((plot.low, curve.cut), (plot.high, curve.cut))
        yield Stroke(cut, 0.6, "black", "k2:bg:cut", "plot", (1.0, 1.5), number)
        bottom = plot.bottom_value if plot.bottom_value is not None else floor
        for n, value in enumerate((curve.maximum, *job.limits)):
            top = curve.max_log_likelihood if n == 0 else curve.cut
            line = ((value, bottom), (value, top))
            yield Stroke(line, 0.5, "#888888", f"k2:bg:drop:{n}", "plot", (3.0, 2.0), number)
        for piece in clip_curve(points, plot):
            yield Stroke(piece, 1.0, job.look.interval, "k2:curve:profile", "plot", panel=number)
        yield from marks

    kind = "restricted" if curve.restricted else "full"
    return Panel(
        AxisSpec(0.0, float(curve.tau2[-1]) or 1.0, run(say("profile: x", lang)), fixed=True),
        AxisSpec(floor, curve.max_log_likelihood + 0.1 * curve.drop, run(say(f"profile: {kind}", lang))),
        draw,
    )


def _legend(job: _Job, lang: str) -> tuple[LegendEntry, ...]:
    curve = job.curve
    style = get_number_style(job.look.numbers)
    low, high = map(_limit, curve.interval)

    def entry(key: str, sample: Sample, **values: object) -> LegendEntry:
        return LegendEntry(
            symbol_line((run(say(f"profile: {key}", lang, **values)),), style, lang)[0], sample
        )

    entries = [
        entry(
            "maximum", mark_sample("circle", job.look.square, diameter=4.5), value=format_tau2(curve.maximum)
        ),
        entry("limits", mark_sample("diamond", LIMIT, diameter=4.5), level=job.level, low=low, high=high),
    ]
    if any(mark.gid == "k2:points:fit" for mark in _marks(job)):
        tau2 = format_tau2(curve.fit.tau2)
        entries.append(entry("fit", mark_sample("square", "black", diameter=4.5), value=tau2))
    return tuple(entries)


def _notes(job: _Job, lang: str) -> tuple[Line, ...]:
    if not job.footnote:
        return ()
    words = say("profile: cut", lang, drop=shown(job.curve.drop), level=job.level)
    return ((run(words + ("。" if lang == "zh" else ". ")), *fit_note(job.curve.fit, lang, interval=False)),)


def _chart(lang: str, *, job: _Job) -> Chart:
    curve = job.curve
    low, high = map(_limit, curve.interval)
    facts = {
        "k": curve.fit.k,
        "value": format_tau2(curve.maximum),
        "level": job.level,
        "low": low,
        "high": high,
    }
    names = {"maximum": ("maximum",), "limits": ("limit",) * 2, "fit": ("fit",)}
    rows = []
    for mark in _marks(job):
        rows += point_rows(mark, names[mark.gid.rsplit(":", 1)[1]][: len(mark.x)])
    return Chart(
        "profile",
        (_panel(job, lang),),
        job.title or say("profile: title", lang),
        say("profile: alt", lang, **facts),
        say(
            "profile: caption",
            lang,
            k=curve.fit.k,
            method=method_words(curve.fit, lang),
            drop=shown(curve.drop),
        ),
        legend=_legend(job, lang),
        notes=_notes(job, lang),
        rows=rows,
        table=curve.to_frame(),
        record={"restricted": curve.restricted, "cut": curve.cut},
    )
