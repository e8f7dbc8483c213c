"""A funnel plot as a chart: axes, points, legend, lines of statistics, notes, in one language."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_funnel as _words  # adds its words to the catalogue
from k2meta.analysis.small_study_result import SmallStudyTest
from k2meta.analysis.trim_fill import TrimFillResult
from k2meta.figures.chart.chart import AxisSpec, Chart, LegendEntry, Panel, PointLabel
from k2meta.figures.chart.chart_effects import (
    effect_title,
    excluded_note,
    inside_sentence,
    interval_text,
    sentence_interval,
    span,
)
from k2meta.figures.chart.chart_parts import (
    band_sample,
    choose_labels,
    fit_note,
    line_sample,
    mark_sample,
    method_words,
    point_rows,
)
from k2meta.figures.companions.funnel_marks import (
    ADJUSTED_DASHES,
    DASHES,
    EGGER,
    EGGER_DASHES,
    GREYS,
    LINE,
    FunnelLines,
    funnel_items,
)
from k2meta.figures.lettering.numbers import format_p, get_number_style
from k2meta.figures.looks.display import Item, Marks, PlotBox
from k2meta.figures.looks.model import Line, Run, Runs, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.words.catalogue import level_text, say
from k2meta.figures.words.fit_words import effect_words
from k2meta.figures.words.reading import Reading
from k2meta.figures.words.statistics_lines import named_test_line
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FunnelJob", "funnel_chart"]

_ = _words
DIAMETER = 4.2  # of all points, pt: a funnel plot says nothing by their size
FEW = 10


@dataclass(frozen=True, slots=True)
class FunnelJob:
    """What one funnel plot is made from; ``side`` says round what its limits stand."""

    fit: MetaResult
    data: pd.DataFrame
    lines: FunnelLines
    reading: Reading
    look: Theme
    filled: TrimFillResult | None
    regression: SmallStudyTest | None
    side: str
    labels: Any
    title: str
    footnote: bool


def funnel_chart(job: FunnelJob, lang: str) -> Chart:
    """Build the chart in a language."""
    own = job.data[~job.data["filled"]]
    added = job.data[job.data["filled"]]
    marks = _marks(own, job.look.square, "white", 0.3, "k2:points")
    open_marks = _marks(added, "white", job.look.square, 0.9, "k2:points:filled")

    def draw(plot: PlotBox, number: int) -> Iterator[Item]:
        yield from funnel_items(job.lines, plot, number)
        yield marks
        if open_marks.x:
            yield open_marks

    x = AxisSpec(*_across(job), effect_title(job.reading, lang), job.reading.scale)
    top = float(job.data["y"].max())
    y = AxisSpec(
        0.0, top, run(say(f"funnel: y {job.lines.scale.name}", lang)), descending=job.lines.scale.descending
    )
    rows = point_rows(marks, own["study"].tolist()) + point_rows(open_marks, added["study"].tolist())
    limits = [{"level": level, "x": job.lines.centre} for level in job.lines.levels]
    return Chart(
        "funnel",
        (Panel(x, y, draw, _names(job, own)),),
        job.title or say("funnel: title", lang),
        _alt(job, own, lang),
        _caption(job, lang),
        legend=tuple(_legend(job, len(added), lang)),
        statistics=tuple(_statistics(job, len(added), lang)),
        notes=tuple(_notes(job, lang)),
        rows=rows,
        table=job.data,
        record={"centre": job.lines.centre, "limits": limits, "contours": list(job.lines.contours)},
    )


def _marks(data: pd.DataFrame, fill: str, edge: str, edge_width: float, gid: str) -> Marks:
    x, y = tuple(data["estimate"].tolist()), tuple(data["y"].tolist())
    area = tuple(math.pi / 4 * DIAMETER**2 for _ in x)
    return Marks(x, y, area, "circle", fill, gid, edge, edge_width)


def _across(job: FunnelJob) -> tuple[float, float]:
    """What the horizontal axis must show: points, lines, and the foot of the funnel."""
    lines, widest = job.lines, float(job.data["se"].max())
    values = [*job.data["estimate"].tolist(), lines.centre, job.fit.estimate]
    for level in lines.levels:
        reach = normal_ppf(0.5 + 0.5 * level) * math.hypot(widest, math.sqrt(lines.tau2))
        values += [lines.centre - reach, lines.centre + reach]
    if lines.contours and lines.null is not None:
        reach = normal_ppf(1.0 - 0.5 * min(lines.contours)) * widest
        values += [lines.null - reach, lines.null + reach]
    low, high = span(values, 0.02 if lines.levels else 0.05)
    first, last = job.reading.scale.ends
    return max(low, first), min(high, last)


def _names(job: FunnelJob, own: pd.DataFrame) -> tuple[PointLabel, ...]:
    if job.labels is None:
        return ()
    x, y = own["estimate"].to_numpy(), own["y"].to_numpy()
    far = np.abs(x - job.lines.centre) / own["se"].to_numpy()
    places = list(zip(x.tolist(), y.tolist(), strict=True))
    return choose_labels(job.labels, own["study"].tolist(), far, places, [0.5 * DIAMETER] * len(x))


# --------------------------------------------------------------------------- legend
def _legend(job: FunnelJob, added: int, lang: str) -> Iterator[LegendEntry]:
    lines = job.lines
    if added:
        own = mark_sample("circle", job.look.square, edge="white", edge_width=0.3)
        yield LegendEntry(run(say("funnel: study", lang)), own)
        yield LegendEntry(
            run(say("funnel: filled", lang, n=added)),
            mark_sample("circle", "white", edge=job.look.square, edge_width=0.9),
        )
    if lines.other is not None:
        yield LegendEntry(run(say("funnel: adjusted", lang)), line_sample(LINE, 0.7))
        yield LegendEntry(run(say("funnel: estimate", lang)), line_sample(LINE, 0.8, ADJUSTED_DASHES))
    if lines.egger is not None:
        yield LegendEntry(run(say("funnel: egger", lang)), line_sample(EGGER, 1.0, EGGER_DASHES))
    if len(lines.levels) > 1:
        for level, dashes in zip(lines.levels, DASHES, strict=False):
            words = say("funnel: limits", lang, level=level_text(level))
            yield LegendEntry(run(words), line_sample(LINE, 0.6, dashes))
    yield from _contour_legend(job, lang)


def _contour_legend(job: FunnelJob, lang: str) -> Iterator[LegendEntry]:
    levels = job.lines.contours
    if not levels:
        return
    style = get_number_style(job.look.numbers)
    texts = [format_p(p, style)[1] for p in levels]
    symbol = _p_symbol(job.look, lang)
    greys = GREYS[-len(levels) :]
    edge = {"edge": "#888888", "edge_width": 0.4}
    yield LegendEntry((symbol, Run(f" > {texts[0]}")), band_sample("white", **edge))  # type: ignore[arg-type]
    for place, grey in enumerate(greys):
        words: Runs = (symbol, Run(f" ≤ {texts[place]}"))
        if place + 1 < len(levels):
            words = (Run(f"{texts[place + 1]} < "), *words)
        yield LegendEntry(words, band_sample(grey, **edge))  # type: ignore[arg-type]


def _p_symbol(look: Theme, lang: str) -> Run:
    style = get_number_style(look.numbers)
    return Run(style.p_symbol if lang == "en" else "P", italic=style.p_italic or lang == "zh")


# --------------------------------------------------------------------------- words
def _statistics(job: FunnelJob, added: int, lang: str) -> Iterator[Line]:
    if job.regression is not None:
        author = job.regression.name.split("'")[0]
        key = author if author in ("Egger", "Harbord", "Peters") else "other"
        yield named_test_line(
            say(f"funnel: test {key}", lang),
            job.regression.statistic,
            job.regression.p_value,
            job.regression.df,
            style=job.look.numbers,
            lang=lang,
        )
    if job.filled is not None:
        colon, comma = ("：", "；") if lang == "zh" else (": ", "; ")
        head = say("funnel: trim and fill", lang, estimator=job.filled.estimator) + colon
        if not added:
            yield (run(head + say("funnel: filled none", lang)),)
            return
        adjusted = job.filled.adjusted
        values = (adjusted.estimate, adjusted.ci.low, adjusted.ci.high)
        effect = interval_text(job.reading, values, job.look, lang)
        yield (
            run(head + say(f"funnel: filled {job.filled.side}", lang, n=added) + comma),
            run(say("funnel: adjusted text", lang, effect=effect)),
        )


def _notes(job: FunnelJob, lang: str) -> Iterator[Line]:
    yield from excluded_note(job.fit.effects, lang)
    if job.fit.k < FEW:
        yield _sentence(say("funnel: note few", lang), lang)
    if not job.footnote:
        return
    pieces: list[Runs] = []
    stop = "。" if lang == "zh" else ". "
    if job.lines.levels:
        key = "funnel: note limits" + (" tau2" if job.lines.tau2 > 0 else "")
        line = say(f"funnel: line {job.side}", lang)
        between = "，" if lang == "zh" else ", "
        levels = between.join(level_text(v) for v in job.lines.levels)
        pieces.append(run(say(key, lang, level=levels, line=line) + stop))
    if job.lines.contours:
        before, after = say("funnel: note contours", lang, p="\0").split("\0")
        pieces.append((Run(before), _p_symbol(job.look, lang), Run(after + stop)))
    yield (*pieces, *fit_note(job.fit, lang))


def _sentence(words: str, lang: str) -> Line:
    return (run(words + ("。" if lang == "zh" else ".")),)


def _alt(job: FunnelJob, own: pd.DataFrame, lang: str) -> str:
    outside = ""
    if job.lines.levels:
        level = job.lines.levels[0]
        reach = normal_ppf(0.5 + 0.5 * level) * np.hypot(own["se"].to_numpy(), math.sqrt(job.lines.tau2))
        n = int(np.sum(np.abs(own["estimate"].to_numpy() - job.lines.centre) > reach))
        outside = say("funnel: alt outside", lang, n=n, level=level_text(level))
    added = 0 if job.filled is None else len(job.filled.filled_yi)
    fit = job.fit
    return say(
        *("funnel: alt", lang),
        k=fit.k,
        effect=inside_sentence(effect_words(job.reading, lang, None), lang),
        y=inside_sentence(say(f"funnel: y {job.lines.scale.name}", lang), lang),
        estimate=sentence_interval(job.reading, (fit.estimate, fit.ci.low, fit.ci.high), job.look, lang),
        outside=outside,
        filled=say("funnel: alt filled", lang, n=added) if job.filled is not None else "",
    )


def _caption(job: FunnelJob, lang: str) -> str:
    parts = []
    if job.lines.levels:
        parts.append(say("funnel: caption limits", lang, level=level_text(job.lines.levels[0])))
    if job.lines.contours:
        parts.append(say("funnel: caption contours", lang))
    if job.filled is not None:
        parts.append(say("funnel: caption filled", lang))
    if job.lines.egger is not None:
        parts.append(say("funnel: caption egger", lang))
    return say(
        *("funnel: caption", lang),
        k=job.fit.k,
        effect=inside_sentence(effect_words(job.reading, lang, None), lang),
        y=inside_sentence(say(f"funnel: y {job.lines.scale.name}", lang), lang),
        parts=say("funnel: caption parts", lang, parts=_listed(parts, lang)) if parts else "",
        method=method_words(job.fit, lang),
    )


def _listed(parts: list[str], lang: str) -> str:
    first, last = parts[:-1], parts[-1]
    if not first:
        return last
    return "、".join(first) + "及" + last if lang == "zh" else ", ".join(first) + " and " + last
