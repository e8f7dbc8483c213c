"""Columns, heads and axis texts of a forest plot."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from k2meta.analysis.subgroups import SubgroupResult
from k2meta.errors import OptionError, unknown_option
from k2meta.figures.catalogue import level_text, say
from k2meta.figures.forest_checks import refuse_clashes
from k2meta.figures.forest_job import BLOCKS, ForestRequest, Job
from k2meta.figures.forest_text import effect_words, method_code
from k2meta.figures.model import Column, Runs, run
from k2meta.figures.user_columns import is_numeric

__all__ = ["arm_names", "axis_title", "columns_of", "effect_head", "favours_of", "own_limits", "own_ticks"]


def effect_head(job: Job) -> tuple[Runs, ...]:
    """Head of the effects: the measure, then the interval (and the method, where the theme says it)."""
    words = job.request.heads.get("effect") or effect_words(job.reading, job.lang, job.request.effect)
    if job.request.theme.plot_head and not job.left_out:
        second = method_code(job.fit, job.lang)
    else:
        second = say("level ci", job.lang, level=level_text(job.fit.options.level))
        second = f"（{second}）" if job.lang == "zh" else f"({second})"
    return run(words, bold=True), run(second, bold=True)


def _head(job: Job, key: str, words: str) -> tuple[Runs, ...]:
    text = job.request.heads.get(key, words)
    return tuple(run(line, bold=True) for line in text.split("\n"))


def columns_of(job: Job) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """Columns of both sides in the theme's order, once as they are and once with merged arms."""
    request = job.request
    wanted = request.columns
    if wanted is not None:
        allowed = (*BLOCKS, *(c.key for c in job.arms.columns), *request.extra)
        for key in wanted:
            if key not in allowed:
                raise unknown_option("column", key, allowed)
    full: list[Column] = []
    merged: list[Column] = []
    for side, blocks in (("left", request.theme.left), ("right", request.theme.right)):
        for block in blocks:
            if block not in BLOCKS:
                raise unknown_option("block of columns", block, BLOCKS)
            columns, joined = _block(job, block, side)
            full.extend(c for c in columns if _is_wanted(c, block, wanted))
            # naming single columns of an arm means that they stay as they are
            named = wanted is not None and "arms" not in wanted and block == "arms"
            merged.extend(c for c in (columns if named else joined) if _is_wanted(c, block, wanted))
    keys = [c.key for c in (*full, *merged)]
    own = [c.key for side in ("left", "right") for c in _figure_columns(job, side)]
    refuse_clashes(list(dict.fromkeys(own)), request.extra)
    for key in request.heads:
        if key not in keys and key not in own:
            raise unknown_option("column in heads", key, dict.fromkeys(keys))
    if full[:1] != [c for c in full if c.key == "study"] or full[0].side != "left":
        raise OptionError(
            f"left={request.theme.left!r} - the study column is not the first on the left - expected "
            '"study" in the first place - move the other blocks behind it'
        )
    return tuple(full), tuple(merged)


def _figure_columns(job: Job, side: str) -> list[Column]:
    """Columns of the figure's own, shown or not, with and without merging."""
    blocks = [block for block in BLOCKS if block != "user"]
    return [column for block in blocks for part in _block(job, block, side) for column in part]


def _is_wanted(column: Column, block: str, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or block == "study" or block in wanted or column.key in wanted


def _block(job: Job, block: str, side: Any) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    if block == "arms":
        columns = tuple(_renamed(job, replace(c, side=side)) for c in job.arms.columns)
        return columns, tuple(_renamed(job, replace(c, side=side)) for c in job.arms.merged)
    made = _plain_block(job, block, side)
    return made, made


def _renamed(job: Job, column: Column) -> Column:
    words = job.request.heads.get(column.key)
    return replace(column, head=_head(job, column.key, "")) if words else column


def _plain_block(job: Job, block: str, side: Any) -> tuple[Column, ...]:
    lang = job.lang
    if block == "study":
        grouped = isinstance(job.result, SubgroupResult)
        key = "study or subgroup" if grouped or job.request.theme.plot_head else "study"
        key = "study" if job.left_out else key
        return (Column("study", _head(job, "study", say(key, lang)), "left", side),)
    if block == "user":
        columns = []
        for name, values in job.request.extra.items():
            numeric = is_numeric(values)
            columns.append(Column(name, _head(job, name, name), "right" if numeric else "left", side, drop=3))
        return tuple(columns)
    if block == "weight":
        if job.left_out:
            return ()
        key = "weight" if job.request.theme.plot_head else "weight (%)"
        return (Column("weight", _head(job, "weight", say(key, lang)), "right", side, drop=2),)
    effect = Column("effect", effect_head(job), "right", side)
    if not job.left_out:
        return (effect,)
    i2 = Column("i2", _head(job, "i2", "I²"), "right", side, drop=1)
    if job.reading.scale.null is None:  # one group: there is no effect to test
        return effect, i2
    return effect, Column("p", _head(job, "p", say("p value", lang)), "right", side, drop=2), i2


def arm_names(job: Job) -> dict[int, Runs]:
    """Names over the columns of each arm; none for one group."""
    if not any(c.arm for c in job.arms.columns):
        return {}
    names = job.request.arms or (say("experimental", job.lang), say("control", job.lang))
    return {1: run(names[0], bold=True), 2: run(names[1], bold=True)}


def axis_title(job: Job, words: str) -> Runs:
    """What the axis shows, with the scale where it is not even."""
    return run(say("log scale", job.lang, effect=words) if job.reading.is_ratio else words)


def favours_of(request: ForestRequest) -> tuple[Runs, Runs]:
    """Labels as given: which side is better depends on the outcome, so nothing is guessed."""
    if request.favours is None:
        return (), ()
    key = "favours, revman" if request.theme.name == "revman" else "favours"
    left, right = (run(say(key, request.lang, arm=name)) if name else () for name in request.favours)
    return left, right


def own_limits(job: Job) -> tuple[float, float] | None:
    """The reader's limits, carried from the natural to the analysis scale."""
    given = job.request.xlim
    if given is None:
        return None
    with np.errstate(all="ignore"):
        low, high = (float(v) for v in job.reading.scale.to_analysis(np.array(given, dtype=float)))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise OptionError(
            f"xlim={given!r} - not two increasing limits of this axis - expected values on the natural scale "
            "(ratios above 0, proportions inside 0 to 1) - give the lower one first"
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
