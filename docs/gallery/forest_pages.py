"""One hundred and sixty correlations between an interview and performance in the job, on pages.

The head is repeated on each page, and all squares share one scale.
"""

import k2meta as k2

TITLE = {"en": "A long forest plot on pages", "zh": "分页的长森林图"}
ABOUT_ZH = "160个面试与工作绩效的相关系数，自动分页。每页重复表头，各页方块采用同一尺度。"

effects = k2.effect_sizes(k2.load_dataset("mcdaniel1994"), "ZCOR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the pages in one language."""
    return k2.forest_plot(fit, lang=lang, width="1col", pages="auto", ticks=(0, 0.5, 0.9, 0.99))


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_pages-{lang}.pdf")
