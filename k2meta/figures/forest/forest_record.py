"""What a forest plot says of itself besides the picture: title, alternative texts, captions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from k2meta.figures.bias.bias_reading import RiskOfBias
from k2meta.figures.bias.words_risk_of_bias import code_label
from k2meta.figures.forest.forest_entry import Entry, sums
from k2meta.figures.forest.forest_job import Job
from k2meta.figures.forest.forest_notes import band_words, method_in
from k2meta.figures.forest.sentences import (
    ForestFacts,
    PooledFact,
    alt_text,
    alt_text_panels,
    caption,
    joined_effects,
)
from k2meta.figures.lettering.numbers import NumberStyle, format_i2
from k2meta.figures.looks.model import plain_text, run
from k2meta.figures.words.catalogue import model_name, say
from k2meta.figures.words.fit_names import model_names
from k2meta.figures.words.fit_words import effect_words, number_style, number_text
from k2meta.figures.words.reading import Reading
from k2meta.models.result import MetaResult

__all__ = ["record_of", "record_of_panels"]


def record_of(job: Job) -> dict[str, Any]:
    """Alternative texts and captions in both languages, and what was shown."""
    alt, captions = {}, {}
    for lang in ("en", "zh"):
        known, names = _facts(job, lang)
        lost = sum(e.kind == "excluded" for e in job.entries)
        alt[lang] = alt_text(known)
        further = [(method_in(job, fit), name) for fit, name in zip(job.fits, names, strict=bool(names))]
        captions[lang] = caption(known, replace(method_in(job, job.fit), excluded=lost), further)
    words = effect_words(job.reading, job.lang, job.request.effect)
    if job.lang == "en" and not job.request.effect:
        words = words[:1].lower() + words[1:]
    title = job.request.title or say("caption start", job.lang, title=words)
    return {**_common(job, title, alt, captions), "measure": job.fit.measure}


def record_of_panels(jobs: Sequence[Job], names: Sequence[str]) -> dict[str, Any]:
    """Return the same for several panels, which ``names`` name in the figure's language."""
    first = jobs[0]
    alt, captions, titles = {}, {}, {}
    for lang in ("en", "zh"):
        panels = [_facts(job, lang) for job in jobs]
        known = [facts for facts, _ in panels]
        alt[lang] = alt_text_panels(known)
        comma = "，" if lang == "zh" else ", "
        further = [
            (method_in(job, fit), name + comma + (own or model_name(fit.options.model, lang)))
            for job, name, (_, models) in zip(jobs, names, panels, strict=True)
            for fit, own in zip(job.fits, models or ("",), strict=True)
        ]
        titles[lang] = first.request.title or joined_effects(known)
        marks = tuple(dict.fromkeys(mark for facts in known for mark in facts.marks))
        predicted = next((facts.prediction for facts in known if facts.prediction), None)
        whole = replace(known[0], title=titles[lang], marks=marks, prediction=predicted)
        captions[lang] = caption(whole, None, further)
    title = first.request.title or say("caption start", first.lang, title=titles[first.lang])
    measures = [job.fit.measure for job in jobs]
    return {**_common(first, title, alt, captions), "measure": measures[0], "measures": measures}


def _facts(job: Job, lang: str) -> tuple[ForestFacts, tuple[str, ...]]:
    """What the sentences say, and the names of several models."""
    names = model_names(job.fits, lang) if job.names else ()
    known = _gathered(
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
    marks = (band_words(job, lang),) if job.request.band is not None else ()
    if job.request.bias is not None:
        marks = (*marks, _bias_words(job.request.bias, lang))
    style = job.request.theme.prediction_style
    return replace(known, marks=marks, prediction_style=style), names


def _includes_null(reading: Reading, low: float, high: float) -> bool | None:
    null = reading.scale.null
    return None if null is None else low <= null <= high


def _participants(fit: MetaResult) -> float:
    rows = [int(row) for row in fit.effects.row]
    totals = [sums(fit.effects, role, rows) for role in ("n1", "n2", "n") if role in fit.effects.roles]
    return math.fsum(totals) if totals else math.nan


def _gathered(
    entries: Sequence[Entry],
    reading: Reading,
    fit: MetaResult,
    style: NumberStyle,
    lang: str,
    *,
    effect: str | None,
    title: str,
    kind: str,
    names: Mapping[int, str],
    arrows: bool = False,
) -> ForestFacts:
    """Gather what the alternative text and the caption say, as printed; ``names`` of models by their id."""

    def shown(values: Sequence[float], study: int | None = None) -> list[str]:
        numbers = reading.natural(values, study)
        return [number_text(v, reading.decimals, style, reading.is_ratio) for v in numbers]

    studies = [e for e in entries if e.kind == "study"]
    overall = [e for e in entries if e.kind == "pooled" and e.level == 0]
    pooled = []
    for entry in overall or [e for e in entries if e.kind == "pooled"]:
        model = entry.fit or fit
        x, lo, hi = shown([entry.x, entry.lo, entry.hi])
        name = entry.group or names.get(id(model)) or model_name(model.options.model, lang)
        pooled.append(PooledFact(name, x, lo, hi, _includes_null(reading, entry.lo, entry.hi)))
    interval = next((e for e in entries if e.kind == "prediction"), None)
    prediction = None
    if interval is not None:
        low, high = shown([interval.lo, interval.hi])
        prediction = (low, high, _includes_null(reading, interval.lo, interval.hi))
    ends = [min(studies, key=lambda e: e.x), max(studies, key=lambda e: e.x)] if studies else []
    where = [None if kind else e.position for e in ends]
    labelled = [(plain_text(run(e.label)), shown([e.x], at)[0]) for e, at in zip(ends, where, strict=True)]
    return ForestFacts(
        lang=lang,
        effect=effect_words(reading, lang, effect),
        k=fit.k if kind else len(studies),
        level=fit.options.level,
        pooled=tuple(pooled),
        prediction=prediction,
        i2=format_i2(fit.i2, style) if fit.k > 1 and not kind else "",
        lowest=labelled[0] if labelled else ("", ""),
        highest=labelled[1] if labelled else ("", ""),
        groups=len({e.group for e in entries if e.kind == "group"}),
        not_estimable=sum(e.kind == "excluded" for e in entries),
        participants=_participants(fit),
        title=title,
        kind=kind,
        arrows=arrows,
        abbreviations=(say("abbr CI", lang),),
    )


def _bias_words(bias: RiskOfBias, lang: str) -> str:
    """By which tool the dots judge, and what their letters stand for."""
    between = "；" if lang == "zh" else "; "
    domains = between.join(code_label(domain, bias.tool, lang) for domain in bias.domains)
    tool = say("forest: own tool", lang) if bias.tool.key == "custom" else bias.tool.name
    return say("forest: caption rob", lang, tool=tool, domains=domains)


def _common(job: Job, title: str, alt: dict[str, str], captions: dict[str, str]) -> dict[str, Any]:
    return {
        "title": title,
        "lang": job.lang,
        "alt": alt[job.lang],
        "alt_en": alt["en"],
        "alt_zh": alt["zh"],
        "captions": captions,
        "model": job.fit.options.model,
        "level": job.fit.options.level,
    }
