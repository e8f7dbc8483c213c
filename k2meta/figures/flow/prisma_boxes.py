"""The boxes of a PRISMA 2020 flow diagram, their texts and what leads where: no positions yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import k2meta.figures.flow.words_prisma  # noqa: F401  (registers the words)
from k2meta.figures.flow.prisma_flow import SOURCES, PrismaFlow
from k2meta.figures.lettering.numbers import format_count
from k2meta.figures.looks.model import Runs, plain_text, run
from k2meta.figures.words.catalogue import say

__all__ = ["STAGES", "Box", "BoxLine", "Section", "prisma_arrows", "prisma_boxes", "prisma_sections"]

SectionName = Literal["previous", "databases", "other"]
# stage -> its first and last row; row 0 holds the heads
STAGES = {"identification": (1, 1), "screening": (2, 4), "included": (5, 6)}


@dataclass(frozen=True, slots=True)
class BoxLine:
    """One line of a box before it is wrapped: what it prints, and the number in it.

    Attributes
    ----------
    text : Runs
    level : int
        Indent, in steps.
    key : str
        Of the number; a part of a count has ``"key: name"``; empty where there is none.
    label : str
        The words without the number.
    count : int or None
        The number; None where there is none, or it was not reported.
    printed : str
        The number as printed; empty where there is none.
    """

    text: Runs
    level: int = 0
    key: str = ""
    label: str = ""
    count: int | None = None
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its section, whether it stands in the side column, its row, its lines."""

    key: str
    section: SectionName
    side: bool
    row: int
    lines: tuple[BoxLine, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the diagram under one head: one column of boxes, or two."""

    name: SectionName
    head: Runs
    columns: int


def _number(count: int | None, lang: str) -> tuple[str, Runs]:
    """A count as printed, and as runs: ``n = 12``, the symbol italic in Chinese (GB/T 3358)."""
    printed = say("prisma: not reported", lang) if count is None else format_count(count, lang)
    text = say("prisma: count", lang, n=printed)
    if lang != "zh":
        return printed, run(text)
    return printed, (*run(text[0], italic=True), *run(text[1:]))


def _counted(label: str, count: int | None, lang: str, *, level: int, key: str) -> BoxLine:
    """``Records screened (n = 12)``."""
    printed, number = _number(count, lang)
    before, after = say("prisma: n", lang, label=label, count="\0").split("\0")
    return BoxLine((*run(before), *number, *run(after)), level, key, label, count, printed)


class _Writer:
    """Writes the lines of boxes in one language."""

    def __init__(self, flow: PrismaFlow, lang: str) -> None:
        self.flow = flow
        self.lang = lang

    def head(self, key: str) -> BoxLine:
        """``Records identified from:``."""
        return BoxLine(run(say("prisma: list", self.lang, label=say(f"prisma: {key}", self.lang))))

    def line(self, key: str, level: int = 0, words: str = "") -> Iterator[BoxLine]:
        """A count that has a place, and its parts under it."""
        if key not in self.flow.counts:
            return
        label = say(f"prisma: {words or key}", self.lang)
        yield _counted(label, self.flow.counts[key], self.lang, level=level, key=key)
        yield from self.parts(key, level + 1)

    def parts(self, key: str, level: int) -> Iterator[BoxLine]:
        """The parts of a count: databases, reasons."""
        for name, count in self.flow.parts.get(key, ()):
            label = plain_text(run(name))
            yield _counted(label, count, self.lang, level=level, key=f"{key}: {name}")


def _main_boxes(write: _Writer) -> Iterator[Box]:
    removed = [line for key in ("duplicates", "automation", "removed_other") for line in write.line(key, 1)]
    sources = [line for key in ("databases", "registers") for line in write.line(key, 1)]
    by_whom = [line for key in ("excluded_by_human", "excluded_by_automation") for line in write.line(key, 1)]
    yield Box("identified", "databases", False, 1, (write.head("identified"), *sources))
    yield Box("removed", "databases", True, 1, (write.head("removed"), *removed))
    yield Box("screened", "databases", False, 2, tuple(write.line("screened")))
    yield Box("excluded", "databases", True, 2, (*write.line("excluded"), *by_whom))
    yield Box("sought", "databases", False, 3, tuple(write.line("sought")))
    yield Box("not_retrieved", "databases", True, 3, tuple(write.line("not_retrieved")))
    yield Box("assessed", "databases", False, 4, tuple(write.line("assessed")))
    yield Box("excluded_reports", "databases", True, 4, tuple(write.line("excluded_reports")))


def _other_boxes(write: _Writer) -> Iterator[Box]:
    named = [line for key in SOURCES[:-1] for line in write.line(key, 1)]
    named += list(write.parts("other_sources", 1))
    yield Box("other_identified", "other", False, 1, (write.head("identified"), *named))
    for row, key, gone in (
        (3, "other_sought", "other_not_retrieved"),
        (4, "other_assessed", "other_excluded_reports"),
    ):
        yield Box(key, "other", False, row, tuple(write.line(key, words=key.removeprefix("other_"))))
        yield Box(gone, "other", True, row, tuple(write.line(gone, words=gone.removeprefix("other_"))))


def prisma_boxes(flow: PrismaFlow, lang: str) -> list[Box]:
    """Return the boxes of the diagram in a language, from the top, left to right.

    Examples
    --------
    >>> from k2meta.figures.flow.prisma_flow import read_prisma
    >>> flow = read_prisma({"databases": 9, "duplicates": 1, "screened": 8, "excluded": 5, "sought": 3,
    ...     "not_retrieved": 0, "assessed": 3, "excluded_reports": 2, "studies": 1})
    >>> [plain_text(line.text) for line in prisma_boxes(flow, "zh")[2].lines]
    ['筛选的记录（n = 8）']
    """
    write = _Writer(flow, lang)
    boxes = list(_main_boxes(write))
    if flow.other:
        boxes += _other_boxes(write)
    new = " new" if flow.updated else ""
    included = [line for key in ("studies", "reports") for line in write.line(key, words=f"{key}{new}")]
    boxes.append(Box("studies", "databases", False, 5, tuple(included)))
    if flow.updated:
        for key, section, row in (("previous", "previous", 1), ("total", "databases", 6)):
            lines = [line for what in ("studies", "reports") for line in write.line(f"{key}_{what}")]
            boxes.append(Box(key, section, False, row, tuple(lines)))  # type: ignore[arg-type]
    return boxes


def prisma_sections(flow: PrismaFlow, lang: str) -> list[Section]:
    """Return the parts of the diagram from left to right."""
    new = " new" if flow.updated else ""
    sections = [Section("databases", run(say(f"prisma: head databases{new}", lang), bold=True), 2)]
    if flow.updated:
        sections.insert(0, Section("previous", run(say("prisma: head previous", lang), bold=True), 1))
    if flow.other:
        sections.append(Section("other", run(say(f"prisma: head other{new}", lang), bold=True), 2))
    return sections


def prisma_arrows(boxes: Sequence[Box]) -> list[tuple[str, str]]:
    """Return which box leads to which: from, to."""
    known = {box.key for box in boxes}
    pairs = [
        *(("identified", "removed"), ("identified", "screened"), ("screened", "excluded")),
        *(("screened", "sought"), ("sought", "not_retrieved"), ("sought", "assessed")),
        *(("assessed", "excluded_reports"), ("assessed", "studies"), ("other_identified", "other_sought")),
        *(("other_sought", "other_not_retrieved"), ("other_sought", "other_assessed")),
        *(("other_assessed", "other_excluded_reports"), ("other_assessed", "studies")),
        *(("studies", "total"), ("previous", "total")),
    ]
    return [(a, b) for a, b in pairs if a in known and b in known]
