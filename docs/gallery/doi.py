"""The same 22 trials of magnesium: a doi plot with the LFK index of its asymmetry."""

import k2meta as k2

TITLE = {"en": "Doi plot with the LFK index", "zh": "Doi图与LFK指数"}
ABOUT_ZH = "同样的22项镁剂试验：Doi图及其不对称性的LFK指数。"

effects = k2.effect_sizes(k2.load_dataset("li2007"), "OR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.doi_plot(fit, lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"doi-{lang}.pdf")
