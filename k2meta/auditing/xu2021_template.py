"""The rows wanted: a table that a reader of Xu 2021's full text fills, one row for each trial and outcome."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k2meta.studies.datasets import load_dataset

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "OUTCOMES", "Outcome", "template_records", "template_text"]

COLUMNS = {
    "kind": "trial: one trial of a forest plot; pooled: a pooled result as the paper prints it",
    "outcome": "one of the four outcomes below",
    "study": "the paper's label of the trial",
    "year": "year of publication",
    "osteoporotic": "yes or no: does the paper put the trial into its osteoporosis subgroup",
    "in_xu_2021": "yes when the trial is in this forest plot; rows with no or unknown are left out",
    "events1": "women with the event, vitamin K2",
    "n1": "women, vitamin K2",
    "events2": "women with the event, control",
    "n2": "women, control",
    "mean1": "mean, vitamin K2",
    "sd1": "SD, vitamin K2",
    "mean2": "mean, control",
    "sd2": "SD, control",
    "weight_printed": "weight printed beside the trial, percent",
    "effect_printed": "RR or mean difference as printed",
    "ci_low_printed": "lower limit as printed",
    "ci_high_printed": "upper limit as printed",
    "p_printed": "P as printed (0.003, <0.001); pooled rows only",
    "i2_printed": "I2 as printed, percent; pooled rows only",
    "k_printed": "number of trials as printed; pooled rows only",
    "page": "page of the paper",
    "table_or_figure": "table or figure",
    "verification": "full_text when copied from the paper",
    "note": "anything doubtful",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome of the paper.

    Attributes
    ----------
    key : str
        As in the bundled table of published results.
    measure : str
    counts : bool
        Whether the rows hold events or means.
    dataset, column : str
        The bundled table with candidate trials, and its column of outcomes.
    values : tuple of str
        Values of that column that speak of this outcome; empty for all.
    label, label_zh : str
    """

    key: str
    measure: str
    counts: bool
    dataset: str
    column: str
    values: tuple[str, ...]
    label: str
    label_zh: str

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles the rows need."""
        return (
            ("events1", "n1", "events2", "n2")
            if self.counts
            else ("mean1", "sd1", "n1", "mean2", "sd2", "n2")
        )


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "vertebral_fracture",
        "RR",
        True,
        "k2_fractures",
        "outcome",
        ("vertebral", "any", "clinical"),
        "vertebral fracture",
        "椎体骨折",
    ),
    Outcome(
        "lumbar_spine_BMD_12mo",
        "MD",
        False,
        "k2_bmd",
        "site_group",
        ("lumbar_spine", "several_or_other"),
        "lumbar spine BMD at 12 months",
        "12个月腰椎骨密度",
    ),
    Outcome("ucOC", "MD", False, "k2_biomarkers", "marker", ("ucOC",), "ucOC", "未羧化骨钙素（ucOC）"),
    Outcome(
        "adverse_drug_reactions",
        "RR",
        True,
        "k2_adverse_events",
        "event",
        (),
        "adverse drug reactions",
        "药物不良反应",
    ),
)
SEARCH_YEAR = 2020  # the paper's search ended on 2020-06-01
BLANK_ROWS = 3


def _candidates(outcome: Outcome, trials: pd.DataFrame) -> list[dict[str, Any]]:
    """List trials known to report an outcome before the paper's search ended."""
    data = load_dataset(outcome.dataset)
    if outcome.values:
        data = data[data[outcome.column].isin(outcome.values)]
    ids = set(data.loc[data["vitamin"] == "K2", "study_id"])
    known = trials[trials["study_id"].isin(ids) & (trials["year"] <= SEARCH_YEAR)]
    return [
        {
            "kind": "trial",
            "outcome": outcome.key,
            "study": row["study"],
            "year": int(row["year"]),
            "osteoporotic": row["osteoporotic"] if row["osteoporotic"] in {"yes", "no"} else "",
            "in_xu_2021": "unknown",
            "note": "candidate: reports this outcome; whether the paper includes it is not known",
        }
        for row in known.sort_values(["year", "study"]).to_dict("records")
    ]


def _printed(outcome: Outcome, published: pd.DataFrame) -> list[dict[str, Any]]:
    """List the pooled results that the abstract prints."""
    found = published[(published["meta_id"] == "xu_2021") & (published["outcome"] == outcome.key)]
    records = []
    for row in found.to_dict("records"):
        shown = {
            name: "" if math.isnan(row[name]) else f"{row[name]:.{int(row['decimals'])}f}"
            for name in ("estimate", "ci_low", "ci_high")
        }
        records.append(
            {
                "kind": "pooled",
                "outcome": outcome.key,
                "study": "",
                "osteoporotic": "yes" if "osteoporosis" in row["subgroup"] else "all",
                "effect_printed": shown["estimate"],
                "ci_low_printed": shown["ci_low"],
                "ci_high_printed": shown["ci_high"],
                "p_printed": row["p_printed"],
                "table_or_figure": "abstract",
                "verification": row["verification"],
                "note": "complete it from the full text",
            }
        )
    return records


def template_records() -> list[dict[str, Any]]:
    """Give the rows of the template: printed results, candidate trials, blank rows, outcome by outcome."""
    trials = load_dataset("k2_trials")
    published = load_dataset("k2_published_pooled")
    records: list[dict[str, Any]] = []
    for outcome in OUTCOMES:
        records += _printed(outcome, published)
        records += _candidates(outcome, trials)
        blank = {
            "kind": "trial",
            "outcome": outcome.key,
            "in_xu_2021": "unknown",
            "note": "for further trials",
        }
        records += [dict(blank) for _ in range(BLANK_ROWS)]
    return [{column: record.get(column, "") for column in COLUMNS} for record in records]


def template_text() -> str:
    """Write the template as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(template_records())
    return out.getvalue()
