"""The catalogue, the number formats and the sentences of the figures."""

from __future__ import annotations

import math
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from k2meta.errors import DataError, OptionError
from k2meta.figures.forest.sentences import ForestFacts, PooledFact, alt_text, caption
from k2meta.figures.lettering.faces import is_han
from k2meta.figures.lettering.numbers import (
    MINUS,
    NUMBER_STYLES,
    format_count,
    format_df,
    format_i2,
    format_interval,
    format_number,
    format_p,
    format_tau2,
    get_number_style,
    percentages,
)
from k2meta.figures.words.catalogue import (
    CATALOGUE,
    TAU2_NAMES,
    effect_name,
    favours,
    level_text,
    model_name,
    pooled_label,
    say,
    tau2_name,
)
from k2meta.figures.words.method_notes import Method, method_note
from k2meta.figures.words.statistics_lines import (
    heterogeneity_line,
    overall_effect_line,
    p_value_runs,
    subgroup_line,
)
from k2meta.measures.registry import Measure

NAN = math.nan


def text(line) -> str:
    return "".join(run.text for runs in line for run in runs)


def italic(line) -> str:
    return "".join(run.text for runs in line for run in runs if run.italic)


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


# --- catalogue


@pytest.mark.parametrize("key", CATALOGUE)
def test_both_languages_say_the_same_with_the_same_values(key):
    words = CATALOGUE[key]
    assert words.en.strip()
    assert words.zh.strip()
    assert fields(words.en) == fields(words.zh)
    assert not any(is_han(char) for char in words.en)


def test_chinese_words_use_full_width_punctuation():
    for key, words in CATALOGUE.items():
        for before, after in zip(words.zh, words.zh[1:], strict=False):
            assert not (is_han(before) and before not in "，；" and after in ",;:("), key


def test_words_are_filled_in_and_faults_are_named():
    assert say("omitting", "zh", study="Knapen 2007") == "剔除 Knapen 2007"
    with pytest.raises(OptionError, match="did you mean 'weight'"):
        say("wieght", "en")
    with pytest.raises(OptionError, match="Known: en, zh"):
        say("weight", "fr")
    with pytest.raises(OptionError, match="need study"):
        say("omitting", "en", trial="x")


def test_terms_are_those_of_the_field():
    chinese = {
        key: say(key, "zh")
        for key in ("study", "experimental", "control", "weight", "subtotal", "mean", "sd")
    }
    assert list(chinese.values()) == ["研究", "试验组", "对照组", "权重", "小计", "均数", "标准差"]
    assert say("prediction interval", "zh") == "预测区间"
    assert pooled_label("en", 0.9) == "Total (90% CI)"
    assert pooled_label("zh", 0.95) == "合计（95% CI）"
    assert favours("K2", "zh") == "支持K2"
    assert model_name("common", "en", "Mantel-Haenszel") == "Common-effect model, Mantel–Haenszel"
    assert level_text(0.999) == "99.9%"


def test_estimators_have_names():
    assert set(TAU2_NAMES) >= {
        "DL",
        "DLIT",
        "HE",
        "HS",
        "HSK",
        "SJ",
        "SJIT",
        "ML",
        "REML",
        "EB",
        "PM",
        "PMM",
        "GENQ",
    }
    assert tau2_name("HSk", "en") == "Hunter–Schmidt, corrected for k"
    assert tau2_name("NEW", "en") == "NEW"


def test_chinese_ratio_names_carry_their_code():
    def nothing(roles, options):
        raise NotImplementedError

    risk = Measure("RR", "binary", "risk ratio", "相对危险度", ("events1",), nothing, scale="log")
    plain = Measure("MD", "continuous", "mean difference", "均数差", ("mean1",), nothing)
    assert effect_name(risk, "zh") == "相对危险度（RR）"
    assert effect_name(plain, "zh") == "均数差"
    assert effect_name(risk, "en") == "Risk ratio"
    assert effect_name(risk, "en", short=True) == "RR"


# --- numbers


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (0.5, 2, "0.50"),
        (-0.5, 2, "−0.50"),
        (-0.004, 2, "0.00"),
        (0.0, 0, "0"),
        (1234.5, 1, "1234.5"),
        (NAN, 2, "–"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
    ],
)
def test_numbers(value, decimals, printed):
    assert format_number(value, decimals) == printed


def test_number_styles():
    assert format_number(-1.25, 2, "lancet") == "−1·25"
    assert format_interval(0.13, 1.26, estimate=0.41) == "0.41 (0.13 to 1.26)"
    assert format_interval(0.13, 1.26, 2, "revman", 0.41) == "0.41 [0.13, 1.26]"
    assert format_interval(0.13, 1.26, 2, "lancet", 0.41) == "0·41 (0·13–1·26)"
    assert format_interval(0.13, 1.26, 2, "cma", 0.41) == "0.41（0.13～1.26）"
    assert format_interval(-0.5, 1.26, 2, "cma", 0.41) == "0.41（−0.50至1.26）"
    assert format_interval(-0.5, 1.26, 2, "lancet", 0.41) == "0·41 (−0·50 to 1·26)"
    assert format_interval(NAN, NAN) == "–"
    with pytest.raises(OptionError, match="number style"):
        get_number_style("vancouver")


