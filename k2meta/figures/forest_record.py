"""What a forest plot says of itself besides the picture: title, alternative texts, captions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from k2meta.figures.catalogue import say
from k2meta.figures.forest_job import Job
from k2meta.figures.forest_names import model_names
from k2meta.figures.forest_notes import method_in
from k2meta.figures.forest_text import effect_words, facts, number_style
from k2meta.figures.sentences import alt_text, caption

__all__ = ["record_of"]


def record_of(job: Job) -> dict[str, Any]:
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
        further = [(method_in(job, fit), name) for fit, name in zip(job.fits, names, strict=bool(names))]
        captions[lang] = caption(known, replace(method_in(job, job.fit), excluded=lost), further)
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
