"""Acupoint P6 against nausea after surgery: the risk in each arm, and the curve of the pooled risk ratio."""

import k2meta as k2

TITLE = {"en": "L’Abbé plot", "zh": "L’Abbé图"}
ABOUT_ZH = "刺激内关穴预防术后恶心：各试验两组的风险，以及合并风险比（RR）的曲线。"
ARMS = {"en": ("P6", "Sham"), "zh": ("内关穴", "假刺激")}

effects = k2.effect_sizes(k2.load_dataset("lee2004"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.labbe_plot(fit, arms=ARMS[lang], lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"labbe-{lang}.pdf")
