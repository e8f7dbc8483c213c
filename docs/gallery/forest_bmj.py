"""Length of stay after a stroke, in the theme ``bmj``: mean differences in days.

Specialist against routine care. The heterogeneity is next to complete, and the prediction interval says
so.
"""

import k2meta as k2

TITLE = {"en": "Forest plot, theme bmj: mean differences", "zh": "森林图，bmj主题：均数差"}
ABOUT_ZH = "脑卒中后的住院天数，专科治疗与常规治疗比较，bmj主题：均数差（天）。"
ARMS = {"en": ("Specialist care", "Routine care"), "zh": ("专科治疗", "常规治疗")}
FAVOURS = {"en": ("specialist care", "routine care"), "zh": ("专科治疗", "常规治疗")}

effects = k2.effect_sizes(k2.load_dataset("normand1999"), "MD", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, theme="bmj", lang=lang, arms=ARMS[lang], favours=FAVOURS[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_bmj-{lang}.pdf")
