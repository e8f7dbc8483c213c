"""A result to the figure model of its forest plot: rows, columns and texts, no positions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.errors import OptionError
from k2meta.figures.forest.columns import ArmColumns, arm_columns
from k2meta.figures.forest.forest_columns import columns_of
from k2meta.figures.forest.forest_entries import base_fit, forest_entries
from k2meta.figures.forest.forest_entry import ForestResult
from k2meta.figures.forest.forest_heads import (
    arm_names,
    axis_title,
    effect_head,
    favours_of,
    own_band,
    own_limits,
    own_ticks,
)
from k2meta.figures.forest.forest_job import ForestRequest, Job
from k2meta.figures.forest.forest_notes import footnotes_of, overall_lines, statistics_of
from k2meta.figures.forest.forest_record import record_of
from k2meta.figures.forest.forest_rows import rows_of
from k2meta.figures.forest.user_columns import user_texts
from k2meta.figures.lettering.numbers import percentages
from k2meta.figures.looks.model import FigureModel, Panel, Row, run
from k2meta.figures.words.catalogue import say
from k2meta.figures.words.fit_names import model_names
from k2meta.figures.words.fit_words import effect_words, number_style, signed_style
from k2meta.figures.words.reading import read_scale
from k2meta.models.result import MetaResult

__all__ = ["ForestRequest", "build_model", "job_of", "model_of"]

REFIT_BAND, OWN_BAND = "#D2D2D2", "#E3E3E3"


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
    return model_of(job_of(result, request))


def job_of(result: ForestResult, request: ForestRequest) -> Job:
    """Gather what the rows and texts of a figure are made from."""
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
    shares = _shares((fit, *request.options.models), request)
    return Job(request, result, fit, entries, reading, style, arms, names, user, shares)


def _shares(fits: Sequence[MetaResult], request: ForestRequest) -> tuple[tuple[float, ...], ...]:
    """Weights of each model as they are printed side by side; nothing where they are not shown."""
    blocks = (*(request.columns or ()), *request.theme.left, *request.theme.right)
    if "weights" not in blocks:
        return ()
    if not request.options.overall:
        raise OptionError(
            'columns hold "weights" beside overall=False - weights of several models are shares of all '
            'studies - use "weight", or leave overall out'
        )
    return tuple(percentages(list(fit.weights)) for fit in fits)


def model_of(job: Job) -> FigureModel:
    """Set every row and text of a figure, without positions."""
    request = job.request
    columns, merged = columns_of(job)
    words = effect_words(job.reading, request.lang, request.effect)
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
        bias=request.bias,
    )


def _panel(job: Job, rows: tuple[Row, ...], words: str) -> Panel:
    """What the plot shows."""
    request = job.request
    over = request.theme.plot_head
    pooled = [e.x for e in job.entries if e.kind == "pooled" and e.level == 0 and not job.refits]
    return Panel(
        rows=rows,
        scale=job.reading.scale,
        axis_title=() if over else axis_title(job, words),
        plot_head=effect_head(job) if over else (),
        favours=favours_of(request),
        pooled_lines=tuple(dict.fromkeys(pooled)),
        bands=_bands(job),
        xlim=own_limits(job),
        ticks=own_ticks(job),
        equal_squares=job.refits,
    )


def _bands(job: Job) -> tuple[tuple[float, float, str], ...]:
    """The interval of all studies behind refits, and the reader's own band; the wider one below."""
    ci, bands = job.fit.ci, []
    if job.left_out and math.isfinite(ci.low):
        bands.append((ci.low, ci.high, REFIT_BAND))
    own = own_band(job)
    if own is not None:
        bands.append((*own, OWN_BAND))
    return tuple(sorted(bands, key=lambda band: band[0] - band[1]))
