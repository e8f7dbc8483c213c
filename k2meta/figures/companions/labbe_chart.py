"""A L'Abbé plot as a chart: axes of one scale, the curve of the pooled effect, legend and notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_labbe as _words  # adds its words to the catalogue
from k2meta.figures.axes.axis import Axis, choose_axis
from k2meta.figures.chart.chart import LINEAR, AxisSpec, Chart, LegendEntry, Panel, PointLabel
from k2meta.figures.chart.chart_effects import (
    bubble_size,
    excluded_note,
    inside_sentence,
    sentence_interval,
    span,
    weighted_marks,
)
from k2meta.figures.chart.chart_parts import choose_labels, fit_note, line_sample, method_words, point_rows
from k2meta.figures.lettering.numbers import format_count
from k2meta.figures.looks.display import Item, Marks, PlotBox, Stroke
from k2meta.figures.looks.model import Line, Scale, run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.clipping import clip_curve
from k2meta.figures.words.catalogue import say
from k2meta.figures.words.fit_words import effect_words
from k2meta.figures.words.reading import Reading
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CURVES", "LabbeJob", "labbe_chart"]

_ = _words
DIAGONAL, CURVE = "#888888", "#222222"
CURVE_DASHES = (4.0, 2.0)
LOG = Scale("log", None, np.exp, np.log, (0.0, math.inf))

Curve = Callable[[FloatArray, float], FloatArray]


def _odds(risk: FloatArray, effect: float) -> FloatArray:
    # p e^b / (1 - p + p e^b), arranged for large b
    with np.errstate(over="ignore"):
        out: FloatArray = risk / (risk + (1.0 - risk) * np.exp(-effect))
    return out


def _arcsine(risk: FloatArray, effect: float) -> FloatArray:
    angle = np.arcsin(np.sqrt(np.clip(risk, 0.0, 1.0))) + effect
    out: FloatArray = np.where((angle >= 0) & (angle <= math.pi / 2), np.sin(angle) ** 2, np.nan)
    return out


def _root(rate: FloatArray, effect: float) -> FloatArray:
    root = np.sqrt(rate) + effect
    out: FloatArray = np.where(root >= 0, root**2, np.nan)
    return out


# Treated risk or rate that goes with a control risk or rate under an effect on the analysis scale.
CURVES: Mapping[str, Curve] = MappingProxyType(
    {
        "RR": lambda risk, effect: risk * math.exp(effect),
        "OR": _odds,
        "PETO": _odds,
        "RD": lambda risk, effect: risk + effect,
        "AS": _arcsine,
        "IRR": lambda rate, effect: rate * math.exp(effect),
        "IRD": lambda rate, effect: rate + effect,
        "IRSD": _root,
    }
)


@dataclass(frozen=True, slots=True)
class LabbeJob:
    """What one L'Abbé plot is made from."""

    fit: MetaResult
    data: pd.DataFrame
    reading: Reading
    look: Theme
    rates: bool
    per: float
    log: bool
    arms: tuple[str, str] | None
    labels: Any
    title: str
    footnote: bool


def labbe_chart(job: LabbeJob, lang: str) -> Chart:
    """Build the chart in a language."""
    fit, data = job.fit, job.data
    weights = data["weight"].to_numpy()
    x, y = (_place(job, data[name].to_numpy() * job.per) for name in ("control", "treated"))
    marks, dots, order = weighted_marks(x, y, weights, job.look.square, largest=bubble_size(fit.k))
    names = data["study"].tolist()
    control, treated = (_arm(job, which, lang) for which in ("control", "experimental"))
    axis = _axis(job, np.concatenate([x, y]))
    panel = Panel(
        _spec(job, axis, control, lang),
        _spec(job, axis, treated, lang),
        lambda plot, number: _items(job, (marks, dots), plot, number),
        _names(job, [names[i] for i in order], marks),
        frame="box",
    )
    effect = inside_sentence(effect_words(job.reading, lang, None), lang)
    value = sentence_interval(job.reading, (fit.estimate, fit.ci.low, fit.ci.high), job.look, lang)
    words = {
        "k": fit.k,
        "control": inside_sentence(control, lang),
        "treated": inside_sentence(treated, lang),
        "effect": effect,
        "value": value,
        "above": int(np.sum(y > x)),
        "below": int(np.sum(y < x)),
        "method": method_words(fit, lang),
    }
    return Chart(
        "labbe",
        (panel,),
        job.title or say("labbe: title", lang),
        say("labbe: alt", lang, **words),
        say("labbe: caption", lang, **words),
        heights=(1.0,),
        tallest=math.inf,
        legend=(
            LegendEntry(run(say("labbe: diagonal", lang)), line_sample(DIAGONAL, 0.6)),
            LegendEntry(
                run(say("labbe: curve", lang, effect=effect, value=value)),
                line_sample(CURVE, 0.9, CURVE_DASHES),
            ),
        ),
        notes=tuple(_notes(job, lang)),
        rows=point_rows(marks, [names[i] for i in order], weights=weights[order]),
        table=data,
        record={"effect": fit.estimate, "per": job.per, "log": job.log},
    )


