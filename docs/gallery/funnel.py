"""Magnesium after a heart attack, 22 trials: each odds ratio against its standard error.

Between the dashed lines lie 95% of the trials if they differ by sampling error alone. The small trials
stand on one side.
"""

import k2meta as k2

TITLE = {"en": "Funnel plot", "zh": "漏斗图"}
ABOUT_ZH = (
    "心肌梗死后使用镁剂的22项试验：比值比（OR）对标准误。若各试验之差仅来自抽样误差，"
    "95%的试验应落在两条虚线之间；小样本试验偏于一侧。"
)

effects = k2.effect_sizes(k2.load_dataset("li2007"), "OR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.funnel_plot(fit, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"funnel-{lang}.pdf")
