"""``read_table``: a delimited text file to a DataFrame; what cannot be read is told with line and column."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from k2meta.errors import DataError, nearest, unknown_option
from k2meta.studies.decoding import decode
from k2meta.studies.problems import shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_table"]

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_NAMED = 5  # faulty lines spelt out in one message
_MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL"})
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_PADDED = re.compile(r"[+-]?0[0-9]+")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[.,][0-9]{3})+")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.I)  # what some spreadsheets write above the header
_UNSUPPORTED = ("|", "，", "；")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


def read_table(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
) -> pd.DataFrame:
    r"""Read a CSV or TSV file with one header line.

    Parameters
    ----------
    path : path
    encoding : str, optional
        By default the byte-order mark decides, else UTF-8, else GB18030 when the bytes can hardly be anything
        else; a file that fits none of these is refused.
    delimiter : {",", ";", "\t"}, optional
        By default the one that gives every line as many fields as the header.
    decimal : {".", ","}
        The decimal mark.

    Returns
    -------
    DataFrame
        A column is numeric when every field that is not missing is a number: ``int64`` for whole numbers
        without gaps, else ``float64``. Missing are empty fields and, in numeric columns, ``NA``, ``N/A``,
        ``NaN``, ``nan`` and ``NULL``; in text columns only empty fields (``NA`` may be a label). Numbers
        with leading zeros (``007``) stay text: they are codes. ``df.attrs`` holds ``file``, ``encoding`` and
        ``delimiter``.

    Raises
    ------
    DataError
        For a missing, empty or undecodable file, a header with nameless, doubled or space-padded names,
        lines with a wrong number of fields, an unclosed quote, decimal commas: with line and column.
    OptionError
        For an unknown encoding, delimiter or decimal mark.

    Notes
    -----
    Nothing is stripped but the byte-order mark. Blank lines, also those of nothing but delimiters, hold no
    study and are passed over; a first line such as ``sep=;`` names the delimiter. Spaces around a number do
    not make it text; spaces in text are kept.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "rows.csv")
    >>> _ = file.write_text("study,events1,n1\nA,2,23\nB,,66\n", encoding="utf-8")
    >>> read_table(file)["events1"].tolist()
    [2.0, nan]
    >>> folder.cleanup()
    """
    for what, value, known in (
        ("delimiter", delimiter, (None, *_DELIMITERS)),
        ("decimal mark", decimal, (".", ",")),
    ):
        if (value is not None and not isinstance(value, str)) or value not in known:
            raise unknown_option(what, value, [repr(mark) for mark in known if mark])
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        given = "empty" if isinstance(path, str) else f"of type {type(path).__name__}"
        raise DataError(
            f"path is {given}. Expected the name of a CSV or TSV file. Data that are in memory need "
            "no reading: give them to effect_sizes as a DataFrame or a dict of columns."
        )
    file = Path(path)
    raw = _bytes(file)
    name = file.name
    text, used = decode(raw, encoding, name)
    if (told := _SEPARATOR_LINE.match(text)) and told[1] in _DELIMITERS:
        delimiter = delimiter or told[1]
        text = text[told.end(1) :]  # leaves the line blank, so that lines keep their numbers
    chosen = delimiter or _sniff(text, name)
    lines = _records(text, chosen, name)
    if not lines:
        raise DataError(
            f"{name} is empty. Expected a header line and at least one row. Check that it was saved."
        )
    header = lines[0][1]
    _check_header(header, name, lines[0][0], chosen)
    rows = lines[1:]
    if not rows:
        raise DataError(
            f"{name} has a header ({len(header)} columns) but no rows. Expected at least one study. Add "
            "rows, or check that the whole file was saved."
        )
    _check_widths(rows, header, name, chosen)
    import pandas as pd

    columns = {
        column: _typed([fields[i] for _, fields in rows], [line for line, _ in rows], column, name, decimal)
        for i, column in enumerate(header)
    }
    frame = pd.DataFrame(columns)
    frame.attrs.update(file=name, encoding=used, delimiter=chosen)
    return frame


def _bytes(file: Path) -> bytes:
    """Read the file, or say why not and which file may be meant."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        folder = file.parent
        if not folder.is_dir():
            raise DataError(
                f"there is no folder {str(folder)!r} to read {file.name!r} from. Expected a path to a "
                "file. Check the path; relative ones start at the working folder."
            ) from None
        close = nearest(file.name, sorted(entry.name for entry in folder.iterdir() if entry.is_file()))
        hint = f" Did you mean {close!r}?" if close else " Check the name and the folder."
        raise DataError(
            f"no file {file.name!r} in {str(folder)!r}. Expected a CSV or TSV file.{hint}"
        ) from None
    except IsADirectoryError:
        raise DataError(
            f"{str(file)!r} is a folder. Expected a CSV or TSV file. Name a file in it."
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(
            f"{str(file)!r} cannot be read ({error}). Expected a readable file. Check rights."
        ) from None


def _records(text: str, delimiter: str, name: str) -> list[tuple[int, list[str]]]:
    """Lines of fields, each with the number of its first line (a quoted field may hold line breaks)."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for fields in reader:
            if fields == [""] or any(field.strip() for field in fields):  # [""]: a gap typed as ""
                records.append((start, fields))
            start = reader.line_num + 1
    except csv.Error as error:
        reason = str(error)
        if "unexpected end" in reason:
            reason = "a quote is opened and never closed"
        elif "expected after" in reason:
            reason = f"a closing quote is not followed by a {_DELIMITERS[delimiter]} or the end of the line"
        raise DataError(
            f"{name}, line {start}: {reason}. Expected quotes in pairs around a field (and doubled inside "
            "it). Mend that line."
        ) from None
    return records


def _sniff(text: str, name: str) -> str:
    """Choose the delimiter that fits every line; when none does, the one that fits the header best."""
    found: dict[str, tuple[float, int]] = {}
    for delimiter in _DELIMITERS:
        try:
            records = _records(text, delimiter, name)
        except DataError:
            continue
        width = len(records[0][1]) if records else 0
        if width > 1:
            found[delimiter] = (sum(len(fields) == width for _, fields in records) / len(records), width)
    if not found:
        _refuse_other_delimiters(text, name)
        return ","  # one column; or broken quotes, which the caller's own reading will tell
    whole = {delimiter: width for delimiter, (share, width) in found.items() if share == 1}
    if len(whole) > 1:
        told = ", ".join(f"{_DELIMITERS[delimiter]} ({width} columns)" for delimiter, width in whole.items())
        raise DataError(
            f"{name} can be read with more than one delimiter: {told}. Expected one that fits. Say which, "
            "as in delimiter=';'."
        )
    return max(whole or found, key=lambda delimiter: found[delimiter])


def _refuse_other_delimiters(text: str, name: str) -> None:
    """A header of one field that holds a mark which separates fields elsewhere."""
    header = next(iter(text.strip().splitlines()), "")
    for mark in _UNSUPPORTED:
        if mark in header:
            raise DataError(
                f"{name}, line 1, column {header.index(mark) + 1}: {mark!r} seems to separate the fields of "
                f"{shown(header)}. Expected commas, semicolons or tabs. Save the file with one of these."
            )


def _check_header(header: Sequence[str], name: str, line: int, delimiter: str) -> None:
    nameless = [str(i + 1) for i, column in enumerate(header) if not column.strip()]
    if nameless:
        columns = f"column {nameless[0]} has" if len(nameless) == 1 else f"columns {', '.join(nameless)} have"
        raise DataError(
            f"{name}, line {line}: {columns} no name. Expected one line with a name for every column. Name "
            f"it, or remove the extra {_DELIMITERS[delimiter]} from every line; a title above the header, or "
            "a header of two lines with merged cells, must become one line of names."
        )
    padded = [f"column {i + 1} is {column!r}" for i, column in enumerate(header) if column != column.strip()]
    if padded:
        raise DataError(
            f"{name}, line {line}: spaces around names: {'; '.join(padded[:_NAMED])}. Expected names "
            "without them. Remove the spaces in the header."
        )
    unseen = [i + 1 for i, column in enumerate(header) if _INVISIBLE.search(column)]
    if unseen:
        raise DataError(
            f"{name}, line {line}: the name of column {unseen[0]}, {header[unseen[0] - 1]!a}, has an "
            "invisible character. Expected visible ones only. Type the name again."
        )
    seen: dict[str, int] = {}
    for i, column in enumerate(header):
        if column in seen:
            raise DataError(
                f"{name}, line {line}: columns {seen[column] + 1} and {i + 1} are both named {column!r}. "
                "Expected each name once. Rename one."
            )
        seen[column] = i


def _check_widths(
    rows: Sequence[tuple[int, Sequence[str]]], header: Sequence[str], name: str, delimiter: str
) -> None:
    wrong = [(line, len(fields)) for line, fields in rows if len(fields) != len(header)]
    if not wrong:
        return
    told = ", ".join(f"line {line} has {count}" for line, count in wrong[:_NAMED])
    more = f", and {len(wrong) - _NAMED} more lines ({len(wrong)} in all)" if len(wrong) > _NAMED else ""
    mark = _DELIMITERS[delimiter]
    widths = {count for _, count in wrong}
    if len(header) == 1 and len(wrong) == len(rows) and len(widths) == 1:
        raise DataError(
            f"{name}: the first line is {shown(header[0])} alone, every other one has {widths.pop()} fields. "
            "Expected a header line first. Remove titles and remarks above the header."
        )
    raise DataError(
        f"{name}: wrong number of fields: {told}{more}. Expected {len(header)} fields, as in the header "
        f"({header[0]!r} to {header[-1]!r}). Look for a missing {mark}, or put fields that contain a "
        f"{mark} in quotes."
    )


def _typed(fields: Sequence[str], lines: Sequence[int], column: str, name: str, decimal: str) -> Any:
    """Numbers when every field is one, else text; None is missing."""
    bare = [field.strip() for field in fields]
    present = [field for field in bare if field not in _MISSING]
    if decimal == ",":
        swapped = [field.replace(",", ".") if _COMMA.fullmatch(field) else field for field in bare]
        points = [i for i, field in enumerate(bare) if "." in field and _NUMBER.fullmatch(field)]
        if points and any(_COMMA.fullmatch(field) for field in present):
            raise DataError(
                f"{name}, line {lines[points[0]]}, column {column!r}: {fields[points[0]]!r} has a decimal "
                "point, other fields have decimal commas. Expected one mark. Write them all alike."
            )
        if points and all(_THOUSANDS.fullmatch(bare[i]) for i in points):
            value = bare[points[0]]
            raise DataError(
                f"{name}, line {lines[points[0]]}, column {column!r}: {value!r} has a point, and "
                f"decimal=',' was said. Expected no separator of thousands. Write "
                f"{value.replace('.', '')} or {value.replace('.', ',')}, whichever is meant."
            )
        bare = swapped
        present = [field for field in bare if field not in _MISSING]
    else:
        _refuse_commas(bare, lines, column, name)
    if not present:
        return (
            [None if field == "" else field for field in fields]
            if any(fields)
            else [float("nan")] * len(fields)
        )
    if any(_PADDED.fullmatch(field) for field in present) or not all(map(_NUMBER.fullmatch, present)):
        return [None if field == "" else field for field in fields]
    if len(present) == len(fields) and all(
        _INTEGER.fullmatch(field) and len(field) < 19 for field in present
    ):
        return [int(field) for field in bare]
    return [float("nan") if field in _MISSING else float(field) for field in bare]


def _refuse_commas(bare: Sequence[str], lines: Sequence[int], column: str, name: str) -> None:
    """Tell a column of numbers with decimal commas from text."""
    present = [field for field in bare if field not in _MISSING]
    commas = [i for i, field in enumerate(bare) if _COMMA.fullmatch(field)]
    if commas and all(_COMMA.fullmatch(field) or _NUMBER.fullmatch(field) for field in present):
        value = bare[commas[0]]
        or_thousands = f", or remove the comma if it separates thousands ({value.replace(',', '')})"
        raise DataError(
            f"{name}, line {lines[commas[0]]}, column {column!r}: {value!r} has a comma. Expected a "
            f"decimal point. Read the file with decimal=',' if {value.replace(',', '.')} is meant"
            f"{or_thousands if _THOUSANDS.fullmatch(value) else ''}."
        )
