"""What a cell of text was meant to be, so that the message can say how to mend it; nothing is converted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["DIGITS", "TEXT_REMEDIES", "text_fault"]

#: Fault of a cell that holds a plain number typed as text.
DIGITS = "numbers typed as text"

#: Kinds of text in a column of numbers -> what to do about them.
TEXT_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "text": "Write the number; where none was reported put None (in a file, leave the cell empty).",
        DIGITS: "Convert the column first: pandas.to_numeric(data[...]).",
        "text with a decimal comma": "Write a decimal point, or read the file with read_table(path, "
        "decimal=',').",
        "text with a decimal comma or a separator of thousands": "Write the digits without a separator, with "
        "a decimal point where there are decimals: 1234 or 1.234, whichever is meant.",
        "text with a separator of thousands": "Write the digits without a separator: 1234.",
        "text with a percent sign": "Give the count itself (events of n), or a proportion where the "
        "measure asks for one: 0.12 instead of 12%.",
        "text with a sign such as '<'": "A bound is no number: give the exact one, or for p '<0.001' give "
        "0.001 and say so.",
        "text with full-width or other unusual digits or signs": "Type plain digits and the plain minus "
        "sign: 23, -1.5.",
        "text with a footnote mark": "Remove the mark and keep the number; put the remark into a column of "
        "its own.",
        "an error of the spreadsheet": "Mend the formula, or leave the cell empty (None).",
        "dates": "Look whether the spreadsheet turned a number such as 3-1 or 1/3 into a date; type it again "
        "as a number.",
        "several numbers in one cell": "Give each its own column: mean and SD, both limits of an interval, "
        "events and n.",
    }
)

_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_THOUSANDS_COMMA = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_THOUSANDS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:([ \u00a0\u202f,'’.])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?"
)
_NUMBER = r"[+-]?(?:[0-9]+[.,]?[0-9]*|\.[0-9]+)"
_BOUND = re.compile(rf"(?:[pPnN]\s*)?[<>≤≥=~≈]+\s*{_NUMBER}%?")
_FOOTNOTE = re.compile(rf"{_NUMBER}\s*(?:[*†‡§¶#]+|\^?[a-d]|\[[0-9]+\])")
_SEVERAL = re.compile(rf"\(?{_NUMBER}%?\s*(?:[(\[/;,~±-]|\+/?-|to|of|至|～)\s*{_NUMBER}.*", re.I)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"[0-9]{{1,2}}[-/ ]{_MONTH}(?:[-/ ][0-9]{{2,4}})?|{_MONTH}[-/ ][0-9]{{1,4}}|"
    r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}.*|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}|[0-9]{1,2}月[0-9]{1,2}日",
    re.I,
)
_SPREADSHEET = re.compile(r"#(?:N/A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!|####*)")
_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-", "·": ".", "。": ".", "，": ",", "％": "%"})


def text_fault(text: str) -> str:
    """Name what is wrong with a cell of text in a column of numbers: a key of :data:`TEXT_REMEDIES`.

    Examples
    --------
    >>> text_fault("12"), text_fault("66*"), text_fault("n.r.")
    ('numbers typed as text', 'text with a footnote mark', 'text')
    >>> text_fault("1.2 (0.3)")
    'several numbers in one cell'
    """
    cell = text.strip()
    if _PLAIN.fullmatch(cell):
        return DIGITS
    for pattern, fault in (
        (_SPREADSHEET, "an error of the spreadsheet"),
        (_THOUSANDS_COMMA, "text with a decimal comma or a separator of thousands"),
        (_COMMA, "text with a decimal comma"),
        (_DATE, "dates"),
        (_THOUSANDS, "text with a separator of thousands"),
        (_BOUND, "text with a sign such as '<'"),
        (_FOOTNOTE, "text with a footnote mark"),
    ):
        if pattern.fullmatch(cell):
            return fault
    if re.fullmatch(rf"{_NUMBER}\s*%", cell):
        return "text with a percent sign"
    usual = _digits(unicodedata.normalize("NFKC", cell).translate(_SIGNS).replace(" ", ""))
    if usual != cell and re.fullmatch(rf"{_NUMBER}%?", usual):
        return "text with full-width or other unusual digits or signs"
    return "several numbers in one cell" if _SEVERAL.fullmatch(cell) else "text"


def _digits(text: str) -> str:
    """Digits of any script as 0 to 9."""
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
