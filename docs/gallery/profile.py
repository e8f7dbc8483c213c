"""The likelihood of the variance between the BCG trials: its maximum and its confidence limits."""

import k2meta as k2

TITLE = {"en": "Profile likelihood of tau²", "zh": "τ²的剖面似然"}
ABOUT_ZH = "卡介苗试验间方差的似然：最大值与置信区间的两端。"

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.profile_plot(fit, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"profile-{lang}.pdf")
