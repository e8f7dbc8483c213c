"""Which columns a forest plot has, on which side of the plot, in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from k2meta.analysis.subgroups import SubgroupResult
from k2meta.errors import OptionError, unknown_option
from k2meta.figures.forest.forest_bias import bias_columns
from k2meta.figures.forest.forest_checks import refuse_clashes
from k2meta.figures.forest.forest_heads import column_head, effect_head
from k2meta.figures.forest.forest_job import BLOCKS, Job
from k2meta.figures.forest.user_columns import is_numeric
from k2meta.figures.looks.model import Column, run
from k2meta.figures.words.catalogue import say

__all__ = ["REFIT_COLUMNS", "columns_of"]

REFIT_COLUMNS = ("p", "tau2", "i2")


def columns_of(job: Job) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """Columns of both sides in the theme's order, once as they are and once with merged arms."""
    request = job.request
    wanted = request.columns
    if wanted is not None:
        tested = job.reading.scale.null is not None  # one group: there is no effect to test
        refits = tuple(key for key in REFIT_COLUMNS if job.refits and (tested or key != "p"))
        allowed = (*BLOCKS, *(c.key for c in job.arms.columns), *refits, *request.extra)
        for key in wanted:
            if key not in allowed:
                raise unknown_option("column", key, allowed)
    full: list[Column] = []
    merged: list[Column] = []
    for side, blocks in _sides(job):
        for block in blocks:
            if block not in BLOCKS:
                raise unknown_option("block of columns", block, BLOCKS)
            columns, joined = _block(job, block, side)
            # naming single columns of an arm means that they stay as they are
            named = wanted is not None and "arms" not in wanted and block == "arms"
            at_first = joined if request.theme.merge_arms and not named else columns
            full.extend(c for c in at_first if _is_wanted(c, block, wanted))
            merged.extend(c for c in (columns if named else joined) if _is_wanted(c, block, wanted))
    if request.bias is not None:
        full.extend(bias_columns(request.bias))
        merged.extend(bias_columns(request.bias))
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


def _sides(job: Job) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Blocks on each side: the theme's, and what the reader names besides."""
    left, right = tuple(job.request.theme.left), tuple(job.request.theme.right)
    wanted = job.request.columns or ()
    roles = [c.key for c in job.arms.columns]
    if "arms" not in (*left, *right) and any(key == "arms" or key in roles for key in wanted):
        left = (*left[:1], "arms", *left[1:])
    for block in ("effect", "weight", "weights"):
        if block in wanted and block not in (*left, *right):
            right = (*right, block)
    return ("left", left), ("right", right)


def _figure_columns(job: Job, side: str) -> list[Column]:
    """Columns of the figure's own, shown or not, with and without merging."""
    blocks = [block for block in BLOCKS if block != "user"]
    return [column for block in blocks for part in _block(job, block, side) for column in part]


def _is_wanted(column: Column, block: str, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or block == "study" or block in wanted or column.key in wanted


def _block(job: Job, block: str, side: Any) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    if block == "arms":
        columns = tuple(_renamed(job, replace(c, side=side)) for c in job.arms.columns)
        return columns, tuple(_renamed(job, _shortened(job, replace(c, side=side))) for c in job.arms.merged)
    made = _plain_block(job, block, side)
    return made, made


def _shortened(job: Job, column: Column) -> Column:
    """Head merged events and totals ``n/N`` where the theme does."""
    if not (job.request.theme.short_heads and column.key.startswith("events") and "+n" in column.key):
        return column
    return replace(column, head=(run(say("n/N", job.lang), bold=True),))


def _renamed(job: Job, column: Column) -> Column:
    words = job.request.heads.get(column.key)
    return replace(column, head=column_head(job, column.key, "")) if words else column


def _plain_block(job: Job, block: str, side: Any) -> tuple[Column, ...]:
    lang = job.lang
    if block == "study":
        grouped = isinstance(job.result, SubgroupResult)
        key = "study or subgroup" if grouped or job.request.theme.plot_head else "study"
        key = "study" if job.refits else key
        return (Column("study", column_head(job, "study", say(key, lang)), "left", side),)
    if block == "user":
        columns = []
        for name, values in job.request.extra.items():
            numeric = is_numeric(values)
            columns.append(
                Column(name, column_head(job, name, name), "right" if numeric else "left", side, drop=3)
            )
        return tuple(columns)
    if block == "weight":
        if job.refits:
            return ()
        key = "weight" if job.request.theme.plot_head else "weight (%)"
        head = column_head(job, "weight", say(key, lang))
        return (Column("weight", head, "right", side, drop=2, panel=0),)
    if block == "weights":
        return _weights_columns(job, side)
    effect = Column("effect", effect_head(job), "right", side, panel=0)
    return (effect, *_refit_columns(job, side)) if job.refits else (effect,)


def _weights_columns(job: Job, side: Any) -> tuple[Column, ...]:
    """One column of weights for each model shown, headed with what it is."""
    if not job.shares:
        return ()
    kinds = [say(f"weight, {fit.options.model}", job.lang) for fit in job.fits]
    words = [say("weight" if job.request.theme.plot_head else "weight (%)", job.lang)] * len(kinds)
    columns = []
    for number, (kind, word) in enumerate(zip(kinds, words, strict=True), 1):
        own = f"{kind} {number}" if kinds.count(kind) > 1 else kind
        key = f"weight {number}"
        columns.append(Column(key, column_head(job, key, f"{word}\n{own}"), "right", side, drop=2, panel=0))
    return tuple(columns)


def _refit_columns(job: Job, side: Any) -> list[Column]:
    """P, tau2 and I2 of each refit; tau2, and all of them in a cumulative figure, only where named."""
    wanted = job.request.columns
    heads = {"p": say("p value", job.lang), "tau2": "τ²", "i2": "I²"}
    if wanted is None:
        wanted = () if job.cumulative else ("p", "i2")
    if job.reading.scale.null is None:  # one group: there is no effect to test
        heads.pop("p")
    return [
        Column(key, column_head(job, key, head), "right", side, drop=2 if key == "p" else 1, panel=0)
        for key, head in heads.items()
        if key in wanted
    ]
