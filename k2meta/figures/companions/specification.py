"""The specification curve: sorted estimates above, the choices behind each below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_specification as _words  # adds its words to the catalogue
from k2meta.analysis.multiverse import ALL_STUDIES
from k2meta.analysis.specifications import COMMON, SpecificationResult
from k2meta.errors import DataError, OptionError
from k2meta.figures.axes.axis import Tick
from k2meta.figures.chart.chart import AxisSpec, Chart, LegendEntry, Panel
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import line_sample, mark_sample, point_rows, shown
from k2meta.figures.lettering.numbers import format_count, get_number_style
from k2meta.figures.looks.display import Item, Marks, PlotBox, Segments, Stroke
from k2meta.figures.looks.model import Line, run
from k2meta.figures.looks.themes import Theme, page_width
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.clipping import clip_curve
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import level_text, say, tau2_name
from k2meta.figures.words.fit_words import effect_words
from k2meta.figures.words.reading import Reading, read_scale
from k2meta.figures.words.symbols import symbol_line
from k2meta.records import IntArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["specification_data", "specification_plot"]

_ = _words
MOST = 2000
MOST_OPTIONS = 12  # of one factor; beyond, all but the first share a row
AIR = 0.03  # of the range, above and below
OTHER = "#8A8A8A"
PITCH = 1.35  # height of a row of choices, in type sizes
FACTORS = ("effects", "model", "test", "studies")


def specification_data(result: SpecificationResult, *, most: int = MOST) -> pd.DataFrame:
    """Return the specifications as drawn, sorted by estimate.

    Parameters
    ----------
    result : SpecificationResult
        From :func:`k2meta.specification_curve`.
    most : int
        How many are drawn; of more, that many are taken evenly by rank, the first and the last among them.

    Returns
    -------
    DataFrame
        ``rank`` (from 1, among all), the choices, ``estimate, ci_low, ci_high`` (analysis scale),
        ``natural, natural_low, natural_high``, ``p_value``, ``k``, ``significant``.

    Raises
    ------
    DataError
        When ``result`` is not a specification curve.
    OptionError
        When ``most`` is not a whole number of 2 or more.

    References
    ----------
    Simonsohn U, Simmons JP, Nelson LD (2020). Nat Hum Behav 4:1208-1214. doi:10.1038/s41562-020-0912-z

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> k2.specification_data(k2.specification_curve(bcg))["rank"].max()
    np.int64(126)
    """
    if not isinstance(result, SpecificationResult):
        raise DataError(
            f"specification_plot() was given a {type(result).__name__} - expected what specification_curve() "
            "returns - write k2.specification_plot(k2.specification_curve(effects))"
        )
    if isinstance(most, bool) or not isinstance(most, int) or most < 2:
        raise OptionError(f"most={most!r} - expected a whole number of 2 or more")
    ranks = _drawn_ranks(result.n, most)
    frame = result.to_frame().iloc[result.order[ranks]].reset_index(drop=True)
    natural = result.to_frame(natural=True).iloc[result.order[ranks]]
    frame.insert(0, "rank", ranks + 1)
    for name, source in (("natural", "estimate"), ("natural_low", "ci_low"), ("natural_high", "ci_high")):
        frame[name] = natural[source].to_numpy()
    frame["significant"] = frame["p_value"] < 1.0 - result.level
    return frame


def _drawn_ranks(n: int, most: int) -> IntArray:
    if n <= most:
        return np.arange(n)
    return np.unique(np.round(np.linspace(0, n - 1, most)).astype(np.int64))


@in_both_languages
def specification_plot(
    result: SpecificationResult,
    *,
    most: int = MOST,
    theme: str | Theme = "plain",
    width: str | float = "2col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a specification curve.

    Parameters
    ----------
    result : SpecificationResult
        From :func:`k2meta.specification_curve`.
    most : int
        How many specifications are drawn; the footnote says when some are not.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet
        ``fig.parts["plot"]`` has the estimates, ``fig.parts["choices"]`` the dots.

    Raises
    ------
    DataError, OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`specification_data` and :func:`k2meta.forest_plot`.

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> figure = k2.specification_plot(k2.specification_curve(bcg, by="allocation"))
    >>> sorted(figure.parts)
    ['choices', 'plot']
    """
    look = choose_theme(specification_plot, theme, theme_overrides)
    data = specification_data(result, most=most)
    job = _Job(result, data, read_scale(next(iter(result.effects.values()))), look, title, footnote)
    return chart_figure(partial(_chart, job=job, page=page_width(width, look)), look, width, lang)


@dataclass(frozen=True, slots=True)
class _Job:
    """One figure: the specifications and what was asked for."""

    result: SpecificationResult
    data: pd.DataFrame
    reading: Reading
    look: Theme
    title: str
    footnote: bool

    @property
    def alpha(self) -> str:
        return f"{1.0 - self.result.level:.6g}"

    @property
    def x(self) -> list[float]:
        """Places along the axis: 1, 2 ... for the specifications drawn."""
        return [float(n) for n in range(1, len(self.data) + 1)]


