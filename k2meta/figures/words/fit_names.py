"""Names of pooled rows where several models stand in one figure: two rows never share a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from k2meta.figures.lettering.numbers import format_tau2
from k2meta.figures.words.catalogue import level_text, model_name, say
from k2meta.models.result import MetaResult

__all__ = ["CONVENTION_NAMES", "model_names", "model_words"]

CONVENTION_NAMES = {"revman5": "RevMan 5", "revman2025": "RevMan (2025)"}


def model_names(fits: Sequence[MetaResult], lang: str) -> tuple[str, ...]:
    """Name models so that each name says what sets its model apart from others of the same kind.

    Parameters
    ----------
    fits : sequence of MetaResult
        The shown fit first.
    lang : {"en", "zh"}

    Examples
    --------
    >>> import k2meta as k2
    >>> fits = [k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], test=t) for t in ("z", "t")]
    >>> model_names(fits, "en")
    ('Random-effects model, Wald', 'Random-effects model, t')
    """
    comma = "，" if lang == "zh" else ", "
    kinds = [model_name(fit.options.model, lang, fit.options.pooling) for fit in fits]
    marks = [_marks(fit, lang) for fit in fits]
    names = []
    for kind, own in zip(kinds, marks, strict=True):
        rivals = [other for other, name in zip(marks, kinds, strict=True) if name == kind]
        apart = [own[i] for i in range(len(own)) if len({other[i] for other in rivals}) > 1]
        names.append(comma.join([kind, *filter(None, apart)]))
    # the head of the column gives one level only
    levels = {fit.options.level for fit in fits}
    if len(levels) > 1:
        said = [say("level ci", lang, level=level_text(fit.options.level)) for fit in fits]
        names = [f"{name}{comma}{level}" for name, level in zip(names, said, strict=True)]
    twins = Counter(names)
    seen: Counter[str] = Counter()
    for i, name in enumerate(names):
        seen[name] += 1
        if twins[name] > 1:
            names[i] = f"{name}{comma}{seen[name]}"
    return tuple(names)


def model_words(fit: MetaResult, lang: str) -> str:
    """Name a model, its estimator and its test inside a sentence.

    Examples
    --------
    >>> import k2meta as k2
    >>> model_words(k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02]), "en")
    'random-effects model, REML, Knapp–Hartung'
    """
    name = model_name(fit.options.model, lang, fit.options.pooling)
    if lang == "en" and not name.startswith(("Mantel", "Peto")):
        name = name[:1].lower() + name[1:]
    return ("，" if lang == "zh" else ", ").join([name, *filter(None, _marks(fit, lang))])


def _marks(fit: MetaResult, lang: str) -> tuple[str, ...]:
    """What may set a fit apart from one of the same model, each in a word or two."""
    options = fit.options
    if options.model != "random":
        tau2 = ""
    elif options.tau2 == "fixed":
        tau2 = say("name tau2 fixed", lang, value=format_tau2(fit.tau2))
    else:
        tau2 = options.tau2
    return (
        tau2,
        say(f"name {options.test}", lang),
        say("name weights", lang) if options.weights == "user" else "",
        CONVENTION_NAMES.get(options.convention, options.convention),
    )
