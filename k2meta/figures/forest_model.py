"""A result to the figure model of its forest plot: rows, columns and texts, no positions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from k2meta.analysis.influence import LeaveOneOutResult
from k2meta.analysis.subgroups import SubgroupResult
from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.figures.catalogue import level_text, model_name, pooled_label, say
from k2meta.figures.columns import ArmColumns, arm_columns
from k2meta.figures.forest_entries import Entry, ForestOptions, ForestResult, base_fit, forest_entries
from k2meta.figures.forest_text import (
    effect_text,
    effect_words,
    excluded_note,
    facts,
    heterogeneity_of,
    method_code,
    method_of,
    number_style,
    overall_effect_of,
)
from k2meta.figures.model import Column, FigureModel, Line, Row, Runs, bold, run
from k2meta.figures.numbers import MISSING, NumberStyle, format_i2, format_number, format_p
from k2meta.figures.reading import Reading, read_scale
from k2meta.figures.sentences import alt_text, caption, method_note
from k2meta.figures.statistics_lines import subgroup_line
from k2meta.figures.themes import Theme
from k2meta.models.result import MetaResult

__all__ = ["BLOCKS", "ForestRequest", "build_model"]

BLOCKS = ("study", "user", "arms", "weight", "effect")
NO_EVENTS = "no event"


@dataclass(frozen=True, slots=True)
class ForestRequest:
    """Everything a caller may choose about one forest plot, already checked for spelling."""

    theme: Theme
    lang: str = "en"
    arms: tuple[str, str] | None = None
    columns: tuple[str, ...] | None = None
    extra: Mapping[str, Sequence[object]] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    favours: tuple[str, str] | None = None
    effect: str | None = None
    title: str = ""
    xlim: tuple[float, float] | None = None
    ticks: tuple[float, ...] | None = None
    decimals: int | None = None
    statistics: bool = True
    footnote: bool = True
    options: ForestOptions = field(default_factory=ForestOptions)


@dataclass(frozen=True, slots=True)
class _Job:
    """The pieces that all rows and texts of one figure are made from."""

    request: ForestRequest
    result: ForestResult
    fit: MetaResult
    entries: tuple[Entry, ...]
    reading: Reading
    style: NumberStyle
    arms: ArmColumns

    @property
    def lang(self) -> str:
        return self.request.lang

    @property
    def left_out(self) -> bool:
        return isinstance(self.result, LeaveOneOutResult)


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
    side = "left" if "arms" in request.theme.left else "right"
    arms = arm_columns(fit.effects, reading.measure.family, request.lang, style, side)
    if isinstance(result, LeaveOneOutResult):
        arms = ArmColumns((), (), lambda _: {})
    job = _Job(request, result, fit, entries, reading, style, arms)
    columns, merged = _columns(job)
    words = effect_words(reading, request.lang, request.effect)
    return FigureModel(
        lang=request.lang,
        columns=columns,
        merged=merged,
        arms=_arm_names(job),
        rows=tuple(_row(job, entry) for entry in entries),
        scale=reading.scale,
        axis_title=() if request.theme.plot_head else _axis_title(job, words),
        plot_head=_effect_head(job) if request.theme.plot_head else (),
        favours=_favours(request),
        statistics=_statistics(job),
        footnotes=_footnotes(job),
        pooled_lines=tuple(
            dict.fromkeys(e.x for e in entries if e.kind == "pooled" and e.level == 0 and not job.left_out)
        ),
        band=(fit.ci.low, fit.ci.high) if job.left_out and math.isfinite(fit.ci.low) else None,
        xlim=_own_limits(job),
        ticks=request.ticks,
        equal_squares=job.left_out,
        continued=run(say("continued", request.lang)),
        record=_record(job),
    )


# --------------------------------------------------------------------------- heads and columns
def _effect_head(job: _Job) -> tuple[Runs, ...]:
    words = job.request.heads.get("effect") or effect_words(job.reading, job.lang, job.request.effect)
    if job.request.theme.plot_head and not job.left_out:
        second = method_code(job.fit, job.lang)
    else:
        second = say("level ci", job.lang, level=level_text(job.fit.options.level))
        second = f"（{second}）" if job.lang == "zh" else f"({second})"
    return run(words, bold=True), run(second, bold=True)


def _head(job: _Job, key: str, words: str) -> tuple[Runs, ...]:
    text = job.request.heads.get(key, words)
    return tuple(run(line, bold=True) for line in text.split("\n"))


def _columns(job: _Job) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
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
    if not any(c.key == "study" for c in full):
        raise OptionError("columns=... leaves the study column out; a forest plot needs it")
    return tuple(full), tuple(merged)


def _is_wanted(column: Column, block: str, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or block == "study" or block in wanted or column.key in wanted


def _block(job: _Job, block: str, side: Any) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    if block == "arms":
        columns = tuple(_renamed(job, replace(c, side=side)) for c in job.arms.columns)
        return columns, tuple(_renamed(job, replace(c, side=side)) for c in job.arms.merged)
    made = _plain_block(job, block, side)
    return made, made


def _renamed(job: _Job, column: Column) -> Column:
    words = job.request.heads.get(column.key)
    return replace(column, head=_head(job, column.key, "")) if words else column


def _plain_block(job: _Job, block: str, side: Any) -> tuple[Column, ...]:
    lang = job.lang
    if block == "study":
        grouped = isinstance(job.result, SubgroupResult)
        key = "study or subgroup" if grouped or job.request.theme.plot_head else "study"
        key = "study" if job.left_out else key
        return (Column("study", _head(job, "study", say(key, lang)), "left", side),)
    if block == "user":
        columns = []
        for name, values in job.request.extra.items():
            numeric = all(isinstance(v, (int, float)) for v in values)
            columns.append(Column(name, _head(job, name, name), "right" if numeric else "left", side, drop=3))
        return tuple(columns)
    if block == "weight":
        if job.left_out:
            return ()
        key = "weight" if job.request.theme.plot_head else "weight (%)"
        return (Column("weight", _head(job, "weight", say(key, lang)), "right", side, drop=2),)
    effect = Column("effect", _effect_head(job), "right", side)
    if not job.left_out:
        return (effect,)
    p = Column("p", _head(job, "p", say("p value", lang)), "right", side, drop=2)
    return effect, p, Column("i2", _head(job, "i2", "I²"), "right", side, drop=1)


def _arm_names(job: _Job) -> dict[int, Runs]:
    if not any(c.arm for c in job.arms.columns):
        return {}
    names = job.request.arms or (say("experimental", job.lang), say("control", job.lang))
    return {1: run(names[0], bold=True), 2: run(names[1], bold=True)}


def _axis_title(job: _Job, words: str) -> Runs:
    return run(say("log scale", job.lang, effect=words) if job.reading.is_ratio else words)


def _favours(request: ForestRequest) -> tuple[Runs, Runs]:
    """Labels as given: which side is better depends on the outcome, so nothing is guessed."""
    if request.favours is None:
        return (), ()
    key = "favours, revman" if request.theme.name == "revman" else "favours"
    left, right = (run(say(key, request.lang, arm=name)) if name else () for name in request.favours)
    return left, right


def _own_limits(job: _Job) -> tuple[float, float] | None:
    """The reader's limits, carried from the natural to the analysis scale."""
    import numpy as np

    given = job.request.xlim
    if given is None:
        return None
    with np.errstate(all="ignore"):
        low, high = (float(v) for v in job.reading.scale.to_analysis(np.array(given, dtype=float)))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise OptionError(
            f"xlim={given!r} - not two increasing limits of a {job.reading.scale.kind} axis - expected "
            "values on the natural scale (ratios above 0, proportions inside 0 to 1)"
        )
    return low, high


