"""Heads and axis texts of a forest plot."""

from __future__ import annotations

import math

import numpy as np

from k2meta.errors import OptionError
from k2meta.figures.forest.forest_bias import BIAS_ARM
from k2meta.figures.forest.forest_job import ForestRequest, Job
from k2meta.figures.looks.model import Runs, run
from k2meta.figures.words.catalogue import favours, level_text, say
from k2meta.figures.words.fit_words import effect_words, method_code
from k2meta.figures.words.symbols import symbol_runs

__all__ = [
    "arm_names",
    "axis_title",
    "column_head",
    "effect_head",
    "favours_of",
    "own_band",
    "own_limits",
    "own_ticks",
]


def effect_head(job: Job) -> tuple[Runs, ...]:
    """Head of the effects: the measure, then the interval (and the method, where the theme says it)."""
    words = job.request.heads.get("effect") or effect_words(job.reading, job.lang, job.request.effect)
    if job.request.theme.plot_head and not job.refits:
        second = method_code(job.fit, job.lang)
    else:
        second = say("level ci", job.lang, level=level_text(job.fit.options.level))
        second = f"（{second}）" if job.lang == "zh" else f"({second})"
    return run(words, bold=True), run(second, bold=True)


def column_head(job: Job, key: str, words: str) -> tuple[Runs, ...]:
    """Lines of a column's head: the reader's own words where given, broken at line feeds."""
    if own := job.request.heads.get(key):
        return tuple(run(line, bold=True) for line in own.split("\n"))
    return tuple(symbol_runs(line, job.style, job.lang, bold=True) for line in words.split("\n"))


def arm_names(job: Job) -> dict[int, Runs]:
    """Names over the columns of each arm, none for one group; and over the dots of risk of bias."""
    names: dict[int, Runs] = {}
    if any(c.arm for c in job.arms.columns):
        words = job.request.arms or (say("experimental", job.lang), say("control", job.lang))
        names = {1: run(words[0], bold=True), 2: run(words[1], bold=True)}
    if job.request.bias is not None:
        names[BIAS_ARM] = run(say("risk of bias", job.lang), bold=True)
    return names


def axis_title(job: Job, words: str) -> Runs:
    """What the axis shows, with the scale where it is not even."""
    return run(say("log scale", job.lang, effect=words) if job.reading.is_ratio else words)


def favours_of(request: ForestRequest) -> tuple[Runs, Runs]:
    """Labels as given: which side is better depends on the outcome, so nothing is guessed."""
    if request.favours is None:
        return (), ()
    words, heavy = request.theme.favours_words, request.theme.favours_bold
    left, right = (
        run(favours(name, request.lang, words), bold=heavy) if name else () for name in request.favours
    )
    return left, right


def own_limits(job: Job) -> tuple[float, float] | None:
    """The reader's limits, carried from the natural to the analysis scale."""
    return _on_axis(job, "xlim", "limits", "give the lower one first")


def own_band(job: Job) -> tuple[float, float] | None:
    """The reader's band, carried from the natural to the analysis scale."""
    return _on_axis(job, "band", "values", "write band=(0.8, 1.25), say")


def _on_axis(job: Job, name: str, noun: str, remedy: str) -> tuple[float, float] | None:
    given = getattr(job.request, name)
    if given is None:
        return None
    with np.errstate(all="ignore"):
        low, high = (float(v) for v in job.reading.scale.to_analysis(np.array(given, dtype=float)))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise OptionError(
            f"{name}={given!r} - not two increasing {noun} of this axis - expected values on the natural "
            f"scale (ratios above 0, proportions inside 0 to 1) - {remedy}"
        )
    return low, high


def own_ticks(job: Job) -> tuple[float, ...] | None:
    """The reader's ticks on the natural scale; each must have a place on the axis."""
    given, limits = job.request.ticks, job.request.xlim
    if given is None:
        return None
    with np.errstate(all="ignore"):
        places = job.reading.scale.to_analysis(np.array(given, dtype=float))
    low, high = limits or (-math.inf, math.inf)
    lost = [t for t, p in zip(given, places, strict=True) if not (math.isfinite(p) and low <= t <= high)]
    if lost:
        raise OptionError(
            f"ticks: {', '.join(f'{tick:g}' for tick in lost)} - no place on the axis - expected values on "
            "the natural scale (ratios above 0, proportions inside 0 to 1), between the limits of xlim - "
            "leave such ticks out"
        )
    return given
