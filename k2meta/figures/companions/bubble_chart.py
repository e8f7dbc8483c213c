"""A bubble plot as a chart: its panels, legend, lines of statistics and notes, in one language."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_bubble as _words  # adds its words to the catalogue
from k2meta.figures.axes.axis import Tick
from k2meta.figures.chart.chart import AxisSpec, Chart, LegendEntry, Panel, PointLabel
from k2meta.figures.chart.chart_effects import (
    bubble_size,
    effect_title,
    excluded_note,
    inside_sentence,
    natural_text,
    span,
    weighted_marks,
)
from k2meta.figures.chart.chart_parts import band_sample, choose_labels, line_sample, point_rows
from k2meta.figures.companions.bubble_line import column_name, is_grouping, levels_of, line_along, terms_of
from k2meta.figures.companions.bubble_marks import (
    CI,
    EDGE,
    LINE,
    NULL,
    NULL_DASHES,
    PI,
    BubbleItems,
)
from k2meta.figures.looks.display import Marks
from k2meta.figures.looks.model import BLANK, Line, Run, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.words.catalogue import level_text, say
from k2meta.figures.words.fit_names import CONVENTION_NAMES
from k2meta.figures.words.fit_words import effect_text, effect_words, number_style, signed_style
from k2meta.figures.words.method_notes import Method, method_note
from k2meta.figures.words.reading import Reading
from k2meta.figures.words.statistics_lines import heterogeneity_line, named_test_line, term_runs
from k2meta.models.regression_result import MetaRegressionResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BubbleJob", "bubble_chart"]

_ = _words
STEPS = 101
LARGEST = 10.0  # diameter in pt of the bubble of the largest weight
REACH = 0.6  # bands may take this share of the studies' range beyond it, on each side


@dataclass(frozen=True, slots=True)
class BubbleJob:
    """What one bubble plot is made from; ``across`` panels stand in a row."""

    fit: MetaRegressionResult
    data: pd.DataFrame
    name: str
    by: str | None
    across: int
    prediction: bool
    reading: Reading
    look: Theme
    xlabel: str
    labels: Any
    title: str
    footnote: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """One panel's share: its studies' positions, and the line with its places."""

    level: Any
    rows: np.ndarray[Any, np.dtype[np.int64]]
    x: list[float]
    line: pd.DataFrame


def bubble_chart(job: BubbleJob, lang: str) -> Chart:
    """Build the chart in a language."""
    parts = _parts(job)
    low, high, cut = _upright(job, parts)
    places = _places(job)
    panels, rows = [], []
    for number, part in enumerate(parts):
        panel, own = _panel(job, part, number, len(parts), places, (low, high), lang)
        panels.append(panel)
        rows += own
    count = len(parts)
    across = min(job.across, count)
    cells: list[int | None] = [*range(count), *[None] * (-count % across)]
    return Chart(
        "bubble",
        tuple(panels),
        job.title or say("bubble: title", lang),
        _sentence(job, parts, "alt", lang),
        _sentence(job, parts, "caption", lang),
        grid=tuple(tuple(cells[i : i + across]) for i in range(0, len(cells), across)),
        widths=(1.0,) * across,
        heights=((0.8 if count == 1 else 1.0),) * (len(cells) // across),
        legend=tuple(_legend(job, lang)),
        statistics=tuple(_statistics(job, lang)),
        notes=tuple(_notes(job, cut, lang)),
        rows=rows,
        table=job.data,
        record={"moderator": job.name, "lines": [_record(job, part) for part in parts]},
    )


def _record(job: BubbleJob, part: _Part) -> dict[str, Any]:
    numbers = {str(c): part.line[c].tolist() for c in part.line if c != column_name(job.name)}
    return {"level": part.level, "x": part.x, **numbers}


# --------------------------------------------------------------------------- numbers
def _parts(job: BubbleJob) -> list[_Part]:
    if job.by is None:
        return [_part(job, None, np.arange(job.fit.k))]
    column = job.fit.moderators[job.by]
    return [_part(job, v, np.flatnonzero((column == v).to_numpy())) for v in levels_of(job.fit, job.by)]


def _part(job: BubbleJob, level: Any, rows: np.ndarray[Any, np.dtype[np.int64]]) -> _Part:
    fixed = {} if job.by is None else {job.by: level}
    own = job.fit.moderators[job.name].iloc[rows]
    if is_grouping(job.fit, job.name):
        every = levels_of(job.fit, job.name)
        values = [value for value in every if (own == value).any()]
        x = [float(every.index(value)) for value in values]
    else:
        low, high = float(own.min()), float(own.max())
        values = np.linspace(low, high, STEPS).tolist() if high > low else [low]
        x = values
    return _Part(level, rows, x, line_along(job.fit, job.name, values, fixed))


def _places(job: BubbleJob) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Where each study stands along the horizontal axis."""
    own = job.fit.moderators[job.name]
    if not is_grouping(job.fit, job.name):
        return own.to_numpy(dtype=float)
    every = levels_of(job.fit, job.name)
    return np.array([float(every.index(value)) for value in own])