def test_counts_split_thousands_in_chinese_only():
    assert format_count(12600) == "12600"
    assert format_count(1260, "zh") == "1260"
    assert format_count(1234567, "zh") == "1\u2009234\u2009567"
    assert format_count(12.25) == "12.25"
    assert format_count(NAN) == "–"
    assert format_df(1e-15) == "0"


@pytest.mark.parametrize(
    ("p", "style", "printed"),
    [
        (0.26, "plain", ("=", "0.26")),
        (0.0496, "plain", ("=", "0.050")),
        (0.0512, "plain", ("=", "0.051")),
        (0.0034, "plain", ("=", "0.003")),
        (0.0009, "plain", ("<", "0.001")),
        (0.0, "plain", ("<", "0.001")),
        (0.996, "plain", (">", "0.99")),
        (1.0, "plain", ("=", "1.00")),
        (0.0004, "revman", ("=", "0.0004")),
        (0.0098, "revman", ("=", "0.01")),
        (0.00008, "revman", ("<", "0.0001")),
        (1e-300, "revman", ("<", "0.00001")),
        (0.26, "jama", ("=", ".26")),
        (0.003, "jama", ("=", ".003")),
        (1e-9, "jama", ("<", ".001")),
        (1e-9, "lancet", ("<", "0·0001")),
        (NAN, "plain", ("=", "–")),
    ],
)
def test_p_values(p, style, printed):
    assert format_p(p, style) == printed


@given(p=st.floats(0, 1), style=st.sampled_from(sorted(NUMBER_STYLES)))
def test_p_is_never_zero_and_never_wrong_by_half_a_digit(p, style):
    relation, digits = format_p(p, style)
    value = float(digits.replace("·", "."))
    assert value > 0
    if relation == "<":
        assert p < value
    elif relation == ">":
        assert p > value
    else:
        decimals = len(digits.replace("·", ".").partition(".")[2])
        assert abs(value - p) <= 0.5000001 * 10**-decimals


def test_impossible_p_is_refused():
    with pytest.raises(DataError, match=r"1\.2"):
        format_p(1.2)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=200).filter(lambda w: sum(w) > 0), st.integers(0, 3))
def test_percentages_add_to_exactly_one_hundred(weights, decimals):
    shown = percentages(weights, decimals)
    assert sum(round(value * 10**decimals) for value in shown) == 100 * 10**decimals
    exact = np.array(weights) / math.fsum(weights) * 100
    assert np.abs(exact - np.array(shown)).max() <= 10**-decimals * (1 + 1e-6)


def test_percentages_keep_gaps_and_round_numbers():
    assert percentages([3, 3, 3, NAN])[:3] == (33.4, 33.3, 33.3)
    assert math.isnan(percentages([1, NAN])[1])
    assert percentages([30.0, 70.0]) == (30.0, 70.0)
    assert percentages([0.0, 0.0]) == (0.0, 0.0)
    assert percentages([]) == ()
    with pytest.raises(DataError, match="weight 2 is -1"):
        percentages([1, -1])


def test_spread():
    assert format_i2(24.4, "revman") == "24%"
    assert format_i2(NAN) == "–"
    assert [format_tau2(v) for v in (0.12345, 0.00456, 1e-12, 0.0)] == [
        "0.123",
        "0.00456",
        "<0.000001",
        "0.00",
    ]
    assert format_tau2(0.004, "revman") == "0.00"


# --- lines


def test_heterogeneity_in_each_house_style():
    def line(style, lang="en"):
        return text(heterogeneity_line(5.3, 4, 0.26, 24.4, 0.12, style=style, lang=lang))

    assert line("revman") == "Heterogeneity: Tau² = 0.12; Chi² = 5.30, df = 4 (P = 0.26); I² = 24%"
    assert line("jama") == "Heterogeneity: χ²₄ = 5.30 (P = .26), I² = 24%"
    assert line("bmj") == "Test for heterogeneity: τ²=0.120; χ²=5.30, df=4, P=0.26; I²=24%"
    assert line("plain") == "Heterogeneity: τ² = 0.120; χ² = 5.30, df = 4 (P = 0.26); I² = 24.4%"
    assert line("revman", "zh") == "异质性检验：τ² = 0.12；χ² = 5.30，ν = 4（P = 0.26）；I² = 24%"


def test_symbols_are_italic_where_the_style_says_so():
    arguments = (5.3, 4, 0.26, 24.4, 0.12)
    assert italic(heterogeneity_line(*arguments)) == "τχPI"
    assert italic(heterogeneity_line(*arguments, style="revman")) == ""
    assert italic(heterogeneity_line(*arguments, lang="zh")) == "τχνPI"
    assert p_value_runs(0.2)[0].italic
    assert not p_value_runs(0.2, "bmj")[0].italic


def test_lines_break_between_their_parts():
    line = heterogeneity_line(5.3, 4, 0.26, 24.4, 0.12)
    assert [text((part,)).rstrip()[-1] for part in line] == [";", ";", "%"]
    assert len(heterogeneity_line(5.3, 4, 0.26, 24.4)) == 2


