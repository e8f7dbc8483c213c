"""The bundled data sets: one folder each, with ``data.csv`` and ``card.toml``.

A card says what the numbers are and where they come from; the loader reads each column as the
type its card gives, and nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from k2meta.errors import DataError, OptionError, unknown_option

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pandas as pd

__all__ = ["DEFAULT_LEVELS", "VERIFICATION_LEVELS", "analysis_rows", "list_datasets", "load_dataset"]

#: How a row's figures were seen, best first. The list is closed.
VERIFICATION_LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "full_text": "read in the full text of the paper",
        "abstract": "read in the abstract of the paper",
        "review_export": "read in the data export of a systematic review (Cochrane)",
        "published_data_set": "a table printed in a publication, by way of a public collection of tables",
        "label": "read in a product label or the manufacturer's information",
        "registry": "read in a trial registry entry or a design paper; no results",
        "secondary": "quoted by another text (review, news page, press release)",
        "secondary_percent_only": "a percentage quoted by another text, without counts",
        "reconstructed": "worked out from incomplete figures under a stated assumption",
        "citation_only": "the study is cited somewhere; no text of it was read",
        "unverified": "no text found, or a text too poor to rely on",
    }
)

#: The levels whose rows may enter a default analysis; the others never do.
DEFAULT_LEVELS: tuple[str, ...] = tuple(VERIFICATION_LEVELS)[
    : list(VERIFICATION_LEVELS).index("secondary") + 1
]


def _home() -> Traversable:
    return files("k2meta.datasets")


def _names() -> list[str]:
    return sorted(folder.name for folder in _home().iterdir() if (folder / "card.toml").is_file())


def _read_card(name: str) -> dict[str, Any]:
    return tomllib.loads((_home() / name / "card.toml").read_text(encoding="utf-8"))


def _read_rows(name: str) -> tuple[list[str], list[list[str]]]:
    text = (_home() / name / "data.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return header, rows


def list_datasets() -> pd.DataFrame:
    """List the bundled data sets, one row each.

    Returns
    -------
    DataFrame
        ``name``, ``title``, ``title_zh``, ``rows`` (retracted rows included), ``measure`` and
        ``roles`` of the default analysis (empty for tables without one), ``verification``,
        ``citation``, ``doi``.

    Notes
    -----
    R counterpart: ``metadat::datsearch``.

    Examples
    --------
    >>> import k2meta as k2
    >>> table = k2.list_datasets().set_index("name")
    >>> print(table.loc["bcg", "rows"], table.loc["bcg", "measure"])
    13 RR
    """
    import pandas as pd

    listing = []
    for name in _names():
        card = _read_card(name)
        analysis = card.get("analysis", {})
        listing.append(
            {
                "name": name,
                "title": card["title"],
                "title_zh": card["title_zh"],
                "rows": len(_read_rows(name)[1]),
                "measure": analysis.get("measure", ""),
                "roles": ", ".join(analysis.get("roles", {})),
                "verification": card["verification"],
                "citation": card["citation"],
                "doi": card["doi"],
            }
        )
    return pd.DataFrame(listing)


def load_dataset(name: str, *, include_retracted: bool = False) -> pd.DataFrame:
    """Load a bundled data set together with its card.

    Parameters
    ----------
    name : str
        One of the names in :func:`list_datasets`.
    include_retracted : bool, default False
        Whether rows from retracted publications stay in. When they are left out, each is
        listed with its reason in ``df.attrs["left_out"]``.

    Returns
    -------
    DataFrame
        Text columns hold ``""`` where nothing is known; whole-number columns are integers when
        complete and floats (with NaN) when not. ``df.attrs["card"]`` is a plain dict: title,
        citation, doi, licence, description, columns, discrepancies, and ``analysis`` with the
        measure, the roles and (``where``) the rows it takes. ``df.attrs["left_out"]`` is a list
        of dicts (row, study, reason). The index keeps the row numbers of the file.

    Raises
    ------
    OptionError
        When no data set has this name; the message gives the nearest one and lists all.

    Notes
    -----
    R counterpart: the data sets of ``metadat``.

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.load_dataset("bcg")
    >>> bcg.attrs["card"]["analysis"]["measure"]
    'RR'
    >>> trials = k2.load_dataset("k2_trials")
    >>> [row["study"] for row in trials.attrs["left_out"]]
    ['Sato 1998', 'Sato 2002', 'Sato 2005']
    """
    known = _names()
    if name not in known:
        raise unknown_option("data set", name, known)
    card = _read_card(name)
    header, rows = _read_rows(name)
    data = _typed(header, rows, card)
    left_out: list[dict[str, Any]] = []
    if "retracted" in header and not include_retracted:
        out = data["retracted"] != "no"
        label = "study" if "study" in header else header[1]
        left_out = [
            {"row": int(row), "study": str(study), "reason": str(reason)}
            for row, study, reason in data.loc[out, [label, "integrity_reason"]].itertuples()
        ]
        data = data.loc[~out]
    data.attrs["card"] = card
    data.attrs["left_out"] = left_out
    return data


def _typed(header: list[str], rows: list[list[str]], card: Mapping[str, Any]) -> pd.DataFrame:
    """Build the frame column by column, each with the type its card gives."""
    import pandas as pd

    types = {column["name"]: column["type"] for column in card["columns"]}
    columns: dict[str, pd.Series[Any]] = {}
    for position, name in enumerate(header):
        cells = [row[position] for row in rows]
        if types[name] == "string":
            columns[name] = pd.Series(cells, name=name, dtype=str)
        else:
            # float() rounds correctly, which pandas 2 does not
            numbers = pd.Series([float(cell or "nan") for cell in cells], name=name, dtype=float)
            whole = types[name] == "integer" and bool((numbers == numbers.round()).all())
            columns[name] = numbers.astype("int64") if whole else numbers
    return pd.DataFrame(columns)


def analysis_rows(data: pd.DataFrame, name: str | None = None) -> pd.DataFrame:
    """Take the rows that one of the analyses named in a data set's card uses.

    Parameters
    ----------
    data : DataFrame
        As :func:`load_dataset` returned it.
    name : str, optional
        One of ``card["analyses"]``; the default analysis, ``card["analysis"]``, when left out.

    Returns
    -------
    DataFrame
        The rows whose columns hold one of the values listed under ``where``; all of them when
        the analysis has no ``where``.

    Raises
    ------
    DataError
        When the frame carries no card with a default analysis.
    OptionError
        When the card has no analysis of this name.

    Examples
    --------
    >>> from k2meta.studies.datasets import analysis_rows, load_dataset
    >>> fractures = load_dataset("k2_fractures")
    >>> analysis_rows(fractures)["study"].tolist()
    ['Iwamoto 2001', 'Ishida 2004', 'Jiang 2014']
    >>> analysis_rows(fractures, "without_contested")["study"].tolist()
    ['Iwamoto 2001', 'Jiang 2014']
    """
    card = getattr(data, "attrs", {}).get("card")
    if not isinstance(card, dict):
        raise DataError(
            f"data is a {type(data).__name__} without a card. Expected what load_dataset(name) returned; the "
            "card is in its .attrs. Choose the rows of data of your own yourself."
        )
    if name is None:
        if "analysis" not in card:
            raise DataError(
                f"data set {card.get('name', '')!r} has no default analysis: its card names none. Expected "
                "one. Choose measure, roles and rows yourself."
            )
        wanted = card["analysis"]
    else:
        known = card.get("analyses", {})
        if not isinstance(name, str) or name not in known:
            raise (
                unknown_option("analysis", name, known)
                if known
                else OptionError(
                    f"data set {card.get('name', '')!r} names no further analyses; leave name={name!r} out"
                )
            )
        wanted = known[name]
    keep = data.index == data.index
    for column, values in wanted.get("where", {}).items():
        if column not in data.columns:
            raise DataError(
                f"the data lack the column {column!r}, by which the card chooses its rows. Expected the "
                "columns as loaded. Keep it until the rows are chosen."
            )
        keep &= data[column].isin(values).to_numpy()
    return data.loc[keep]
