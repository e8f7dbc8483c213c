"""Chinese over English in one figure, for journals that ask for both: four trials of statins, theme ``cma``.

Words of your own come in both languages as well.
"""

import k2meta as k2

TITLE = {"en": "Both languages in one figure", "zh": "中英文对照的森林图"}
ABOUT_ZH = (
    "同一图中中文在上、英文在下，供要求双语的期刊使用：他汀的四项试验，cma主题。"
    "自定义的文字也按两种语言给出。"
)
ARMS = {"en": ("Intensive", "Moderate"), "zh": ("强化", "中等强度")}
FAVOURS = {"en": ("intensive", "moderate"), "zh": ("强化", "中等强度")}

effects = k2.effect_sizes(k2.load_dataset("cannon2006"), "OR", study="study")
fit = k2.meta_analysis(effects, model="common")


def draw(_lang):
    """Draw the figure; it is the same in either language."""
    return k2.forest_plot(fit, theme="cma", lang="en+zh", bilingual="stack", arms=ARMS, favours=FAVOURS)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_bilingual-{lang}.pdf")
