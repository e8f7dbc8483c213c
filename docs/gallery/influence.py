"""Twenty invented trials with outliers: eight diagnostics of each trial."""

import k2meta as k2

TITLE = {"en": "Influence diagnostics (invented trials)", "zh": "影响力诊断图（虚构试验）"}
ABOUT_ZH = "20项虚构试验（含离群值）：每项试验的八种诊断指标。"

effects = k2.effect_sizes(k2.load_dataset("viechtbauer2021"), "OR", study="study")
result = k2.influence(k2.meta_analysis(effects))


def draw(lang):
    """Draw the figure in one language."""
    return k2.influence_plot(result, lang=lang)


if __name__ == "__main__":
    for lang in ("en", "zh"):
        draw(lang).save(f"influence-{lang}.pdf")
