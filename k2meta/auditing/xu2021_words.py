"""The words of the report on Xu 2021, in English and Chinese."""

from __future__ import annotations

from k2meta.tables.notes import phrase

__all__ = ["say"]

_WORDS = {
    "title": (
        "Xu 2021, vitamin K2 in postmenopausal osteoporosis: audit and re-analysis",
        "胥小琴等2021《维生素K2防治绝经后骨质疏松症作用的荟萃分析》：数字核查与再分析",
    ),
    "paper": (
        "The paper: {citation} It pools 22 trials with 7,154 women (search to 2020-06-01). Its "
        "trial list and the rows of its forest plots are not available here, so three things are "
        "kept apart: what its printed numbers say about each other (1), what the rows that could "
        "be read give (2), and what is missing (3).",
        "原文：{citation} 纳入22项试验、7,154名妇女（检索至2020-06-01）。其纳入试验清单和森林图数"
        "据行在此无法获得，因此以下三部分严格分开：文中数字之间是否相符（1）、能读到的数据行给出的"
        "结果（2）、尚缺的内容（3）。",
    ),
    "audit": ("1. Audit of the printed numbers", "1. 文中数字的核查"),
    "audit how": (
        "Each printed P value, Z statistic, estimate and limit is recomputed from the others, "
        "over all values that round to the print. Nothing here uses study rows.",
        "由文中其余数字反推每个P值、Z值、估计值和置信限，并考虑所有四舍五入后与所印数字相同的取值"
        "。此部分不涉及研究数据行。",
    ),
    "audit counts": (
        "{name}: {all} printed numbers: {consistent} consistent, {contradicted} contradicted, "
        "{unknown} not checkable.",
        "{name}：共{all}个数字：{consistent}个相符，{contradicted}个矛盾，{unknown}个无法核查。",
    ),
    "xu": ("Xu 2021", "Xu 2021"),
    "siblings": ("The other meta-analyses", "其他荟萃分析"),
    "xu table": ("Xu 2021: every printed number", "Xu 2021：文中全部数字"),
    "contradicted table": ("Other meta-analyses: contradicted numbers", "其他荟萃分析：相互矛盾的数字"),
    "by source": ("Verdicts by paper", "各文献的判断汇总"),
    "all numbers": ("Printed numbers", "所印数字"),
    "trials": ("What the trials print about themselves", "各试验自身所印数字"),
    "trials how": (
        "Printed effects against the trial's own counts, chi-squared against P, and P against "
        "means with dispersions read as standard deviations or standard errors. Where the arm "
        "sizes are assumed, or another test may have been used, nothing is contradicted.",
        "将所印效应与试验自身计数、χ²与P值、P值与均数及离散度（按标准差或标准误理解）相互核对。组"
        "别例数为假设或可能采用其他检验时，不判为矛盾。",
    ),
    "trials table": ("Trials: printed numbers against each other", "各试验：所印数字的相互核对"),
    "contradicted line": (
        "{source}, {outcome}{subgroup}: {quantity} = {printed}. {note}.",
        "{source}，{outcome}{subgroup}：{quantity} = {printed}。{note}。",
    ),
    "evidence": ("2. Re-analysis of the rows we have", "2. 对已有数据行的再分析"),
    "evidence how": (
        "These are not Xu 2021's analyses: which of these trials the paper includes is not known. "
        "Rows were chosen by rules stated in advance; every row left out is in "
        "tables/rows_left_out.csv with its reason. Retracted trials are left out; {contested}. "
        "Numbers that are reconstructed or unverified take no part.",
        "以下并非Xu 2021的分析：原文纳入了其中哪些试验尚不清楚。数据行按事先规定的规则选取，未纳入"
        "的行及原因见tables/rows_left_out.csv。已撤稿试验不纳入；{contested}。重建的或未经核实的数"
        "字一律不参与分析。",
    ),
    "contested in": (
        "trials whose integrity is questioned in print take part, and results without them stand beside",
        "数据可信性在文献中受到质疑的试验纳入分析，并列出剔除后的结果",
    ),
    "contested out": (
        "trials whose integrity is questioned in print are left out, and results with them stand beside",
        "数据可信性在文献中受到质疑的试验不纳入分析，并列出纳入后的结果",
    ),
    "coverage": ("Coverage of Xu 2021's outcomes", "对Xu 2021各结局的覆盖情况"),
    "coverage outcome": ("Outcome of Xu 2021", "Xu 2021的结局"),
    "coverage printed": ("Printed in the abstract", "摘要所印"),
    "coverage used": ("Trials re-analysed here", "此处再分析的试验"),
    "coverage further": ("Further trials seen", "另见报告该结局的试验"),
    "coverage note": (
        "Whether the paper includes these trials is not known. Further trials report the outcome, "
        "but not with numbers that could be pooled here.",
        "原文是否纳入这些试验尚不清楚。另见的试验虽报告该结局，但所见数字无法在此合并。",
    ),
    "retracted study": ("Trial", "试验"),
    "retracted reason": ("Notice", "公告"),
    "retracted source": ("Read in", "出处"),
    "left out": ("Rows considered and left out", "考虑过但未纳入的行"),
    "left analysis": ("Analysis", "分析"),
    "left study": ("Study", "研究"),
    "left reason": ("Why not", "原因"),
    "notice": ("On {names}: {notice}", "关于{names}：{notice}"),
    "retracted": ("Retracted trials, left out", "已撤稿、未纳入的试验"),
    "coverage line": (
        "Coverage: {k} trials with {n} women, against 22 trials and 7,154 women in the paper's "
        "whole review; how much of the weight of its forest plot this is, is not known.",
        "覆盖：{k}项试验、{n}名妇女；原文全部纳入为22项试验、7,154名妇女；占其森林图权重的比例不详。",
    ),
    "assumed": (
        "Arm sizes are assumed in {n} of {k} trials ({names}): the printed total, split equally.",
        "{k}项试验中有{n}项（{names}）的组别例数为假设：将文中总例数平均分配。",
    ),
    "influence": (
        "Influence of the contested trial ({names}, {weight} of the weight): {measure} {with_} "
        "with it, {without} without it{verdict}.",
        "受质疑试验的影响（{names}，占权重{weight}）：纳入时{measure}为{with_}，剔除后为{without}{verdict}。",
    ),
    "lost": ("; an effect is then no longer shown at the 5% level", "；剔除后在5%水平上不再显示效应"),
    "narrower": (
        "The Knapp-Hartung interval ({kh}) is narrower than Wald's ({wald}), because the trials "
        "agree better than chance would have them; kept from being narrower it is {floor}.",
        "各试验的一致程度超出随机预期，Knapp-Hartung区间（{kh}）比Wald区间（{wald}）更窄；若限制其"
        "不窄于Wald区间则为{floor}。",
    ),
    "single": (
        "Every subgroup holds one trial: nothing is pooled within them.",
        "每个亚组仅一项试验，组内未作合并。",
    ),
    "figure": (
        "Forest plot: figures/{name}.en.pdf and .zh.pdf.",
        "森林图：figures/{name}.en.pdf 与 .zh.pdf。",
    ),
    "missing": ("3. What is missing", "3. 尚缺的内容"),
    "missing list": (
        "The paper's trial list, its rows for each trial (events or means, SDs and arm sizes), "
        "mean differences, I², numbers of trials for each outcome and the model of each analysis "
        "are not in the abstract. rows_wanted.csv holds {n} candidate rows with the columns to "
        "fill: mark in_xu_2021 = yes for the trials of each forest plot and copy the printed "
        "numbers. Then the same command runs the whole reproduction:",
        "原文的纳入试验清单、各试验数据行（事件数，或均数、标准差和例数）、均数差、I²、各结局的试"
        "验数及所用模型均未见于摘要。rows_wanted.csv列出{n}个候选行和待填栏目：对各森林图中的试验"
        "填写in_xu_2021 = yes并抄录所印数字，再运行同一命令即可完成全部复现：",
    ),
    "rows": ("4. The filled rows under every convention", "4. 已填数据行在各种惯例下的结果"),
    "rows line": (
        "{outcome}, {population}: {usable} of {all} trials are complete; {found}.",
        "{outcome}，{population}：{all}项试验中{usable}项数据完整；{found}。",
    ),
    "rows missing": ("numbers missing for {names}", "以下试验缺数据：{names}"),
    "rows found": ("reproduced by: {names}", "可复现的惯例：{names}"),
    "rows none": ("no convention reaches every printed number", "没有一种惯例能复现全部数字"),
    "rows k": (
        "the paper's number of trials is not given (k_printed), so this holds only if no trial is missing",
        "未填原文试验数（k_printed），仅在未遗漏试验时成立",
    ),
    "rows nothing": ("no printed number to compare", "没有可比较的所印数字"),
    "rows incomplete": ("no verdict before all trials are filled in", "全部试验填完之前不作判断"),
    "sensitivity": (
        "Sensitivity: hip fracture with a retracted trial",
        "敏感性分析：纳入已撤稿试验的髋部骨折",
    ),
    "sensitivity line": (
        "Asked for, and not evidence: hip fracture with the retracted {names}, {estimate} (k = {k}).",
        "仅应要求列出，不作为证据：纳入已撤稿的{names}后，髋部骨折为{estimate}（k = {k}）。",
    ),
}


def say(key: str, lang: str, **values: object) -> str:
    """Take an entry in one language and fill in its values."""
    return phrase(_WORDS, key, lang, **values)
