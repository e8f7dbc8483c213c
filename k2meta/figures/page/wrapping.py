"""Line breaking of styled runs, Latin and Chinese, against a measured width."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from k2meta.figures.lettering.faces import is_han, measure
from k2meta.figures.looks.model import Line, Run, Runs, join_runs

__all__ = [
    "NO_BREAK",
    "WidthOf",
    "even_lines",
    "longest_piece",
    "runs_width",
    "split_lines",
    "wrap",
    "wrap_balanced",
    "wrap_segments",
]

# Characters that must not begin a line, and characters that must not end one.
_NOT_FIRST = frozenset("，。；：、）》」』】？！%～·’”,.;:)]!?")
_NOT_LAST = frozenset("（《「『【‘“([")
_JOINTS = frozenset("-–/")  # a Latin word may be broken after these
_RELATIONS = frozenset("=<>≤≥")
_SYMBOLS = frozenset(("t", "z", "Z", "F", "P", "p", "Q", "χ²"))  # read with the noun after them: t quantiles
NO_BREAK = "\N{NO-BREAK SPACE}"  # drawn as any other blank
_PHRASE = 6  # characters of a Chinese phrase that is not broken

WidthOf = Callable[[Runs], float]
Filled = TypeVar("Filled")


def runs_width(runs: Runs, size: float) -> float:
    """Width of runs in pt: of their widest line, where line feeds break them."""
    if any("\n" in item.text for item in runs):
        return max(runs_width(line, size) for line in split_lines(runs))
    return sum(measure(item.text, size, item.bold, item.italic).width for item in runs)


def split_lines(runs: Runs) -> list[Runs]:
    r"""Cut runs at line feeds, where a line always ends; without one they stay as they are.

    Examples
    --------
    >>> split_lines((Run("one\ntwo"),))
    [(Run(text='one', bold=False, italic=False),), (Run(text='two', bold=False, italic=False),)]
    """
    if not any("\n" in item.text for item in runs):
        return [runs]
    lines: list[list[Run]] = [[]]
    for item in runs:
        first, *others = item.text.split("\n")
        lines[-1].append(Run(first, item.bold, item.italic))
        lines.extend([Run(text, item.bold, item.italic)] for text in others)
    return [join_runs(line) for line in lines]


@dataclass(slots=True)
class _Piece:
    """An unbreakable stretch, and the blank that precedes it when it does not begin a line."""

    runs: Runs
    blank: str


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters that are not blanks."""
    if not (is_han(before) or is_han(after)):
        return False  # between Latin letters only after a hyphen or slash, see _pieces
    return after not in _NOT_FIRST and before not in _NOT_LAST


def _pieces(runs: Runs, *, anywhere: bool = False) -> list[_Piece]:
    pieces: list[_Piece] = []
    current: list[Run] = []
    blank = last = piece_text = ""
    for item in runs:
        for char in item.text:
            if char == " ":
                if current:
                    pieces.append(_Piece(join_runs(current), blank))
                    current, blank, piece_text = [], "", ""
                blank += " "
            else:
                joint = last in _JOINTS and char.isalpha() and current and len(piece_text) > 2
                cut = anywhere and char not in _NOT_FIRST
                if current and (cut or joint or _may_break(last, char)):
                    pieces.append(_Piece(join_runs(current), blank))
                    current, blank = [], ""
                    piece_text = ""
                current.append(Run(char, item.bold, item.italic))
                piece_text += char
            last = char
    if current:
        pieces.append(_Piece(join_runs(current), blank))
    return pieces


def longest_piece(runs: Runs, width_of: WidthOf) -> float:
    """Width of the longest stretch that should not be broken, in pt."""
    # a name may be broken at its dash where a column has no room for the whole
    pieces = [
        piece
        for line in split_lines(runs)
        for piece in _glued(_pieces(line), math.inf, width_of, names=False)
    ]
    return max((width_of(piece.runs) for piece in pieces), default=0.0)


def _broken_to_fit(pieces: list[_Piece], width: float, width_of: WidthOf) -> list[_Piece]:
    """Cut pieces that are wider than a whole line between characters, as the last resort."""
    out: list[_Piece] = []
    for piece in pieces:
        if width_of(piece.runs) <= width:
            out.append(piece)
            continue
        letters = _pieces(piece.runs, anywhere=True)
        letters[0].blank = piece.blank
        out.extend(letters)
    return out


def _belongs(before: str, after: str) -> bool:
    """Whether two words are read as one: ``df = 12``, ``95% CI``, ``t quantiles``."""
    relation = before in _RELATIONS or after in _RELATIONS
    noun = before in _SYMBOLS and after[0].isalpha()
    return relation or noun or (before.endswith("%") and after.startswith("CI"))


def _goes_on(before: str, after: str) -> bool:
    """Whether two stretches without a blank between them are one name: ``Knapp–Hartung``, ``t分位数``."""
    if before in _SYMBOLS:
        return is_han(after[0])
    return len(before) > 2 and before[-1] in "-–" and before[0].isupper() and after[0].isupper()


