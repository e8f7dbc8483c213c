"""Twenty invented trials with outliers: deleted residuals against normal quantiles, with an envelope.

The envelope is simulated, with a seed.
"""

import k2meta as k2

TITLE = {"en": "Normal Q-Q plot (invented trials)", "zh": "正态Q-Q图（虚构试验）"}
ABOUT_ZH = "20项虚构试验（含离群值）：删除残差对正态分位数，附模拟包络。"

effects = k2.effect_sizes(k2.load_dataset("viechtbauer2021"), "OR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.qq_plot(fit, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"qq-{lang}.pdf")
