"""What stands under a forest plot: lines of statistics and footnotes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.subgroups import SubgroupResult
from k2meta.figures.axes.axis import tick_label
from k2meta.figures.forest.forest_entry import Entry
from k2meta.figures.forest.forest_job import Job
from k2meta.figures.forest.forest_rows import changes
from k2meta.figures.lettering.numbers import format_number
from k2meta.figures.looks.model import Line, run
from k2meta.figures.words.catalogue import CATALOGUE, level_text, say
from k2meta.figures.words.fit_words import heterogeneity_of, method_of, overall_effect_of
from k2meta.figures.words.method_notes import Method, method_note
from k2meta.figures.words.reasons import reason_words
from k2meta.figures.words.statistics_lines import subgroup_line
from k2meta.figures.words.symbols import symbol_line
from k2meta.measures.transform import harmonic_mean
from k2meta.models.result import MetaResult

__all__ = ["band_words", "footnotes_of", "method_in", "overall_lines", "statistics_of"]


def statistics_of(job: Job) -> tuple[Line, ...]:
    """Lines of statistics about all studies: heterogeneity and test of each model, test between groups."""
    request, lang, style = job.request, job.lang, job.style
    if not request.statistics or job.refits:
        return ()
    lines: list[Line] = []
    if request.options.overall:
        named = list(zip(job.fits, job.line_names(), strict=True))
        lines.extend(heterogeneity_of(fit, style, lang, name) for fit, name in named)
        # without a value of no effect (one group) there is nothing to test an effect against
        if job.reading.scale.null is not None:
            lines.extend(overall_effect_of(fit, style, lang, name) for fit, name in named)
    lines.extend(_between_lines(job))
    return tuple(lines)


def _between_lines(job: Job) -> list[Line]:
    """The test for subgroup differences, one line for each model whose subgroups are shown."""
    names = job.line_names() if job.grouped_models else (job.request.panel,)
    shown = [job.result, *job.request.options.subgroups]
    return [
        subgroup_line(
            result.between.statistic,
            result.between.df,
            result.between.p_value,
            result.between_i2,
            style=job.style,
            lang=job.lang,
            model=name,
        )
        for result, name in zip(shown, names, strict=False)
        if isinstance(result, SubgroupResult) and len(result.groups) > 1
    ]


def overall_lines(job: Job) -> int:
    """How many lines of statistics come before the test between subgroups."""
    fits = 1 + len(job.request.options.models) if job.request.options.overall else 0
    return fits * (1 if job.reading.scale.null is None else 2)


def footnotes_of(job: Job) -> tuple[Line, ...]:
    """Footnotes: marks on rows, bands, the method of each model, studies that take no part."""
    if not job.request.footnote:
        return ()
    end = "。" if job.lang == "zh" else "."
    notes: list[Line] = []
    if any(changes(job, e) for e in job.entries):
        alpha = f"{1 - job.fit.options.level:.6g}"
        changed = (run(say("changes", job.lang, alpha=alpha).replace("*", job.mark, 1) + end),)
        notes.append(symbol_line(changed, job.style, job.lang))
    notes.extend((run(words + end),) for words in _refit_notes(job))
    if job.request.band is not None:
        notes.append((run(band_words(job, job.lang) + end),))
    for fit, name in zip(job.fits, job.names or ("",), strict=True):
        note = method_note(method_in(job, fit), job.lang, name)
        notes.append(symbol_line(note, job.style, job.lang))
    notes.extend(symbol_line((run(words + end),), job.style, job.lang) for words in _size_notes(job))
    notes.extend(_excluded_notes(job.entries, job.lang))
    return tuple(notes)


def _excluded_notes(entries: Sequence[Entry], lang: str) -> list[Line]:
    """Name the studies that take no part, one line for each reason."""
    reasons: dict[str, list[str]] = {}
    for entry in entries:
        if entry.kind == "excluded":
            reasons.setdefault(reason_words(entry.reason, lang), []).append(entry.label)
    between, end = ("；", "。") if lang == "zh" else ("; ", ".")
    head = "{}（{}）：" if lang == "zh" else "{} ({}): "
    lines: list[Line] = []
    for reason, labels in reasons.items():
        texts = [label + between for label in labels[:-1]] + [labels[-1] + end]
        texts[0] = head.format(say("not pooled", lang), reason) + texts[0]
        lines.append(tuple(run(text) for text in texts))
    return lines


def band_words(job: Job, lang: str, key: str = "forest: band") -> str:
    """What the reader's band is, its ends as they were given."""
    ends = job.request.band or (math.nan, math.nan)
    low, high = (tick_label(end).replace(".", job.style.point) for end in ends)
    return say(f"{key} signed" if min(ends) < 0 else key, lang, low=low, high=high)


def _refit_notes(job: Job) -> list[str]:
    """What the band of a leave-one-out figure is; by what the studies of a cumulative one were ordered."""
    if job.left_out and math.isfinite(job.fit.ci.low):
        return [say("forest: band loo", job.lang, level=level_text(job.fit.options.level))]
    if isinstance(job.result, CumulativeResult):
        key = f"forest: order {job.result.by}"
        known = key in CATALOGUE
        return [say(key, job.lang) if known else say("forest: order", job.lang, by=job.result.by)]
    return []


def _size_notes(job: Job) -> list[str]:
    """At which size the axis is read, where values depend on one."""
    sizes = job.reading.sizes
    if sizes is None or not len(sizes):
        return []
    key = "forest: axis size" if job.reading.measure.size_role == "n" else "forest: axis time"
    middle = format_number(harmonic_mean(sizes), 1, job.style)
    return [say(key, job.lang, size=middle)]


def method_in(job: Job, fit: MetaResult) -> Method:
    """How a fit was made; refits have degrees of freedom of their own."""
    how = method_of(fit, prediction=_predicted(job, fit), excluded=0)
    if not job.refits:
        return how
    return replace(how, df=math.inf, i2_basis=how.i2_basis if _has_i2_column(job) else "")


def _has_i2_column(job: Job) -> bool:
    columns = job.request.columns
    return not job.cumulative if columns is None else "i2" in columns


def _predicted(job: Job, fit: MetaResult) -> bool:
    return any(entry.kind == "prediction" and entry.fit is fit for entry in job.entries)
