"""The columns of a risk-of-bias table, wide or long, before any cell is judged."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k2meta.errors import DataError, unknown_option

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BiasTable", "fold_head", "is_blank", "is_weight", "read_bias_table"]

STUDY_HEADS = ("study", "studies", "trial", "author", "study id", "label", "研究", "纳入研究", "作者")
OVERALL_HEADS = (
    *("overall", "overall bias", "overall risk of bias", "overall judgement", "overall judgment"),
    *("总体", "总体偏倚", "总体偏倚风险", "总体判断", "整体", "整体偏倚", "总偏倚"),
)
DOMAIN_HEADS = ("domain", "域", "领域", "偏倚领域", "评价领域", "条目")
JUDGEMENT_HEADS = ("judgement", "judgment", "risk", "risk of bias", "判断", "评价", "评价结果", "偏倚风险")
WEIGHT_HEADS = ("weight", "weights", "权重")


@dataclass(frozen=True, slots=True)
class BiasTable:
    """Cells as given: for each head, one for each study; ``long`` tables name their domains in rows."""

    studies: tuple[str, ...]
    columns: Mapping[str, Sequence[object]]
    overall: Sequence[object] | None
    long: bool


def is_weight(head: str) -> bool:
    """Whether a column holds weights, as tables made for robvis do."""
    return fold_head(head) in WEIGHT_HEADS


def read_bias_table(data: object, study: str | None, overall: str | bool | None) -> BiasTable:
    """Read a table of judgements as it was given, cells unjudged.

    Parameters
    ----------
    data, study, overall
        As in :func:`k2meta.figures.bias.bias_reading.read_risk_of_bias`.

    Raises
    ------
    DataError
        When it is no table, or a study has no label, or one label has two rows.
    OptionError
        When a column that was named does not exist.
    """
    frame = _frame(data)
    at = _study_column(frame, study)
    shape = _long_columns(frame, at)
    return _from_long(frame, at, *shape, overall) if shape else _from_wide(frame, at, overall)


def fold_head(head: object) -> str:
    """Return a head in small letters with one blank between words."""
    return re.sub(r"[\W_]+", " ", str(head).casefold()).strip()


def _frame(data: object) -> pd.DataFrame:
    import pandas as pd

    if isinstance(data, (str, os.PathLike)):
        from k2meta.studies.reading import read_table

        return read_table(data)
    if isinstance(data, pd.DataFrame):
        frame = data
    elif isinstance(data, Mapping):
        for head, column in data.items():
            if isinstance(column, (str, bytes)) or not isinstance(column, Sized):
                raise DataError(
                    f"column {head!r} is {column!r} - expected one judgement for each study - write "
                    f"{{{head!r}: [{column!r}]}}, where it is the only one"
                )
        lengths = {str(head): len(column) for head, column in data.items()}
        if len(set(lengths.values())) > 1:
            counts = ", ".join(f"{head}: {n}" for head, n in lengths.items())
            raise DataError(
                f"columns of unequal length ({counts}) - expected one judgement for each study in each - "
                "fill the short ones"
            )
        frame = pd.DataFrame(dict(data))
    else:
        raise DataError(
            f"risk-of-bias data is a {type(data).__name__} - expected a DataFrame, columns by name, or the "
            "path of a CSV file - write one row for each study and one column for each domain"
        )
    if frame.empty:
        raise DataError("the risk-of-bias table has no rows - expected one for each study - add the studies")
    heads = [str(head) for head in frame.columns]
    double = next((head for head in heads if heads.count(head) > 1), None)
    if double is not None:
        raise DataError(f"two columns are headed {double!r} - expected heads that differ - rename one")
    return frame.set_axis(heads, axis=1)


def _study_column(frame: pd.DataFrame, study: str | None) -> str:
    heads = [str(head) for head in frame.columns]
    if study is not None:
        if study not in heads:
            raise unknown_option("study column", study, heads)
        return study
    return next((head for head in heads if fold_head(head) in STUDY_HEADS), heads[0])


def _long_columns(frame: pd.DataFrame, at: str) -> tuple[str, str] | None:
    domain = [head for head in frame.columns if fold_head(head) in DOMAIN_HEADS and head != at]
    value = [head for head in frame.columns if fold_head(head) in JUDGEMENT_HEADS and head != at]
    return (domain[0], value[0]) if domain and value else None


def _labels(frame: pd.DataFrame, at: str) -> tuple[str, ...]:
    labels = []
    for number, value in enumerate(frame[at]):
        if is_blank(value):
            raise DataError(
                f"row {number + 1}: no study label in column {at!r} - expected a name - fill the cell, or "
                "remove the row"
            )
        whole = isinstance(value, float) and value.is_integer()
        labels.append(str(int(value) if whole else value).strip())
    return tuple(labels)


def is_blank(value: object) -> bool:
    """Whether a cell is empty."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return value != value or (isinstance(value, str) and not value.strip())


def _from_wide(frame: pd.DataFrame, at: str, overall: str | bool | None) -> BiasTable:
    studies = _labels(frame, at)
    for place, name in enumerate(studies):
        if name in studies[:place]:
            raise DataError(
                f"study {name!r} has two rows ({studies.index(name) + 1} and {place + 1}) - expected one for "
                "each label - where a study was judged for several results, write the result into the label"
            )
    heads = [head for head in frame.columns if head != at]
    total = next((head for head in heads if fold_head(head) in OVERALL_HEADS), None)
    if isinstance(overall, str):
        if overall not in heads:
            raise unknown_option("overall column", overall, heads)
        total = overall
    elif overall is True and total is None:
        raise _no_overall(heads)
    columns = {head: frame[head].tolist() for head in heads if head != total}
    given = None if total is None or overall is False else frame[total].tolist()
    return BiasTable(studies, columns, given, False)


def _no_overall(heads: Sequence[str]) -> DataError:
    return DataError(
        f"no overall judgements among {', '.join(heads)} - expected a column 'overall' - name it with "
        'overall="...", or leave overall out'
    )


def _from_long(
    frame: pd.DataFrame, at: str, domain: str, value: str, overall: str | bool | None
) -> BiasTable:
    labels = _labels(frame, at)
    studies = tuple(dict.fromkeys(labels))
    names = [str(name).strip() for name in frame[domain]]
    columns: dict[str, list[object]] = {name: [None] * len(studies) for name in dict.fromkeys(names)}
    seen: set[tuple[str, str]] = set()
    for label, name, cell in zip(labels, names, frame[value], strict=True):
        if (label, name) in seen:
            raise DataError(
                f"study {label!r}, domain {name!r}: two judgements - expected one - remove one, or write the "
                "result that was judged into the study's label"
            )
        seen.add((label, name))
        columns[name][studies.index(label)] = cell
    wanted = overall if isinstance(overall, str) else None
    total = next(
        (n for n in columns if n == wanted or (wanted is None and fold_head(n) in OVERALL_HEADS)), None
    )
    if total is None and (wanted is not None or overall is True):
        raise _no_overall(list(columns))
    cells = columns.pop(total) if total is not None else None
    return BiasTable(studies, columns, None if overall is False else cells, True)
