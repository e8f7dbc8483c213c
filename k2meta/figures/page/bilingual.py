"""Two languages in one figure: Chinese over English, each number once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from k2meta.figures.lettering.faces import is_han
from k2meta.figures.looks.model import (
    Column,
    FigureModel,
    Line,
    Panel,
    Row,
    Run,
    Runs,
    join_runs,
    plain_text,
    run,
)
from k2meta.figures.words.catalogue import LANGUAGES

__all__ = ["BOTH", "given_in", "stacked_model"]

BOTH = "en+zh"
_UNIT = re.compile(r"(.*?) ?([（(][^（）()]*[）)])")
WORDED = ("arms", "heads", "favours", "effect", "title")  # keywords that hold a reader's words


def given_in(given: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return the keywords of a figure for one language: words may come as ``{"en": ..., "zh": ...}``.

    Examples
    --------
    >>> given_in({"effect": {"en": "Hazard ratio", "zh": "风险比"}, "lang": "en+zh"}, "zh")
    {'effect': '风险比', 'lang': 'zh'}
    """
    own = {**given, "lang": lang}
    for name in WORDED:
        value = own.get(name)
        if isinstance(value, Mapping) and set(value) == set(LANGUAGES):
            own[name] = value[lang]
    return own


def stacked_model(zh: FigureModel, en: FigureModel) -> FigureModel:
    """Return one figure model from the Chinese and the English model of one result.

    Heads, names of arms, labels of totals, axis titles and favours labels stand on two lines, Chinese over
    English; lines of statistics name their test in both and give its numbers once, as the Chinese figure
    prints them; footnotes follow each other.

    Parameters
    ----------
    zh, en : FigureModel
        Of one result and one theme, so that rows and columns correspond.
    """
    names = {"bilingual": "stack", "title": f"{zh.record['title']} / {en.record['title']}"}
    return replace(
        zh,
        columns=_columns(zh.columns, en.columns),
        merged=_columns(zh.merged, en.merged),
        arms={arm: _stacked(name, en.arms[arm]) for arm, name in zh.arms.items()},
        rows=tuple(_row(a, b) for a, b in zip(zh.rows, en.rows, strict=True)),
        panels=tuple(_panel(a, b) for a, b in zip(zh.panels, en.panels, strict=True)),
        statistics=tuple(_named_twice(a, b) for a, b in zip(zh.statistics, en.statistics, strict=True)),
        all_studies=_beside(zh.all_studies, en.all_studies),
        footnotes=(*zh.footnotes, *en.footnotes),
        continued=_beside(zh.continued, en.continued),
        record={**zh.record, **names},
    )


def _is_same(first: Runs, second: Runs) -> bool:
    """Whether two texts differ in blanks and full-width forms at most."""
    one, other = ("".join(unicodedata.normalize("NFKC", plain_text(r)).split()) for r in (first, second))
    return one == other


def _stacked(zh: Runs, en: Runs) -> Runs:
    if not en or not zh or _is_same(zh, en):
        return zh
    # a line feed is where wrapping always breaks
    return join_runs((*zh, Run("\n", zh[-1].bold, zh[-1].italic), *en))


def _beside(zh: Runs, en: Runs) -> Runs:
    if not en or not zh or _is_same(zh, en):
        return zh
    return join_runs((*zh, Run(" ", en[0].bold, False), *en))


def _lines(zh: Sequence[Runs], en: Sequence[Runs]) -> tuple[Runs, ...]:
    """Chinese lines, then English ones, then those that are the same in both."""
    shared = [line for line in zh if any(_is_same(line, other) for other in en)]
    return (
        *(line for line in zh if line not in shared),
        *(line for line in en if not any(_is_same(line, other) for other in shared)),
        *shared,
    )


def _columns(zh: Sequence[Column], en: Sequence[Column]) -> tuple[Column, ...]:
    heads = (_lines(*_unit_apart(a.head, b.head)) for a, b in zip(zh, en, strict=True))
    return tuple(replace(column, head=head) for column, head in zip(zh, heads, strict=True))


def _unit_apart(zh: tuple[Runs, ...], en: tuple[Runs, ...]) -> tuple[tuple[Runs, ...], tuple[Runs, ...]]:
    """Give a unit that both heads end with, as in ``权重（%）`` and ``Weight (%)``, a line of its own."""
    first, second = (_UNIT.fullmatch(plain_text(line)) for line in (zh[-1], en[-1]))
    if not (first and second and first[1] and second[1]) or not _is_same(run(first[2]), run(second[2])):
        return zh, en
    heavy = zh[-1][0].bold
    ours, theirs = (tuple(run(part, bold=heavy) for part in found.groups()) for found in (first, second))
    return (*zh[:-1], *ours), (*en[:-1], *theirs)


def _cell(key: str, zh: Runs, en: Runs) -> Runs:
    if key == "study":
        return _stacked(zh, en)
    # words are given in both languages, numbers once
    text = plain_text(zh)
    is_words = any(map(is_han, text)) and not any(map(str.isdigit, text))
    return _beside(zh, en) if is_words else zh


def _row(zh: Row, en: Row) -> Row:
    cells = {key: _cell(key, runs, en.cells.get(key, ())) for key, runs in zh.cells.items()}
    return replace(zh, cells=cells, segments=_named_twice(zh.segments, en.segments))


def _panel(zh: Panel, en: Panel) -> Panel:
    left, right = (_stacked(a, b) for a, b in zip(zh.favours, en.favours, strict=True))
    return replace(
        zh,
        axis_title=_stacked(zh.axis_title, en.axis_title),
        plot_head=_lines(zh.plot_head, en.plot_head),
        favours=(left, right),
    )


def _named_twice(zh: Line, en: Line) -> Line:
    """Put the English name of a test behind the Chinese one: ``异质性检验 Heterogeneity：...``."""
    if not zh or not en:
        return zh
    first, *rest = zh[0]
    name, _, said = first.text.partition("：")
    other, _, other_said = en[0][0].text.partition(": ")
    if any(map(is_han, said)):  # words instead of numbers
        said = f"{said} {other_said}"
    opening = run(f"{name} {other}：{said}", bold=first.bold, italic=first.italic)
    return ((*opening, *rest), *zh[1:])
