"""The GOSH plot: the pooled effect and the heterogeneity of all, or many, subsets of the studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_gosh as _words  # adds its words to the catalogue
from k2meta.analysis.subsets import GoshResult, gosh
from k2meta.errors import DataError, OptionError, nearest, unknown_option
from k2meta.figures.chart.chart import LINEAR, AxisSpec, Chart, Draw, LegendEntry, Panel
from k2meta.figures.chart.chart_effects import effect_title
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import fit_note, mark_sample, method_words, shown
from k2meta.figures.lettering.numbers import format_count
from k2meta.figures.looks.display import Item, Marks, PlotBox, Shape, Stroke
from k2meta.figures.looks.model import Line, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import say
from k2meta.figures.words.fit_words import effect_words
from k2meta.figures.words.reading import Reading, read_scale
from k2meta.models.result import MetaResult
from k2meta.records import BoolArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["gosh_data", "gosh_plot"]

_ = _words
HEIGHTS = ("i2", "tau2", "q")
AREA, LARGEST_AREA = 0.9, 9.0  # pt2 of a point of a cloud of a thousand, and of a few points
FEW = 1000
WITH = "#D55E00"
BARS = 40


def gosh_data(result: GoshResult | MetaResult, *, highlight: str | None = None) -> pd.DataFrame:
    """Return the points of a GOSH plot.

    Parameters
    ----------
    result : GoshResult or MetaResult
        A fit is handed to :func:`k2meta.gosh` first.
    highlight : str, optional
        A study; adds the column ``highlighted``.

    Returns
    -------
    DataFrame
        ``k``, ``estimate`` (analysis scale), ``natural`` (as read), ``tau2``, ``i2``, ``q`` of each subset.

    Raises
    ------
    DataError
        When ``result`` is neither.
    OptionError
        When no study, or more than one, has the name in ``highlight``.

    Notes
    -----
    R counterpart: ``metafor::gosh``.

    References
    ----------
    Olkin I, Dahabreh IJ, Trikalinos TA (2012). Res Synth Methods 3:214-223. doi:10.1002/jrsm.1053

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.gosh_data(fit)["k"].tolist()
    [1, 1, 2, 1, 2, 2, 3]
    """
    cloud = _cloud(result)
    frame = cloud.to_frame()
    reading = read_scale(cloud.fit.effects)
    frame.insert(2, "natural", np.array(reading.natural(frame["estimate"].tolist())))
    if highlight is not None:
        frame["highlighted"] = cloud.included[:, _position(cloud, highlight)]
    return frame


def _cloud(result: Any) -> GoshResult:
    if isinstance(result, GoshResult):
        return result
    if isinstance(result, MetaResult):
        return gosh(result)
    raise DataError(
        f"gosh_plot() was given a {type(result).__name__} - expected what gosh() or meta_analysis() returns "
        "- write k2.gosh_plot(k2.gosh(fit))"
    )


def _position(cloud: GoshResult, study: str) -> int:
    found = [i for i, label in enumerate(cloud.study) if str(label) == study]
    if len(found) == 1:
        return found[0]
    if found:
        raise OptionError(
            f"highlight={study!r} - {len(found)} studies bear this name - expected one - rename them"
        )
    close = nearest(study, [str(label) for label in cloud.study]) if isinstance(study, str) else None
    hint = f"; did you mean {close!r}?" if close else "."
    raise OptionError(
        f"highlight={study!r} - no study of the fit{hint} Studies: {', '.join(map(str, cloud.study))}"
    )


@in_both_languages
def gosh_plot(
    result: GoshResult | MetaResult,
    *,
    y: str = "i2",
    highlight: str | None = None,
    margins: bool = True,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a GOSH plot (graphical display of study heterogeneity).

    Parameters
    ----------
    result : GoshResult or MetaResult
        A fit is handed to :func:`k2meta.gosh` first: all subsets of up to 15 studies.
    y : {"i2", "tau2", "q"}
    highlight : str, optional
        A study: subsets with it get another colour and shape.
    margins : bool
        Show the distributions of both values beside the plot.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet
        The cloud is an image of 600 dots per inch inside PDF and SVG files, so that they stay small.

    Raises
    ------
    DataError, OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`gosh_data` and :func:`k2meta.forest_plot`.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.gosh_plot(fit, highlight="C").k2meta["subsets"]
    7
    """
    look = choose_theme(gosh_plot, theme, theme_overrides)
    if y not in HEIGHTS:
        raise unknown_option("y", y, HEIGHTS)
    cloud = _cloud(result)
    data = gosh_data(cloud, highlight=highlight)
    job = _Job(cloud, data, y, highlight, margins, look, title, footnote)
    return chart_figure(partial(_chart, job=job), look, width, lang)


