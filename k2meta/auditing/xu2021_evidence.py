"""The re-analyses: the vitamin K2 rows we have, under several methods, with and without contested trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k2meta.auditing.xu2021_plans import CONTESTED, Plan, select_plan
from k2meta.models.stratified import fit_stratified
from k2meta.models.univariate import meta_analysis
from k2meta.studies.door import effect_sizes
from k2meta.tables.fits import fit_record
from k2meta.tables.numbers import format_p
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.auditing.selection import Selection
    from k2meta.models.result import MetaResult
    from k2meta.studies.effects import Effects

__all__ = ["METHODS", "Reanalysis", "analyse", "results_table", "rows_table"]

# The methods shown side by side: label, and the choices of the fit.
METHODS: Mapping[str, Mapping[str, Any]] = {
    "DL, Wald": {"tau2": "DL", "test": "z"},
    "REML, Wald": {"tau2": "REML", "test": "z"},
    "DL, Knapp-Hartung": {"tau2": "DL", "test": "knapp-hartung"},
    "REML, Knapp-Hartung": {"tau2": "REML", "test": "knapp-hartung"},
    "REML, Knapp-Hartung, not narrower than Wald": {"tau2": "REML", "test": "knapp-hartung-adhoc"},
}
MANTEL_HAENSZEL = "Mantel-Haenszel"
SHOWN = "REML, Wald"  # the fit of the figures; the table has them all
GROUPS = {
    "yes": ("Osteoporotic", "骨质疏松"),
    "no": ("Not osteoporotic", "无骨质疏松"),
    "unclear": ("Osteoporosis not stated", "骨质疏松情况未说明"),
    "mixed": ("Mixed", "混合人群"),
}
SET_NAMES = {
    "all": ("all", "全部"),
    "without contested": ("without contested", "剔除受质疑试验"),
    **{names[0]: names for names in GROUPS.values()},
}
METHOD_NAMES = {
    "DL, Wald": ("DL, Wald", "DL，Wald"),
    "REML, Wald": ("REML, Wald", "REML，Wald"),
    "DL, Knapp-Hartung": ("DL, Knapp-Hartung", "DL，Knapp-Hartung"),
    "REML, Knapp-Hartung": ("REML, Knapp-Hartung", "REML，Knapp-Hartung"),
    "REML, Knapp-Hartung, not narrower than Wald": (
        "REML, Knapp-Hartung, not narrower than Wald",
        "REML，Knapp-Hartung，不窄于Wald",
    ),
}
ONE_TRIAL = ("one trial", "一项试验")
CONTESTED_REASON = (
    "integrity questioned in print, left out by choice",
    "其数据可信性在文献中受到质疑，按选择未纳入",
)


@dataclass(frozen=True, eq=False, slots=True)
class Reanalysis:
    """One plan carried out.

    Attributes
    ----------
    plan : Plan
    selection : Selection
    include_contested : bool
    fits : mapping of str to mapping of str to MetaResult
        By set of studies (``"all"``, ``"without contested"``, a subgroup), then by method.
    """

    plan: Plan
    selection: Selection
    include_contested: bool
    fits: Mapping[str, Mapping[str, MetaResult]]

    @property
    def contested(self) -> list[str]:
        """Labels of the contested trials among the rows."""
        rows = self.selection.rows
        return rows.loc[rows["integrity"] == CONTESTED, "study"].tolist()

    @property
    def notices(self) -> str:
        """What the sources say about the contested trials."""
        rows = self.selection.rows
        reasons = rows.loc[rows["integrity"] == CONTESTED, "integrity_reason"]
        return " ".join(dict.fromkeys(str(reason).strip() for reason in reasons))

    @property
    def main(self) -> str:
        """The set that the switch on contested trials chooses."""
        return "without contested" if self.contested and not self.include_contested else "all"

    @property
    def assumed(self) -> list[str]:
        """Labels of the trials whose split into arms is assumed."""
        rows = self.selection.rows
        if "n_used_basis" not in rows:
            return []
        return rows.loc[rows["n_used_basis"] == "assumed_equal_split", "study"].tolist()

    def figure_effects(self, lang: str) -> Effects:
        """Effects for a figure: groups and reasons in its language."""
        place = 0 if lang == "en" else 1
        rows = self.selection.rows.copy()
        if self.plan.by:
            rows[self.plan.by] = [GROUPS.get(value, (value, value))[place] for value in rows[self.plan.by]]
        left_out = self.main != "all"
        reasons = [
            CONTESTED_REASON[place] if left_out and value == CONTESTED else "" for value in rows["integrity"]
        ]
        return plan_effects(self.plan, rows, reasons)


def plan_effects(plan: Plan, rows: pd.DataFrame, reasons: list[str] | None = None) -> Effects:
    """Turn the rows of a plan into effects."""
    return effect_sizes(rows, plan.measure, study="study", exclude=reasons, **plan.roles)


def _fits(plan: Plan, rows: pd.DataFrame) -> dict[str, MetaResult]:
    effects = plan_effects(plan, rows)
    fits = {label: meta_analysis(effects, **choices) for label, choices in METHODS.items()}
    if plan.measure == "RR":
        fits[MANTEL_HAENSZEL] = fit_stratified(effects, "Mantel-Haenszel")
    return fits


def _sets(plan: Plan, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The sets of studies that are pooled: all, without contested ones, each subgroup."""
    yield "all", rows
    contested = rows["integrity"] == CONTESTED
    if contested.any() and not contested.all():
        yield "without contested", rows[~contested].reset_index(drop=True)
    if plan.by:
        for value in GROUPS:
            part = rows[rows[plan.by] == value]
            if len(part):
                yield GROUPS[value][0], part.reset_index(drop=True)


