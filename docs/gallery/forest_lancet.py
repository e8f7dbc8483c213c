"""Survival with head and neck cancer, in the theme ``lancet``: hazard ratios.

Adjuvant chemotherapy against none. Ready estimates are pooled: hazard ratios with the variances of their
logarithms. Their measure is ``GEN``, so the name of the effect is given with the figure.
"""

import numpy as np

import k2meta as k2

TITLE = {"en": "Forest plot, theme lancet: hazard ratios", "zh": "森林图，lancet主题：风险比（HR）"}
ABOUT_ZH = (
    "头颈癌患者的生存：辅助化疗与无化疗比较，lancet主题：风险比（HR）。"
    "直接合并已有的效应估计及其对数的方差，效应量为GEN，其名称随图给出。"
)
EFFECT = {"en": "Hazard ratio", "zh": "风险比（HR）"}
FAVOURS = {"en": ("chemotherapy", "no chemotherapy"), "zh": ("化疗", "无化疗")}

trials = k2.load_dataset("pignon2000")
adjuvant = trials[trials["timing"] == "adjuvant"]
ratios = np.exp(adjuvant["estimate"])
effects = k2.effect_sizes(adjuvant, "GEN", estimate=ratios, var="var", scale="log", study="study")
fit = k2.meta_analysis(effects, model="common")


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, theme="lancet", lang=lang, effect=EFFECT[lang], favours=FAVOURS[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_lancet-{lang}.pdf")
