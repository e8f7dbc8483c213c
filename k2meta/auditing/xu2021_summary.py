"""The report on Xu 2021: audit, re-analysis and what is missing, kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k2meta.auditing.markdown import Report
from k2meta.auditing.verdicts import AuditResult, AuditRow
from k2meta.auditing.words import Words
from k2meta.auditing.xu2021_evidence import MANTEL_HAENSZEL, SHOWN, Reanalysis
from k2meta.auditing.xu2021_filled import POPULATIONS
from k2meta.auditing.xu2021_rows import RowsResult
from k2meta.auditing.xu2021_words import say
from k2meta.tables.fits import effect_decimals, fit_record
from k2meta.tables.notes import method_note
from k2meta.tables.numbers import format_fixed
from k2meta.tables.table import Column, Table

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["Material", "audit_lines", "by_source", "evidence_lines", "rows_lines", "summarise"]

AUDIT_COLUMNS = ("outcome", "subgroup", "quantity", "printed", "recomputed", "convention", "verdict", "note")


@dataclass(frozen=True, eq=False, slots=True)
class Material:
    """Everything the report is written from.

    Attributes
    ----------
    citation : str
    audit : AuditResult
        Of all printed results.
    trials : AuditResult
        Of what the trials print about themselves.
    source : str
        The paper's label in the audit.
    analyses : tuple of Reanalysis
    tables : mapping of str to Table
    rows : tuple of RowsResult
        Of the filled template; empty when none was given.
    n_candidates : int
    sensitivity : tuple of (names, MetaResult) or None
    include_contested : bool
    lang : {"en", "zh"}
    """

    citation: str
    audit: AuditResult
    trials: AuditResult
    source: str
    analyses: tuple[Reanalysis, ...]
    tables: Mapping[str, Table]
    rows: tuple[RowsResult, ...]
    n_candidates: int
    sensitivity: tuple[str, MetaResult] | None
    include_contested: bool
    lang: str


def effect_text(fit: MetaResult, lang: str) -> str:
    """Write an effect with its interval: ``0.49 (0.26 to 0.90)``."""
    record = fit_record(fit)
    estimate, low, high = (
        format_fixed(record[key], effect_decimals(fit)) for key in ("estimate", "ci_low", "ci_high")
    )
    return f"{estimate} ({low} to {high})" if lang == "en" else f"{estimate}（{low}～{high}）"


def _interval(fit: MetaResult, lang: str) -> str:
    text = effect_text(fit, lang)
    return text[text.index("(" if lang == "en" else "（") + 1 : -1]


def _contradiction(row: AuditRow, lang: str) -> str:
    return say(
        "contradicted line",
        lang,
        source=row.source,
        outcome=row.outcome,
        subgroup=f" ({row.subgroup})" if row.subgroup else "",
        quantity=row.quantity,
        printed=row.printed,
        note=row.note or f"recomputed {row.recomputed}",
    )


def by_source(audit: AuditResult, lang: str) -> Table:
    """Count the verdicts of each paper."""
    words = Words(lang)
    sources = dict.fromkeys(row.source for row in audit.rows)
    records = []
    for source in sources:
        counts = audit.where(lambda row, source=source: row.source == source).counts  # type: ignore[misc]
        records.append({"source": source, "all": sum(counts.values()), **counts})
    judged = ("consistent", "contradicted", "not checkable")
    columns = [
        Column("source", words("head source")),
        Column("all", say("all numbers", lang), "right"),
        *(Column(name, words(name), "right") for name in judged),
    ]
    return Table.build(say("by source", lang), columns, records)


def audit_lines(audit: AuditResult, lang: str, name: str) -> list[str]:
    """Say how many numbers have which verdict, and each contradiction."""
    counts = audit.counts
    first = say(
        "audit counts",
        lang,
        name=name,
        all=sum(counts.values()),
        consistent=counts["consistent"],
        contradicted=counts["contradicted"],
        unknown=counts["not checkable"],
    )
    return [first, *(_contradiction(row, lang) for row in audit.contradicted.rows)]


def evidence_lines(done: Reanalysis, lang: str) -> Iterator[str]:
    """Say the coverage, the assumptions, and what a contested trial or a method does to the result."""
    rows, fits = done.selection.rows, done.fits["all"]
    arms = rows[done.plan.roles["n1"]].sum() + rows[done.plan.roles["n2"]].sum()
    yield say("coverage line", lang, k=len(rows), n=f"{int(arms):,}")
    if done.assumed:
        names = ", ".join(done.assumed)
        yield say("assumed", lang, n=len(done.assumed), k=len(rows), names=names)
    if done.contested and "without contested" in done.fits:
        yield _influence(done, lang)
        yield say("notice", lang, names=", ".join(done.contested), notice=done.notices)
    wald, kh = fits[SHOWN], fits["REML, Knapp-Hartung"]
    if wald.k > 1 and kh.ci.width < wald.ci.width:
        floor = fits["REML, Knapp-Hartung, not narrower than Wald"]
        yield say(
            "narrower", lang, kh=_interval(kh, lang), wald=_interval(wald, lang), floor=_interval(floor, lang)
        )
    subgroups = [fits for name, fits in done.fits.items() if name not in {"all", "without contested"}]
    if subgroups and all(next(iter(fits.values())).k == 1 for fits in subgroups):
        yield say("single", lang)


def _influence(done: Reanalysis, lang: str) -> str:
    with_, without = done.fits["all"][SHOWN], done.fits["without contested"][SHOWN]
    weight = sum(w for w, study in zip(with_.weights, with_.study, strict=True) if study in done.contested)
    lost = with_.p_value < 0.05 <= without.p_value
    return say(
        "influence",
        lang,
        names=", ".join(done.contested),
        weight=f"{weight:.0f}%",
        measure=done.plan.measure,
        with_=effect_text(with_, lang),
        without=effect_text(without, lang),
        verdict=say("lost", lang) if lost else "",
    )


def rows_lines(results: tuple[RowsResult, ...], lang: str) -> Iterator[str]:
    """Say for each outcome which convention reproduces the printed numbers."""
    for result in results:
        if result.missing:
            found = say("rows missing", lang, names=", ".join(result.missing))
        elif not result.complete:
            found = say("rows incomplete", lang)
        elif not any(judged for _, judged in result.score.values()):
            found = say("rows nothing", lang)
        elif result.reproducing:
            found = say("rows found", lang, names="; ".join(result.reproducing))
        else:
            found = say("rows none", lang)
        if result.score and result.k_printed is None:
            found += ("; " if lang == "en" else "；") + say("rows k", lang)
        label = result.outcome.label if lang == "en" else result.outcome.label_zh
        yield say(
            "rows line",
            lang,
            outcome=label,
            population=POPULATIONS[result.population],
            usable=result.usable,
            all=result.all_trials,
            found=found,
        )


def _audit_section(report: Report, material: Material) -> None:
    lang = material.lang
    own = material.audit.where(lambda row: row.source == material.source)
    others = material.audit.where(lambda row: row.source != material.source)
    report.heading(2, say("audit", lang)).paragraph(say("audit how", lang))
    report.heading(3, say("xu", lang)).bullets(audit_lines(own, lang, material.source))
    report.table(own.to_table(say("xu table", lang), AUDIT_COLUMNS, lang))
    report.heading(3, say("siblings", lang)).bullets(audit_lines(others, lang, say("siblings", lang)))
    report.table(
        others.contradicted.to_table(say("contradicted table", lang), ("source", *AUDIT_COLUMNS), lang)
    )
    report.table(material.tables["audit_by_source"])
    report.heading(3, say("trials", lang)).paragraph(say("trials how", lang))
    report.table(material.trials.to_table(say("trials table", lang), ("source", *AUDIT_COLUMNS), lang))


def _evidence_section(report: Report, material: Material) -> None:
    lang = material.lang
    switch = say("contested in" if material.include_contested else "contested out", lang)
    report.heading(2, say("evidence", lang)).paragraph(say("evidence how", lang, contested=switch))
    report.table(material.tables["coverage"])
    for done in material.analyses:
        title = done.plan.title if lang == "en" else done.plan.title_zh
        caution = done.plan.caution if lang == "en" else done.plan.caution_zh
        report.heading(3, title).paragraph(caution)
        report.bullets(evidence_lines(done, lang))
        report.table(material.tables[f"results_{done.plan.key}"])
        fits = done.fits[done.main]
        notes = [method_note(fits[SHOWN], lang)]
        if MANTEL_HAENSZEL in fits:
            notes.append(f"{MANTEL_HAENSZEL}: {method_note(fits[MANTEL_HAENSZEL], lang)}")
        report.bullets([*notes, say("figure", lang, name=f"forest_{done.plan.key}")])
    if material.sensitivity is not None:
        names, fit = material.sensitivity
        report.heading(3, say("sensitivity", lang))
        text = (
            f"{fit.measure} {effect_text(fit, lang)}"
            if fit.measure != "GEN"
            else f"RR {effect_text(fit, lang)}"
        )
        report.bullets([say("sensitivity line", lang, names=names, estimate=text, k=fit.k)])
    report.table(material.tables["retracted"])


def summarise(material: Material) -> str:
    """Write the report."""
    lang = material.lang
    report = Report()
    report.heading(1, say("title", lang)).paragraph(say("paper", lang, citation=material.citation))
    _audit_section(report, material)
    _evidence_section(report, material)
    report.heading(2, say("missing", lang)).paragraph(say("missing list", lang, n=material.n_candidates))
    report.paragraph("    k2meta reproduce xu2021 --rows rows_wanted.csv -o OUT")
    if material.rows:
        report.heading(2, say("rows", lang)).bullets(rows_lines(material.rows, lang))
        report.table(material.tables["conventions"])
    return str(report)
