"""The table-style figure of the package forestplot, for those who like it."""

import k2meta as k2

TITLE = {"en": "forestplot's figure from a result", "zh": "forestplot风格的图"}
ABOUT_ZH = "由同一结果绘制forestplot软件包的表格式森林图。"

effects = k2.effect_sizes(k2.load_dataset("cannon2006"), "OR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.table_forest_plot(fit, lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).savefig(f"table_forest_plot-{lang}.pdf")
