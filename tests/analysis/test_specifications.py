"""specification_curve: every specification equals its own fit; nothing is dropped unsaid."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import k2meta as k2
from k2meta.analysis import multiverse, specifications
from k2meta.errors import DataError, OptionError

BCG = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
BCG_OR = k2.effect_sizes(k2.load_dataset("bcg"), "OR")


def assert_equals_own_fits(curve, masks: list[np.ndarray], effects: list[k2.Effects]) -> None:
    models, tests = curve.choices["model"], curve.choices["test"]
    assert curve.n == len(masks) == len(effects) == len(models) == len(tests)
    for i, (mask, source) in enumerate(zip(masks, effects, strict=True)):
        if models[i] == "common":
            method = {"model": "common"}
        else:
            method = {"tau2": float(models[i][7:]) if models[i].startswith("tau2 = ") else models[i]}
        one = k2.meta_analysis(source.subset(mask), test=tests[i], level=curve.level, **method)
        assert curve.k[i] == one.k
        for name, value in (
            ("estimate", one.estimate),
            ("se", one.se),
            ("p_value", one.p_value),
            ("ci_low", one.ci.low),
            ("ci_high", one.ci.high),
            ("i2", one.i2),
        ):
            ours = getattr(curve, name)[i]
            assert ours == pytest.approx(value, rel=1e-12 if name != "p_value" else 1e-11, abs=1e-12), name
        assert curve.tau2[i] == pytest.approx(one.tau2, rel=1e-10, abs=1e-14)
        assert curve.fit(i).estimate == one.estimate


def test_defaults_leave_out_each_study_in_turn() -> None:
    curve = k2.specification_curve(BCG)
    methods = [
        (tau2, test)
        for tau2 in ("common", "DL", "REML", "PM", "SJ")
        for test in ("z", "knapp-hartung")
        if (tau2, test) != ("common", "knapp-hartung")
    ]
    every = np.ones(13, dtype=bool)
    masks = [every, *(np.arange(13) != i for i in range(13))]
    names = ["all studies", *(f"without {study}" for study in BCG.study)]
    assert list(curve.choices) == ["model", "test", "studies"]
    expected = [(*method, name) for method in methods for name in names]
    assert list(zip(*curve.choices.values(), strict=True)) == expected
    assert curve.omitted == ("common, knapp-hartung: a test of random effects",)
    assert (curve.measure, curve.level) == ("RR", 0.95)
    assert_equals_own_fits(curve, masks * len(methods), [BCG] * curve.n)


def test_columns_are_crossed_factors() -> None:
    curve = k2.specification_curve(BCG, tau2=["REML", 0.1], test="knapp-hartung", by="allocation", level=0.9)
    groups = np.array(k2.load_dataset("bcg")["allocation"])
    assert set(curve.choices) == {"model", "test", "allocation"}
    assert set(curve.choices["model"]) == {"REML", "tau2 = 0.1"}
    masks = []
    for option in curve.choices["allocation"]:
        if option == "all":
            masks.append(np.ones(13, dtype=bool))
        elif option.startswith("not "):
            masks.append(groups != option[4:])
        else:
            masks.append(groups == option)
    assert curve.n == 2 * 7
    assert_equals_own_fits(curve, masks, [BCG] * curve.n)


def test_named_subsets_and_two_measures() -> None:
    late = k2.load_dataset("bcg")["year"].to_numpy() > 1960
    curve = k2.specification_curve(
        {"RR": BCG, "OR": BCG_OR},
        tau2=("common", "DL"),
        test=("z", "t"),
        subsets={"late": late, "early": ~late},
    )
    assert list(curve.choices) == ["effects", "model", "test", "studies"]
    combinations = list(
        itertools.product(("RR", "OR"), ("common", "DL"), ("z", "t"), ("all studies", "late", "early"))
    )
    assert list(zip(*curve.choices.values(), strict=True)) == combinations
    by_name = {"all studies": np.ones(13, dtype=bool), "late": late, "early": ~late}
    assert_equals_own_fits(
        curve,
        [by_name[row[3]] for row in combinations],
        [BCG if row[0] == "RR" else BCG_OR for row in combinations],
    )
    assert curve.measure == "GEN"
    assert curve.to_frame(natural=True)["estimate"].to_numpy() == pytest.approx(np.exp(curve.estimate))


def test_masks_may_be_rows_of_the_data() -> None:
    rows = k2.load_dataset("bcg")
    effects = k2.effect_sizes(rows, "RR", exclude={3: "not wanted"})
    assert effects.k == 12
    mask = np.arange(13) < 8
    curve = k2.specification_curve(effects, tau2="DL", test="z", subsets={"first": mask})
    assert curve.k.tolist() == [12, 7]


def test_redundant_and_small_choices_are_named() -> None:
    groups = ["a", "a", "a", "b"]
    data = {"study": list("ABCD"), "estimate": [0.1, 0.2, 0.3, 0.9], "se": [0.1] * 4, "g": groups}
    import pandas as pd

    effects = k2.effect_sizes(pd.DataFrame(data), "GEN", study="study", estimate="estimate", se="se")
    curve = k2.specification_curve(
        effects, tau2="DL", test="z", by="g", subsets={"no D": np.array([True, True, True, False])}
    )
    assert curve.n == 2
    assert curve.omitted == (
        "studies: all studies, g: b: 1 of at least 2 studies",
        "studies: no D, g: all: the same studies as studies: all studies, g: a",
        "studies: no D, g: a: the same studies as studies: all studies, g: a",
        "studies: no D, g: b: 0 of at least 2 studies",
    )
    one = k2.specification_curve(effects, tau2="DL", test="z", by="g", min_studies=1)
    assert one.k.tolist() == [4, 3, 1]
    with pytest.raises(DataError, match="Lower min_studies"):
        k2.specification_curve(effects, min_studies=5)


def test_studies_of_one_label_are_told_apart() -> None:
    effects = k2.effect_sizes({"estimate": [0.1, 0.2, 0.3], "se": [0.1] * 3}, "GEN", study=["A", "A", "B"])
    curve = k2.specification_curve(effects, tau2="DL", test="z")
    assert curve.choices["studies"] == ("all studies", "without A", "without A (2)", "without B")


def test_summaries() -> None:
    curve = k2.specification_curve(BCG, test="z", by="allocation")
    assert curve.median == np.median(curve.estimate)
    assert curve.share_significant == (curve.p_value < 0.05).mean()
    assert curve.share_same_direction == (curve.estimate < 0).mean()
    assert (np.diff(curve.estimate[curve.order]) >= 0).all()
    assert repr(curve).startswith(f"<SpecificationResult {curve.n} specifications, RR, median ")
    assert curve.fit(-1).estimate == pytest.approx(curve.estimate[-1], rel=1e-12)
    with pytest.raises(OptionError, match="there is no specification 999"):
        curve.fit(999)
    with pytest.raises(ValueError, match="read-only"):
        curve.estimate[0] = 0
    frame = curve.to_frame()
    assert len(frame) == curve.n
    assert frame.columns.is_unique


def test_a_column_named_like_an_answer_keeps_apart() -> None:
    import pandas as pd

    rows = pd.DataFrame({"estimate": [0.1, 0.2, 0.3, 0.9], "se": [0.1] * 4, "k": list("aabb")})
    effects = k2.effect_sizes(rows, "GEN", estimate="estimate", se="se")
    curve = k2.specification_curve(effects, tau2="DL", test="z", by=["k"])
    assert curve.choices["by k"] == ("all", "a", "b")
    assert curve.to_frame().columns.is_unique


def test_one_call_of_the_kernel_for_each_method(monkeypatch) -> None:
    calls = []
    original = specifications.pool_subsets
    monkeypatch.setattr(specifications, "pool_subsets", lambda *a, **b: calls.append(1) or original(*a, **b))
    curve = k2.specification_curve(BCG)
    assert len(calls) == 9
    assert curve.n == 9 * 14


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tau2": "REMEL"}, "did you mean 'REML'"),
        ({"tau2": ("DL", "dl")}, "given twice"),
        ({"tau2": "GENQ"}, "needs weights"),
        ({"tau2": -1.0}, "number >= 0"),
        ({"tau2": {"DL"}}, "tau2 is a set"),
        ({"tau2": "common", "test": "knapp-hartung"}, "leave no method"),
        ({"tau2": ()}, "leave no method"),
        ({"test": "HK"}, "knapp-hartung"),
        ({"subsets": "each"}, "unknown choice of subsets 'each'"),
        ({"subsets": {"all studies": np.ones(13, dtype=bool)}}, "other than 'all studies'"),
        ({"by": ["allocation", "allocation"]}, "twice"),
        ({"by": [np.arange(13)]}, "names of columns"),
        ({"min_studies": 0}, "min_studies is 0"),
        ({"min_studies": True}, "min_studies is True"),
        ({"level": 95}, "did you mean 0.95"),
    ],
)
def test_bad_options_are_told(options: dict, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        k2.specification_curve(BCG, **options)


def test_bad_data_are_told() -> None:
    with pytest.raises(DataError, match=r"fit\.effects"):
        k2.specification_curve(k2.meta_analysis(BCG))
    with pytest.raises(DataError, match="effects is a dict"):
        k2.specification_curve({})
    with pytest.raises(DataError, match=r"effects\['a'\] is a MetaResult"):
        k2.specification_curve({"a": k2.meta_analysis(BCG)})
    with pytest.raises(DataError, match="different scales"):
        k2.specification_curve({"RR": BCG, "RD": k2.effect_sizes(k2.load_dataset("bcg"), "RD")})
    with pytest.raises(DataError, match=r"subsets\['x'\] has the shape \(2,\)"):
        k2.specification_curve(BCG, subsets={"x": [True, False]})
    with pytest.raises(DataError, match="type int64"):
        k2.specification_curve(BCG, subsets={"x": np.arange(13)})
    with pytest.raises(DataError, match="did you mean 'allocation'"):
        k2.specification_curve(BCG, by="alocation")


def test_too_many_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(specifications, "MOST", 100)
    with pytest.raises(OptionError, match="126 specifications"):
        k2.specification_curve(BCG)
    monkeypatch.setattr(multiverse, "MOST_CHOICES", 10)
    with pytest.raises(OptionError, match="14 choices of studies"):
        k2.specification_curve(BCG)