def _arm(job: LabbeJob, which: str, lang: str) -> str:
    kind, per = ("rate" if job.rates else "risk"), ""
    if job.rates and job.per != 1:
        per = say("labbe: per", lang, per=format_count(job.per, lang))
    if job.arms is None:
        return say(f"labbe: {kind} {which}", lang, per=per)
    return say(f"labbe: {kind} named", lang, arm=job.arms[which == "control"], per=per)


def _place(job: LabbeJob, values: FloatArray) -> FloatArray:
    """Risks or rates in the units of the axes."""
    return np.log(values) if job.log else values


def _axis(job: LabbeJob, values: FloatArray) -> Axis:
    """One axis for both directions, so that the diagonal is one: ticks for the narrowest page."""
    scale = LOG if job.log else LINEAR
    last = math.inf if job.rates else float(_place(job, np.array([1.0]))[0])
    if job.log:
        low, high = span(values, 0.05)
    else:
        low, high = 0.0, float(values.max()) or min(1.0, last)

    def ticks_to(top: float, fixed: bool = False) -> Axis:
        em = 8.0
        return choose_axis(
            low, top, scale, width=150.0, em=em, label_width=lambda t: 0.56 * em * len(t), fixed=fixed
        )

    axis = ticks_to(min(high, last))
    return axis if axis.high <= last else ticks_to(last, fixed=job.log)


def _spec(job: LabbeJob, axis: Axis, title: str, lang: str) -> AxisSpec:
    scale = LOG if job.log else LINEAR
    words = say("log scale", lang, effect=title) if job.log else title
    return AxisSpec(axis.low, axis.high, run(words), scale, fixed=True, ticks=axis.ticks)


def _names(job: LabbeJob, names: list[str], marks: Marks) -> tuple[PointLabel, ...]:
    radii = [math.sqrt(area / math.pi) for area in marks.area]
    away = np.abs(np.array(marks.y) - np.array(marks.x))
    return choose_labels(job.labels, names, away, list(zip(marks.x, marks.y, strict=True)), radii)


def _items(job: LabbeJob, marks: tuple[Marks, ...], plot: PlotBox, number: int) -> Iterator[Item]:
    ends = (plot.low, plot.high)
    yield Stroke(tuple((e, e) for e in ends), 0.6, DIAGONAL, "k2:bg:diagonal", "plot", (), number)
    across = np.linspace(plot.low, plot.high, 401)
    control = (np.exp(across) if job.log else across) / job.per
    with np.errstate(divide="ignore", invalid="ignore"):
        upright = _place(job, CURVES[job.fit.measure](control, job.fit.estimate) * job.per)
    points = list(zip(across.tolist(), upright.tolist(), strict=True))
    for piece in clip_curve(points, plot):
        yield Stroke(piece, 0.9, CURVE, "k2:curve:pooled", "plot", CURVE_DASHES, number)
    yield from marks


def _notes(job: LabbeJob, lang: str) -> Iterator[Line]:
    yield from excluded_note(job.fit.effects, lang)
    if job.footnote:
        between, stop = ("；", "。") if lang == "zh" else ("; ", ". ")
        first = say("labbe: note rates" if job.rates else "labbe: note", lang)
        area = say("effects: area", lang)
        yield (run(first + between + area + stop), *fit_note(job.fit, lang))
