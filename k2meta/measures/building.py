"""How a formula becomes a registered measure: option checks, float64 in, no half effects out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from k2meta.errors import unknown_option
from k2meta.measures.registry import Measure, MeasureOptions, Roles, register
from k2meta.records import FloatArray

__all__ = ["Formula", "RawEffects", "Rows", "Settings", "measure", "weighted_mean"]

Rows = dict[str, FloatArray]
RawEffects = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked options as a formula sees them.

    Attributes
    ----------
    add : float
        Amount to add to cells or counts.
    to : str
        Which studies receive it.
    drop00 : bool
    vtype : str
        One of the measure's ``vtypes``.
    """

    add: float
    to: str
    drop00: bool
    vtype: str


Formula = Callable[[Rows, Settings], RawEffects]
ZERO_CELL_RULES = ("only0", "all", "if0all", "none")


def _settings(record: Measure, options: MeasureOptions) -> Settings:
    if options.to not in ZERO_CELL_RULES:
        raise unknown_option("zero-cell rule to =", options.to, ZERO_CELL_RULES)
    if options.vtype not in record.vtypes:
        raise unknown_option(f"vtype for {record.code}", options.vtype, record.vtypes)
    return Settings(record.continuity(options), options.to, bool(options.drop00), options.vtype)


def _columns(record: Measure, roles: Roles) -> Rows:
    return {name: np.asarray(roles[name], dtype=np.float64) for name in record.roles}


def measure(
    code: str, family: str, names: tuple[str, str], roles: str, **fields: Any
) -> Callable[[Formula], Formula]:
    """Register a formula as a measure (decorator).

    Parameters
    ----------
    code : str
    family : str
    names : tuple of str
        English and Chinese name.
    roles : str
        Role names, separated by blanks.
    **fields
        Other fields of :class:`~k2meta.measures.registry.Measure`.

    Notes
    -----
    The registered ``compute`` checks the options, turns the columns into float64, runs the formula
    with numpy's floating-point warnings off inside the call only, and replaces a pair (yi, vi)
    by NaN when either of them is not finite: an effect without a variance is no effect.
    """

    def build(formula: Formula) -> Formula:
        def compute(columns: Roles, options: MeasureOptions) -> RawEffects:
            settings = _settings(record, options)
            with np.errstate(all="ignore"):
                yi, vi = formula(_columns(record, columns), settings)
            yi, vi = np.broadcast_arrays(np.asarray(yi, float), np.asarray(vi, float))
            known = np.isfinite(yi) & np.isfinite(vi)
            return np.where(known, yi, np.nan), np.where(known, vi, np.nan)

        compute.__doc__, compute.__name__ = formula.__doc__, formula.__name__
        blank = Measure(code, family, names[0], names[1], tuple(roles.split()), compute)
        record = register(replace(blank, **fields))
        return formula

    return build


def weighted_mean(values: FloatArray, weights: FloatArray, use: FloatArray | None = None) -> FloatArray:
    """Average over studies, for the ``"AV"`` variances.

    Parameters
    ----------
    values, weights : ndarray, shape (k,)
        Studies where either is not finite are left out.
    use : ndarray, shape (k,), optional
        Studies where it is not finite are left out too. Give the effects where the average means
        nothing without one; leave it away where a study without an effect still informs the
        average (a proportion of 0 under the log).
    """
    keep = np.isfinite(values) & np.isfinite(weights)
    if use is not None:
        keep &= np.isfinite(use)
    out: FloatArray = np.sum(np.where(keep, values * weights, 0.0)) / np.sum(np.where(keep, weights, 0.0))
    return out
