"""Vitamin K2 and undercarboxylated osteocalcin in four trials, by whether the women had osteoporosis.

The split of the arms is assumed in three of the four trials. One group holds one trial: it has no
heterogeneity, and the comparison between the groups says very little.
"""

import k2meta as k2

TITLE = {
    "en": "Subgroups when little is known: vitamin K2 and ucOC",
    "zh": "证据很少时的亚组：维生素K2与ucOC",
}
ABOUT_ZH = (
    "维生素K2与羧化不全骨钙素（ucOC）的四项试验，按是否患骨质疏松症分组。"
    "四项中有三项的各组人数为假定值；其中一组只有一项试验，无从谈异质性，组间比较几乎不能说明问题。"
)
ARMS = {"en": ("Vitamin K2", "Control"), "zh": ("维生素K2", "对照")}
FAVOURS = {"en": ("vitamin K2", "control"), "zh": ("维生素K2", "对照")}
GROUPS = {
    "en": {"no": "Not osteoporotic", "unclear": "Not stated"},
    "zh": {"no": "无骨质疏松症", "unclear": "未说明"},
}

rows = k2.analysis_rows(k2.load_dataset("k2_biomarkers"))


def pooled(lang):
    """Pool in each group, with the groups named in one language."""
    named = rows.assign(osteoporotic=rows["osteoporotic"].map(GROUPS[lang]))
    effects = k2.effect_sizes(
        named, "SMD", study="study", sd1="sd1_used", n1="n1_used", sd2="sd2_used", n2="n2_used"
    )
    return k2.subgroup_analysis(effects, "osteoporotic", test="z")


results = {lang: pooled(lang) for lang in GROUPS}


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(results[lang], lang=lang, arms=ARMS[lang], favours=FAVOURS[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_subgroups_k2-{lang}.pdf")
