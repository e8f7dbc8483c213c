"""Arms that print no mean or SD: filled, row by row, from SE, CI or quantiles; every filling is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from k2meta.errors import DataError
from k2meta.records import BoolArray
from k2meta.studies.checks import domain_problems
from k2meta.studies.columns import Column
from k2meta.studies.conversion import sd_from_ci, sd_from_se
from k2meta.studies.conversion_quantiles import QUANTILE_METHODS, mean_sd_from_quantiles, quantiles_skewed
from k2meta.studies.effects import Conversion
from k2meta.studies.problems import Problem, shown

__all__ = ["ArmFiller", "arm_roles", "arms_of"]

_DISAGREE = np.log(1.25)  # SEs printed with one digit are off by that much
_QUANTILES = ("median", "q1", "q3", "minimum", "maximum")


def arms_of(roles: Sequence[str]) -> tuple[str, ...]:
    """Suffixes of the arms that need a mean or an SD.

    Examples
    --------
    >>> arms_of(("mean1", "sd1", "n1", "mean2", "sd2", "n2")), arms_of(("mean", "sd", "n"))
    (('1', '2'), ('',))
    >>> arms_of(("r", "n"))
    ()
    """
    return tuple(arm for arm in ("", "1", "2") if f"sd{arm}" in roles)


def arm_roles(arm: str) -> dict[str, str]:
    """Roles an arm can be filled from: what each is -> its name.

    Examples
    --------
    >>> arm_roles("1")["q1"], arm_roles("")["q1"]
    ('q1_1', 'q1')
    """
    joint = f"_{arm}" if arm else ""
    return {
        "se": f"se{arm}",
        "low": f"ci_low{arm}",
        "high": f"ci_high{arm}",
        "median": f"median{arm}",
        "q1": f"q1{joint}",
        "q3": f"q3{joint}",
        "minimum": f"min{arm}",
        "maximum": f"max{arm}",
    }


class ArmFiller:
    """Fills missing means and SDs; keeps what it did, what went wrong and what looks doubtful.

    Parameters
    ----------
    columns : mapping of str to Column
        The measure's own roles and whatever extra roles were found.
    labels : sequence of str
    use : ndarray of bool
        Rows that take part.
    level : float
        Coverage of the intervals given for means.
    convert : str
        Method for quantiles, see :data:`k2meta.studies.conversion_quantiles.QUANTILE_METHODS`.
    """

    def __init__(
        self, columns: Mapping[str, Column], labels: Sequence[str], use: BoolArray, level: float, convert: str
    ) -> None:
        self.columns = dict(columns)
        self.labels = labels
        self.use = use
        self.level = level
        self.convert = convert
        self.conversions: list[Conversion] = []
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []

    def fill(self, arm: str) -> None:
        """Fill one arm wherever its mean or SD is missing."""
        n = self.columns.get(f"n{arm}") or self.columns.get("n")
        mean, sd = self.columns.get(f"mean{arm}"), self.columns[f"sd{arm}"]
        extra = {key: self.columns[role] for key, role in arm_roles(arm).items() if role in self.columns}
        if n is None or not extra:
            return
        if "se" in extra:
            self._compare(sd, extra["se"], n)
        gaps = sd.missing | (mean.missing if mean is not None else False)
        rows = np.flatnonzero(self.use & gaps & (n.values >= 2))
        if not rows.size:
            return
        needed = np.zeros_like(self.use)
        needed[rows] = True
        self.problems += domain_problems({column.role: column for column in extra.values()}, needed, "")
        self.columns[sd.role] = sd = replace(sd, values=sd.values.copy(), missing=sd.missing.copy())
        if mean is not None:
            self.columns[mean.role] = mean = replace(
                mean, values=mean.values.copy(), missing=mean.missing.copy()
            )
        failed: list[tuple[int, str]] = []
        skewed: list[tuple[int, str]] = []
        for row in rows:
            given = {
                key: float(column.values[row]) for key, column in extra.items() if not column.missing[row]
            }
            try:
                self._fill_row(int(row), given, n, mean, sd, skewed)
            except DataError as error:
                failed.append((int(row), str(error)))
        if failed:
            what = f"arm {arm or 'values'} cannot be converted to mean and SD"
            self.problems.append(
                Problem(
                    what, tuple(failed), "a printed summary that hangs together", "Compare with the paper."
                )
            )
        if skewed:
            remedy = (
                "The estimated mean and SD assume data near the normal: use convert='qe' or 'bc', and see "
                "what changes."
            )
            what = f"skewed quantiles in {', '.join(extra[key].where for key in _QUANTILES if key in extra)}"
            self.doubts.append(
                Problem(what, tuple(skewed), "quantiles lying about the median evenly", remedy)
            )

    def _compare(self, sd: Column, se: Column, n: Column) -> None:
        """Doubt an SD that is not the one its own SE gives."""
        with np.errstate(all="ignore"):
            ratio = sd.values / (se.values * np.sqrt(n.values))
            apart = self.use & (np.abs(np.log(ratio)) > _DISAGREE)
        if apart.any():
            rows = tuple(
                (
                    int(i),
                    f"SD {shown(sd.values[i])}, SE {shown(se.values[i])} with n = {shown(n.values[i])} gives "
                    f"{se.values[i] * n.values[i] ** 0.5:.3g}",
                )
                for i in np.flatnonzero(apart)
            )
            remedy = "The SD is used; look which of the two was mistyped."
            self.doubts.append(
                Problem(f"{sd.where} and {se.where} disagree", rows, "SD = SE * sqrt(n)", remedy)
            )

    def _fill_row(
        self,
        row: int,
        given: Mapping[str, float],
        n: Column,
        mean: Column | None,
        sd: Column,
        skewed: list[tuple[int, str]],
    ) -> None:
        size = float(n.values[row])
        if sd.missing[row] and given.get("se", 0.0) > 0:
            inputs = {"se": given["se"], "n": size}
            method = "SD = SE * sqrt(n) (Cochrane Handbook 6.5.2.2)"
            self._put(row, sd, float(sd_from_se(given["se"], size)), method, inputs)
        elif sd.missing[row] and "low" in given and "high" in given:
            low, high = given["low"], given["high"]
            if mean is not None and not mean.missing[row] and not low <= mean.values[row] <= high:
                raise DataError(
                    f"the interval {shown(low)} to {shown(high)} does not contain the mean "
                    f"{shown(mean.values[row])}."
                )
            value = float(sd_from_ci(low, high, size, level=self.level))
            spread = "t with n - 1 df" if size < 60 else "normal"
            method = f"SD from the {self.level:.0%} CI of the mean, {spread} (Cochrane Handbook 6.5.2.2)"
            self._put(row, sd, value, method, {"low": low, "high": high, "n": size, "level": self.level})
        parts = {key: given[key] for key in _QUANTILES if key in given}
        wanted = sd.missing[row] or (mean is not None and mean.missing[row])
        pair = ("q1" in parts and "q3" in parts) or ("minimum" in parts and "maximum" in parts)
        if not (wanted and "median" in parts and pair):
            return
        estimates = mean_sd_from_quantiles(size, **parts, method=self.convert)
        method = QUANTILE_METHODS[self.convert]
        for column, estimated in ((mean, estimates[0]), (sd, estimates[1])):
            if column is not None and column.missing[row] and np.isfinite(estimated):
                self._put(row, column, float(estimated), method, {**parts, "n": size})
        if self.convert not in ("qe", "bc") and quantiles_skewed(size, **parts):
            told = ", ".join(f"{key} {shown(value)}" for key, value in parts.items())
            skewed.append((row, told))

    def _put(self, row: int, column: Column, value: float, method: str, inputs: Mapping[str, float]) -> None:
        column.values[row] = value
        column.missing[row] = False
        self.conversions.append(Conversion(row, self.labels[row], column.role, method, dict(inputs), value))
