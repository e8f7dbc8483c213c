"""A result to the figure model of its forest plot: rows, columns and texts, no positions."""

from __future__ import annotations

import math

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.figures.catalogue import say
from k2meta.figures.columns import ArmColumns, arm_columns
from k2meta.figures.forest_columns import columns_of
from k2meta.figures.forest_entries import base_fit, forest_entries
from k2meta.figures.forest_entry import ForestResult
from k2meta.figures.forest_heads import (
    arm_names,
    axis_title,
    effect_head,
    favours_of,
    own_limits,
    own_ticks,
)
from k2meta.figures.forest_job import ForestRequest, Job
from k2meta.figures.forest_names import model_names
from k2meta.figures.forest_notes import footnotes_of, overall_lines, statistics_of
from k2meta.figures.forest_record import record_of
from k2meta.figures.forest_rows import rows_of
from k2meta.figures.forest_text import effect_words, number_style, signed_style
from k2meta.figures.model import FigureModel, Panel, Row, run
from k2meta.figures.reading import read_scale
from k2meta.figures.user_columns import user_texts

__all__ = ["ForestRequest", "build_model"]


def build_model(result: ForestResult, request: ForestRequest) -> FigureModel:
    """Turn a result into the figure model of its forest plot.

    Parameters
    ----------
    result : MetaResult, SubgroupResult or LeaveOneOutResult
    request : ForestRequest

    Returns
    -------
    FigureModel
    """
    fit = base_fit(result)
    entries = tuple(forest_entries(result, request.options))
    reading = read_scale(fit.effects, request.decimals)
    style = number_style(request.theme.numbers, request.lang)
    if any(min(reading.natural([e.lo, e.x])) < 0 for e in entries if math.isfinite(e.lo)):
        style = signed_style(style)
    side = "left" if "arms" in request.theme.left else "right"
    arms = arm_columns(fit.effects, reading.measure.family, request.lang, style, side)
    if isinstance(result, (LeaveOneOutResult, CumulativeResult)):
        arms = ArmColumns((), (), lambda _: {})
    names = model_names((fit, *request.options.models), request.lang) if request.options.models else ()
    user = {name: user_texts(values, request.lang, style) for name, values in request.extra.items()}
    job = Job(request, result, fit, entries, reading, style, arms, names, user)
    columns, merged = columns_of(job)
    words = effect_words(reading, request.lang, request.effect)
    rows = rows_of(job)
    return FigureModel(
        lang=request.lang,
        columns=columns,
        merged=merged,
        arms=arm_names(job),
        rows=rows,
        panels=(_panel(job, rows, words),),
        statistics=statistics_of(job),
        overall_lines=overall_lines(job),
        all_studies=run(say("all studies", request.lang)),
        footnotes=footnotes_of(job),
        continued=run(say("continued", request.lang)),
        record=record_of(job),
    )


def _panel(job: Job, rows: tuple[Row, ...], words: str) -> Panel:
    """What the plot shows."""
    request, ci = job.request, job.fit.ci
    over = request.theme.plot_head
    pooled = [e.x for e in job.entries if e.kind == "pooled" and e.level == 0 and not job.refits]
    return Panel(
        rows=rows,
        scale=job.reading.scale,
        axis_title=() if over else axis_title(job, words),
        plot_head=effect_head(job) if over else (),
        favours=favours_of(request),
        pooled_lines=tuple(dict.fromkeys(pooled)),
        bands=((ci.low, ci.high, "#E3E3E3"),) if job.left_out and math.isfinite(ci.low) else (),
        xlim=own_limits(job),
        ticks=own_ticks(job),
        equal_squares=job.refits,
    )