@dataclass(frozen=True, slots=True)
class _Job:
    """One figure: the subsets and what was asked for."""

    cloud: GoshResult
    data: pd.DataFrame
    y: str
    highlight: str | None
    margins: bool
    look: Theme
    title: str
    footnote: bool

    @property
    def colour(self) -> str:
        """Of all subsets, or of those without the highlighted study: grey print tells both apart."""
        return self.look.square if self.highlight is None else "black"

    @property
    def known(self) -> BoolArray:
        """Which subsets could be pooled."""
        return np.asarray(np.isfinite(self.data["estimate"]) & np.isfinite(self.data[self.y]), dtype=bool)


def _limits(values: FloatArray, *, from_zero: bool = False) -> tuple[float, float]:
    """Ends of an axis: the data with a little air; never of no length."""
    low, high = 0.0 if from_zero else float(values.min()), float(values.max())
    air = 0.03 * (high - low) or max(0.1 * abs(high), 0.1)
    # subsets without heterogeneity lie at 0: above the axis, not on it
    return low - (0.03 * (high + air) if from_zero else air), high + air


def _cloud_marks(job: _Job) -> list[Marks]:
    x, y = job.data["estimate"].to_numpy(), job.data[job.y].to_numpy()
    area = min(LARGEST_AREA, AREA * max(1.0, FEW / max(1, int(job.known.sum()))))
    marked = job.data["highlighted"].to_numpy() if job.highlight is not None else np.zeros(len(x), dtype=bool)
    looks = (
        (job.colour, "circle", "k2:points", ~marked),
        (WITH, "diamond", "k2:points:highlighted", marked),
    )
    return [
        Marks(
            tuple(x[own].tolist()),
            tuple(y[own].tolist()),
            (area,) * int(own.sum()),
            shape,
            colour,
            gid,
            pixels=True,
        )
        for colour, shape, gid, group in looks
        if (own := group & job.known).any()
    ]


def _bars(values: FloatArray, ends: tuple[float, float], *, upright: bool) -> Draw:
    """Draw a histogram against one axis of the cloud."""
    counts, edges = np.histogram(values, bins=BARS, range=ends)
    share = counts / max(counts.max(), 1)

    def draw(_plot: PlotBox, number: int) -> Iterator[Item]:
        for n, height in enumerate(share.tolist()):
            if height == 0:
                continue
            low, high = float(edges[n]), float(edges[n + 1])
            corners = ((low, 0.0), (high, 0.0), (high, height), (low, height))
            turned = tuple((y, x) for x, y in corners)
            points = turned if upright else corners
            yield Shape(points, "#BDBDBD", "k2:bg:bar", "white", 0.2, "plot", panel=number)

    return draw


