"""P-value functions of sixteen trials of acupoint P6, of their pooled effect, and of a new trial's effect."""

import k2meta as k2

TITLE = {"en": "Drapery plot", "zh": "帷幔图"}
ABOUT_ZH = "刺激内关穴的16项试验、合并效应及新试验效应的P值函数。"

effects = k2.effect_sizes(k2.load_dataset("lee2004"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.drapery_plot(fit, lang=lang, width="1.5col", xlim=(0.1, 5))


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"drapery-{lang}.pdf")
