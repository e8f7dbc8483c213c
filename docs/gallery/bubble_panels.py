"""Thirteen trials of BCG: latitude and allocation in one model, with a panel for each way of allocation."""

import k2meta as k2

TITLE = {"en": "Bubble plots by panel", "zh": "分组气泡图"}
ABOUT_ZH = "卡介苗的13项试验：模型同时纳入纬度与分配方式，每种分配方式一幅小图。"
LATITUDE = {"en": "Absolute latitude (°)", "zh": "纬度绝对值（°）"}
ALLOCATION = {"en": "Allocation", "zh": "分配方式"}
WORDS = {
    "en": {"random": "random", "alternate": "alternate", "systematic": "systematic"},
    "zh": {"random": "随机", "alternate": "交替", "systematic": "系统"},
}

trials = k2.load_dataset("bcg")


def regression(lang):
    """Regress on both, with the factor and its levels named in one language."""
    named = trials.assign(**{ALLOCATION[lang]: trials["allocation"].map(WORDS[lang])})
    effects = k2.effect_sizes(named, "RR", study="study")
    return k2.meta_regression(f"~ latitude + {ALLOCATION[lang]}", effects)


results = {lang: regression(lang) for lang in WORDS}


def draw(lang):
    """Draw the figure in one language."""
    return k2.bubble_plot(
        results[lang], "latitude", by=ALLOCATION[lang], xlabel=LATITUDE[lang], lang=lang, width="2col"
    )


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"bubble_panels-{lang}.pdf")
