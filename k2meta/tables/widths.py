"""How wide a text is in a terminal: Chinese characters take two cells."""

from __future__ import annotations

import unicodedata

__all__ = ["cell_width", "pad_cells", "wrap_cells"]

_WIDE = frozenset("WF")
_NOT_AT_LINE_START = frozenset("，。；：）》%、？！")


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def cell_width(text: str) -> int:
    """Return the number of terminal cells a text takes.

    Examples
    --------
    >>> cell_width("risk ratio"), cell_width("风险比"), cell_width("τ²")
    (10, 6, 2)
    """
    return len(text) if text.isascii() else sum(map(_character_width, text))


def pad_cells(text: str, width: int, align: str = "left") -> str:
    """Fill a text with blanks up to a width in cells.

    Examples
    --------
    >>> pad_cells("权重", 6, "right")
    '  权重'
    """
    blanks = " " * max(0, width - cell_width(text))
    if align == "right":
        return blanks + text
    if align == "centre":
        half = len(blanks) // 2
        return blanks[:half] + text + blanks[half:]
    return text + blanks


def _pieces(text: str) -> list[str]:
    """Split where a line may end: after blanks, and around every wide character."""
    pieces: list[str] = []
    for character in text:
        wide = _character_width(character) == 2
        glue = character in _NOT_AT_LINE_START
        if pieces and (glue or not (wide or pieces[-1][-1] == " " or _character_width(pieces[-1][-1]) == 2)):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _cut(piece: str, width: int) -> list[str]:
    """Cut one word that is longer than a line."""
    parts = [""]
    for character in piece:
        if parts[-1] and cell_width(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts


def wrap_cells(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` cells, at blanks or between Chinese characters.

    Examples
    --------
    >>> wrap_cells("one two three", 7)
    ['one two', 'three']
    """
    lines = [""]
    for piece in _pieces(text):
        if cell_width((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
            continue
        parts = _cut(piece, width) if cell_width(piece.rstrip()) > width else [piece]
        if lines[-1].strip():
            lines.extend(parts)
        else:
            lines[-1:] = parts
    return [line.rstrip() for line in lines]
