"""Thirteen trials of BCG against tuberculosis, Egger's line, and the studies that trim and fill would add.

The grey contours are levels of significance round no effect.
"""

import k2meta as k2

TITLE = {"en": "Contour-enhanced funnel plot", "zh": "轮廓增强漏斗图"}
ABOUT_ZH = "卡介苗的13项试验、Egger回归线，以及剪补法补入的研究。灰色轮廓为相对于无效应的显著性水平。"

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.funnel_plot(fit, contour=True, egger=True, trim_and_fill=True, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"funnel_contour-{lang}.pdf")