# --------------------------------------------------------------------------- rows
def _row(job: _Job, entry: Entry) -> Row:
    if entry.kind == "space":
        return Row("space", level=entry.level, group=entry.group)
    if entry.kind == "note":
        return _note(job, entry)
    label = _label(job, entry)
    heavy = entry.kind in ("group", "pooled")
    cells = {"study": run(label, bold=heavy), **job.arms.cells(entry)}
    cells.update(_effect_cells(job, entry))
    cells.update(_user_cells(job, entry))
    return Row(
        entry.kind,
        label,
        cells,
        entry.x,
        entry.lo,
        entry.hi,
        entry.share if entry.kind == "study" else math.nan,
        entry.level,
        entry.group,
        reason=entry.reason,
    )


def _note(job: _Job, entry: Entry) -> Row:
    """Statistics under a subgroup: heterogeneity, then the test of its effect."""
    if entry.fit is None or not job.request.statistics:
        return Row("space", level=entry.level, group=entry.group)
    first = heterogeneity_of(entry.fit, job.style, job.lang)
    second = overall_effect_of(entry.fit, job.style, job.lang)
    stop = "。" if job.lang == "zh" else ". "
    segments: Line = (*first[:-1], (*first[-1], *run(stop)), *second)
    return Row("note", cells={}, level=entry.level, group=entry.group, segments=segments)


def _label(job: _Job, entry: Entry) -> str:
    lang, level = job.lang, job.fit.options.level
    if entry.kind == "prediction":
        return say("prediction interval, level", lang, level=level_text(level))
    if entry.kind == "pooled":
        if job.left_out:
            return say("all studies", lang)
        if entry.level:
            return (
                pooled_label(lang, level, sub=True) if job.request.theme.plot_head else say("subtotal", lang)
            )
        fit = entry.fit or job.fit
        if job.request.options.models:
            return model_name(fit.options.model, lang, fit.options.pooling)
        if job.request.theme.plot_head:
            return pooled_label(lang, level)
        return model_name(fit.options.model, lang)
    if job.left_out:
        return say("omitting", lang, study=entry.label)
    return entry.label


