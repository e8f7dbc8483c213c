"""A result to the figure model of its forest plot: rows, columns and texts, no positions."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.analysis.subgroups import SubgroupResult
from k2meta.errors import DataError
from k2meta.figures.catalogue import CATALOGUE, level_text, model_name, pooled_label, say
from k2meta.figures.columns import ArmColumns, arm_columns
from k2meta.figures.forest_columns import columns_of
from k2meta.figures.forest_entries import base_fit, forest_entries
from k2meta.figures.forest_entry import Entry, ForestResult
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
from k2meta.figures.forest_refits import changes_conclusion, refit_numbers
from k2meta.figures.forest_text import (
    effect_text,
    effect_words,
    excluded_notes,
    facts,
    heterogeneity_of,
    method_of,
    number_style,
    overall_effect_of,
    signed_style,
)
from k2meta.figures.model import FigureModel, Line, Panel, Row, Runs, bold, plain_text, run
from k2meta.figures.numbers import MISSING, format_i2, format_number, format_p, format_tau2
from k2meta.figures.reading import read_scale
from k2meta.figures.reasons import is_not_estimable
from k2meta.figures.sentences import Method, alt_text, caption, method_note
from k2meta.figures.statistics_lines import heterogeneity_line, overall_effect_line, subgroup_line
from k2meta.figures.user_columns import user_texts
from k2meta.models.result import MetaResult

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
    rows = _rows(job)
    return FigureModel(
        lang=request.lang,
        columns=columns,
        merged=merged,
        arms=arm_names(job),
        rows=rows,
        panels=(_panel(job, rows, words),),
        statistics=_statistics(job),
        overall_lines=_overall_lines(job),
        all_studies=run(say("all studies", request.lang)),
        footnotes=_footnotes(job),
        continued=run(say("continued", request.lang)),
        record=_record(job),
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


# --------------------------------------------------------------------------- rows
def _rows(job: Job) -> tuple[Row, ...]:
    """Rows of all entries; statistics that are not wanted or say nothing leave no gap."""
    tested = job.reading.scale.null is not None
    return tuple(
        _row(job, entry)
        for entry in job.entries
        if entry.kind != "note" or (job.request.statistics and (tested or entry.label == "heterogeneity"))
    )


def _row(job: Job, entry: Entry) -> Row:
    if entry.kind == "space":
        return Row("space", level=entry.level, group=entry.group)
    if entry.kind == "note":
        return _note(job, entry)
    label = _label(job, entry)
    lo, hi = job.reading.within_bounds(entry.lo, entry.hi)
    heavy = entry.kind in ("group", "pooled", "unpooled")
    cells = {"study": run(label, bold=heavy), **job.arms.cells(entry)}
    cells.update(_effect_cells(job, entry))
    cells.update(_user_cells(job, entry))
    return Row(
        entry.kind,
        label,
        cells,
        entry.x,
        lo,
        hi,
        entry.share if entry.kind == "study" else math.nan,
        entry.level,
        entry.group,
        reason=entry.reason,
    )


def _note(job: Job, entry: Entry) -> Row:
    """One line of statistics under a subgroup: its heterogeneity, or the test of its effect."""
    nothing, style, lang = math.nan, job.style, job.lang
    if entry.label == "heterogeneity":
        line = heterogeneity_line(nothing, 0, nothing, nothing, style=style, lang=lang)
        line = heterogeneity_of(entry.fit, style, lang) if entry.fit else line
    else:
        line = overall_effect_line(nothing, nothing, style=style, lang=lang)
        line = overall_effect_of(entry.fit, style, lang) if entry.fit else line
    return Row("note", entry.label, level=entry.level, group=entry.group, segments=line)


def _label(job: Job, entry: Entry) -> str:
    lang, level = job.lang, (entry.fit or job.fit).options.level
    if entry.kind == "prediction":
        return say("prediction interval, level", lang, level=level_text(level))
    if entry.kind in ("pooled", "unpooled"):
        if job.left_out:
            return say("all studies", lang)
        if job.cumulative:
            return say("cumulative", lang, study=entry.label.strip())
        if entry.level:
            return (
                pooled_label(lang, level, sub=True) if job.request.theme.plot_head else say("subtotal", lang)
            )
        fit = entry.fit or job.fit
        if job.names:
            return job.name_of(fit)
        if job.request.theme.plot_head:
            return pooled_label(lang, level)
        return model_name(fit.options.model, lang)
    if job.left_out:
        return say("omitting", lang, study=entry.label.strip()) + ("*" if _changes(job, entry) else "")
    if job.cumulative:
        return say("cumulative", lang, study=entry.label.strip())
    return plain_text(run(entry.label)).strip()


def _changes(job: Job, entry: Entry) -> bool:
    """Whether the row changes the conclusion, where there is an effect to test."""
    return job.reading.scale.null is not None and changes_conclusion(job.result, entry)


def _effect_cells(job: Job, entry: Entry) -> dict[str, Runs]:
    if entry.kind in ("excluded", "unpooled"):
        heavy = entry.kind == "unpooled"
        key = "not estimable" if heavy or is_not_estimable(entry.reason) else "excluded"
        return {"effect": run(say(key, job.lang), bold=heavy), "weight": run(MISSING, bold=heavy)}
    if entry.kind == "group":
        return {}
    study = entry.position if entry.position >= 0 and not job.refits else None
    x, lo, hi = job.reading.natural([entry.x, entry.lo, entry.hi], study)
    estimate = None if entry.kind == "prediction" else x
    text = effect_text(estimate, lo, hi, job.reading.decimals, job.style, job.reading.is_ratio)
    cells = {"effect": run(text)}
    if math.isfinite(entry.weight):
        sign = "%" if job.request.theme.plot_head else ""
        cells["weight"] = run(format_number(entry.weight, 1, job.style) + sign)
    if job.refits:
        cells.update(_refit_cells(job, entry))
    return {key: bold(runs) for key, runs in cells.items()} if entry.kind == "pooled" else cells


def _refit_cells(job: Job, entry: Entry) -> dict[str, Runs]:
    """P value, tau2 and I2 of each refit, from the result itself."""
    if not isinstance(job.result, (LeaveOneOutResult, CumulativeResult)):
        return {}
    p, tau2, i2 = refit_numbers(job.result, entry)
    alone = entry.step == 0 and job.cumulative  # one study says nothing about heterogeneity
    # three decimals near 0.05: the mark on a changed conclusion must agree with the P beside it
    relation, digits = format_p(p, replace(job.style, p_small_digits=0))
    return {
        "p": run(digits if relation == "=" else f"{relation} {digits}"),
        "tau2": run(MISSING if alone else format_tau2(tau2, job.style)),
        "i2": run(MISSING if alone else format_i2(i2, job.style)),
    }


def _user_cells(job: Job, entry: Entry) -> dict[str, Runs]:
    """Cells of the reader's own columns: one value for each pooled study, or for each row of the data."""
    cells: dict[str, Runs] = {}
    effects = job.fit.effects
    for name, values in job.request.extra.items():
        n, rows = len(values), len(effects.labels)
        if n not in (effects.k, len(effects.labels)):
            raise DataError(
                f"column {name!r} has {n} values - expected {effects.k}, one for each pooled study"
                + (f", or {rows}, one for each row of the data" if rows not in (0, effects.k) else "")
                + " - put None where a study has none"
            )
        index = entry.position if n == effects.k else entry.data_row
        if (entry.kind in ("study", "excluded") or entry.step >= 0) and index >= 0:
            cells[name] = run(job.user[name][index])
    return cells


