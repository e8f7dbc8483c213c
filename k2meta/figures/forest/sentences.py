"""Whole sentences about a forest plot: footnote, alternative text and caption, in both languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import k2meta.figures.forest.words_forest
from k2meta.figures.lettering.numbers import format_count
from k2meta.figures.words.catalogue import level_text, say
from k2meta.figures.words.method_notes import Method, method_note

__all__ = [
    "ForestFacts",
    "PooledFact",
    "alt_text",
    "alt_text_panels",
    "caption",
    "joined_effects",
]

_ = k2meta.figures.forest.words_forest  # registers its words

ALT_MIN, ALT_MAX = 40, 600
LABEL_MAX = 60


@dataclass(frozen=True, slots=True)
class PooledFact:
    """One pooled result in words; numbers as printed in the figure.

    Attributes
    ----------
    name : str
        The model, in the figure's language.
    estimate, low, high : str
    includes_null : bool or None
        None where there is no value of no effect.
    """

    name: str
    estimate: str
    low: str
    high: str
    includes_null: bool | None = None


@dataclass(frozen=True, slots=True)
class ForestFacts:
    """What a forest plot shows, as printed, for its sentences.

    Attributes
    ----------
    lang : {"en", "zh"}
    effect : str
        The measure's name in that language.
    k : int
        Studies with an estimate.
    level : float
    pooled : sequence of PooledFact
    prediction : tuple or None
        Low and high as printed, and whether the interval includes no effect (None: no such value).
    i2 : str
        As printed; empty for none.
    lowest, highest : tuple of str
        Label and printed estimate of the extreme studies; empty labels for none.
    groups : int
        Number of subgroups.
    not_estimable : int
        Studies shown without an estimate.
    participants : float
        Total number; NaN when unknown.
    title : str
        What the figure is about, for the caption.
    kind : {"", "loo", "cumulative"}
        ``"loo"`` for leave-one-out.
    arrows : bool
        Whether any interval is cut at the axis.
    abbreviations : sequence of str
        ``"RR, risk ratio"`` and the like.
    prediction_style : {"bar", "line", "density"}
        How the prediction interval is drawn.
    marks : sequence of str
        Further marks of the figure, each in a few words (a band, say).
    """

    lang: str
    effect: str
    k: int
    level: float = 0.95
    pooled: Sequence[PooledFact] = ()
    prediction: tuple[str, str, bool | None] | None = None
    i2: str = ""
    lowest: tuple[str, str] = ("", "")
    highest: tuple[str, str] = ("", "")
    groups: int = 0
    not_estimable: int = 0
    participants: float = math.nan
    title: str = ""
    kind: str = ""
    arrows: bool = False
    abbreviations: Sequence[str] = field(default_factory=tuple)
    prediction_style: str = "bar"
    marks: Sequence[str] = field(default_factory=tuple)


def _short(label: str) -> str:
    """Shorten a label so that one long name does not crowd out the rest."""
    return label if len(label) <= LABEL_MAX else label[: LABEL_MAX - 1] + "…"


def _sentences(pieces: Sequence[str], lang: str) -> str:
    if lang == "zh":
        return "。".join(pieces) + "。"
    return ". ".join(piece[:1].upper() + piece[1:] for piece in pieces) + "."


def _null_words(includes: bool | None, lang: str) -> str:
    if includes is None:
        return ""
    comma = "，" if lang == "zh" else ", "
    return comma + say("alt includes" if includes else "alt excludes", lang)


def _start(facts: ForestFacts) -> str:
    comma = "，" if facts.lang == "zh" else ", "
    effect = facts.effect[:1].lower() + facts.effect[1:] if facts.lang == "en" else facts.effect
    if facts.kind:
        key = {"loo": "alt kind loo", "cumulative": "forest: alt cumulative"}[facts.kind]
        words = say(key, facts.lang, k=facts.k, effect=effect)
    else:
        words = say("alt start one" if facts.k == 1 else "alt start", facts.lang, k=facts.k, effect=effect)
    if facts.groups > 1:
        words += comma + say("alt groups", facts.lang, n=facts.groups)
    return words


def _result_pieces(facts: ForestFacts) -> list[str]:
    """Return the pooled results, the prediction interval and I2, each as a sentence."""
    lang, level = facts.lang, level_text(facts.level)
    pieces = []
    for item in facts.pooled:
        words = say(
            *("alt pooled", lang),
            model=item.name,
            estimate=item.estimate,
            level=level,
            low=item.low,
            high=item.high,
        )
        pieces.append(words + _null_words(item.includes_null, lang))
    if facts.prediction:
        low, high, includes = facts.prediction
        words = say("alt prediction", lang, level=level, low=low, high=high)
        pieces.append(words + _null_words(includes, lang))
    if facts.i2:
        pieces.append(say("alt i2", lang, i2=facts.i2))
    return pieces


def _study_pieces(facts: ForestFacts) -> list[str]:
    """Return the extreme studies and the count of those without an estimate."""
    lang, pieces = facts.lang, []
    (first, low), (last, high) = facts.lowest, facts.highest
    if facts.k == 1 and first:
        pieces.append(say("alt one", lang, first=_short(first)))
    elif first and last:
        key = "forest: alt steps" if facts.kind else "alt range"
        pieces.append(say(key, lang, low=low, first=_short(first), high=high, last=_short(last)))
    if facts.not_estimable == 1:
        pieces.append(say("alt not estimable one", lang))
    elif facts.not_estimable:
        pieces.append(say("alt not estimable", lang, n=facts.not_estimable))
    return pieces


def alt_text(facts: ForestFacts) -> str:
    """Return the alternative text: kind, k, measure, pooled value, intervals, I2, extremes.

    Between 40 and 600 characters; what does not fit is left out from the end, whole sentences at a time.

    Examples
    --------
    >>> print(alt_text(ForestFacts("en", "Risk ratio", 13,
    ...     pooled=[PooledFact("Random-effects model", "0.49", "0.34", "0.70", False)], i2="92.2%")))
    Forest plot of 13 studies, risk ratio. Random-effects model: 0.49 (95% CI 0.34 to 0.70), which \
