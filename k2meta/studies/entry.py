"""The rows of a data set on their way through the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from k2meta.errors import DataError
from k2meta.measures.registry import Measure, MeasureOptions
from k2meta.records import BoolArray, FloatArray, readonly
from k2meta.studies.arms import ArmFiller, arms_of
from k2meta.studies.checks import domain_problems, fractional_counts
from k2meta.studies.columns import Column
from k2meta.studies.effects import Conversion, Effects, ExcludedStudy
from k2meta.studies.exclusion import no_effect_reason
from k2meta.studies.generic import generic_effects
from k2meta.studies.problems import Problem, raise_problems
from k2meta.studies.suspicion import doubtful_labels, doubtful_sds, doubtful_standard_errors

__all__ = ["Entry"]


@dataclass(slots=True)
class Entry:
    """The rows on their way through the door."""

    spec: Measure
    labels: tuple[str, ...]
    columns: dict[str, Column]
    reasons: dict[int, str]  # row -> why it takes no part
    conversions: list[Conversion] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)

    @property
    def use(self) -> BoolArray:
        """Rows that take part so far."""
        keep = np.ones(len(self.labels), dtype=bool)
        keep[list(self.reasons)] = False
        return keep

    def add_sizes(self) -> None:
        """Add up events and nonevents where sizes were not given."""
        for arm in ("1", "2"):
            if f"nonevents{arm}" in self.columns and f"n{arm}" not in self.columns:
                events, others = self.columns[f"events{arm}"], self.columns[f"nonevents{arm}"]
                total = events.values + others.values
                self.columns[f"n{arm}"] = Column(f"n{arm}", "", total, events.missing | others.missing)

    def fill_arms(self, level: float, convert: str) -> None:
        """Fill missing means and SDs from what else was printed."""
        n_rows = len(self.labels)
        arms = arms_of(self.spec.roles) if self.spec.family != "generic" else ()
        for arm in arms:
            for role in (f"mean{arm}", f"sd{arm}"):
                if role in self.spec.roles and role not in self.columns:
                    nothing = np.full(n_rows, np.nan)
                    self.columns[role] = Column(role, "", nothing, np.ones(n_rows, dtype=bool))
        filler = ArmFiller(self.columns, self.labels, self.use, level, convert)
        for arm in arms:
            filler.fill(arm)
        self.columns = filler.columns
        self.conversions += filler.conversions
        self.problems += filler.problems
        self.doubts += filler.doubts

    def own(self) -> dict[str, Column]:
        """The columns that the effect is computed from, without stand-ins."""
        if self.spec.family == "generic":
            return self.columns
        nonevents = tuple(f"nonevents{arm}" for arm in "12" if f"nonevents{arm}" in self.columns)
        wanted = (*self.spec.roles, *nonevents)
        return {role: column for role, column in self.columns.items() if role in wanted}

    def settle_missing(self, missing: str) -> None:
        """Drop rows with gaps, or make a problem of them."""
        use = self.use
        for column in self.own().values():
            gaps = use & column.missing
            if column.role in ("n1", "n2") and f"nonevents{column.role[-1]}" in self.columns:
                continue  # told by its parts
            if missing == "drop":
                for row in map(int, np.flatnonzero(gaps)):
                    told = f"missing value in {column.where}"
                    self.reasons[row] = f"{self.reasons[row]}; {told}" if row in self.reasons else told
            elif gaps.any():
                rows = tuple((int(row), "missing") for row in np.flatnonzero(gaps))
                remedy = "Give the value, or leave such studies out by name with missing='drop'."
                if column.role.startswith(("mean", "sd")):
                    remedy += " An SE, a CI or quartiles can be converted."
                self.problems.append(Problem(f"missing value in {column.where}", rows, "a number", remedy))
        if missing == "drop" and not self.use.any():
            raise DataError(
                f"no study is left (k = 0): {self._all_reasons()} Give values for at least one study."
            )

    def check(self) -> None:
        """Raise what is wrong in the rows that take part; note what is doubtful."""
        use, own = self.use, self.own()
        if not use.any():
            raise DataError(f"no study is left (k = 0): {self._all_reasons()} Leave some studies in.")
        for column in self.columns.values():
            self.problems += [
                kept for problem in column.problems if (kept := _restrict(problem, use)) is not None
            ]
        found = domain_problems(own, use, self.spec.family)
        derived = {f"n{arm}" for arm in "12" if f"nonevents{arm}" in own}
        self.problems += [p for p in found if not any(f" in {role}" in p.what for role in derived)]
        raise_problems(self.problems, self.labels)
        self.doubts += fractional_counts({r: c for r, c in own.items() if r not in derived}, use)
        self.doubts += doubtful_labels(self.labels, use)
        if self.spec.family == "continuous":
            self.doubts += doubtful_sds(own, use, self.spec.code == "MD")

    def computed(self, options: MeasureOptions) -> tuple[FloatArray, FloatArray]:
        """Effects of the rows that take part; NaN elsewhere."""
        rows = np.flatnonzero(self.use)
        values = {role: self.columns[role].values[rows] for role in self.spec.roles}
        yi, vi = (np.full(len(self.labels), np.nan) for _ in range(2))
        with np.errstate(all="ignore"):
            yi[rows], vi[rows] = self.spec.compute(values, options)
        return yi, vi

    def generic(self, scale: str, level: float) -> tuple[FloatArray, FloatArray]:
        """Effects as given."""
        use = self.use
        made = generic_effects(self.columns, use, self.labels, scale, level)
        raise_problems(made.problems, self.labels)
        self.conversions += made.conversions
        self.doubts += made.doubts
        source = next((role for role in ("se", "var") if role in self.columns), "")
        if source:
            where = self.columns[source].where
            self.doubts += doubtful_standard_errors(made.yi, made.sei, use, source, where)
        vi = self.columns["var"].values.copy() if source == "var" else made.sei**2
        return made.yi, vi

    def settle_computable(self, yi: FloatArray, vi: FloatArray, options: MeasureOptions) -> None:
        """Move studies without an effect to the excluded ones, with the reason."""
        with np.errstate(invalid="ignore"):
            lost = self.use & ~(np.isfinite(yi) & (vi > 0) & np.isfinite(vi))
        values = {role: column.values for role, column in self.columns.items()}
        for row in map(int, np.flatnonzero(lost)):
            at_row = {role: float(numbers[row]) for role, numbers in values.items()}
            self.reasons[row] = no_effect_reason(self.spec, at_row, float(yi[row]), float(vi[row]), options)
        if not self.use.any():
            raise DataError(
                f"no study has an effect that can be computed (k = 0): {self._all_reasons()} Choose "
                "another measure or zero-cell rule, or check the data."
            )

    def _all_reasons(self) -> str:
        named = [f"{self.labels[row]!r} (row {row}): {why}" for row, why in sorted(self.reasons.items())]
        more = f"; and {len(named) - 5} more" if len(named) > 5 else ""
        return "; ".join(named[:5]) + more + ". (Rows are counted from 0.)"

    def effects(self, yi: FloatArray, vi: FloatArray, told: Mapping[str, Any], source: Any) -> Effects:
        """Build the result."""
        rows = np.flatnonzero(self.use).astype(np.int64)
        rows.setflags(write=False)
        names = list(self.columns) if self.spec.family == "generic" else list(self.spec.roles)
        return Effects(
            yi=readonly(yi[rows]),
            vi=readonly(vi[rows]),
            study=tuple(self.labels[row] for row in rows),
            measure=self.spec.code,
            row=rows,
            roles=MappingProxyType({role: readonly(self.columns[role].values) for role in names}),
            labels=self.labels,
            excluded=tuple(
                ExcludedStudy(row, self.labels[row], why) for row, why in sorted(self.reasons.items())
            ),
            conversions=tuple(c for c in self.conversions if c.row not in self.reasons),
            options=MappingProxyType(dict(told)),
            source=source,
        )


def _restrict(problem: Problem, use: BoolArray) -> Problem | None:
    """The problem in the rows that take part."""
    rows = tuple((row, value) for row, value in problem.rows if use[row])
    return Problem(problem.what, rows, problem.expected, problem.remedy) if rows else None