# --------------------------------------------------------------------------- notes and record
def _statistics(job: Job) -> tuple[Line, ...]:
    request, lang, style = job.request, job.lang, job.style
    if not request.statistics or job.refits:
        return ()
    lines: list[Line] = []
    if request.options.overall:
        named = list(zip(job.fits, job.names or ("",), strict=True))
        lines.extend(heterogeneity_of(fit, style, lang, name) for fit, name in named)
        # without a value of no effect (one group) there is nothing to test an effect against
        if job.reading.scale.null is not None:
            lines.extend(overall_effect_of(fit, style, lang, name) for fit, name in named)
    if isinstance(job.result, SubgroupResult) and len(job.result.groups) > 1:
        test = job.result.between
        lines.append(
            subgroup_line(
                test.statistic, test.df, test.p_value, job.result.between_i2, style=style, lang=lang
            )
        )
    return tuple(lines)


def _overall_lines(job: Job) -> int:
    """How many lines of statistics come before the test between subgroups."""
    fits = 1 + len(job.request.options.models) if job.request.options.overall else 0
    return fits * (1 if job.reading.scale.null is None else 2)


def _footnotes(job: Job) -> tuple[Line, ...]:
    if not job.request.footnote:
        return ()
    end = "。" if job.lang == "zh" else "."
    notes: list[Line] = []
    if any(_changes(job, e) for e in job.entries):
        alpha = f"{1 - job.fit.options.level:.6g}"
        notes.append((run(say("changes", job.lang, alpha=alpha) + end),))
    notes.extend((run(words + end),) for words in _refit_notes(job))
    for fit, name in zip(job.fits, job.names or ("",), strict=True):
        notes.append(method_note(_method(job, fit), job.lang, name))
    notes.extend(excluded_notes(job.entries, job.lang))
    return tuple(notes)