def analyse(plan: Plan, include_contested: bool = True) -> Reanalysis:
    """Choose the rows of a plan and pool them."""
    selection = select_plan(plan)
    fits = {label: _fits(plan, rows) for label, rows in _sets(plan, selection.rows)}
    return Reanalysis(plan, selection, include_contested, fits)


def results_table(done: Reanalysis, lang: str = "en") -> Table:
    """Put every set and method into one table."""
    place = 0 if lang == "en" else 1
    records: list[dict[str, Any]] = []
    for name, fits in done.fits.items():
        single = next(iter(fits.values())).k == 1
        for method, fit in fits.items():
            if single and method != SHOWN:
                continue  # one trial: every method gives its own effect and interval
            record = fit_record(fit, SET_NAMES.get(name, (name, name))[place])
            names = ONE_TRIAL if single else METHOD_NAMES.get(method, (method, method))
            record["method"] = names[place]
            records.append({"analysis": done.plan.key, **record})
    columns = [
        Column("label", ("Studies", "研究")[place]),
        Column("method", ("Method", "方法")[place]),
        Column("k", "k", "right"),
        Column("estimate", done.plan.measure, "right", 2),
        Column("ci_low", ("CI low", "CI下限")[place], "right", 2),
        Column("ci_high", ("CI high", "CI上限")[place], "right", 2),
        Column("p_value", "P", "right", show=format_p),
        Column("tau2", "tau²", "right", 3),
        Column("i2", "I² %", "right", 0),
        Column("pi_low", ("PI low", "PI下限")[place], "right", 2),
        Column("pi_high", ("PI high", "PI上限")[place], "right", 2),
    ]
    return Table.build((done.plan.title, done.plan.title_zh)[place], columns, records)


def rows_table(done: Reanalysis) -> Table:
    """List the rows used, with what was assumed about them and where they were read."""
    rows = done.selection.rows
    shown = ("study", "osteoporotic", "comparison", "months", *done.plan.roles.values())
    basis = tuple(name for name in ("n_used_basis", "sd_basis") if name in rows)
    further = ("integrity", "verification", "source")
    records = [{str(key): value for key, value in record.items()} for record in rows.to_dict("records")]
    columns = [
        Column(name, name, "right" if rows[name].dtype.kind in "if" else "left")
        for name in dict.fromkeys((*shown, *basis, *further))
    ]
    return Table.build(f"Rows used: {done.plan.title}", columns, records)