def _upright(job: BubbleJob, parts: list[_Part]) -> tuple[float, float, bool]:
    """Ends of the vertical axis, and whether a band runs past them."""
    yi = np.asarray(job.fit.effects.yi)
    means = np.concatenate([part.line["estimate"].to_numpy() for part in parts])
    null = job.reading.scale.null
    low, high = span([*yi, *means, *([] if null is None else [null])], 0.05)
    bands = ["ci_low", "ci_high", *(["pi_low", "pi_high"] if job.prediction else [])]
    wide = np.concatenate([part.line[name].to_numpy() for part in parts for name in bands])
    wide = wide[np.isfinite(wide)]
    reach = REACH * (high - low)
    ends = (min([low, *wide]), max([high, *wide]))
    low, high = max(ends[0], low - reach), min(ends[1], high + reach)
    return low, high, bool(ends[0] < low or ends[1] > high)


# --------------------------------------------------------------------------- panels
def _panel(
    job: BubbleJob,
    part: _Part,
    number: int,
    count: int,
    places: np.ndarray[Any, np.dtype[np.float64]],
    ends: tuple[float, float],
    lang: str,
) -> tuple[Panel, list[dict[str, Any]]]:
    yi, weights = np.asarray(job.fit.effects.yi), np.asarray(job.fit.weights)
    # areas are on one scale over all panels
    share = math.sqrt(float(weights[part.rows].max() / weights.max())) if weights.max() > 0 else 1.0
    name = "plot" if count == 1 else f"plot{number}"
    marks, dots, order = weighted_marks(
        places[part.rows],
        yi[part.rows],
        weights[part.rows],
        job.look.square,
        "k2:points" if count == 1 else f"k2:points:{number}",
        largest=bubble_size(job.fit.k, LARGEST) * share,
        panel=number,
    )
    rows = part.rows[order]
    labels = _names(job, marks, rows)
    line = part.line if job.prediction else part.line.assign(pi_low=math.nan, pi_high=math.nan)
    items = BubbleItems((marks, dots), part.x, line, is_grouping(job.fit, job.name), job.reading.scale.null)
    across = min(job.across, count)
    lowest = number + across >= count
    first = number % across == 0
    panel = Panel(
        _along(job, places, lowest, lang),
        AxisSpec(*ends, effect_title(job.reading, lang) if first else BLANK, job.reading.scale, labels=first),
        items,
        labels,
        run(
            ""
            if job.by is None
            else f"{job.by}{'：' if lang == 'zh' else ': '}{_level_words(part.level, lang)}"
        ),
        name,
    )
    studies = [str(job.fit.study[i]) for i in rows]
    return panel, point_rows(marks, studies, weights=weights[rows], panel=name)


def _along(
    job: BubbleJob, places: np.ndarray[Any, np.dtype[np.float64]], lowest: bool, lang: str
) -> AxisSpec:
    title = run(job.xlabel) if lowest else BLANK
    if not is_grouping(job.fit, job.name):
        # where panels stand side by side, no label stands at the end of an axis
        low, high = span(places, 0.07)
        low = max(low, 0.0) if places.min() >= 0 else low  # no dose is negative
        return AxisSpec(low, high, title, fixed=job.by is not None)
    every = levels_of(job.fit, job.name)
    ticks = tuple(Tick(float(place), _level_words(value, lang)) for place, value in enumerate(every))
    return AxisSpec(-0.55, len(every) - 0.45, title, fixed=True, ticks=ticks)


def _level_words(value: Any, lang: str) -> str:
    if isinstance(value, (bool, np.bool_)):
        return {True: ("yes", "是"), False: ("no", "否")}[bool(value)][lang == "zh"]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _names(
    job: BubbleJob,
    marks: Marks,
    rows: np.ndarray[Any, np.dtype[np.int64]],
) -> tuple[PointLabel, ...]:
    if job.labels is None:
        return ()
    labels = [str(job.fit.study[i]) for i in rows]
    wanted = job.labels
    if not isinstance(wanted, (str, int)):
        every = [str(label) for label in job.fit.study]
        # a name is an error only where no panel has it
        wanted = [label for label in wanted if label in labels or label not in every]
    off = np.abs(job.fit.residuals[rows]) / job.fit.effects.sei[rows]
    radii = [math.sqrt(area / math.pi) for area in marks.area]
    points = list(zip(marks.x, marks.y, strict=True))
    return choose_labels(wanted, labels, off, points, radii)