def _refit_notes(job: Job) -> list[str]:
    """What the band of a leave-one-out figure is; by what the studies of a cumulative one were ordered."""
    if job.left_out and math.isfinite(job.fit.ci.low):
        return [say("forest: band loo", job.lang, level=level_text(job.fit.options.level))]
    if isinstance(job.result, CumulativeResult):
        key = f"forest: order {job.result.by}"
        known = key in CATALOGUE
        return [say(key, job.lang) if known else say("forest: order", job.lang, by=job.result.by)]
    return []


def _method(job: Job, fit: MetaResult) -> Method:
    """How a fit was made; refits have degrees of freedom of their own."""
    method = method_of(fit, prediction=_predicted(job, fit), excluded=0)
    return replace(method, df=math.inf) if job.refits else method


def _predicted(job: Job, fit: MetaResult) -> bool:
    return any(entry.kind == "prediction" and entry.fit is fit for entry in job.entries)


def _record(job: Job) -> dict[str, Any]:
    """Alternative texts and captions in both languages, and what was shown."""
    alt, captions = {}, {}
    for lang in ("en", "zh"):
        names = model_names(job.fits, lang) if job.names else ()
        known = facts(
            job.entries,
            job.reading,
            job.fit,
            number_style(job.request.theme.numbers, lang),
            lang,
            effect=job.request.effect,
            title=job.request.title,
            kind=job.kind,
            names={id(fit): name for fit, name in zip(job.fits, names, strict=bool(names))},
        )
        lost = sum(e.kind == "excluded" for e in job.entries)
        alt[lang] = alt_text(known)
        further = [(_method(job, fit), name) for fit, name in zip(job.fits, names, strict=bool(names))]
        captions[lang] = caption(known, replace(_method(job, job.fit), excluded=lost), further)
    words = effect_words(job.reading, job.lang, job.request.effect)
    if job.lang == "en" and not job.request.effect:
        words = words[:1].lower() + words[1:]
    return {
        "title": job.request.title or say("caption start", job.lang, title=words),
        "lang": job.lang,
        "alt": alt[job.lang],
        "alt_en": alt["en"],
        "alt_zh": alt["zh"],
        "captions": captions,
        "measure": job.fit.measure,
        "model": job.fit.options.model,
        "level": job.fit.options.level,
    }
