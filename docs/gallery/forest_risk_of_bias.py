"""Eight invented trials, with invented judgements of the risk of bias beside the effects."""

import k2meta as k2

TITLE = {"en": "Forest plot with the risk of bias (invented)", "zh": "带偏倚风险的森林图（虚构数据）"}
ABOUT_ZH = "八项虚构试验，效应旁列出虚构的偏倚风险判断。"
FAVOURS = {"en": ("control", "treatment"), "zh": ("对照", "试验")}

trials = k2.load_dataset("viechtbauer2021").head(8)
fit = k2.meta_analysis(k2.effect_sizes(trials, "OR", study="study"))
LOW, SOME, HIGH = "Low", "Some concerns", "High"
judgements = {
    "study": trials["study"].tolist(),
    "D1": (LOW, LOW, SOME, LOW, HIGH, LOW, LOW, LOW),
    "D2": (LOW, SOME, SOME, LOW, SOME, LOW, LOW, SOME),
    "D3": (LOW, LOW, HIGH, LOW, LOW, SOME, LOW, LOW),
    "D4": (LOW, LOW, LOW, SOME, SOME, LOW, LOW, LOW),
    "D5": (LOW, SOME, SOME, LOW, LOW, LOW, LOW, LOW),
    "overall": (LOW, SOME, HIGH, SOME, HIGH, SOME, LOW, SOME),
}


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, theme="revman", lang=lang, rob=(judgements, "rob2"), favours=FAVOURS[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_risk_of_bias-{lang}.pdf")
