"""Thirteen trials of BCG against tuberculosis in the theme ``plain``: risk ratios, random effects.

The axis is logarithmic, the prediction interval has a row of its own, and the line under the figure says
which model and which intervals these are.
"""

import k2meta as k2

TITLE = {"en": "Forest plot, theme plain: risk ratios", "zh": "森林图，plain主题：风险比（RR）"}
ABOUT_ZH = (
    "卡介苗预防结核病的13项试验，plain主题：风险比（RR），随机效应模型。横轴为对数尺度，"
    "预测区间单列一行，图下注明模型与区间的计算方法。"
)
ARMS = {"en": ("BCG", "Control"), "zh": ("卡介苗", "对照")}
FAVOURS = {"en": ("BCG", "control"), "zh": ("卡介苗", "对照")}

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, lang=lang, arms=ARMS[lang], favours=FAVOURS[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_plain-{lang}.pdf")
