"""Azithromycin against another antibiotic: whether the difference in failures is too small to matter.

The grey band, 5 percentage points either way, is chosen for illustration; a review states its own
beforehand.
"""

import k2meta as k2

TITLE = {"en": "A band of equivalence", "zh": "等效区间"}
ABOUT_ZH = (
    "阿奇霉素与另一抗生素比较：失败率之差是否小到可以忽略？灰色带为上下5个百分点，仅作示例；"
    "系统评价应事先规定界值。"
)
ARMS = {"en": ("Azithromycin", "Comparator"), "zh": ("阿奇霉素", "对照药")}
FAVOURS = {"en": ("azithromycin", "comparator"), "zh": ("阿奇霉素", "对照药")}

effects = k2.effect_sizes(k2.load_dataset("laopaiboon2015"), "RD", study="study")
fit = k2.meta_analysis(effects)


def draw(lang):
    """Draw the figure in one language."""
    return k2.forest_plot(
        fit, lang=lang, arms=ARMS[lang], favours=FAVOURS[lang], band=(-0.05, 0.05), theme="bmj"
    )


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"forest_band-{lang}.pdf")