def test_one_study_has_no_heterogeneity():
    assert text(heterogeneity_line(0.0, 0, NAN, NAN)) == "Heterogeneity: Not applicable"
    assert text(heterogeneity_line(NAN, 0, NAN, NAN, lang="zh")) == "异质性检验：不适用"


def test_overall_effect():
    assert (
        text(overall_effect_line(-3.99, 6.6e-5, style="revman"))
        == "Test for overall effect: Z = 3.99 (P < 0.0001)"
    )
    assert (
        text(overall_effect_line(-2.2, 0.0467, 12))
        == f"Test for overall effect: t = {MINUS}2.20, df = 12 (P = 0.047)"
    )
    assert (
        text(overall_effect_line(2.2, 0.5, 7.25, lang="zh")) == "总体效应检验：t = 2.20，ν = 7.2（P = 0.50）"
    )
    assert text(overall_effect_line(NAN, NAN)) == "Test for overall effect: Not applicable"


def test_subgroup_differences():
    expected = "Test for subgroup differences: Chi² = 1.53, df = 2 (P = 0.47), I² = 0%"
    assert text(subgroup_line(1.53, 2, 0.47, 0.0, style="revman")) == expected
    assert "F = 1.53, df = 2, 10 (" in text(subgroup_line(1.53, (2, 10), 0.26))
    assert text(subgroup_line(1.5, 1, 0.2, lang="zh", model="随机效应模型")).startswith(
        "亚组间差异检验（随机效应模型）："
    )
    assert text(subgroup_line(NAN, 1, NAN)).endswith("Not applicable")


# --- sentences


def facts(lang="en", **changes):
    numbers = {
        "pooled": [PooledFact("Model", "0.49", "0.34", "0.70", False)],
        "prediction": ("0.16", "1.53", True),
        "i2": "92%",
        "lowest": ("Ferguson 1949", "0.20"),
        "highest": ("Comstock 1974", "1.56"),
    }
    return ForestFacts(
        lang, "Risk ratio" if lang == "en" else "相对危险度（RR）", 13, **{**numbers, **changes}
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lowest": ("L" * 300, "0.2"), "highest": ("H" * 300, "9")},
        {"pooled": [PooledFact("Model " + "x" * 60, "0.49", "0.34", "0.70", None)] * 12},
        {"pooled": [], "prediction": None, "i2": "", "lowest": ("", ""), "highest": ("", "")},
        {"groups": 3, "not_estimable": 2},
        {"not_estimable": 1, "kind": "loo"},
    ],
)
def test_alternative_text_is_neither_empty_nor_endless(lang, changes):
    words = alt_text(facts(lang, **changes))
    assert 40 <= len(words) <= 600
    assert words.endswith("。" if lang == "zh" else ".")


def test_alternative_text_says_what_matters():
    words = alt_text(facts(groups=2, not_estimable=1))
    for part in (
        "13 studies",
        "2 subgroups",
        "0.49 (95% CI 0.34 to 0.70)",
        "excludes no effect",
        "0.16 to 1.53",
    ):
        assert part in words
    assert "1 study has no estimate" in words
    one = ForestFacts("en", "Risk ratio", 1, pooled=facts().pooled, lowest=("A", "1"), highest=("A", "1"))
    assert "1 study," in alt_text(one)
    assert "The study is A" in alt_text(one)


def test_the_footnote_names_every_choice():
    method = Method(
        df=12, k=13, prediction="t(k-2)", add=0.5, to="only0", i2_basis="tau2", excluded=2, convention="meta"
    )
    words = text(method_note(method, "en"))
    for part in (
        "Random-effects",
        "REML",
        "Knapp–Hartung, df = 12",
        "95% CI",
        "t quantiles, df = 11",
        "0.5 added to all cells of studies with a zero cell",
        "I² from τ²",
        "2 not pooled",
        "conventions of meta",
    ):
        assert part in words
    assert text(method_note(method, "zh")).endswith("。")
    peto = Method("common", "Peto", "none", "z", prediction="")
    assert text(method_note(peto, "en")) == "Common-effect model (Peto); 95% CI by normal quantiles (Wald)."
    assert "fixed at 0.0500" in text(method_note(Method(tau2="fixed", tau2_value=0.05), "en"))


@pytest.mark.parametrize("to", ["only0", "all", "if0all"])
@pytest.mark.parametrize("test", ["z", "t", "knapp-hartung", "knapp-hartung-adhoc"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_option_has_words(to, test, lang):
    for pooling in ("inverse variance", "Mantel-Haenszel", "Peto"):
        for model in ("random", "common"):
            assert text(method_note(Method(model, pooling, test=test, add=0.5, to=to), lang))


def test_the_caption():
    words = caption(facts(participants=12000, title="fractures", arrows=True), Method(df=12, k=13))
    assert words.startswith("Forest plot of fractures (13 studies, 12000 participants). Squares")
    assert "arrows mark" in words
    assert "REML" in words
    assert caption(facts("zh", participants=12000, title="骨折")).startswith(
        "骨折的森林图（13项研究，12\u2009000名受试者）。"
    )