def _phrases(pieces: list[_Piece], width: float, width_of: WidthOf) -> list[_Piece]:
    """Keep a short Chinese phrase between two punctuation marks whole: 共同效应 is one word to its reader."""
    out: list[_Piece] = []
    phrase: list[_Piece] = []

    def close() -> None:
        joined = join_runs([run for piece in phrase for run in piece.runs])
        short = len("".join(run.text for run in joined).rstrip("".join(_NOT_FIRST))) <= _PHRASE
        if len(phrase) > 1 and short and width_of(joined) <= width:
            out.append(_Piece(joined, phrase[0].blank))
        else:
            out.extend(phrase)
        phrase.clear()

    for piece in pieces:
        text = "".join(item.text for item in piece.runs)
        if phrase and (piece.blank or text[0] in _NOT_LAST or not is_han(text[0])):
            close()
        phrase.append(piece)
        if text[-1] in _NOT_FIRST or not is_han(text[-1]):
            close()
    close()
    return out


def _glued(pieces: list[_Piece], width: float, width_of: WidthOf, *, names: bool = True) -> list[_Piece]:
    """Join words that belong together, as far as a line holds them."""
    out: list[_Piece] = []
    last = ""
    for piece in _phrases(pieces, width, width_of):
        text = "".join(item.text for item in piece.runs)
        if out and (_belongs(last, text) if piece.blank else names and _goes_on(last, text)):
            blank = Run(piece.blank, piece.runs[0].bold, False)
            joined = join_runs((*out[-1].runs, blank, *piece.runs))
            if width_of(joined) <= width:
                out[-1] = _Piece(joined, out[-1].blank)
                last = text
                continue
        out.append(piece)
        last = text
    return out


def wrap(runs: Runs, width: float, width_of: WidthOf) -> list[Runs]:
    """Break runs into lines no wider than ``width`` (pt).

    Latin text breaks at spaces, but not inside ``df = 12`` or ``t quantiles``, and after hyphens, but not
    inside ``Knapp–Hartung``; Chinese between characters except where punctuation forbids it. A word wider
    than a whole line is cut between letters. A line feed always ends a line.

    Examples
    --------
    >>> [plain[0].text for plain in wrap((Run("one two three"),), 7, lambda r: len(r[0].text) if r else 0)]
    ['one two', 'three']
    """
    if len(fixed := split_lines(runs)) > 1:
        return [part for own in fixed for part in wrap(own, width, width_of)]
    lines: list[Runs] = []
    line: Runs = ()
    for piece in _broken_to_fit(_glued(_pieces(runs), width, width_of), width, width_of):
        glue = (Run(piece.blank, piece.runs[0].bold, False),) if piece.blank and line else ()
        trial = join_runs((*line, *glue, *piece.runs))
        if line and width_of(trial) > width + 1e-6:
            lines.append(line)
            line = piece.runs
        else:
            line = trial
    if line:
        lines.append(line)
    return [_with_blanks(line) for line in lines] or [()]


def _with_blanks(line: Runs) -> Runs:
    return tuple(Run(item.text.replace(NO_BREAK, " "), item.bold, item.italic) for item in line)


def wrap_balanced(runs: Runs, width: float, width_of: WidthOf) -> list[Runs]:
    """Break as :func:`wrap`, then even the lines out without adding one (no orphaned last word)."""
    if len(fixed := split_lines(runs)) > 1:
        return [part for own in fixed for part in wrap_balanced(own, width, width_of)]
    best = wrap(runs, width, width_of)
    if len(best) < 2:
        return best
    # never under the longest word: cutting words would be a way to even lines out, too
    low, high = max(width_of(runs) / len(best) * 0.9, longest_piece(runs, width_of)), width
    if low >= high:
        return best
    first = wrap(runs, low, width_of)
    if len(first) == len(best):
        return first
    for _ in range(8):
        middle = (low + high) / 2
        trial = wrap(runs, middle, width_of)
        if len(trial) == len(best) and max(map(width_of, trial)) <= middle + 1e-6:
            best, high = trial, middle
        else:
            low = middle
    return best


def even_lines(fill: Callable[[float], list[Filled]], room: float) -> list[Filled]:
    """Fill as few lines as there must be, of like width: none is left with a word or an entry alone.

    Parameters
    ----------
    fill : callable
        From a width to the lines that fill it.
    room : float
        The widest that lines may be, pt.
    """
    best = fill(room)
    for share in (0.9, 0.8, 0.7, 0.6, 0.5) if len(best) > 1 else ():
        trial = fill(share * room)
        if len(trial) > len(best):
            break
        best = trial
    return best


def wrap_segments(segments: Line, width: float, width_of: WidthOf) -> list[Runs]:
    """Fill lines with whole segments (``a = 1; b = 2``); a segment wider than a line is broken inside."""
    lines: list[Runs] = []
    line: Runs = ()
    for segment in segments:
        trial = join_runs((*line, *segment))
        if line and width_of(_trimmed(trial)) > width + 1e-6:
            lines.append(_trimmed(line))
            line = _left_trimmed(segment)
        else:
            line = trial
        if width_of(_trimmed(line)) > width + 1e-6:
            *full, line = wrap(_trimmed(line), width, width_of)
            lines.extend(full)
            line = join_runs((*line, Run(" ", line[-1].bold)))
    if line:
        lines.append(_trimmed(line))
    return lines


def _trimmed(runs: Runs) -> Runs:
    if runs and runs[-1].text.endswith(" "):
        last = runs[-1]
        return join_runs((*runs[:-1], Run(last.text.rstrip(" "), last.bold, last.italic)))
    return runs


def _left_trimmed(runs: Runs) -> Runs:
    if runs and runs[0].text.startswith(" "):
        first = runs[0]
        return join_runs((Run(first.text.lstrip(" "), first.bold, first.italic), *runs[1:]))
    return runs
