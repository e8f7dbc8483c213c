"""The report on the alendronate review, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from k2meta.auditing.markdown import Report
from k2meta.auditing.verdicts import AuditResult, AuditRow
from k2meta.tables.notes import phrase
from k2meta.tables.table import Table

__all__ = ["headlines", "say", "summarise"]

_WORDS = {
    "method": ("RR, Mantel-Haenszel (as revman5)", "RR，Mantel-Haenszel法（同revman5）"),
    "method note": (
        "Risk ratios, common effect, Mantel-Haenszel as in RevMan 5: 0.5 added to every cell of a "
        "study with one zero arm, studies without events in both arms counted as rows but not "
        "pooled; 95% CI from the normal distribution.",
        "风险比，共同效应模型，按RevMan 5的Mantel-Haenszel法：一组为零的研究各格加0.5，两组均无事"
        "件的研究计入行数但不参与合并；95% CI采用正态分布。",
    ),
    "yes": ("yes", "一致"),
    "NO": ("NO", "不一致"),
    "not printed": ("not printed", "未印"),
    "women more": ("the rows hold {n} women more", "数据行多出{n}名妇女"),
    "women fewer": ("the rows hold {n} women fewer", "数据行少{n}名妇女"),
    "same size": (", the size of {named}", "，恰为{named}的例数"),
    "table printed": ("Printed pooled results and ours", "文中合并结果与复算结果"),
    "table pooled": ("Pooled risk ratios by prevention", "按一级、二级预防合并的风险比"),
    "head outcome": ("Outcome", "结局"),
    "head subgroup": ("Prevention", "预防"),
    "head quantity": ("Quantity", "数字"),
    "head printed": ("Printed", "文中"),
    "head ours": ("Ours", "复算"),
    "head match": ("Match", "是否一致"),
    "head note": ("Note", "说明"),
    "head rows": ("Rows", "行数"),
    "head k": ("With events", "有事件"),
    "head n": ("Women", "妇女数"),
    "head estimate": ("RR", "RR"),
    "head ci_low": ("CI low", "CI下限"),
    "head ci_high": ("CI high", "CI上限"),
    "head p_between": ("P, primary v secondary", "P，一级与二级比较"),
    "title": (
        "Alendronate for preventing fractures: Cochrane CD001155.pub3 (2025), recomputed",
        "阿仑膦酸钠预防骨折：Cochrane CD001155.pub3（2025）的复算",
    ),
    "how": (
        "Each analysis was pooled again from the review's own rows, separately for primary "
        "prevention (women without osteoporosis) and secondary prevention (osteoporosis, "
        "prevalent vertebral fracture, T-score of -2.5 or less, or age 75 or more).",
        "依据该系统评价自身的数据行，按一级预防（无骨质疏松的妇女）和二级预防（骨质疏松、已有椎体"
        "骨折、T值≤-2.5或年龄≥75岁）分别重新合并各项分析。",
    ),
    "pooled": ("1. Printed pooled results and ours", "1. 文中合并结果与复算结果"),
    "studies": ("2. Printed study results and ours", "2. 文中单项研究结果与复算结果"),
    "differences": ("3. What differs", "3. 不一致之处"),
    "prevention": ("4. With and without osteoporosis", "4. 有无骨质疏松的比较"),
    "pooled line": (
        "{match} of {all} printed pooled numbers (estimates, limits, k, n) are reproduced to the digit.",
        "文中{all}个合并结果数字（估计值、置信限、k、n）中，{match}个复算至所印位数完全一致。",
    ),
    "studies line": (
        "{match} of {all} printed study numbers (risk ratios, limits, weights; six decimals) are reproduced.",
        "文中{all}个单项研究数字（风险比、置信限、权重，六位小数）中，{match}个复算一致。",
    ),
    "none": ("Every printed number is reproduced.", "所有数字均复算一致。"),
    "difference": (
        "{outcome}, {subgroup}: {quantity} printed {printed}, ours {ours}; {note}.",
        "{outcome}，{subgroup}：{quantity}文中为{printed}，复算为{ours}；{note}。",
    ),
    "prevention line": (
        "The last column tests whether the risk ratio differs between the two populations.",
        "最后一列检验两类人群的风险比是否不同。",
    ),
}


def say(key: str, lang: str, **values: object) -> str:
    """Take an entry in one language and fill in its values."""
    return phrase(_WORDS, key, lang, **values)


def _counted(rows: list[AuditRow]) -> dict[str, int]:
    counts = AuditResult("", tuple(rows)).counts
    return {"match": counts["reproduced"], "all": counts["reproduced"] + counts["contradicted"]}


def _differences(rows: list[AuditRow], lang: str) -> list[str]:
    return [
        say(
            "difference",
            lang,
            outcome=row.outcome,
            subgroup=row.subgroup,
            quantity=row.quantity,
            printed=row.printed,
            ours=f"{row.recomputed_low:g}",
            note=row.note,
        )
        for row in rows
        if row.verdict == "contradicted"
    ]


def headlines(pooled: list[AuditRow], studies: list[AuditRow], lang: str) -> tuple[str, ...]:
    """Say how many numbers are reproduced, and which are not."""
    return (
        say("pooled line", lang, **_counted(pooled)),
        say("studies line", lang, **_counted(studies)),
        *_differences([*pooled, *studies], lang),
    )


def summarise(pooled: list[AuditRow], studies: list[AuditRow], tables: Mapping[str, Table], lang: str) -> str:
    """Write the report."""
    report = Report()
    report.heading(1, say("title", lang)).paragraph(say("how", lang))
    report.heading(2, say("pooled", lang)).paragraph(say("pooled line", lang, **_counted(pooled)))
    report.table(tables["printed_and_ours"])
    report.heading(2, say("studies", lang)).paragraph(say("studies line", lang, **_counted(studies)))
    report.heading(2, say("differences", lang))
    differences = _differences([*pooled, *studies], lang)
    report.bullets(differences or [say("none", lang)])
    report.heading(2, say("prevention", lang)).paragraph(say("prevention line", lang))
    report.table(tables["pooled_by_prevention"])
    return str(report)