def _panels(job: _Job, lang: str, reading: Reading) -> tuple[Panel, ...]:
    x = job.data["estimate"].to_numpy()[job.known]
    y = job.data[job.y].to_numpy()[job.known]
    fit = job.cloud.fit
    middle = {"i2": fit.i2, "tau2": fit.tau2, "q": fit.q}[job.y]
    across, up = _limits(np.append(x, fit.estimate)), _limits(np.append(y, middle), from_zero=True)
    if job.y == "i2":
        up = (-3.0, 100.0)
    marks = _cloud_marks(job)

    def draw(_plot: PlotBox, number: int) -> Iterator[Item]:
        yield from marks
        lines = (((fit.estimate, up[0]), (fit.estimate, up[1])), ((across[0], middle), (across[1], middle)))
        for line, name in zip(lines, ("estimate", job.y), strict=True):
            yield Stroke(line, 0.6, "black", f"k2:bg:all:{name}", "plot", (3.0, 2.0), number)

    title = effect_title(reading, lang)
    axes = (
        AxisSpec(*across, title, reading.scale, fixed=True),
        AxisSpec(*up, run(say(f"gosh: {job.y}", lang)), fixed=True),
    )
    main = Panel(*axes, draw)
    if not job.margins:
        return (main,)
    hidden = AxisSpec(0.0, 1.05, scale=LINEAR, fixed=True, ticks=(), labels=False)
    over = AxisSpec(*across, scale=reading.scale, fixed=True, ticks=(), labels=False)
    beside = AxisSpec(*up, fixed=True, ticks=(), labels=False)
    return (
        main,
        Panel(over, hidden, _bars(x, across, upright=False), name="over", frame="none"),
        Panel(hidden, beside, _bars(y, up, upright=True), name="beside", frame="none"),
    )


def _legend(job: _Job, lang: str) -> tuple[LegendEntry, ...]:
    if job.highlight is None:
        return ()
    with_it = run(say("gosh: with", lang, study=job.highlight))
    return (
        LegendEntry(with_it, mark_sample("diamond", WITH)),
        LegendEntry(run(say("gosh: without", lang)), mark_sample("circle", job.colour)),
    )


def _notes(job: _Job, lang: str) -> tuple[Line, ...]:
    if not job.footnote:
        return ()
    cloud, end = job.cloud, "。" if lang == "zh" else ". "
    values = {"n": format_count(cloud.n, lang), "k": cloud.fit.k}
    words = (
        say("gosh: all", lang, **values)
        if cloud.complete
        else say("gosh: drawn", lang, **values, seed=cloud.seed)
    )
    lost = int((~job.known).sum())
    missing = say("gosh: missing", lang, n=format_count(lost, lang)) + end if lost else ""
    method = fit_note(cloud.fit, lang, interval=False, i2=job.y == "i2")
    return ((run(words + end), *((run(missing),) if missing else ()), *method),)


def _chart(lang: str, *, job: _Job) -> Chart:
    fit = job.cloud.fit
    reading = read_scale(fit.effects)
    natural = job.data["natural"].to_numpy()[job.known]
    if not natural.size:
        raise DataError(
            "gosh - no subset can be pooled - expected at least one - look at the studies' effects"
        )
    low, high = (float(v) for v in np.quantile(natural, (0.25, 0.75)))
    facts = {
        "effect": _lower(effect_words(reading, lang, None), lang),
        "what": say(f"gosh: {job.y}", lang),
        "n": format_count(job.cloud.n, lang),
        "k": fit.k,
    }
    values = {"low": low, "high": high, "estimate": reading.natural([fit.estimate])[0]}
    printed = {name: shown(value, reading.decimals) for name, value in values.items()}
    panels = _panels(job, lang, reading)
    several = len(panels) > 1
    return Chart(
        "gosh",
        panels,
        job.title or say("gosh: title", lang),
        say("gosh: alt", lang, **facts, **printed),
        say("gosh: caption", lang, **facts, method=method_words(fit, lang)),
        grid=((1, None), (0, 2)) if several else ((0,),),
        widths=(1.0, 0.14) if several else (1.0,),
        heights=(0.13, 0.8) if several else (0.8,),
        legend=_legend(job, lang),
        notes=_notes(job, lang),
        table=job.data,
        record={"subsets": job.cloud.n, "seed": job.cloud.seed, "complete": job.cloud.complete, "y": job.y},
    )


def _lower(words: str, lang: str) -> str:
    return words[:1].lower() + words[1:] if lang == "en" else words