# --------------------------------------------------------------------------- estimates
def _marks(job: _Job) -> list[Marks]:
    x, y = np.array(job.x), job.data["estimate"].to_numpy()
    significant = job.data["significant"].to_numpy()
    area = min(6.0, max(0.8, 500.0 / len(x)))
    return [
        Marks(tuple(x[own].tolist()), tuple(y[own].tolist()), (area,) * int(own.sum()), shape, colour, gid)
        for own, shape, colour, gid in (
            (~significant, "diamond", OTHER, "k2:points:other"),
            (significant, "circle", job.look.square, "k2:points:significant"),
        )
        if own.any()
    ]


def _estimates(job: _Job, plot: PlotBox, number: int) -> Iterator[Item]:
    null = job.reading.scale.null
    low, high = sorted((plot.bottom_value or 0.0, plot.top_value or 0.0))
    if null is not None and low <= null <= high:
        yield Stroke(((plot.low, null), (plot.high, null)), 0.6, "black", "k2:bg:null", "plot", panel=number)
    median = job.result.median
    line = ((plot.low, median), (plot.high, median))
    yield Stroke(line, 0.6, "#555555", "k2:bg:median", "plot", (3.0, 2.0), number)
    width = min(0.7, max(0.2, 100.0 / len(job.data)))
    significant = job.data["significant"].to_numpy()
    for group, colour, name in (
        (~significant, OTHER, "other"),
        (significant, job.look.square, "significant"),
    ):
        lines = [
            piece
            for i in np.flatnonzero(group)
            for piece in clip_curve(
                [(job.x[i], float(job.data["ci_low"][i])), (job.x[i], float(job.data["ci_high"][i]))], plot
            )
        ]
        if lines:
            yield Segments(tuple(lines), width, colour, f"k2:ci:{name}", panel=number)
    yield from _marks(job)


# --------------------------------------------------------------------------- choices
@dataclass(frozen=True, slots=True)
class _Choices:
    """Rows of the lower panel: heads and options from the top, and the dots."""

    ticks: tuple[Tick, ...]
    dots: tuple[tuple[float, float], ...]
    rows: int


def _factor_words(factor: str, lang: str) -> str:
    return say(f"specification: {factor}", lang) if factor in FACTORS else factor


def _option_words(factor: str, option: str, lang: str) -> str:
    """Name an option in the figure's language; names of studies and groups stay as they are."""
    if factor == "model":
        if option == COMMON:
            return say("specification: common", lang)
        return "τ²" + option.removeprefix("tau2") if option.startswith("tau2 = ") else option
    if factor == "test":
        return say(f"name {option}", lang)
    if option == ALL_STUDIES or (factor not in FACTORS and option == "all"):
        return say("specification: all studies" if option == ALL_STUDIES else "specification: all", lang)
    if factor == "studies" and option.startswith("without "):
        return say("specification: without", lang, study=option.removeprefix("without "))
    if factor not in FACTORS and option.startswith("not "):
        return say("specification: not", lang, group=option.removeprefix("not "))
    return option


def _choices(job: _Job, lang: str) -> _Choices:
    ticks: list[Tick] = []
    dots: list[tuple[float, float]] = []
    row = 0.0
    for factor in job.result.choices:
        options = list(dict.fromkeys(job.result.choices[factor]))
        if len(options) < 2:
            continue
        row += 1.0
        ticks.append(Tick(row, _factor_words(factor, lang), bold=True))
        own = job.data[factor].tolist()
        many = len(options) > MOST_OPTIONS
        shown_options = options[:1] if many else options
        for option in shown_options:
            row += 1.0
            ticks.append(Tick(row, _option_words(factor, option, lang)))
            dots += [(x, row) for x, mine in zip(job.x, own, strict=True) if mine == option]
        if many:
            row += 1.0
            rest = options[1:]
            left_out = factor == "studies" and all(option.startswith("without ") for option in rest)
            key = "specification: left out" if left_out else "specification: others"
            ticks.append(Tick(row, say(key, lang, n=len(rest))))
            dots += [(x, row) for x, mine in zip(job.x, own, strict=True) if mine not in shown_options]
        row += 0.4
    return _Choices(tuple(ticks), tuple(dots), max(int(np.ceil(row)), 1))


def _span(job: _Job) -> tuple[float, float]:
    """What the axis shows: all estimates, and intervals up to one and a half times their range beyond."""
    estimates = job.data["estimate"].to_numpy()
    spread = float(np.ptp(estimates)) or float(np.median(job.data["ci_high"] - job.data["ci_low"]))
    low = max(float(job.data["ci_low"].min()), float(estimates.min()) - 1.5 * spread)
    high = min(float(job.data["ci_high"].max()), float(estimates.max()) + 1.5 * spread)
    null = job.reading.scale.null
    if null is not None:
        low, high = min(low, null), max(high, null)
    air, ends = AIR * (high - low), job.reading.scale.ends
    return max(low - air, min(low, ends[0])), min(high + air, max(high, ends[1]))


