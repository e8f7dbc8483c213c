"""Columns of a file exactly as typed: a number's trailing zeros say how precisely it was printed."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from k2meta.studies.decoding import decode
from k2meta.studies.reading import read_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_as_typed"]


def read_as_typed(
    path: str | os.PathLike[str], columns: Iterable[str], encoding: str | None = None
) -> pd.DataFrame:
    """Read a table, keeping some columns as the text that was typed (``"0.10"`` stays ``"0.10"``).

    Parameters
    ----------
    path : path
    columns : iterable of str
        Columns to keep as text; those that the file lacks are passed over.
    encoding : str, optional
        As for :func:`k2meta.read_table`.

    Raises
    ------
    DataError
        As :func:`k2meta.read_table`.
    """
    frame = read_table(path, encoding=encoding)
    text, _ = decode(Path(path).read_bytes(), frame.attrs["encoding"], Path(path).name)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=frame.attrs["delimiter"])
    header, *rows = [line for line in lines if any(field.strip() for field in line)]
    if len(rows) != len(frame):  # the reader knows lines that this plain pass does not: keep its answer
        return frame
    for name in columns:
        if name in frame.columns:
            place = header.index(name)
            frame[name] = [row[place].strip() for row in rows]
    return frame
