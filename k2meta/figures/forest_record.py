"""What a forest plot says of itself besides the picture: title, alternative texts, captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from k2meta.figures.bias_reading import RiskOfBias
from k2meta.figures.catalogue import model_name, say
from k2meta.figures.forest_job import Job
from k2meta.figures.forest_names import model_names
from k2meta.figures.forest_notes import band_words, method_in
from k2meta.figures.forest_text import effect_words, facts, number_style
from k2meta.figures.sentences import ForestFacts, alt_text, alt_text_panels, caption, joined_effects
from k2meta.figures.words_risk_of_bias import code_label

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
    marks = (band_words(job, lang),) if job.request.band is not None else ()
    if job.request.bias is not None:
        marks = (*marks, _bias_words(job.request.bias, lang))
    style = job.request.theme.prediction_style
    return replace(known, marks=marks, prediction_style=style), names


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
