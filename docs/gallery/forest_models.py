"""Diuretics against pre-eclampsia, nine trials under three models: which one is asked decides the answer.

Each model has a diamond and a name of its own. The squares are sized by the weights of the first model.
"""

import k2meta as k2

TITLE = {"en": "Several models in one figure", "zh": "同一图中的多个模型"}
ABOUT_ZH = (
    "利尿剂预防先兆子痫的9项试验，三种模型：结论取决于所用模型。每个模型各有菱形和名称，"
    "方块大小按第一个模型的权重。"
)
ARMS = {"en": ("Diuretic", "Control"), "zh": ("利尿剂", "对照")}
FAVOURS = {"en": ("diuretic", "control"), "zh": ("利尿剂", "对照")}

trials = k2.load_dataset("collins1985b")
effects = k2.effect_sizes(trials, "OR", study="study", events1="preeclampsia1", events2="preeclampsia2")
fit = k2.meta_analysis(effects)
others = [k2.meta_analysis(effects, tau2="DL", test="z"), k2.meta_analysis(effects, model="common")]


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, models=others, lang=lang, arms=ARMS[lang], favours=FAVOURS[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_models-{lang}.pdf")
