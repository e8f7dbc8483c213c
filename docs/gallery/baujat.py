"""Thirteen trials of BCG: which make the heterogeneity, and which move the pooled effect."""

import k2meta as k2

TITLE = {"en": "Baujat plot", "zh": "Baujat图"}
ABOUT_ZH = "卡介苗的13项试验：哪些试验造成异质性，哪些试验影响合并效应。"

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.baujat_plot(fit, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"baujat-{lang}.pdf")
