"""Text on a baseline: styled runs between two edges of a column."""

from __future__ import annotations

from collections.abc import Iterator

from k2meta.figures.lettering.faces import measure, trailing_blank
from k2meta.figures.looks.display import Text
from k2meta.figures.looks.model import Runs, plain_text
from k2meta.figures.page.wrapping import runs_width

__all__ = ["CAP", "place_text"]

CAP = 0.36  # half the height of a capital, in type sizes: marks are centred on capitals and digits


def place_text(
    runs: Runs, left: float, right: float, y: float, size: float, align: str, gid: str
) -> Iterator[Text]:
    """Set runs between two edges on one baseline."""
    if not runs:
        return
    width = runs_width(runs, size)
    x = left
    if align == "right":
        x = right - width + trailing_blank(plain_text(runs), size)
    elif align == "centre":
        x = (left + right - width) / 2
    for item in runs:
        yield Text(x, y, item.text, size, item.bold, item.italic, gid=gid)
        x += measure(item.text, size, item.bold, item.italic).width
