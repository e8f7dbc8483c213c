"""Alendronate and non-vertebral fractures: women with osteoporosis and others.

Every row of a Cochrane review, pooled as its software does. A trial without a fracture keeps its row.
The test for subgroup differences answers "osteoporotic or not", not the two P values.
"""

import k2meta as k2

TITLE = {
    "en": "Subgroups: osteoporotic or not",
    "zh": "亚组：是否患骨质疏松症",
}
ABOUT_ZH = (
    "阿仑膦酸钠与非椎体骨折：骨质疏松妇女（二级预防）与其他妇女（一级预防）。"
    "数据为一项Cochrane综述的全部数据行，按其软件的方法合并；无骨折发生的试验仍保留一行。"
    "“是否骨质疏松”之间有无差异，应看亚组间差异检验，而非两个P值。"
)
ARMS = {"en": ("Alendronate", "Control"), "zh": ("阿仑膦酸钠", "对照")}
FAVOURS = {"en": ("alendronate", "control"), "zh": ("阿仑膦酸钠", "对照")}
GROUPS = {
    "en": {"primary": "Primary prevention", "secondary": "Secondary prevention (osteoporosis)"},
    "zh": {"primary": "一级预防", "secondary": "二级预防（骨质疏松症）"},
}

rows = k2.load_dataset("alendronate_fractures")
fractures = rows[rows["analysis"] == "1.2"]


def review(lang):
    """Pool as the review did, with the groups named in one language."""
    named = fractures.assign(prevention=fractures["prevention"].map(GROUPS[lang]))
    effects = k2.effect_sizes(named, "RR", study="study", drop00=True)
    return k2.subgroup_analysis(effects, "prevention", pooling="Mantel-Haenszel", convention="revman5")


results = {lang: review(lang) for lang in GROUPS}


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(
        results[lang], theme="revman", lang=lang, arms=ARMS[lang], favours=FAVOURS[lang], xlim=(0.05, 20)
    )


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_subgroups-{lang}.pdf")
