"""Bloodstream infections per catheter-day in nine trials: ratios of incidence rates."""

import k2meta as k2

TITLE = {"en": "Forest plot of rates", "zh": "发病率比的森林图"}
ABOUT_ZH = "9项试验中每导管日的血流感染：发病率比。"
ARMS = {"en": ("Anti-infective", "Standard"), "zh": ("抗感染导管", "标准导管")}
FAVOURS = {"en": ("anti-infective", "standard"), "zh": ("抗感染导管", "标准导管")}

effects = k2.effect_sizes(k2.load_dataset("nielweise2008"), "IRR", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(fit, theme="bmj", lang=lang, arms=ARMS[lang], favours=FAVOURS[lang])


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_rates-{lang}.pdf")