# --------------------------------------------------------------------------- words
def _legend(job: BubbleJob, lang: str) -> Iterator[LegendEntry]:
    level = level_text(job.fit.options.level)
    key = "mean" if is_grouping(job.fit, job.name) else "line"
    yield LegendEntry(run(say(f"bubble: {key}", lang)), line_sample(LINE, 1.0))
    yield LegendEntry(run(say("bubble: ci", lang, level=level)), band_sample(CI))
    if job.prediction:
        sample = band_sample(PI, edge=EDGE, edge_width=0.4)
        yield LegendEntry(run(say("bubble: pi", lang, level=level)), sample)
    if job.reading.scale.null is not None:
        yield LegendEntry(run(say("bubble: null", lang)), line_sample(NULL, 0.6, NULL_DASHES))


def _statistics(job: BubbleJob, lang: str) -> Iterator[Line]:
    fit, style = job.fit, job.look.numbers
    terms = terms_of(fit, job.name)
    whole = len(fit.moderators.columns) == 1
    test = fit.omnibus if whole or not terms else fit.test_terms(*terms)
    name = say("bubble: test all", lang) if whole else say("bubble: test one", lang, name=_short(job, lang))
    symbol = "F" if isinstance(test.df, tuple) else "chi2"
    columns = [column for term in terms for column in fit.coding.terms[term]]
    if terms == [job.name] and len(columns) == 1 and not is_grouping(fit, job.name):
        yield _slope(job, columns[0], lang)
    yield named_test_line(name, test.statistic, test.p_value, test.df, symbol=symbol, style=style, lang=lang)
    tau2 = fit.tau2 if fit.options.model == "random" else None
    words = say("bubble: residual", lang)
    line = heterogeneity_line(fit.qe, fit.qe_df, fit.qe_p, fit.i2, tau2, style=style, lang=lang, model=words)
    if not math.isnan(fit.r2):
        value = f"{fit.r2:.1f}%".replace(".", number_style(style, lang).point)
        between = "；" if lang == "zh" else "; "
        line = (*line[:-1], (*line[-1], Run(between)), term_runs("r2", value, style, lang))
    yield line


def _short(job: BubbleJob, lang: str) -> str:
    """Name of the moderator in a sentence: the title of the axis without a unit in brackets."""
    name = re.sub(r"\s*[（(].*", "", job.xlabel) or job.name
    return inside_sentence(name, lang)


def _slope(job: BubbleJob, column: int, lang: str) -> Line:
    fit = job.fit
    margin = fit.quantile(fit.options.level) * float(fit.se[column])
    beta = float(fit.beta[column])
    style = number_style(job.look.numbers, lang)
    if beta - margin < 0:
        style = signed_style(style)
    # two digits of the interval's half are as much as it says
    decimals = min(max(2, 1 - math.floor(math.log10(margin))), 8) if margin > 0 else 2
    value = effect_text(beta, beta - margin, beta + margin, decimals, style)
    key = "bubble: slope log" if job.reading.is_ratio else "bubble: slope"
    return (run(say(key, lang, value=value, name=_short(job, lang))),)


def _notes(job: BubbleJob, cut: bool, lang: str) -> Iterator[Line]:
    yield from excluded_note(job.fit.effects, lang)
    if not job.footnote:
        return
    between, stop = ("；", "。") if lang == "zh" else ("; ", ". ")
    others = set(job.fit.moderators.columns) - {job.name, job.by}
    pieces = [say("effects: area", lang)]
    pieces += [say("bubble: held", lang)] if others else []
    pieces += [say("bubble: cut", lang)] if cut else []
    first = between.join(pieces)
    yield (run(first[:1].upper() + first[1:] + stop), *_method(job, lang))


def _method(job: BubbleJob, lang: str) -> Line:
    fit, options = job.fit, job.fit.options
    method = Method(
        model=options.model,
        tau2=options.tau2,
        test=options.test,
        level=options.level,
        prediction="same" if job.prediction else "",
        df=fit.df,
        k=fit.k,
        i2_basis=options.i2_basis.lower(),
        own_weights=options.weights == "user",
        convention=CONVENTION_NAMES.get(options.convention, options.convention),
        tau2_value=fit.tau2,
    )
    return method_note(method, lang, say(f"bubble: model {options.model}", lang))


def _sentence(job: BubbleJob, parts: list[_Part], kind: str, lang: str) -> str:
    ends = []
    for part in parts[:1]:
        grouped = is_grouping(job.fit, job.name)
        shown = range(len(part.x))[:4] if grouped else sorted({0, len(part.x) - 1})
        for place in shown:
            value = part.line[column_name(job.name)].iloc[place]
            effect = natural_text(job.reading, float(part.line["estimate"].iloc[place]), job.look, lang)
            words = _level_words(float(value) if not grouped else value, lang)
            ends.append(say("bubble: alt end", lang, effect=effect, value=words))
    return say(
        *(f"bubble: {kind}", lang),
        k=job.fit.k,
        effect=inside_sentence(effect_words(job.reading, lang, None), lang),
        name=_short(job, lang),
        by="" if job.by is None else say("bubble: alt by", lang, by=job.by),
        ends=("，" if lang == "zh" else ", ").join(ends),
        level=level_text(job.fit.options.level),
        prediction=say("bubble: caption prediction", lang) if job.prediction else "",
    )
