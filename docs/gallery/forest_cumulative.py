"""Streptokinase after a heart attack: the pooled odds ratio as each of 33 trials was published."""

import k2meta as k2

TITLE = {"en": "Cumulative forest plot", "zh": "累积森林图"}
ABOUT_ZH = "链激酶治疗心肌梗死：33项试验依次发表时的合并比值比（OR）。"
FAVOURS = {"en": ("streptokinase", "control"), "zh": ("链激酶", "对照")}
YEAR = {"en": "year", "zh": "发表年份"}


def steps(lang):
    """Add the trials one by one, by a column that is named in one language."""
    trials = k2.load_dataset("lau1992").rename(columns={"year": YEAR[lang]})
    fit = k2.meta_analysis(k2.effect_sizes(trials, "OR", study="study"), tau2="DL", test="z")
    return k2.cumulative_meta_analysis(fit, order=YEAR[lang])


results = {lang: steps(lang) for lang in YEAR}


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(results[lang], lang=lang, favours=FAVOURS[lang], width="1.5col", xlim=(0.2, 2))


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_cumulative-{lang}.pdf")