excludes no effect. I² = 92.2%.
    """
    pieces = [_start(facts), *_result_pieces(facts), *_study_pieces(facts)]
    while len(pieces) > 1 and len(_sentences(pieces, facts.lang)) > ALT_MAX:
        pieces.pop()
    text = _sentences(pieces, facts.lang)
    if len(text) < ALT_MIN:  # one study without a pooled result, tersely named: say what the marks are
        text += _sentences([say("caption marks", facts.lang, level=level_text(facts.level))], facts.lang)
    return text


def alt_text_panels(panels: Sequence[ForestFacts]) -> str:
    """Return the alternative text of several panels: what is shown, then the results of each.

    Whole sentences are left out from the end where they would make it longer than 600 characters.

    Examples
    --------
    >>> one = ForestFacts("en", "Risk ratio", 3, pooled=[PooledFact("Random-effects model", "1", "0", "2")])
    >>> print(alt_text_panels([one, one]))
    Forest plot of 3 studies, risk ratio and risk ratio, 2 panels side by side. Risk ratio: \
Random-effects model: 1 (95% CI 0 to 2). Risk ratio: Random-effects model: 1 (95% CI 0 to 2).
    """
    first, lang = panels[0], panels[0].lang
    comma, colon = ("，", "：") if lang == "zh" else (", ", ": ")
    start = _start(replace(first, effect=joined_effects(panels)))
    pieces = [start + comma + say("forest: alt panels", lang, n=len(panels))]
    for facts in panels:
        results = _result_pieces(facts)
        if results:
            pieces += [facts.effect + colon + results[0], *results[1:]]
    while len(pieces) > 1 and len(_sentences(pieces, lang)) > ALT_MAX:
        pieces.pop()
    return _sentences(pieces, lang)


def joined_effects(panels: Sequence[ForestFacts]) -> str:
    """Name the effects of several panels in one phrase."""
    lang = panels[0].lang
    *others, last = [p.effect[:1].lower() + p.effect[1:] if lang == "en" else p.effect for p in panels]
    if not others:
        return last
    return say("forest: and", lang, first=("、" if lang == "zh" else ", ").join(others), second=last)


def caption(
    facts: ForestFacts, method: Method | None = None, further: Sequence[tuple[Method, str]] = ()
) -> str:
    """Return a legend for the figure: what, k, n, model, estimators, marks, abbreviations.

    Parameters
    ----------
    facts : ForestFacts
    method : Method or None
        How the numbers were made.
    further : sequence of (Method, str)
        The same for each of several models, with its name; instead of ``method``.

    Examples
    --------
    >>> caption(ForestFacts("en", "Risk ratio", 2, title="clinical fractures"))[:46]
    'Forest plot of clinical fractures (2 studies).'
    """
    lang, level = facts.lang, level_text(facts.level)
    comma = "，" if lang == "zh" else ", "
    counts = [say("caption k one" if facts.k == 1 else "caption k", lang, k=facts.k)]
    if not math.isnan(facts.participants):
        counts.append(say("caption n", lang, n=format_count(facts.participants, lang)))
    opening, closing = ("（", "）") if lang == "zh" else (" (", ")")
    title = facts.title or joined_effects([facts])
    start = f"forest: caption {facts.kind}" if facts.kind else "caption start"
    pieces = [say(start, lang, title=title) + opening + comma.join(counts) + closing]
    marks = say(f"forest: marks {facts.kind}" if facts.kind else "caption marks", lang, level=level)
    semicolon = "；" if lang == "zh" else "; "
    if facts.prediction:
        styled = {"line": "forest: caption line", "density": "forest: caption density"}
        marks += semicolon + say(styled.get(facts.prediction_style, "caption prediction"), lang, level=level)
    if facts.arrows:
        marks += semicolon + say("caption arrows", lang)
    pieces.extend([marks, *facts.marks])
    if len(further) > 1 and all(how == further[0][0] for how, _ in further):
        method, further = further[0][0], ()  # one sentence where every panel or model was made alike
    for how, name in further or ([(method, "")] if method is not None else []):
        note = method_note(how, lang, name)
        pieces.append("".join(run.text for runs in note for run in runs).rstrip(".。"))
    if facts.abbreviations:
        items = semicolon.join(facts.abbreviations)
        pieces.append(say("caption abbreviations", lang, items=items))
    return _sentences(pieces, lang)
