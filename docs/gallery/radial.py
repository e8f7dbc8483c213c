"""Thirteen trials of BCG in Galbraith's radial plot: precise trials stand on the right.

A line from the origin through a point meets the arc at the trial's risk ratio.
"""

import k2meta as k2

TITLE = {"en": "Radial (Galbraith) plot", "zh": "径向图（Galbraith图）"}
ABOUT_ZH = (
    "卡介苗13项试验的径向图（Galbraith图）：精度高的试验在右侧。"
    "从原点过某点的直线与弧形标尺的交点即该试验的风险比（RR）。"
)

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
fit = k2.meta_analysis(effects, model="common")


def draw(lang):
    """Draw the figure in one language."""
    return k2.radial_plot(fit, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"radial-{lang}.pdf")
