"""Six invented trials: how much of the evidence got which judgement, each trial counting by its weight."""

import k2meta as k2

TITLE = {"en": "Risk of bias: summary (invented)", "zh": "偏倚风险汇总图（虚构数据）"}
ABOUT_ZH = "六项虚构试验：各种判断在证据中所占的比例，按试验权重计算。"

LOW, SOME, HIGH = "Low", "Some concerns", "High"
judgements = {
    "study": [f"Invented trial {letter}" for letter in "ABCDEF"],
    "D1": (LOW, LOW, SOME, LOW, HIGH, LOW),
    "D2": (LOW, SOME, SOME, LOW, SOME, LOW),
    "D3": (LOW, LOW, HIGH, LOW, LOW, SOME),
    "D4": (LOW, LOW, LOW, SOME, SOME, LOW),
    "D5": (LOW, SOME, SOME, LOW, LOW, LOW),
    "overall": (LOW, SOME, HIGH, SOME, HIGH, SOME),
}
weights = [31.0, 22.5, 6.5, 18.0, 9.0, 13.0]


def draw(lang):
    """Draw the figure in one language."""
    return k2.risk_of_bias_summary_plot(judgements, tool="rob2", weights=weights, lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"risk_of_bias_summary-{lang}.pdf")
