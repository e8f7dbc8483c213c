"""No combination of size, labels, width, theme, language, measure and kind draws a faulty figure."""

from __future__ import annotations

import warnings
from itertools import combinations

import forest_cases as cases
import pytest
from check_figure import check_figure

import k2meta as k2

AXES = {
    "k": (1, 2, 3, 13, 60),
    "theme": ("plain", "revman"),
    "lang": ("en", "zh"),
    "width": ("1col", "1.5col", "2col", 66.8, 260),
    "measure": ("RR", "OR", "RD", "MD", "SMD", "IRR", "GEN", "PR", "PLO", "PFT", "ZCOR"),
    "labels": ("short", "long", "word", "zh"),
    "kind": ("plain", "subgroups", "left out"),
}


def _pairs(case):
    return {(a, case[a], b, case[b]) for a, b in combinations(AXES, 2)}


def _pairwise():
    """Cases in which every pair of values meets: greedy, the same in every run."""
    names = list(AXES)
    wanted = {(a, x, b, y) for a, b in combinations(names, 2) for x in AXES[a] for y in AXES[b]}
    cases_, step = [], 0
    while wanted:
        a, x, b, y = min(wanted, key=str)
        case = {a: x, b: y}
        for name in names:
            if name not in case:
                step += 1
                values = AXES[name][step % len(AXES[name]) :] + AXES[name][: step % len(AXES[name])]
                case[name] = max(values, key=lambda v, n=name: _gain(case, n, v, wanted))
        cases_.append({name: case[name] for name in names})
        wanted -= _pairs(case)
    return cases_


def _gain(case, name, value, wanted):
    order = list(AXES)
    pairs = (
        (a, case[a], name, value) if order.index(a) < order.index(name) else (name, value, a, case[a])
        for a in case
    )
    return sum(pair in wanted for pair in pairs)


CASES = _pairwise()


def _figure(case, **options):
    with warnings.catch_warnings():
        # dropped columns and tall pages are what these cases provoke; test_forest.py asks for the warnings
        warnings.simplefilter("ignore", k2.LayoutWarning)
        return k2.forest_plot(
            cases.result(case["measure"], case["k"], case["labels"], case["kind"]),
            theme=case["theme"],
            lang=case["lang"],
            width=case["width"],
            favours=("vitamin K2", "control") if case["lang"] == "en" else ("维生素K2", "对照"),
            **options,
        )


def test_the_grid_is_complete():
    met = set().union(*(_pairs(case) for case in CASES))
    assert len(met) == sum(len(AXES[a]) * len(AXES[b]) for a, b in combinations(AXES, 2))


@pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join(map(str, c.values())))
def test_no_fault(case):
    figure = _figure(case)
    assert [p for p in check_figure(figure, files=False, dpi=100) if p.code != "HEIGHT"] == []
    width = case["width"]
    wanted = {"1col": 85, "1.5col": 130, "2col": 174}.get(width, width)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_hundred_studies(lang):
    pages = k2.forest_plot(cases.result("OR", 200), lang=lang, pages="auto")
    assert sum(row["kind"] == "study" for page in pages for row in page.k2meta["rows"]) == 200
    faults = [p for page in pages for p in check_figure(page, files=False, dpi=72)]
    # the weights of one page do not add to 100; those of all pages do
    assert {p.code for p in faults} <= {"NUMBERS"}
    weights = [w for page in pages for w in page.table().query("kind == 'study'").weight.astype(float)]
    assert sum(weights) == pytest.approx(100, rel=1e-9)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["plain", "revman"])
def test_no_fault_in_the_files(theme, lang):
    case = {"k": 13, "theme": theme, "lang": lang, "width": "2col", "measure": "RR", "labels": "short"}
    case["kind"] = "subgroups" if theme == "plain" else "plain"
    assert check_figure(_figure(case), factory=lambda: _figure(case), dpi=100) == []
