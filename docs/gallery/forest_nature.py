"""How many patients improved, fourteen series, in the theme ``nature``: proportions.

Pooled after Freeman and Tukey's double arcsine transformation; the axis shows proportions.
"""

import k2meta as k2

TITLE = {
    "en": "Forest plot, theme nature: proportions after Freeman and Tukey's transformation",
    "zh": "森林图，nature主题：率（Freeman-Tukey变换）",
}
ABOUT_ZH = "14组患者中好转者的比例，nature主题。经Freeman-Tukey双反正弦变换后合并，横轴显示比例。"

effects = k2.effect_sizes(k2.load_dataset("pritz1997"), "PFT", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, theme="nature", lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_nature-{lang}.pdf")
