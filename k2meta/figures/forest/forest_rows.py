"""Rows of a forest plot and their cells, as texts: one for each entry."""

from __future__ import annotations

import math
from dataclasses import replace

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.errors import DataError
from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.forest.forest_bias import bias_dots
from k2meta.figures.forest.forest_entry import Entry
from k2meta.figures.forest.forest_job import Job
from k2meta.figures.forest.forest_refits import changes_conclusion, refit_numbers
from k2meta.figures.lettering.numbers import MISSING, format_i2, format_number, format_p, format_tau2
from k2meta.figures.looks.model import Row, Runs, bold, plain_text, run
from k2meta.figures.words.catalogue import level_text, model_name, pooled_label, say
from k2meta.figures.words.fit_words import effect_text, heterogeneity_of, overall_effect_of
from k2meta.figures.words.reasons import is_not_estimable
from k2meta.figures.words.statistics_lines import heterogeneity_line, overall_effect_line

__all__ = ["changes", "rows_of"]


def rows_of(job: Job) -> tuple[Row, ...]:
    """Rows of all entries; statistics that are not wanted or say nothing leave no gap."""
    tested = job.reading.scale.null is not None
    rows = tuple(
        _row(job, entry)
        for entry in job.entries
        if entry.kind != "note" or (job.request.statistics and (tested or entry.label == "heterogeneity"))
    )
    return rows if job.request.bias is None else _with_dots(rows, job.request.bias)


def _with_dots(rows: tuple[Row, ...], bias: RiskOfBias) -> tuple[Row, ...]:
    """Give the rows of studies their judgements."""
    labels = [row.label for row in rows if row.kind in ("study", "excluded")]
    dots = bias_dots(bias, labels)
    return tuple(
        replace(row, dots=dots.get(row.label.strip(), {})) if row.kind in ("study", "excluded") else row
        for row in rows
    )


def _row(job: Job, entry: Entry) -> Row:
    if entry.kind == "space":
        return Row("space", level=entry.level, group=entry.group)
    if entry.kind == "note":
        return _note(job, entry)
    label = _label(job, entry)
    lo, hi = job.reading.within_bounds(entry.lo, entry.hi, _own_size(job, entry))
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
        spread=entry.spread,
    )


def _note(job: Job, entry: Entry) -> Row:
    """One line of statistics under a subgroup: its heterogeneity, or the test of its effect."""
    nothing, style, lang = math.nan, job.style, job.lang
    panel = job.line_names()[entry.model] if job.grouped_models else job.request.panel
    if entry.label == "heterogeneity":
        line = heterogeneity_line(nothing, 0, nothing, nothing, style=style, lang=lang, model=panel)
        line = heterogeneity_of(entry.fit, style, lang, panel) if entry.fit else line
    else:
        line = overall_effect_line(nothing, nothing, style=style, lang=lang, model=panel)
        line = overall_effect_of(entry.fit, style, lang, panel) if entry.fit else line
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
        if entry.level and job.grouped_models and entry.kind == "pooled":
            return job.names[entry.model]
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
        return say("omitting", lang, study=entry.label.strip()) + (job.mark if changes(job, entry) else "")
    if job.cumulative:
        return say("cumulative", lang, study=entry.label.strip())
    return plain_text(run(entry.label)).strip()


def changes(job: Job, entry: Entry) -> bool:
    """Whether the row changes the conclusion, where there is an effect to test."""
    return job.reading.scale.null is not None and changes_conclusion(job.result, entry)


def _own_size(job: Job, entry: Entry) -> int | None:
    """The study at whose size a row's values are read; None for pooled values."""
    return entry.position if entry.position >= 0 and not job.refits else None


def _effect_cells(job: Job, entry: Entry) -> dict[str, Runs]:
    if entry.kind in ("excluded", "unpooled"):
        heavy = entry.kind == "unpooled"
        key = "not estimable" if heavy or is_not_estimable(entry.reason) else "excluded"
        missing = ("weight", *(f"weight {i + 1}" for i in range(len(job.shares))))
        return {
            "effect": run(say(key, job.lang), bold=heavy),
            **{name: run(MISSING, bold=heavy) for name in missing},
        }
    if entry.kind == "group":
        return {}
    study = _own_size(job, entry)
    x, lo, hi = job.reading.natural([entry.x, entry.lo, entry.hi], study)
    estimate = None if entry.kind == "prediction" else x
    text = effect_text(estimate, lo, hi, job.reading.decimals, job.style, job.reading.is_ratio)
    cells = {"effect": run(text)}
    sign = "%" if job.request.theme.plot_head else ""
    for key, weight in {"weight": entry.weight, **_weights(job, entry)}.items():
        if math.isfinite(weight):
            cells[key] = run(format_number(weight, 1, job.style) + sign)
    if job.refits:
        cells.update(_refit_cells(job, entry))
    return {key: bold(runs) for key, runs in cells.items()} if entry.kind == "pooled" else cells


def _weights(job: Job, entry: Entry) -> dict[str, float]:
    """Percent weights by column, where those of every model are shown: a total has its own model's only."""
    if entry.kind == "study":
        return {f"weight {i}": own[entry.position] for i, own in enumerate(job.shares, 1)}
    if entry.kind != "pooled" or not job.shares:
        return {}
    members = [e.position for e in job.entries if e.kind == "study" and e.group == entry.group]
    own = job.shares[entry.model]
    total = math.fsum(own[i] for i in members) if entry.level else 100.0
    return {f"weight {entry.model + 1}": round(total, 1)}


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
