"""Thirteen trials of BCG: does it work better far from the equator? Meta-regression on latitude.

The dark band is the confidence interval of the line, the light one the prediction interval of a new trial.
"""

import k2meta as k2

TITLE = {"en": "Bubble plot of a meta-regression", "zh": "Meta回归气泡图"}
ABOUT_ZH = (
    "卡介苗的13项试验：离赤道越远效果越好吗？以纬度为协变量的Meta回归。深色带为回归线的置信区间，"
    "浅色带为新试验的预测区间。"
)
LATITUDE = {"en": "Absolute latitude (°)", "zh": "纬度绝对值（°）"}

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
regression = k2.meta_regression("~ latitude", effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.bubble_plot(regression, xlabel=LATITUDE[lang], lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"bubble-{lang}.pdf")
