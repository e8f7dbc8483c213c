"""One row of a forest plot as numbers, and what is shown apart from looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.analysis.subgroups import SubgroupResult
from k2meta.figures.looks.model import RowKind
from k2meta.models.result import MetaResult
from k2meta.studies.effects import Effects

__all__ = ["SORTS", "Entry", "ForestOptions", "ForestResult", "Refits", "sums"]

Refits = LeaveOneOutResult | CumulativeResult
ForestResult = MetaResult | SubgroupResult | LeaveOneOutResult | CumulativeResult
SORTS = ("data", "effect", "weight", "name")


@dataclass(frozen=True, slots=True)
class ForestOptions:
    """What is shown, apart from looks.

    Attributes
    ----------
    sort : {"data", "effect", "weight", "name"}
        Order of the studies inside their group.
    models : tuple of MetaResult
        Further fits of the same studies, each with a diamond of its own.
    prediction : bool or None
        Whether the prediction interval is shown; None: random effects with three studies or more.
    excluded : bool
        Whether studies that take no part stay as rows.
    overall : bool
        Whether a subgroup figure ends with the pooled effect of all studies.
    group_sort : str
        Order of the groups, by the same names.
    subgroups : tuple of SubgroupResult or None
        For each of ``models`` the subgroup result it belongs to, whose subtotals and test are shown too.
    """

    sort: str = "data"
    models: tuple[MetaResult, ...] = ()
    prediction: bool | None = None
    excluded: bool = True
    overall: bool = True
    group_sort: str = "data"
    subgroups: tuple[SubgroupResult | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as numbers.

    Attributes
    ----------
    kind : str
        As :class:`k2meta.figures.looks.model.Row`.
    label : str
        Study or subgroup; empty for pooled rows, which are named by language.
    x, lo, hi : float
        On the analysis scale.
    weight : float
        Percent as printed, adding to 100.0.
    share : float
        Percent to full precision: what the area of the square follows.
    level : int
        1 inside a subgroup.
    group : str
    data_row : int
        Row of the data; -1 for pooled rows.
    position : int
        Position among the pooled studies; -1 for others.
    step : int
        Position among the refits of a leave-one-out or cumulative result; -1 for others.
    fit : MetaResult or None
        For pooled rows and predictions: whose.
    members : tuple of int
        For pooled rows: data rows that went in; for groups without an estimate those that count in totals.
    reason : str
        For excluded studies.
    model : int
        For pooled rows and notes: 0 for the shown model, then the further ones.
    spread : pair of float or None
        For predictions: standard deviation and degrees of freedom of the distribution.
    """

    kind: RowKind
    label: str = ""
    x: float = math.nan
    lo: float = math.nan
    hi: float = math.nan
    weight: float = math.nan
    share: float = math.nan
    level: int = 0
    group: str = ""
    data_row: int = -1
    position: int = -1
    step: int = -1
    fit: MetaResult | None = None
    members: tuple[int, ...] = field(default=())
    reason: str = ""
    model: int = 0
    spread: tuple[float, float] | None = None


def sums(effects: Effects, role: str, members: Sequence[int]) -> float:
    """Sum a column over the studies of a pooled row; NaN where a value is missing."""
    values = effects.roles.get(role)
    if values is None or not members:
        return math.nan
    return float(np.sum(values[list(members)]))
