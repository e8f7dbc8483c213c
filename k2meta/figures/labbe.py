"""The L'Abbé plot: the risk in one group against the risk in the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.words_labbe as _words  # adds its words to the catalogue
from k2meta.errors import DataError, OptionError
from k2meta.figures.axis import choose_axis
from k2meta.figures.canvas import K2Figure
from k2meta.figures.catalogue import say
from k2meta.figures.chart import LINEAR, AxisSpec, Chart, LegendEntry, Panel
from k2meta.figures.chart_effects import (
    bubble_size,
    excluded_note,
    inside_sentence,
    interval_text,
    weighted_marks,
)
from k2meta.figures.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart_parts import (
    choose_labels,
    fit_note,
    line_sample,
    method_words,
    point_rows,
    require_fit,
    study_labels,
)
from k2meta.figures.clipping import clip_curve
from k2meta.figures.display import Item, Marks, PlotBox, Stroke
from k2meta.figures.figure_set import in_both_languages
from k2meta.figures.forest_text import effect_words
from k2meta.figures.model import Line, run
from k2meta.figures.numbers import format_count, is_number
from k2meta.figures.reading import Reading, read_scale
from k2meta.figures.themes import Theme
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["labbe_data", "labbe_plot"]

_ = _words
DIAGONAL, CURVE = "#888888", "#222222"
CURVE_DASHES = (4.0, 2.0)

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
_CURVES: Mapping[str, Curve] = MappingProxyType(
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


def labbe_data(fit: MetaResult) -> pd.DataFrame:
    """Return the points of a L'Abbé plot.

    Parameters
    ----------
    fit : MetaResult
        Of risk ratios, odds ratios (also Peto's), risk differences, arcsine differences, or of ratios or
        differences of rates, with the counts that they were made from.

    Returns
    -------
    DataFrame
        ``study``, ``control`` and ``treated`` (risks, or events per unit of person-time), ``weight``
        (percent).

    Raises
    ------
    DataError
        When ``fit`` is not a fit, its measure does not compare risks or rates, or the counts are not known.

    Notes
    -----
    ``events / n`` or ``events / time`` as observed. R counterpart: ``metafor::labbe``, which adds 1/2 to zero
    cells on logarithmic scales and plots transformed risks unless told otherwise.

    References
    ----------
    L'Abbé KA, Detsky AS, O'Rourke K (1987). Ann Intern Med 107:224-233. doi:10.7326/0003-4819-107-2-224

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    >>> k2.labbe_data(fit)[["control", "treated"]].round(3).iloc[0].tolist()
    [0.079, 0.033]
    """
    import pandas as pd

    fit = require_fit(fit, "labbe_data")
    base = _base(fit)
    control, treated = (_role(fit, f"events{arm}") / _role(fit, f"{base}{arm}") for arm in ("2", "1"))
    return pd.DataFrame(
        {
            "study": list(study_labels(fit)),
            "control": control,
            "treated": treated,
            "weight": np.asarray(fit.weights),
        }
    )


@in_both_languages
def labbe_plot(
    fit: MetaResult,
    *,
    arms: tuple[str, str] | None = None,
    per: float = 1,
    labels: str | int | Iterable[str] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a L'Abbé plot: both axes alike, the diagonal of no effect, the curve of the pooled effect.

    Parameters
    ----------
    fit : MetaResult
        As in :func:`labbe_data`.
    arms : pair of str, optional
        Names of the groups, the treated one first.
    per : float
        Person-time that rates are given for (1000 for events per 1,000).
    labels : {"auto", "all", "none"}, int or list of str
        Which studies bear their names, those furthest from the diagonal first; none by default.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure

    Raises
    ------
    DataError
        When ``fit`` is not a fit, its measure does not compare risks or rates, or the counts are not known.
    OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`k2meta.forest_plot`.

    Notes
    -----
    The area of a point is proportional to the study's weight. See :func:`labbe_data` for the axes.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "OR"))
    >>> k2.labbe_plot(fit, arms=("BCG", "no vaccine")).k2meta["kind"]
    'labbe'
    """
    look = choose_theme(labbe_plot, theme, theme_overrides)
    fit = require_fit(fit, "labbe_plot")
    data = labbe_data(fit)
    rates = _base(fit) == "time"
    if not is_number(per) or not (per > 0 and math.isfinite(per)) or (per != 1 and not rates):
        raise OptionError(
            f"per={per!r} - expected a positive number, with rates only - write per=1000 for events per 1,000"
        )
    if arms is not None and not (len(arms) == 2 and all(isinstance(name, str) for name in arms)):
        raise OptionError(f'arms={arms!r} - expected two names - write arms=("vitamin K2", "placebo")')
    job = _Job(fit, data, read_scale(fit.effects), look, rates, float(per), arms, labels, title, footnote)
    return chart_figure(lambda each: _chart(job, each), look, width, lang)


@dataclass(frozen=True, slots=True)
class _Job:
    """What one L'Abbé plot is made from."""

    fit: MetaResult
    data: pd.DataFrame
    reading: Reading
    look: Theme
    rates: bool
    per: float
    arms: tuple[str, str] | None
    labels: Any
    title: str
    footnote: bool


def _base(fit: MetaResult) -> str:
    """Role of what events are divided by: ``"n"`` or ``"time"``."""
    if fit.measure not in _CURVES:
        raise DataError(
            f"a L'Abbé plot was asked for effects of measure {fit.measure!r} - which do not compare two "
            f"risks or rates - expected one of {', '.join(_CURVES)} - make the effects from counts, or draw "
            "another figure"
        )
    return "time" if fit.measure.startswith("IR") else "n"


def _role(fit: MetaResult, name: str) -> FloatArray:
    values = fit.effects.role(name)
    if values is None:
        raise DataError(
            f"a L'Abbé plot needs the counts of each study, and {name!r} is not known - expected "
            "effects made from rows with events and totals - call effect_sizes() with them instead of "
            "giving yi and vi"
        )
    return np.asarray(values, dtype=float)


# --------------------------------------------------------------------------- chart
def _chart(job: _Job, lang: str) -> Chart:
    fit, data = job.fit, job.data
    x, y = data["control"].to_numpy() * job.per, data["treated"].to_numpy() * job.per
    marks, dots, order = weighted_marks(
        x, y, data["weight"].to_numpy(), job.look.square, largest=bubble_size(fit.k)
    )
    names = data["study"].tolist()
    radii = [0.0] * fit.k
    for area, i in zip(marks.area, order, strict=True):
        radii[i] = math.sqrt(area / math.pi)
    places = list(zip(x.tolist(), y.tolist(), strict=True))
    labels = choose_labels(job.labels, names, np.abs(y - x), places, radii)
    spec = _axis(float(max(x.max(), y.max())), 1.0 if not job.rates else math.inf)
    control, treated = (_arm(job, which, lang) for which in ("control", "experimental"))
    panel = Panel(
        AxisSpec(spec.low, spec.high, run(control), fixed=True, ticks=spec.ticks),
        AxisSpec(spec.low, spec.high, run(treated), fixed=True, ticks=spec.ticks),
        lambda plot, number: _items(job, (marks, dots), plot, number),
        labels,
        frame="box",
    )
    effect = inside_sentence(effect_words(job.reading, lang, None), lang)
    value = interval_text(job.reading, (fit.estimate, fit.ci.low, fit.ci.high), job.look, lang)
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
        rows=point_rows(marks, [names[i] for i in order], weights=data["weight"].to_numpy()[order]),
        table=data,
        record={"effect": fit.estimate, "per": job.per},
    )


