"""The doi plot: effects against the normal scores of their ranks, and how asymmetric its limbs are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_doi as _words  # adds its words to the catalogue
from k2meta.analysis.asymmetry import LfkResult, lfk_index
from k2meta.errors import DataError
from k2meta.figures.chart.chart import AxisSpec, Chart, Panel
from k2meta.figures.chart.chart_effects import effect_title, excluded_note, inside_sentence, span, with_symbol
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import choose_labels, point_rows
from k2meta.figures.lettering.numbers import format_number
from k2meta.figures.looks.display import Item, Marks, PlotBox, Stroke
from k2meta.figures.looks.model import Line, Run, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.clipping import clip_curve
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import say
from k2meta.figures.words.fit_words import effect_words, number_style
from k2meta.figures.words.reading import Reading, read_scale
from k2meta.figures.words.statistics_lines import index_line
from k2meta.models.result import MetaResult
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["doi_data", "doi_plot"]

_ = _words
DIAMETER = 4.6  # of all points, pt


def doi_data(fit: MetaResult | Effects | LfkResult) -> pd.DataFrame:
    """Return the points of a doi plot.

    Parameters
    ----------
    fit : MetaResult, Effects or LfkResult
        With three studies or more.

    Returns
    -------
    DataFrame
        ``study``, ``estimate`` (analysis scale: log for ratios), ``z`` (normal score of the rank), ``abs_z``.

    Raises
    ------
    DataError
        With fewer than 3 studies, or where all effects are equal.

    Notes
    -----
    See :func:`k2meta.lfk_index` for the scores. R counterpart: ``metasens::doiplot``.

    References
    ----------
    Furuya-Kanamori L, Barendregt JJ, Doi SAR (2018). Int J Evid Based Healthc 16:195-203.
    doi:10.1097/XEB.0000000000000141

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.01, 0.04, 0.25], study=["A", "B", "C"])
    >>> k2.doi_data(fit)["abs_z"].round(2).tolist()
    [0.29, 1.14, 2.15]
    """
    return _data(_lfk(fit))


@in_both_languages
def doi_plot(
    fit: MetaResult | Effects | LfkResult,
    *,
    labels: str | int | Iterable[str] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a doi plot with the LFK index and its class.

    Parameters
    ----------
    fit : MetaResult, Effects or LfkResult
    labels : {"auto", "all", "none"}, int or list of str
        Which studies bear their names, the outermost first; none by default.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError
        With fewer than 3 studies, or where all effects are equal.
    OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`k2meta.forest_plot`.

    Warns
    -----
    LayoutWarning
        A study's name found no room, or the figure is taller than a page.

    Notes
    -----
    The vertical line through the study next to z = 0 parts the two limbs; limbs of unequal length or number
    of studies are asymmetry. The LFK index has no error rate, see :func:`k2meta.lfk_index`.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    >>> k2.doi_plot(fit).k2meta["classification"]
    'major'
    """
    look = choose_theme(doi_plot, theme, theme_overrides)
    lfk = _lfk(fit)
    effects = fit.effects if isinstance(fit, MetaResult) else fit
    source = effects if isinstance(effects, Effects) else _bare_effects(lfk)
    job = _Job(lfk, _data(lfk), source, read_scale(source), look, labels, title, footnote)
    return chart_figure(lambda each: _chart(job, each), look, width, lang)


@dataclass(frozen=True, slots=True)
class _Job:
    """What one doi plot is made from."""

    lfk: LfkResult
    data: pd.DataFrame
    effects: Effects
    reading: Reading
    look: Theme
    labels: Any
    title: str
    footnote: bool


def _lfk(fit: MetaResult | Effects | LfkResult) -> LfkResult:
    return fit if isinstance(fit, LfkResult) else lfk_index(fit)


def _bare_effects(lfk: LfkResult) -> Effects:
    """Effects that say how an index's studies are read; their variances are not known any more."""
    if lfk.measure == "GEN":
        raise DataError(
            "doi_plot() was given an LfkResult of effects without a measure - whether they are logarithms is "
            "not known any more - expected the fit or its effects - give the fit"
        )
    k = lfk.k
    return Effects(lfk.effect, np.ones(k), lfk.study, lfk.measure, np.arange(k))


def _data(lfk: LfkResult) -> pd.DataFrame:
    return lfk.to_frame().rename(columns={"effect": "estimate"})


def _chart(job: _Job, lang: str) -> Chart:
    lfk, data = job.lfk, job.data
    x, y = data["estimate"].to_numpy(), data["abs_z"].to_numpy()
    area = (math.pi / 4 * DIAMETER**2,) * lfk.k
    marks = Marks(
        tuple(x.tolist()), tuple(y.tolist()), area, "circle", job.look.square, "k2:points", "white", 0.3
    )
    names = data["study"].tolist()
    places = list(zip(x.tolist(), y.tolist(), strict=True))
    labels = choose_labels(job.labels, names, y, places, [DIAMETER / 2] * lfk.k) if job.labels else ()
    panel = Panel(
        AxisSpec(*span(x.tolist(), 0.06), effect_title(job.reading, lang), job.reading.scale),
        AxisSpec(0.0, float(y.max()), with_symbol("doi: y", "z", job.look, lang), descending=True),
        lambda plot, number: _items(lfk, marks, plot, number),
        labels,
    )
    index = format_number(lfk.index, 2, number_style(job.look.numbers, lang))
    verdict = say(f"doi: {lfk.classification}", lang)
    effect = inside_sentence(effect_words(job.reading, lang, None), lang)
    words = {"k": lfk.k, "effect": effect, "index": index, "verdict": verdict}
    return Chart(
        "doi",
        (panel,),
        job.title or say("doi: title", lang),
        say("doi: alt", lang, **words),
        say("doi: caption", lang, **words),
        statistics=(index_line(say("doi: index", lang), index, verdict, style=job.look.numbers, lang=lang),),
        notes=excluded_note(job.effects, lang) + ((_note(job.look, lang),) if job.footnote else ()),
        rows=point_rows(marks, names),
        table=data,
        record={"lfk": lfk.index, "classification": lfk.classification},
    )


def _note(look: Theme, lang: str) -> Line:
    stop = "。" if lang == "zh" else "."
    blank = "" if lang == "zh" else " "
    first = (*with_symbol("doi: note", "z", look, lang), Run(stop + blank))
    return first, run(say("doi: note few", lang) + stop)


def _items(lfk: LfkResult, marks: Marks, plot: PlotBox, number: int) -> Iterator[Item]:
    top, low = 0.0, max(plot.bottom_value or 0.0, plot.top_value or 0.0)
    for piece in clip_curve([(lfk.centre, top), (lfk.centre, low)], plot):
        yield Stroke(piece, 0.6, "#333333", "k2:bg:centre", "plot", (3.0, 2.0), number)
    order = np.lexsort((lfk.z, lfk.effect))
    points = [(float(lfk.effect[i]), float(abs(lfk.z[i]))) for i in order]
    for piece in clip_curve(points, plot):
        yield Stroke(piece, 0.7, "#888888", "k2:curve:limbs", "plot", (), number)
    yield marks