def _effect_cells(job: _Job, entry: Entry) -> dict[str, Runs]:
    if entry.kind == "excluded":
        key = "not estimable" if NO_EVENTS in entry.reason.lower() else "excluded"
        return {"effect": run(say(key, job.lang)), "weight": run(MISSING)}
    if entry.kind == "group":
        return {}
    study = entry.position if entry.position >= 0 and not job.left_out else None
    x, lo, hi = job.reading.natural([entry.x, entry.lo, entry.hi], study)
    estimate = None if entry.kind == "prediction" else x
    text = effect_text(estimate, lo, hi, job.reading.decimals, job.style)
    cells = {"effect": run(text)}
    if math.isfinite(entry.weight):
        sign = "%" if job.request.theme.plot_head else ""
        cells["weight"] = run(format_number(entry.weight, 1, job.style) + sign)
    if job.left_out:
        cells.update(_refit_cells(job, entry))
    return {key: bold(runs) for key, runs in cells.items()} if entry.kind == "pooled" else cells


def _refit_cells(job: _Job, entry: Entry) -> dict[str, Runs]:
    """P value and I2 of each refit, from the leave-one-out result itself."""
    if isinstance(job.result, LeaveOneOutResult) and entry.position >= 0:
        p, i2 = float(job.result.p_value[entry.position]), float(job.result.i2[entry.position])
    else:
        p, i2 = job.fit.p_value, job.fit.i2
    relation, digits = format_p(p, job.style)
    return {
        "p": run(digits if relation == "=" else f"{relation} {digits}"),
        "i2": run(format_i2(i2, job.style)),
    }


def _user_cells(job: _Job, entry: Entry) -> dict[str, Runs]:
    """Cells of the reader's own columns: one value for each pooled study, or for each row of the data."""
    cells: dict[str, Runs] = {}
    effects = job.fit.effects
    for name, values in job.request.extra.items():
        n = len(values)
        if n not in (effects.k, len(effects.labels)):
            raise DataError(
                f"column {name!r} has {n} values - expected {effects.k}, one for each pooled study"
                + (f", or {len(effects.labels)}, one for each row of the data" if effects.labels else "")
            )
        index = entry.position if n == effects.k else entry.data_row
        if entry.kind in ("study", "excluded") and index >= 0:
            value = values[index]
            blank = value is None or (isinstance(value, float) and math.isnan(value))
            text = MISSING if blank else (f"{value:.6g}" if isinstance(value, float) else str(value))
            cells[name] = run(
                text.replace("-", "\N{MINUS SIGN}") if isinstance(value, (int, float)) else text
            )
    return cells


# --------------------------------------------------------------------------- notes and record
def _statistics(job: _Job) -> tuple[Line, ...]:
    request, lang, style = job.request, job.lang, job.style
    if not request.statistics or job.left_out:
        return ()
    lines: list[Line] = []
    if request.options.overall:
        fits = (job.fit, *request.options.models)
        for fit in fits:
            name = model_name(fit.options.model, lang, fit.options.pooling) if len(fits) > 1 else ""
            lines.append(heterogeneity_of(fit, style, lang, name))
        for fit in fits:
            name = model_name(fit.options.model, lang, fit.options.pooling) if len(fits) > 1 else ""
            lines.append(overall_effect_of(fit, style, lang, name))
    if isinstance(job.result, SubgroupResult) and len(job.result.groups) > 1:
        test = job.result.between
        lines.append(
            subgroup_line(
                test.statistic, test.df, test.p_value, job.result.between_i2, style=style, lang=lang
            )
        )
    return tuple(lines)


def _footnotes(job: _Job) -> tuple[Line, ...]:
    if not job.request.footnote:
        return ()
    prediction = any(e.kind == "prediction" for e in job.entries)
    lost = sum(e.kind == "excluded" for e in job.entries)
    notes: list[Line] = [method_note(method_of(job.fit, prediction=prediction, excluded=0), job.lang)]
    if lost:
        notes.append((excluded_note(job.entries, job.lang),))
    return tuple(notes)


def _record(job: _Job) -> dict[str, Any]:
    """Alternative texts and captions in both languages, and what was shown."""
    prediction = any(e.kind == "prediction" for e in job.entries)
    alt, captions = {}, {}
    for lang in ("en", "zh"):
        known = facts(
            job.entries,
            job.reading,
            job.fit,
            number_style(job.request.theme.numbers, lang),
            lang,
            effect=job.request.effect,
            title=job.request.title,
            leave_one_out=job.left_out,
        )
        lost = sum(e.kind == "excluded" for e in job.entries)
        alt[lang] = alt_text(known)
        captions[lang] = caption(known, method_of(job.fit, prediction=prediction, excluded=lost))
    words = effect_words(job.reading, job.lang, job.request.effect)
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
