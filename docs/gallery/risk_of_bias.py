"""Six invented trials with invented judgements by RoB 2: the traffic light."""

import k2meta as k2

TITLE = {"en": "Risk of bias: traffic light (invented)", "zh": "偏倚风险交通灯图（虚构数据）"}
ABOUT_ZH = "六项虚构试验的虚构RoB 2判断：交通灯图。"
LABEL = {"en": "Invented trial {}", "zh": "虚构试验{}"}

LOW, SOME, HIGH = "Low", "Some concerns", "High"
judgements = {
    "D1": (LOW, LOW, SOME, LOW, HIGH, LOW),
    "D2": (LOW, SOME, SOME, LOW, SOME, LOW),
    "D3": (LOW, LOW, HIGH, LOW, LOW, SOME),
    "D4": (LOW, LOW, LOW, SOME, SOME, LOW),
    "D5": (LOW, SOME, SOME, LOW, LOW, LOW),
    "overall": (LOW, SOME, HIGH, SOME, HIGH, SOME),
}


def draw(lang):
    """Draw the figure in one language."""
    names = [LABEL[lang].format(letter) for letter in "ABCDEF"]
    return k2.risk_of_bias_plot({"study": names, **judgements}, tool="rob2", lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"risk_of_bias-{lang}.pdf")
