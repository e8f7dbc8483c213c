"""Vitamin K2 and fractures in osteoporotic women, in the theme ``revman``, with a column of your own.

Three trials could be read, and the integrity of one of them, which carries most of the weight, is
questioned in print. One comparator is an active drug. This shows how much hangs on one trial; it is no
estimate of what vitamin K2 does.
"""

import k2meta as k2

TITLE = {
    "en": "Forest plot, theme revman: three trials of vitamin K2, one of them contested",
    "zh": "森林图，revman主题：维生素K2的三项试验，其中一项存在争议",
}
ABOUT_ZH = (
    "维生素K2与骨质疏松妇女的骨折，revman主题，附自定义列。目前仅读到三项试验，"
    "其中权重最大的一项已被文献质疑其研究诚信，另有一项以活性药物为对照。"
    "此图说明结果在多大程度上取决于一项试验，并非对维生素K2疗效的估计。"
)
ARMS = {"en": ("Vitamin K2", "Control"), "zh": ("维生素K2", "对照")}
FAVOURS = {"en": ("vitamin K2", "control"), "zh": ("维生素K2", "对照")}
HEAD = {"en": "Integrity", "zh": "研究诚信"}
WORDS = {
    "en": {"none_found": "no notice found", "questioned_in_print": "questioned in print"},
    "zh": {"none_found": "未见质疑", "questioned_in_print": "已有文献质疑"},
}

rows = k2.analysis_rows(k2.load_dataset("k2_fractures"))
fit = k2.meta_analysis(k2.effect_sizes(rows, "RR", study="study"), test="z")


def draw(lang):
    """Draw the figure in one language."""
    notices = [WORDS[lang][code] for code in rows["integrity"]]
    return k2.forest_plot(
        fit,
        theme="revman",
        lang=lang,
        arms=ARMS[lang],
        favours=FAVOURS[lang],
        extra={HEAD[lang]: notices},
        left=("study", "user", "arms", "weight", "effect"),
    )


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_revman-{lang}.pdf")
