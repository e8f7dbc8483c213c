"""Sixteen trials of acupoint P6: the prediction interval as the distribution of effects in new trials."""

import k2meta as k2

TITLE = {"en": "The prediction interval as a density", "zh": "以密度曲线表示的预测区间"}
ABOUT_ZH = "刺激内关穴预防恶心的16项试验：以密度曲线表示预测区间，即新试验效应的分布。"
ARMS = {"en": ("P6", "Sham"), "zh": ("内关穴", "假刺激")}
FAVOURS = {"en": ("P6", "sham"), "zh": ("内关穴", "假刺激")}

effects = k2.effect_sizes(k2.load_dataset("lee2004"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, lang=lang, arms=ARMS[lang], favours=FAVOURS[lang], prediction_style="density")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_prediction-{lang}.pdf")
