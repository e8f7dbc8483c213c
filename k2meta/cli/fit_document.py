"""What ``k2meta fit`` shows: one document, written as text, as JSON and as a table file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from k2meta.report.sentences import describe_fit, p_text
from k2meta.tables.fits import effect_decimals, fit_record, fits_table, study_records
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    from k2meta.analysis.subgroups import SubgroupResult
    from k2meta.models.result import MetaResult
    from k2meta.records import Test

__all__ = ["FitDocument"]


@dataclass(frozen=True, eq=False, slots=True)
class FitDocument:
    """A pooled analysis with its subgroups, ready to be shown.

    Attributes
    ----------
    overall : MetaResult
    subgroups : SubgroupResult or None
    lang : {"en", "zh"}
    """

    overall: MetaResult
    subgroups: SubgroupResult | None = None
    lang: str = "en"

    @property
    def fits(self) -> dict[str, MetaResult]:
        """Fits by label, the subgroups first."""
        overall = "合计" if self.lang == "zh" else "all studies"
        groups: Mapping[str, MetaResult] = {} if self.subgroups is None else self.subgroups.groups
        by = "" if self.subgroups is None else f"{self.subgroups.by} = "
        return {**{f"{by}{name}": fit for name, fit in groups.items()}, overall: self.overall}

    def study_records(self) -> list[dict[str, Any]]:
        """Give one record for each pooled study; ``row`` counts from 1, as people do."""
        records = study_records(self.overall)
        groups = [""] * len(records) if self.subgroups is None else self.subgroups.labels
        return [
            {**record, "row": record["row"] + 1, "group": group}
            for record, group in zip(records, groups, strict=True)
        ]

    def study_table(self) -> Table:
        """Put the studies into a table."""
        zh = self.lang == "zh"
        measure = self.overall.measure
        if measure == "GEN":
            measure = "效应" if zh else "Effect"
        columns = [Column("study", "研究" if zh else "Study")]
        if self.subgroups is not None:
            columns.append(Column("group", self.subgroups.by))
        heads = (measure, "CI下限", "CI上限", "权重 %") if zh else (measure, "CI low", "CI high", "Weight %")
        places = effect_decimals(self.overall)
        keys = (("estimate", places), ("ci_low", places), ("ci_high", places), ("weight", 1))
        columns += [
            Column(key, head, "right", digits) for (key, digits), head in zip(keys, heads, strict=True)
        ]
        return Table.build("", columns, self.study_records())

    def pooled_table(self) -> Table:
        """Put the pooled results into a table."""
        return fits_table(self.fits, lang=self.lang)

    def file_table(self) -> Table:
        """Put studies and pooled results into one tidy table for a file: ``kind`` tells them apart."""
        rows: list[dict[str, Any]] = []
        for record in self.study_records():
            rows.append({"kind": "study", "label": record["study"], **record})
        for record in self._excluded():
            rows.append({"kind": "excluded", "label": record["study"], **record})
        for label, fit in self.fits.items():
            kind = "overall" if fit is self.overall else "subgroup"
            rows.append({"kind": kind, **fit_record(fit, label)})
        keys = (
            "kind",
            "label",
            "group",
            "k",
            "estimate",
            "ci_low",
            "ci_high",
            "weight",
            "p_value",
            "tau2",
            "i2",
        )
        further = ("pi_low", "pi_high", "method", "yi", "vi", "reason", "row")
        columns = [Column(key, key) for key in (*keys, *further)]
        padded = [{**dict.fromkeys((*keys, *further)), **row} for row in rows]
        named = {column.key for column in columns}
        kept = [{key: value for key, value in row.items() if key in named} for row in padded]
        return Table.build("", columns, kept)

    def _excluded(self) -> list[dict[str, Any]]:
        return [
            {"row": study.row + 1, "study": study.study, "reason": study.reason}
            for study in self.overall.effects.excluded
        ]

    def between_line(self) -> str:
        """Say whether the subgroups differ; empty without subgroups."""
        if self.subgroups is None:
            return ""
        test = self.subgroups.between
        zh = self.lang == "zh"
        if math.isnan(test.statistic):
            return f"{'亚组间差异：不可计算' if zh else 'Subgroup differences: not available'} ({test.note})"
        symbol = "F" if test.distribution == "F" else "χ²"
        df = ", ".join(f"{value:g}" for value in (test.df if isinstance(test.df, tuple) else (test.df,)))
        start = "亚组间差异检验" if zh else "Test for subgroup differences"
        return f"{start}: {symbol} = {test.statistic:.2f}, df = {df}, {p_text(test.p_value)}"

    def text(self, width: int | None = None) -> str:
        """Write everything for a terminal."""
        zh = self.lang == "zh"
        lines = [self.study_table().to_text(width), "", self.pooled_table().to_text(width), ""]
        lines += [describe_fit(self.overall, self.lang)]
        between = self.between_line()
        lines += [between] if between else []
        for test in self.overall.tests:
            lines.append(_test_line(test))
        for record in self._excluded():
            start = "未合并" if zh else "not pooled"
            lines.append(f"{start}: {record['study']} ({record['reason']})")
        for change in self.overall.effects.conversions:
            start = "换算" if zh else "converted"
            lines.append(f"{start}: {change.study}: {change.target} = {change.value:.4g} ({change.method})")
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """Give everything as one JSON-ready record; effects on the natural scale, yi and vi beside them."""
        options = self.overall.options
        subgroups = self.subgroups
        return {
            "measure": self.overall.measure,
            "options": asdict(options),
            "overall": self._fit(self.overall),
            "subgroups": None
            if subgroups is None
            else {
                "by": subgroups.by,
                "groups": {name: self._fit(fit) for name, fit in subgroups.groups.items()},
                "between": asdict(subgroups.between),
            },
            "tests": [asdict(test) for test in self.overall.tests],
            "studies": self.study_records(),
            "excluded": self._excluded(),
            "conversions": [
                {"row": c.row + 1, "study": c.study, "target": c.target, "value": c.value, "method": c.method}
                for c in self.overall.effects.conversions
            ],
            "text": describe_fit(self.overall, self.lang),
        }

    @staticmethod
    def _fit(fit: MetaResult) -> dict[str, Any]:
        record = fit_record(fit)
        record.pop("label")
        scale = {"estimate": fit.estimate, "se": fit.se, "ci_low": fit.ci.low, "ci_high": fit.ci.high}
        return {**record, "statistic": fit.statistic, "df": fit.df, "analysis_scale": scale}


def _test_line(test: Test) -> str:
    if math.isnan(test.statistic):
        return f"{test.name}: not available ({test.note})"
    df = test.df if isinstance(test.df, tuple) else (test.df,)
    shown = "" if any(math.isinf(value) for value in df) else f", df = {', '.join(f'{v:g}' for v in df)}"
    return f"{test.name}: {test.statistic:.3f}{shown}, {p_text(test.p_value)}"
