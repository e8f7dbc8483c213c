"""Risk of bias beside a forest plot: whose dots stand in which row, under which letters."""

from __future__ import annotations

import string
import warnings
from collections.abc import Sequence
from dataclasses import replace

from k2meta.errors import DataError, DataWarning
from k2meta.figures.bias.bias_reading import RiskOfBias, read_risk_of_bias
from k2meta.figures.bias.bias_tools import BiasTool, Domain
from k2meta.figures.looks.model import Column, run

__all__ = ["BIAS_ARM", "as_bias", "bias_columns", "bias_dots"]

BIAS_ARM = 3  # the name over the columns of dots: 1 and 2 are those of the arms
# O is kept for the overall judgement
LETTERS = tuple(letter for letter in string.ascii_uppercase if letter != "O")
OVERALL = Domain("O", "Overall", "总体")


def as_bias(given: object) -> RiskOfBias | None:
    """Read what ``rob=`` holds, and give its domains letters; the overall judgement becomes the last domain.

    Parameters
    ----------
    given : None, RiskOfBias, DataFrame, or pair of (table, tool)
        A table alone is one of RoB 2.

    Raises
    ------
    DataError
        When a judgement is not known; the message names study, domain and value.
    """
    if given is None:
        return None
    table, tool = given if isinstance(given, tuple) and len(given) == 2 else (given, "rob2")
    found = read_risk_of_bias(table, tool, missing="blank")
    return _lettered(found)


def _lettered(found: RiskOfBias) -> RiskOfBias:
    n = len(found.domains)
    letters = LETTERS if n <= len(LETTERS) else tuple(f"{i + 1}" for i in range(n))
    domains = tuple(replace(d, code=code) for d, code in zip(found.domains, letters, strict=False))
    judgements = found.judgements
    if found.overall is not None:
        domains = (*domains, OVERALL)
        judgements = tuple((*row, total) for row, total in zip(judgements, found.overall, strict=True))
    # letters instead of the tool's codes: the names come from the domains themselves
    key = found.tool.key if found.tool.key == "custom" else f"{found.tool.key} lettered"
    tool: BiasTool = replace(found.tool, key=key, domains=domains)
    return RiskOfBias(tool, found.studies, judgements, None)


def bias_columns(found: RiskOfBias) -> tuple[Column, ...]:
    """Return one narrow column for each domain, right of everything else."""
    return tuple(
        Column(f"rob:{d.code}", (run(d.code, bold=True),), "centre", "right", BIAS_ARM, 4, dots=True)
        for d in found.domains
    )


def bias_dots(found: RiskOfBias, labels: Sequence[str]) -> dict[str, dict[str, str]]:
    """Judgements of each shown study by column.

    Raises
    ------
    DataError
        When no label of the figure is among the judged studies.

    Warns
    -----
    DataWarning
        When a study of the figure has no judgements, or judged studies are not in the figure.
    """
    judged = {name.strip(): row for name, row in zip(found.studies, found.judgements, strict=True)}
    shown = list(dict.fromkeys(label.strip() for label in labels))
    without = [label for label in shown if label not in judged]
    if len(without) == len(shown):
        raise DataError(
            f"rob judges {', '.join(found.studies[:3])} ... - none of them is a study of the figure "
            f"({', '.join(shown[:3])} ...) - expected the same labels - rename the studies of one table"
        )
    if without:
        warnings.warn(
            f"rob has no judgements for {', '.join(without)} - their rows have no dots - add them to the "
            "table",
            DataWarning,
            stacklevel=2,
        )
    rest = [name for name in judged if name not in shown]
    if rest:
        warnings.warn(
            f"rob judges {', '.join(rest)} - no studies of the figure, so they are not shown - check the "
            "labels",
            DataWarning,
            stacklevel=2,
        )
    keys = [f"rob:{code}" for code in found.tool.codes]
    return {name: dict(zip(keys, judged[name], strict=True)) for name in shown if name in judged}
