"""Three trials of vitamin K2 and fractures: the pooled effect without each of them.

Without Ishida 2004, whose integrity is questioned in print, the interval includes 1; the row is marked. This
demonstrates a check, it is no estimate of what vitamin K2 does.
"""

import k2meta as k2

TITLE = {"en": "Leave-one-out forest plot", "zh": "逐一剔除森林图"}
ABOUT_ZH = (
    "维生素K2与骨折的三项试验：逐一剔除后的合并效应。剔除研究诚信受到质疑的Ishida 2004后，"
    "区间包含1，该行有标记。此图演示一种检查，并非对维生素K2疗效的估计。"
)
FAVOURS = {"en": ("vitamin K2", "control"), "zh": ("维生素K2", "对照")}

rows = k2.analysis_rows(k2.load_dataset("k2_fractures"))
fit = k2.meta_analysis(k2.effect_sizes(rows, "RR", study="study"), test="z")
omitted = k2.leave_one_out(fit)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(omitted, lang=lang, favours=FAVOURS[lang], width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_leave_one_out-{lang}.pdf")
