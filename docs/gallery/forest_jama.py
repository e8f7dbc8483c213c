"""Lumbar bone density in three trials of vitamin K2, in the theme ``jama``.

Standardised mean differences: the trials print changes in different units, so that raw differences
cannot be pooled. The split of the arms is assumed in two of them.
"""

import k2meta as k2

TITLE = {
    "en": "Forest plot, theme jama: standardised mean differences in bone density",
    "zh": "森林图，jama主题：骨密度的标准化均数差",
}
ABOUT_ZH = (
    "维生素K2三项试验的腰椎骨密度，jama主题：标准化均数差。各试验报告的单位不同，不能直接合并均数差；"
    "其中两项试验的各组人数为假定值。"
)
ARMS = {"en": ("Vitamin K2", "Control"), "zh": ("维生素K2", "对照")}
FAVOURS = {"en": ("control", "vitamin K2"), "zh": ("对照", "维生素K2")}

rows = k2.analysis_rows(k2.load_dataset("k2_bmd"))
effects = k2.effect_sizes(
    rows, "SMD", study="study", sd1="sd1_used", n1="n1_used", sd2="sd2_used", n2="n2_used"
)
fit = k2.meta_analysis(effects, test="z")


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(
        fit,
        theme="jama",
        lang=lang,
        arms=ARMS[lang],
        favours=FAVOURS[lang],
        left=("study", "arms", "effect"),
    )


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_jama-{lang}.pdf")
