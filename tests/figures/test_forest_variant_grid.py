"""No variant of the forest plot draws a faulty figure, in any theme, language or width."""

from __future__ import annotations

import warnings
from itertools import product

import forest_cases as cases
import pytest
from check_figure import check_figure

import k2meta as k2
from k2meta.figures.looks.themes import theme_names

WORDS = ("Low", "Some concerns", "High")
LANGUAGES = ("en", "zh", "en+zh")
WIDTHS = ("1col", "1.5col", "2col")
LABELS = ("short", "long", "zh", "word")


def _fit(k, labels, measure="RR", **options):
    return k2.meta_analysis(cases.effects(measure, k, labels), **options)


def _grouped(k, labels, measure="RR", **options):
    names = ["低风险" if i % 3 == 0 else "Unclear risk" for i in range(k)]
    return k2.subgroup_analysis(cases.effects(measure, k, labels), names, **options)


def _bias(fit):
    return {
        "study": list(fit.study),
        **{f"D{n}": [WORDS[(i + n) % 3] for i in range(fit.k)] for n in range(1, 6)},
    }


def _panels(k, labels):
    return [_fit(k, labels), _fit(k, labels, "RD")], {"band": [(0.8, 1.25), None]}


VARIANTS = {
    "cumulative": lambda k, lab: (
        k2.cumulative_meta_analysis(_fit(k, lab)),
        {"columns": ["effect", "p", "tau2", "i2"]},
    ),
    "left out, band": lambda k, lab: (
        k2.leave_one_out(_fit(k, lab)),
        {"columns": ["effect", "tau2"], "band": (0.8, 1.25)},
    ),
    "panels": _panels,
    "panels of subgroups": lambda k, lab: ([_grouped(k, lab), _grouped(k, lab, "RD")], {}),
    "panels left out": lambda k, lab: ([k2.leave_one_out(f) for f in _panels(k, lab)[0]], {}),
    "bias": lambda k, lab: (_fit(k, lab), {"rob": _bias(_fit(k, lab))}),
    "density": lambda k, lab: (
        _fit(k, lab),
        {"prediction_style": "density", "models": [_fit(k, lab, model="common")]},
    ),
    "line, band": lambda k, lab: (_fit(k, lab), {"prediction_style": "line", "band": (0.8, 1.25)}),
    "models in groups": lambda k, lab: (
        _grouped(k, lab),
        {"models": [_grouped(k, lab, model="common")], "sort": ("effect", "weight")},
    ),
}


def _cases():
    """Every variant in every theme; languages, widths, labels and sizes take turns."""
    for number, (variant, theme) in enumerate(product(VARIANTS, theme_names())):
        yield (
            variant,
            theme,
            LANGUAGES[number % 3],
            WIDTHS[(number // 2) % 3],
            LABELS[number % 4],
            (3, 7, 2)[(number // 3) % 3],
        )


@pytest.mark.parametrize("case", list(_cases()), ids=lambda case: "-".join(map(str, case)))
def test_no_fault(case):
    variant, theme, lang, width, labels, k = case
    result, options = VARIANTS[variant](k, labels)
    if lang == "en+zh":
        options["bilingual"] = "stack"
    arms = ("vitamin K2", "control") if lang != "zh" else ("维生素K2", "对照")
    with warnings.catch_warnings():
        # columns are left out of these on purpose narrow pages
        warnings.simplefilter("ignore", k2.LayoutWarning)
        try:
            figure = k2.forest_plot(result, theme=theme, lang=lang, width=width, favours=arms, **options)
        except k2.LayoutError as told:
            # two plots with their effects do not fit a narrow page: the width asked for must do
            assert "panels" in variant
            need = float(str(told).split("about ")[1].split(" mm")[0])
            assert need < 125
            figure = k2.forest_plot(result, theme=theme, lang=lang, width=need + 2, favours=arms, **options)
    # dots have a glyph and a dark edge each, so that their colours may look like those of other marks
    told_apart = ("HEIGHT", "WIDTH", "COLOUR_ONLY") if variant == "bias" else ("HEIGHT", "WIDTH")
    profile = "nature" if theme == "nature" else "plain"
    faults = [p for p in check_figure(figure, profile, files=False, dpi=100) if p.code not in told_apart]
    assert faults == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("variant", ["cumulative", "panels", "bias", "density"])
def test_no_fault_in_the_files(variant, lang):
    def make():
        result, options = VARIANTS[variant](7, "short")
        return k2.forest_plot(result, lang=lang, **options)

    assert check_figure(make(), factory=make, dpi=100) == []
