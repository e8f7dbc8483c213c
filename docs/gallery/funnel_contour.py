"""Thirteen trials of BCG against tuberculosis, Egger's line, and the studies that trim and fill would add.

The grey contours are levels of significance round no effect.
"""

import k2meta as k2

TITLE = {"en": "Contour-enhanced funnel plot", "zh": "轮廓增强漏斗图"}

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.funnel_plot(fit, contour=True, egger=True, trim_and_fill=True, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"funnel_contour-{lang}.pdf")
