"""Conscientiousness and taking medication, sixteen studies, in the theme ``cma``.

Correlations, pooled after Fisher's z transformation.
"""

import k2meta as k2

TITLE = {
    "en": "Forest plot, theme cma: correlations after Fisher's z",
    "zh": "森林图，cma主题：相关系数（Fisher z变换）",
}
ABOUT_ZH = "尽责性与服药依从性的16项研究，cma主题：经Fisher z变换的相关系数。"

effects = k2.effect_sizes(k2.load_dataset("molloy2014"), "ZCOR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, theme="cma", lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_cma-{lang}.pdf")
