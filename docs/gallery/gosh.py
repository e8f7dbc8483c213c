"""All 8,191 subsets of the thirteen BCG trials; those with the largest trial are picked out."""

import k2meta as k2

TITLE = {"en": "GOSH plot", "zh": "GOSH图"}
ABOUT_ZH = "卡介苗13项试验的全部8191个子集，其中包含最大一项试验者以另一颜色和形状标出。"

effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study")
subsets = k2.gosh(k2.meta_analysis(effects))


def draw(lang):
    """Draw the figure in one language."""
    return k2.gosh_plot(subsets, highlight="TPT Madras 1980", lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"gosh-{lang}.pdf")
