"""Raised expectations of teachers and the IQ of pupils, with columns of your own, sorted by effect."""

import k2meta as k2

TITLE = {"en": "Columns of your own", "zh": "自定义列"}
ABOUT_ZH = "教师期望与学生智商：附自定义列，按效应大小排序。"
EFFECT = {"en": "Standardised mean difference", "zh": "标准化均数差"}
WEEKS = {"en": "Weeks of\nprior contact", "zh": "事先接触\n（周）"}
TESTER = {"en": "Tester", "zh": "测验者"}
WORDS = {"en": {"aware": "aware", "blind": "blind"}, "zh": {"aware": "知情", "blind": "盲法"}}

trials = k2.load_dataset("raudenbush1985")
fit = k2.meta_analysis(k2.effect_sizes(trials, "GEN", estimate="estimate", var="var", study="study"))


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(
        fit,
        lang=lang,
        effect=EFFECT[lang],
        extra={
            WEEKS[lang]: trials["weeks"].tolist(),
            TESTER[lang]: [WORDS[lang][tester] for tester in trials["tester"]],
        },
        sort="effect",
    )


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_columns-{lang}.pdf")