def _effect(job: _Job, lang: str) -> str:
    if len({one.measure for one in job.result.effects.values()}) > 1:
        names = ("、" if lang == "zh" else ", ").join(job.result.effects)
        return say("specification: ratio", lang, names=names)
    return effect_words(job.reading, lang, None)


def _panels(job: _Job, lang: str, choices: _Choices) -> tuple[Panel, ...]:
    across = (0.5, len(job.data) + 0.5)
    low, high = _span(job)
    words = _effect(job, lang)
    title = run(say("log scale", lang, effect=words) if job.reading.is_ratio else words)
    upper = Panel(
        AxisSpec(*across, fixed=True, ticks=(), labels=False),
        AxisSpec(low, high, title, job.reading.scale, fixed=True),
        partial(_estimates, job),
    )

    def draw_dots(_plot: PlotBox, number: int) -> Iterator[Item]:
        x, y = zip(*choices.dots, strict=True)
        area = min(5.0, max(0.8, 400.0 / len(job.data)))
        yield Marks(x, y, (area,) * len(x), "circle", "black", "k2:bg:choices", panel=number)

    if not choices.dots:
        return (upper,)
    lower = Panel(
        AxisSpec(*across, run(say("specification: x", lang)), fixed=True, ticks=()),
        AxisSpec(0.4, choices.rows + 0.2, fixed=True, ticks=choices.ticks, descending=True),
        draw_dots,
        name="choices",
    )
    return (upper, lower)


def _facts(job: _Job, lang: str) -> dict[str, Any]:
    result, reading = job.result, job.reading
    words = _effect(job, lang)
    values = (result.estimate.min(), result.estimate.max(), result.median)
    low, high, median = (shown(v, reading.decimals) for v in reading.natural([float(v) for v in values]))
    return {
        "effect": words[:1].lower() + words[1:] if lang == "en" else words,
        "n": format_count(result.n, lang),
        "low": low,
        "high": high,
        "median": median,
        "share": shown(100 * result.share_significant, 0),
        "alpha": job.alpha,
        "level": level_text(result.level),
    }


def _notes(job: _Job, lang: str, facts: dict[str, Any]) -> tuple[Line, ...]:
    if not job.footnote:
        return ()
    named = ("n", "median", "share", "alpha")
    pieces = [say("specification: facts", lang, **{name: facts[name] for name in named})]
    if len(job.data) < job.result.n:
        drawn = format_count(len(job.data), lang)
        pieces.append(say("specification: thinned", lang, drawn=drawn, n=facts["n"]))
    low, high = _span(job)
    if cut := int(((job.data["ci_low"] < low) | (job.data["ci_high"] > high)).sum()):
        pieces.append(say("specification: cut", lang, n=cut))
    if job.result.omitted:
        pieces.append(say("specification: omitted", lang, n=len(job.result.omitted)))
    codes = {
        code for code in job.result.choices["model"] if code != COMMON and not code.startswith("tau2 = ")
    }
    colon = "：" if lang == "zh" else ": "
    pieces += [f"{code}{colon}{tau2_name(code, lang)}" for code in sorted(codes)]
    between, end = ("；", "。") if lang == "zh" else ("; ", ".")
    return (tuple(run(p + (between if n < len(pieces) - 1 else end)) for n, p in enumerate(pieces)),)


def _legend(job: _Job, lang: str) -> tuple[LegendEntry, ...]:
    samples = {
        "k2:points:significant": ("significant", mark_sample("circle", job.look.square, diameter=4.0)),
        "k2:points:other": ("other", mark_sample("diamond", OTHER, diameter=4.0)),
    }
    style = get_number_style(job.look.numbers)
    entries = [
        LegendEntry(
            symbol_line((run(say(f"specification: {name}", lang, alpha=job.alpha)),), style, lang)[0], sample
        )
        for gid, (name, sample) in samples.items()
        if any(mark.gid == gid for mark in _marks(job))
    ]
    median = line_sample("#555555", 0.6, (3.0, 2.0))
    return (*entries, LegendEntry(run(say("specification: median", lang)), median))


def _chart(lang: str, *, job: _Job, page: float) -> Chart:
    choices = _choices(job, lang)
    panels = _panels(job, lang, choices)
    facts = _facts(job, lang)
    several = len(panels) > 1
    rows = [
        row
        for mark in _marks(job)
        for row in point_rows(mark, [str(int(job.data["rank"][int(x) - 1])) for x in mark.x])
    ]
    return Chart(
        "specification",
        panels,
        job.title or say("specification: title", lang),
        say("specification: alt", lang, **facts),
        say("specification: caption", lang, effect=facts["effect"], n=facts["n"], level=facts["level"]),
        grid=((0,), (1,)) if several else ((0,),),
        # no lower than 38 mm on narrow pages, where the names of the choices take about 45
        heights=(max(0.42, 38.0 / max(page - 45.0, 24.0)), 0.3) if several else (0.6,),
        row_points=(None, choices.rows * PITCH * job.look.size) if several else (),
        legend=_legend(job, lang),
        notes=_notes(job, lang, facts),
        rows=rows,
        table=job.data,
        record={"specifications": job.result.n, "drawn": len(job.data)},
    )
