"""Magnesium after a heart attack: the pooled odds ratio under many ways to analyse.

Every estimator, test and choice of studies that was asked for, sorted by estimate.
"""

import k2meta as k2

TITLE = {"en": "Specification curve", "zh": "规格曲线"}
ABOUT_ZH = "心肌梗死后使用镁剂：在各种估计方法、检验方法和研究取舍下的合并比值比（OR）。"

effects = k2.effect_sizes(k2.load_dataset("li2007"), "OR", study="study")
curve = k2.specification_curve(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.specification_plot(curve, lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"specification-{lang}.pdf")
