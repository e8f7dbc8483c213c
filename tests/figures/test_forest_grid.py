"""No combination of size, labels, width, theme, language, measure and kind draws a faulty figure."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from itertools import combinations

import forest_cases as cases
import pytest
from check_figure import check_figure
from figure_checks.problem import Profile
from figure_checks.saved import pdf_fonts, pdf_text

import k2meta as k2
from k2meta.figures.looks.themes import get_theme, page_width, theme_names

AXES = {
    "k": (1, 2, 3, 13, 60, 200),
    "theme": theme_names(),
    "lang": ("en", "zh"),
    "width": ("1col", "1.5col", "2col", 66.8, 260),
    "measure": ("RR", "OR", "RD", "MD", "SMD", "HR", "IRR", "PR", "PLN", "PLO", "PFT", "ZCOR"),
    "labels": ("short", "long", "word", "zh"),
    "kind": ("plain", "subgroups", "left out", "cumulative"),
}
EFFECTS = {"en": "Hazard ratio", "zh": "风险比（HR）"}
FAVOURS = {"en": ("vitamin K2", "control"), "zh": ("维生素K2", "对照")}


def _pairs(case):
    return {(a, case[a], b, case[b]) for a, b in combinations(AXES, 2)}


def _wanted():
    """Every pair of values, but 200 studies of every measure: they differ in nothing but time."""
    every = {(a, x, b, y) for a, b in combinations(AXES, 2) for x in AXES[a] for y in AXES[b]}
    return {pair for pair in every if pair[:3] != ("k", 200, "measure")}


def _pairwise():
    """Cases in which every wanted pair of values meets: greedy, the same in every run."""
    wanted, found, step = _wanted(), [], 0
    while wanted:
        a, x, b, y = min(wanted, key=str)
        case = {a: x, b: y}
        for name in AXES:
            if name not in case:
                step += 1
                turn = step % len(AXES[name])
                values = AXES[name][turn:] + AXES[name][:turn]
                # 200 studies take seconds: only where they meet a new pair
                case[name] = max(values, key=lambda v, n=name: (_gain(case, n, v, wanted), v != 200))
        found.append({name: case[name] for name in AXES})
        wanted -= _pairs(case)
    return found


def _gain(case, name, value, wanted):
    order = list(AXES)
    pairs = (
        (a, case[a], name, value) if order.index(a) < order.index(name) else (name, value, a, case[a])
        for a in case
    )
    return sum(pair in wanted for pair in pairs)


CASES = _pairwise()


def _result(case):
    measure = "GEN" if case["measure"] == "HR" else case["measure"]
    if case["kind"] == "cumulative":
        return k2.cumulative_meta_analysis(cases.result(measure, case["k"], case["labels"]))
    return cases.result(measure, case["k"], case["labels"], case["kind"])


def _pages(case, **options):
    """The figure of a case, as a list of pages."""
    lang = case["lang"]
    if case["measure"] == "HR":
        options["effect"] = EFFECTS[lang]
    with warnings.catch_warnings():
        # dropped columns and tall pages are what these cases provoke; test_forest.py asks for the warnings
        warnings.simplefilter("ignore", k2.LayoutWarning)
        figure = k2.forest_plot(
            _result(case),
            theme=case["theme"],
            lang=lang,
            width=case["width"],
            favours=FAVOURS[lang],
            pages="auto" if case["k"] == 200 else None,
            **options,
        )
    return [figure] if case["k"] != 200 else list(figure)


def _profile(theme):
    """Limits of the type only: the widths of this grid are no journal's."""
    return Profile(smallest=theme.min_size)


def _name(case):
    return "-".join(map(str, case.values()))


def test_the_grid_is_complete_and_has_not_shrunk():
    met = set().union(*(_pairs(case) for case in CASES))
    assert met >= _wanted()
    assert 80 <= len(CASES) <= 130  # with the pages of long ones and the files below, about 120 figures
    assert len(AXES["theme"]) >= 7


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_no_fault(case):
    pages = _pages(case)
    theme = get_theme(case["theme"])
    # the weights of one page do not add to 100, and a figure that is not split may be tall
    expected = {"HEIGHT", "NUMBERS"} if len(pages) > 1 else {"HEIGHT"}
    for figure in pages:
        found = check_figure(figure, _profile(theme), files=False, dpi=72 if len(pages) > 1 else 100)
        assert [problem for problem in found if problem.code not in expected] == []
        wanted = page_width(case["width"], theme)
        assert figure.get_size_inches()[0] * 25.4 == pytest.approx(wanted, rel=1e-9)
    kinds = [row["kind"] for page in pages for row in page.k2meta["rows"]]
    # the last step of a cumulative plot is the pooled row
    assert kinds.count("study") == case["k"] - (case["kind"] == "cumulative")
    assert "pooled" in kinds


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_weights_of_all_pages_add_to_100(lang):
    pages = k2.forest_plot(cases.result("OR", 200), lang=lang, pages="auto")
    weights = [w for page in pages for w in page.table().query("kind == 'study'").weight.astype(float)]
    assert len(weights) == 200
    assert sum(weights) == pytest.approx(100, rel=1e-9)


# Twelve whose files are looked at: every theme, both languages, every kind of number.
FILED = [
    {
        "k": 13 if number % 3 else 3,
        "theme": theme,
        "lang": ("en", "zh")[number % 2],
        "width": ("2col", "2col", "1col")[number % 3],
        "measure": measure,
        "labels": ("short", "zh")[number % 2],
        "kind": ("plain", "subgroups", "left out", "cumulative")[number % 4],
    }
    for number, (theme, measure) in enumerate(
        zip((AXES["theme"] * 2)[:12], AXES["measure"], strict=True), start=len(AXES["theme"])
    )
]


WORD = r"[A-Za-z\u4e00-\u9fff]{3,}"


def _text_of(path):
    """Text of a PDF without blanks, as poppler reads it where it is installed."""
    if not shutil.which("pdftotext"):
        return pdf_text(path)
    done = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", str(path), "-"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return re.sub(r"\s+", "", done.stdout)


@pytest.mark.parametrize("case", FILED, ids=_name)
def test_the_pdf_has_sound_fonts_and_gives_back_every_number(case, tmp_path):
    (figure,) = _pages(case)
    path = tmp_path / "forest.pdf"
    figure.save(path)
    assert list(pdf_fonts(path)) == []
    inside, printed = _text_of(path), figure.table().drop(columns="kind")
    cells = [re.sub(r"\s+", "", cell) for cell in printed.to_numpy().ravel()]
    numbers = [cell for cell in cells if re.search(r"\d", cell) and not re.search(WORD, cell)]
    assert len(numbers) >= case["k"]
    assert [cell for cell in numbers if cell not in inside] == []
    # a label may be broken over lines, between which poppler reads the other columns
    words = [word for cell in cells for word in re.findall(WORD, cell)]
    assert len(words) >= case["k"]
    assert [word for word in words if not all(char in inside for char in word)] == []


@pytest.mark.parametrize("case", FILED[:2], ids=_name)
def test_no_fault_in_the_files(case):
    (figure,) = _pages(case)
    problems = check_figure(
        figure, _profile(get_theme(case["theme"])), factory=lambda: _pages(case)[0], dpi=100
    )
    assert problems == []


def test_the_filed_cases_cover_what_they_should():
    assert {case["theme"] for case in FILED} == set(AXES["theme"])
    assert {case["measure"] for case in FILED} == set(AXES["measure"])
    assert {case["lang"] for case in FILED} == {"en", "zh"}
