"""Xu 2021 (vitamin K2 in postmenopausal osteoporosis): audit, re-analysis, and the rows wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.auditing.grid import GRID
from k2meta.auditing.printed import audit
from k2meta.auditing.result import ReproductionResult
from k2meta.auditing.trials import check_trials
from k2meta.auditing.verdicts import AuditResult, AuditRow
from k2meta.auditing.xu2021_evidence import (
    MANTEL_HAENSZEL,
    METHODS,
    SHOWN,
    Reanalysis,
    analyse,
    results_table,
    rows_table,
)
from k2meta.auditing.xu2021_filled import SOURCE, read_rows
from k2meta.auditing.xu2021_plans import CONTESTED, PLANS
from k2meta.auditing.xu2021_rows import RowsResult, convention_table, run_rows
from k2meta.auditing.xu2021_summary import (
    Material,
    audit_lines,
    by_source,
    evidence_lines,
    rows_lines,
    summarise,
)
from k2meta.auditing.xu2021_template import OUTCOMES, template_records, template_text
from k2meta.auditing.xu2021_words import say
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.stratified import fit_stratified
from k2meta.models.univariate import meta_analysis
from k2meta.studies.datasets import load_dataset
from k2meta.studies.door import effect_sizes
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    from k2meta.auditing.reproduction import Request
    from k2meta.models.result import MetaResult

__all__ = ["run"]

ARMS = {"en": {"k2": "Vitamin K2", "control": "Control"}, "zh": {"k2": "维生素K2", "control": "对照"}}
TEMPLATE = "rows_wanted.csv"


def _printed_text(rows: list[AuditRow]) -> str:
    """Write what the paper prints of one outcome: ``RR 0.52 (0.36 to 0.74), P 0.003 (all ...)``."""
    by_subgroup: dict[str, dict[str, str]] = {}
    for row in rows:
        by_subgroup.setdefault(row.subgroup, {}).setdefault(row.quantity, row.printed)
    texts = []
    for subgroup, found in by_subgroup.items():
        parts = []
        if "estimate" in found:
            parts.append(f"{found['estimate']} ({found.get('ci_low', '?')} to {found.get('ci_high', '?')})")
        if "p" in found:
            parts.append(f"P {found['p']}")
        if parts:
            texts.append(f"{subgroup}: {', '.join(parts)}")
    return "; ".join(texts)


def _coverage(analyses: tuple[Reanalysis, ...], printed: AuditResult, lang: str) -> Table:
    """Say for each outcome of the paper what it prints and which rows we have."""
    by_outcome = {done.plan.xu_outcome: done for done in analyses}
    records = []
    for outcome in OUTCOMES:
        rows = [r for r in printed.rows if (r.source, r.outcome) == (SOURCE, outcome.key) and r.printed]
        done = by_outcome.get(outcome.key)
        data = load_dataset(outcome.dataset)
        if outcome.values:
            data = data[data[outcome.column].isin(outcome.values)]
        reporting = set(data.loc[data["vitamin"] == "K2", "study"])
        used = [] if done is None else done.selection.rows["study"].tolist()
        records.append(
            {
                "outcome": outcome.label if lang == "en" else outcome.label_zh,
                "printed": _printed_text(rows),
                "used": f"{len(used)}: {', '.join(used)}" if used else "0",
                "further": len(reporting - set(used)),
            }
        )
    aligned = {"further": "right"}
    columns = [
        Column(name, say(f"coverage {name}", lang), aligned.get(name, "left"))
        for name in ("outcome", "printed", "used", "further")
    ]
    return Table.build(say("coverage", lang), columns, records, [say("coverage note", lang)])


def _retracted(lang: str) -> Table:
    trials = load_dataset("k2_trials", include_retracted=True)
    found = trials[trials["retracted"] != "no"]
    records = [
        {"study": row["study"], "reason": row["integrity_reason"] or "retracted", "source": row["source"]}
        for row in found.to_dict("records")
    ]
    columns = [Column(name, say(f"retracted {name}", lang)) for name in ("study", "reason", "source")]
    return Table.build(say("retracted", lang), columns, records)


def _left_out(analyses: tuple[Reanalysis, ...], lang: str) -> Table:
    records = [
        {"analysis": done.plan.key, "study": study, "reason": reason}
        for done in analyses
        for study, reason in done.selection.left_out
    ]
    columns = [Column(name, say(f"left {name}", lang)) for name in ("analysis", "study", "reason")]
    return Table.build(say("left out", lang), columns, records)


def _sensitivity(include_contested: bool) -> tuple[str, MetaResult] | None:
    """Pool hip fractures with retracted trials: printed effects, and counts turned into effects."""
    import pandas as pd

    data = load_dataset("k2_fractures", include_retracted=True)
    hip = data[(data["outcome"] == "hip") & (data["vitamin"] == "K2")]
    if not include_contested:
        hip = hip[hip["integrity"] != CONTESTED]
    retracted = hip[
        (hip["retracted"] != "no") & hip["estimate_printed"].notna() & hip["ci_low_printed"].notna()
    ]
    if retracted.empty:
        return None
    z = float(normal_ppf(0.975))
    parts = [
        pd.DataFrame(
            {
                "study": retracted["study"],
                "estimate": retracted["estimate_printed"],
                "se": (np.log(retracted["ci_high_printed"]) - np.log(retracted["ci_low_printed"]))
                / (2.0 * z),
            }
        )
    ]
    counted = hip[(hip["retracted"] == "no") & (hip["events1"] + hip["events2"] > 0)]
    if len(counted):
        roles: dict[str, Any] = {role: role for role in ("events1", "n1", "events2", "n2")}
        effects = effect_sizes(counted.reset_index(drop=True), "RR", study="study", **roles)
        parts.append(
            pd.DataFrame({"study": list(effects.study), "estimate": np.exp(effects.yi), "se": effects.sei})
        )
    rows = pd.concat(parts, ignore_index=True)
    effects = effect_sizes(rows, "GEN", study="study", estimate="estimate", se="se", scale="log")
    return ", ".join(retracted["study"]), meta_analysis(effects, **METHODS[SHOWN])


def _draw(done: Reanalysis, lang: str) -> Any:
    """Draw a re-analysis; counts get a second diamond, from Mantel-Haenszel pooling."""
    from k2meta.analysis.subgroups import subgroup_analysis
    from k2meta.figures.forest.forest import forest_plot

    effects = done.figure_effects(lang)
    words = ARMS[lang]
    options: dict[str, Any] = {
        "lang": lang,
        "arms": (words["k2"], words["control"]),
        "favours": (words[done.plan.favours[0]], words[done.plan.favours[1]]),
    }
    if done.plan.by:
        return forest_plot(subgroup_analysis(effects, done.plan.by, **METHODS[SHOWN]), **options)
    fit = meta_analysis(effects, **METHODS[SHOWN])
    return forest_plot(fit, models=(fit_stratified(effects, MANTEL_HAENSZEL),), **options)


def _draw_influence(done: Reanalysis, lang: str) -> Any:
    from k2meta.analysis.leaving_out import leave_one_out
    from k2meta.figures.forest.forest import forest_plot

    words = ARMS[lang]
    favours = (words[done.plan.favours[0]], words[done.plan.favours[1]])
    return forest_plot(leave_one_out(done.fits["all"][SHOWN]), lang=lang, favours=favours)


def _draw_rows(result: RowsResult, lang: str) -> Any:
    from k2meta.figures.forest.forest import forest_plot

    words = ARMS[lang]
    name = next(iter(result.reproducing), next(iter(result.fits)))
    return forest_plot(result.fits[name], lang=lang, arms=(words["k2"], words["control"]))


def _drawings(
    analyses: tuple[Reanalysis, ...], rows: tuple[RowsResult, ...]
) -> dict[str, Callable[[str], Any]]:
    drawings: dict[str, Callable[[str], Any]] = {
        f"forest_{done.plan.key}": partial(_draw, done) for done in analyses
    }
    for done in analyses:
        if done.contested:
            drawings[f"leave_one_out_{done.plan.key}"] = partial(_draw_influence, done)
    for result in rows:
        if result.population == "all" and result.fits:
            drawings[f"forest_rows_{result.outcome.key}"] = partial(_draw_rows, result)
    return drawings


def _fits(analyses: tuple[Reanalysis, ...], rows: tuple[RowsResult, ...]) -> dict[str, MetaResult]:
    fits = {
        f"{done.plan.key}/{name}/{method}": fit
        for done in analyses
        for name, part in done.fits.items()
        for method, fit in part.items()
    }
    for result in rows:
        for name, fit in result.fits.items():
            fits[f"rows/{result.outcome.key}/{result.population}/{name}"] = fit
    return fits


def run(request: Request) -> ReproductionResult:
    """Audit, re-analyse, and say what is missing; see :func:`k2meta.reproduce`."""
    from k2meta.auditing.reproduction import REPRODUCTIONS

    record = REPRODUCTIONS["xu2021"]
    filled = () if request.rows is None else tuple(_filled(request))
    request.step("audit of the printed numbers")
    printed = audit("k2_published_pooled", lang=request.lang)
    trials = AuditResult("trials", tuple(check_trials(request.lang)))
    analyses = tuple(_analysed(request))
    request.step("tables and report")
    sensitivity = _sensitivity(request.include_contested) if request.include_retracted else None
    audited = AuditResult(
        "xu2021", (*printed.rows, *trials.rows, *(row for result in filled for row in result.audit))
    )
    tables = _tables(request.lang, audited, printed, trials, analyses, filled)
    candidates = sum(row["kind"] == "trial" and bool(row["study"]) for row in template_records())
    material = Material(
        record.citation,
        printed,
        trials,
        SOURCE,
        analyses,
        tables,
        filled,
        candidates,
        sensitivity,
        request.include_contested,
        request.lang,
    )
    fits = _fits(analyses, filled)
    if sensitivity is not None:
        fits["sensitivity/hip_fracture_with_retracted"] = sensitivity[1]
    return ReproductionResult(
        name="xu2021",
        title=record.title if request.lang == "en" else record.title_zh,
        audit=audited,
        analyses=fits,
        tables=tables,
        summary=summarise(material),
        texts={TEMPLATE: template_text()} if request.rows is None else {},
        headlines=tuple(_headlines(material)),
        shown=tuple(f"results_{done.plan.key}" for done in analyses) + (("conventions",) if filled else ()),
        lang=request.lang,
        drawings=_drawings(analyses, filled),
    )


def _tables(
    lang: str,
    audited: AuditResult,
    printed: AuditResult,
    trials: AuditResult,
    analyses: tuple[Reanalysis, ...],
    filled: tuple[RowsResult, ...],
) -> dict[str, Table]:
    tables = {
        "audit": audited.to_table("", lang=lang),
        "audit_by_source": by_source(printed, lang),
        "trials_checked": trials.to_table(say("trials table", lang), lang=lang),
        "coverage": _coverage(analyses, printed, lang),
        "retracted": _retracted(lang),
        "rows_left_out": _left_out(analyses, lang),
    }
    for done in analyses:
        tables[f"results_{done.plan.key}"] = results_table(done, lang)
        tables[f"rows_{done.plan.key}"] = rows_table(done)
    if filled:
        tables["conventions"] = convention_table(list(filled))
    return tables


def _analysed(request: Request) -> list[Reanalysis]:
    analyses = []
    for plan in PLANS:
        request.step(plan.title if request.lang == "en" else plan.title_zh)
        analyses.append(analyse(plan, request.include_contested))
    return analyses


def _filled(request: Request) -> list[RowsResult]:
    request.step(f"{len(GRID)} conventions on the filled rows")
    return run_rows(read_rows(request.rows), request.lang)


def _headlines(material: Material) -> list[str]:
    """Say what matters most: contradictions, influence, coverage, and what the filled rows show."""
    lang = material.lang
    own = material.audit.where(lambda row: row.source == material.source)
    lines = audit_lines(own, lang, material.source)
    colon = ": " if lang == "en" else "："
    for done in material.analyses:
        title = done.plan.title if lang == "en" else done.plan.title_zh
        lines += [f"{title}{colon}{line}" for line in evidence_lines(done, lang)]
    return lines + list(rows_lines(material.rows, lang))