def _arm(job: _Job, which: str, lang: str) -> str:
    kind, per = ("rate" if job.rates else "risk"), ""
    if job.rates and job.per != 1:
        per = say("labbe: per", lang, per=format_count(job.per, lang))
    if job.arms is None:
        return say(f"labbe: {kind} {which}", lang, per=per)
    return say(f"labbe: {kind} named", lang, arm=job.arms[which == "control"], per=per)


def _axis(top: float, last: float) -> Any:
    """One axis for both directions, so that the diagonal is one: ticks for the narrowest page."""
    high = top if top > 0 else min(1.0, last)
    em = 8.0
    axis = choose_axis(0.0, high, LINEAR, width=150.0, em=em, label_width=lambda text: 0.56 * em * len(text))
    if axis.high > last:  # a risk has no tick beyond 1
        axis = choose_axis(
            0.0, last, LINEAR, width=150.0, em=em, label_width=lambda text: 0.56 * em * len(text)
        )
    return axis


def _items(job: _Job, marks: tuple[Marks, ...], plot: PlotBox, number: int) -> Iterator[Item]:
    ends = (plot.low, plot.high)
    yield Stroke(tuple((e, e) for e in ends), 0.6, DIAGONAL, "k2:bg:diagonal", "plot", (), number)
    control = np.linspace(plot.low, plot.high, 401) / job.per
    treated = _CURVES[job.fit.measure](control, job.fit.estimate)
    points = list(zip((control * job.per).tolist(), (treated * job.per).tolist(), strict=True))
    for piece in clip_curve(points, plot):
        yield Stroke(piece, 0.9, CURVE, "k2:curve:pooled", "plot", CURVE_DASHES, number)
    yield from marks


def _notes(job: _Job, lang: str) -> Iterator[Line]:
    yield from excluded_note(job.fit.effects, lang)
    if job.footnote:
        between, stop = ("；", "。") if lang == "zh" else ("; ", ". ")
        first = say("labbe: note rates" if job.rates else "labbe: note", lang)
        area = say("effects: area", lang)
        yield (run(first + between + area + stop), *fit_note(job.fit, lang))
