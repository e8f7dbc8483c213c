"""Acupoint P6 against nausea after surgery: sixteen trials as risk ratios and as differences."""

import k2meta as k2

TITLE = {"en": "Panels: risk ratio and risk difference", "zh": "多栏森林图：风险比（RR）与风险差"}
ABOUT_ZH = "刺激内关穴预防术后恶心的16项试验：同时显示风险比（RR）与风险差。"
ARMS = {"en": ("P6", "Sham"), "zh": ("内关穴", "假刺激")}
FAVOURS = {"en": ("P6", "sham"), "zh": ("内关穴", "假刺激")}

trials = k2.load_dataset("lee2004")
ratio = k2.meta_analysis(k2.effect_sizes(trials, "RR", study="study"))
difference = k2.meta_analysis(k2.effect_sizes(trials, "RD", study="study"))


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(
        [ratio, difference], lang=lang, arms=ARMS[lang], favours=FAVOURS[lang], merge_arms=True
    )


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_panels-{lang}.pdf")
