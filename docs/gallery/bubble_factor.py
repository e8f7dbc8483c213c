"""Thirteen trials of BCG by how people were allocated: meta-regression on a factor.

Each way of allocation has a column, with its mean effect and the interval of a new trial.
"""

import k2meta as k2

TITLE = {"en": "Bubble plot of a factor", "zh": "分类协变量的气泡图"}
ABOUT_ZH = (
    "卡介苗的13项试验，按分配方式：分类协变量的Meta回归。每种分配方式一列，显示平均效应与新试验的区间。"
)
ALLOCATION = {"en": "Allocation", "zh": "分配方式"}
WORDS = {
    "en": {"random": "random", "alternate": "alternate", "systematic": "systematic"},
    "zh": {"random": "随机", "alternate": "交替", "systematic": "系统"},
}

trials = k2.load_dataset("bcg")


def regression(lang):
    """Regress on the factor, with its levels named in one language."""
    named = trials.assign(allocation=trials["allocation"].map(WORDS[lang]))
    return k2.meta_regression("~ allocation", k2.effect_sizes(named, "RR", study="study"))


results = {lang: regression(lang) for lang in WORDS}


def draw(lang):
    """Draw the figure in one language."""
    return k2.bubble_plot(results[lang], xlabel=ALLOCATION[lang], lang=lang, width="1.5col")


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"bubble_factor-{lang}.pdf")
