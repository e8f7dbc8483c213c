"""Meta-regression at its edges: what it refuses, how it says so, and what it leaves as it was."""

from __future__ import annotations

import math
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.models.formulas import parse_formula


def frame(**columns) -> pd.DataFrame:
    rows = {
        "study": [f"S{i}" for i in range(1, 9)],
        "estimate": [0.1, 0.3, 0.35, 0.65, 0.2, 0.5, 0.45, 0.8],
        "var": [0.03, 0.03, 0.05, 0.01, 0.04, 0.02, 0.06, 0.03],
        "dose": [1.0, 2.0, 2.5, 4.0, 1.5, 3.0, 3.5, 5.0],
        "region": ["Asia", "Asia", "Europe", "Europe", "Asia", "America", "America", "Europe"],
    }
    return pd.DataFrame(rows | columns)


def effects(**columns):
    return k2.effect_sizes(frame(**columns), "GEN", estimate="estimate", var="var")


@pytest.fixture(scope="module")
def bcg():
    return k2.effect_sizes(k2.load_dataset("bcg"), "RR")


# --- formulas -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "terms"),
    [
        ("~ dose", ("Intercept", "dose")),
        ("dose", ("Intercept", "dose")),
        ("~ 0 + region", ("region[America]", "region[Asia]", "region[Europe]")),
        ("~ dose + C(region)", ("Intercept", "dose", "C(region)[T.Asia]", "C(region)[T.Europe]")),
        ("~ C(dose > 2)", ("Intercept", "C(dose > 2)[T.True]")),
        ("~ C(arm)", ("Intercept", "C(arm)[T.2]", "C(arm)[T.3]")),
        ("~ `daily dose`", ("Intercept", "daily dose")),
        ("~ blind", ("Intercept", "blind")),
        ("~ poly(dose, 2)", ("Intercept", "poly(dose, 2)[1]", "poly(dose, 2)[2]")),
        ("~ scale(`daily dose`) + np.sqrt(dose)", ("Intercept", "scale(`daily dose`)", "np.sqrt(dose)")),
        ("~ Q('daily dose')", ("Intercept", "Q('daily dose')")),
        ("~ abs(dose - 3)", ("Intercept", "abs(dose - 3)")),
        (
            "~ C(region, contr.treatment('Asia'))",
            (
                "Intercept",
                "C(region, contr.treatment('Asia'))[T.America]",
                "C(region, contr.treatment('Asia'))[T.Europe]",
            ),
        ),
        ("~ n.all", ("Intercept", "n.all")),
        ("~ sei", ("Intercept", "sei")),
        ("~ 剂量 + log(`每日（μg）`)", ("Intercept", "剂量", "log(`每日（μg）`)")),
    ],
)
def test_formulas_and_names_of_coefficients(formula, terms):
    given = effects(
        **{
            "剂量": np.arange(8) ** 1.5,
            "每日（μg）": np.arange(2.0, 10.0),
            "n.all": range(8),
            "arm": [1, 2, 3, 1, 2, 3, 1, 2],
            "daily dose": np.arange(8) ** 2.0,
            "blind": [True, False] * 4,
        }
    )
    fit = k2.meta_regression(formula, given)
    assert fit.terms == terms
    assert fit.design.shape == (8, len(terms))
    assert fit.coefficients["term"].tolist() == list(terms)
    assert fit.predict(fit.moderators)["estimate"].tolist() == fit.predict()["estimate"].tolist()


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("yi ~ dose", "left side"),
        ("~ dose | region", "several parts"),
        ("~ dose +", "cannot be read"),
        ("~ (dose", "cannot be read"),
        ("~ Intercept", "is what the constant is called"),
        ("~ nothing(dose)", "there is no function nothing"),
        ("~ .", "name the moderators"),
        ("", "empty"),
        ("~ ", "empty"),
        (None, "formula is a NoneType"),
        (["dose"], "formula is a list"),
    ],
)
def test_formulas_that_are_none(formula, words):
    with pytest.raises(k2.OptionError, match=words) as told:
        k2.meta_regression(formula, effects())
    assert "\x1b" not in str(told.value)


def test_a_category_keeps_the_order_of_its_levels():
    order = pd.Categorical(frame()["region"], categories=["Europe", "Asia", "Africa", "America"])
    fit = k2.meta_regression("~ region", effects(region=order))
    assert fit.terms == ("Intercept", "region[T.Asia]", "region[T.America]")


# --- data ---------------------------------------------------------------------------------------------


def test_an_unknown_column_is_named_with_the_nearest():
    with pytest.raises(k2.DataError, match=r"'dos', which is no column of the data; did you mean 'dose'"):
        k2.meta_regression("~ dos", effects())


@pytest.mark.parametrize(
    ("columns", "formula", "words"),
    [
        ({"dose": [1, 2, None, 4, 5, None, 7, 8]}, "~ dose", "dose is missing for 'S3', 'S6'"),
        ({"region": ["a", "b", " ", "a", "b", "a", "b", "a"]}, "~ region", "region is missing for 'S3'"),
        ({"dose": [1, 2, np.inf, 4, 5, 6, 7, 8]}, "~ dose", "'dose' is infinite for 'S3'"),
        ({"dose": [0.0, 1, 2, 3, 0, 4, 5, 6]}, "~ log(dose)", r"log\(dose\).* is -inf for 'S1', 'S5'"),
        ({"dose": list("12345678")}, "~ dose", "numbers typed as text"),
        ({"dose": [1, 2, "three", 4, 5, 6, 7, 8]}, "~ dose", "'three' and 1"),
        ({"dose": pd.date_range("2020-01-01", periods=8)}, "~ dose", "holds dates"),
        ({"dose": [3] * 8}, "~ dose", "dose is 3 in all 8 studies"),
        ({"dose": [0] * 8}, "~ 0 + dose", "dose is 0 in all 8 studies"),
        ({"region": ["Asia"] * 8}, "~ region", "region has one level only"),
        ({"region": list("abcdefgh")}, "~ region", "8 coefficients for 8 studies"),
        ({}, "~ dose + I(2 * dose + 1)", r"I\(2 \* dose \+ 1\) is determined by Intercept, dose"),
        ({}, "~ region * I(dose > 2.4)", "is 0 in all|is determined by"),
        ({}, "~ log(region)", "cannot be evaluated"),
        ({}, "~ C(dose, 3)", "cannot be evaluated"),
        ({"n.all": range(8)}, "~ exp(n.all)", "Is `n.all` meant"),
        ({}, "~ 0", "has no coefficient"),
    ],
)
def test_moderators_that_cannot_be_used(columns, formula, words):
    with pytest.raises(k2.DataError, match=words):
        k2.meta_regression(formula, effects(**columns))


def test_collinear_is_said_whatever_the_units():
    """A moderator in billionths is no constant, and one at 1e9 with the intercept no copy of it."""
    base = k2.meta_regression("~ dose", effects())
    dose = frame()["dose"]
    tiny = k2.meta_regression("~ dose", effects(dose=dose * 1e-9))
    far = k2.meta_regression("~ dose", effects(dose=dose + 1e6))
    np.testing.assert_allclose(tiny.beta[1] * 1e-9, base.beta[1], rtol=1e-12)
    np.testing.assert_allclose(far.beta[1], base.beta[1], rtol=1e-8)
    with pytest.raises(k2.DataError, match="determined by"):
        k2.meta_regression("~ dose + other", effects(other=dose * 1e-9 + 3))


def test_levels_that_look_alike_warn():
    region = ["Asia", "asia ", "Europe", "Europe", "Asia", "Europe", "Asia", "Europe"]
    with pytest.warns(k2.DataWarning, match="'Asia', 'asia '") as told:
        k2.meta_regression("~ region", effects(region=region))
    assert told[0].filename == __file__


def test_missing_moderators_can_be_dropped_and_stay_visible():
    dose = [1.0, 2.0, None, 4.0, 1.5, 3.0, 3.5, 5.0]
    given = effects(dose=dose)
    fit = k2.meta_regression("~ dose", given, missing="drop")
    keep = np.array([d is not None for d in dose])
    alone = k2.meta_regression("~ dose", effects().subset(keep))
    assert fit.k == 7
    assert "S3" not in fit.study
    assert [(s.row, s.study, s.reason) for s in fit.effects.excluded] == [
        (2, "S3", "missing value in moderator dose")
    ]
    np.testing.assert_array_equal(fit.beta, alone.beta)
    assert "1 study left out: dose is missing for 'S3'" in fit.summary()
    assert len(fit.moderators) == 7
    with pytest.raises(k2.DataError, match="leaves no study"):
        k2.meta_regression("~ dose", effects(dose=[None] * 8), missing="drop")
    with pytest.raises(k2.OptionError, match="did you mean 'drop'"):
        k2.meta_regression("~ dose", given, missing="dropp")


def test_weights_follow_the_studies_when_one_is_dropped():
    weights = np.arange(1.0, 9.0)
    dose = [1.0, 2.0, None, 4.0, 1.5, 3.0, 3.5, 5.0]
    fit = k2.meta_regression("~ dose", effects(dose=dose), weights=weights, missing="drop")
    np.testing.assert_allclose(fit.weights, 100 * np.delete(weights, 2) / np.delete(weights, 2).sum())


def test_excluded_rows_do_not_shift_the_moderators():
    data = frame()
    data["estimate"] = [0.1, None, 0.35, 0.65, 0.2, 0.5, 0.45, 0.8]
    given = k2.effect_sizes(data, "GEN", estimate="estimate", var="var", missing="drop")
    fit = k2.meta_regression("~ dose", given)
    assert fit.k == 7
    np.testing.assert_array_equal(fit.design[:, 1], np.delete(data["dose"].to_numpy(), 1))
    for other in (data[["dose"]], data[["dose"]].drop(index=1), {"dose": data["dose"].tolist()}):
        np.testing.assert_array_equal(k2.meta_regression("~ dose", given, data=other).beta, fit.beta)


def test_data_of_another_length_index_or_order_is_refused():
    given, data = effects(), frame()
    with pytest.raises(k2.DataError, match=r"data= has 3 rows\. Expected 8"):
        k2.meta_regression("~ dose", given, data={"dose": [1, 2, 3]})
    with pytest.raises(k2.DataError, match="another index"):
        k2.meta_regression("~ dose", given, data=data[["dose"]].iloc[::-1])
    with pytest.raises(k2.DataError, match="another order: 'S8' stands where"):
        k2.meta_regression("~ dose", given, data=data.iloc[::-1].reset_index(drop=True))
    with pytest.raises(k2.DataError, match="data is a list"):
        k2.meta_regression("~ dose", given, data=[1, 2])


def test_data_comes_before_the_columns_of_the_effects():
    other = np.arange(8.0)[::-1]
    fit = k2.meta_regression("~ dose + region", effects(), data={"dose": other})
    np.testing.assert_array_equal(fit.moderators["dose"], other)
    assert fit.moderators["region"].tolist() == frame()["region"].tolist()


def test_effects_made_of_arrays_have_roles_as_moderators():
    given = k2.effect_sizes(
        None, "MD", mean1=[1, 2, 3, 5], sd1=[1] * 4, n1=[10, 20, 30, 40], mean2=[0] * 4, sd2=[1, 2, 1, 2],
        n2=[9] * 4,
    )  # fmt: skip
    fit = k2.meta_regression("~ n1", given, test="z")
    assert fit.design[:, 1].tolist() == [10, 20, 30, 40]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int8", "float32", "object"])
def test_numbers_of_any_type_are_numbers(dtype):
    dose = pd.Series([1, 2, 3, 4, 1, 3, 4, 5]).astype(dtype)
    fit = k2.meta_regression("~ dose", effects(dose=dose))
    assert fit.terms == ("Intercept", "dose")
    assert fit.design[:, 1].tolist() == [1, 2, 3, 4, 1, 3, 4, 5]


# --- options ------------------------------------------------------------------------------------------


def test_other_wrong_arguments():
    with pytest.raises(k2.DataError, match="effects is a DataFrame"):
        k2.meta_regression("~ dose", frame())
    with pytest.raises(k2.OptionError, match="'knapp-hartung'"):
        k2.meta_regression("~ dose", effects(), test="hksj")
    with pytest.raises(k2.OptionError, match="did you mean 'REML'"):
        k2.meta_regression("~ dose", effects(), tau2="REMEL")
    with pytest.raises(k2.OptionError, match="needs weights"):
        k2.meta_regression("~ dose", effects(), tau2="GENQ")
    with pytest.raises(k2.OptionError, match="random-effects model"):
        k2.meta_regression("~ dose", effects(), model="common", test="knapp-hartung")
    with pytest.raises(k2.DataError, match=r"weight above 0.*2 coefficients for 2 studies"):
        k2.meta_regression("~ dose", effects(), weights=[1, 1, 0, 0, 0, 0, 0, 0])


def test_a_common_effect_has_no_prediction_interval_and_no_r2():
    fit = k2.meta_regression("~ dose", effects(), model="common")
    assert fit.tau2 == 0
    assert fit.predict()["pi_low"].isna().all()
    assert math.isnan(fit.r2)
    assert fit.omnibus.distribution == "chi2"


# --- the result ---------------------------------------------------------------------------------------


def test_prediction_takes_transforms_and_levels_from_the_studies():
    fit = k2.meta_regression("~ center(dose) + region", effects())
    new = pd.DataFrame({"dose": [2.0, 4.0], "region": ["Asia", "Europe"]}, index=["low", "high"])
    out = fit.predict(new)
    assert out.index.tolist() == ["low", "high"]
    plain = k2.meta_regression("~ dose + region", effects()).predict(new)
    np.testing.assert_allclose(out.to_numpy(), plain.to_numpy(), rtol=1e-10)
    own = fit.predict()
    assert own["study"].tolist() == list(fit.study)
    np.testing.assert_allclose(own["estimate"], fit.fitted, rtol=1e-14)
    one = fit.predict({"dose": 2.0, "region": "Asia"})
    assert one["estimate"].iloc[0] == pytest.approx(out["estimate"].iloc[0], rel=1e-14)
    wider = fit.predict(new, level=0.99)
    assert (wider["ci_low"] < out["ci_low"]).all()


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({"dose": [2.0]}, "new has no column 'region'"),
        ({"dose": [2.0], "region": ["Africa"]}, "'Africa' in row 0 of new, a level that no study has"),
        ({"dose": [None], "region": ["Asia"]}, "missing in row 0 of new"),
        ({"dose": [True], "region": ["Asia"]}, "true or false in new, but numbers"),
        ({"dose": ["2"], "region": ["Asia"]}, "numbers typed as text"),
        ({"dose": ["high"], "region": ["Asia"]}, "text in new, but numbers"),
        ({"dose": [], "region": []}, "no rows"),
        (pd.DataFrame(), "no rows"),
        ([1, 2], "new is a list"),
    ],
)
def test_new_values_that_cannot_be_used(new, words):
    with pytest.raises(k2.DataError, match=words):
        k2.meta_regression("~ dose + region", effects()).predict(new)


def test_a_factor_of_numbers_refuses_new_levels():
    fit = k2.meta_regression("~ C(arm)", effects(arm=[1, 2, 3, 1, 2, 3, 1, 2]))
    with pytest.raises(k2.DataError, match="a level that no study has"):
        fit.predict({"arm": [4]})
    assert len(fit.predict({"arm": [3, 1]})) == 2


def test_natural_scale_of_predictions(bcg):
    fit = k2.meta_regression("~ latitude", bcg)
    log, ratio = fit.predict({"latitude": [10, 50]}), fit.predict({"latitude": [10, 50]}, natural=True)
    for column in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        np.testing.assert_allclose(ratio[column], np.exp(log[column]), rtol=1e-14)
    np.testing.assert_array_equal(ratio["se"], log["se"])


def test_terms_are_tested_by_name(bcg):
    fit = k2.meta_regression("~ latitude + C(allocation)", bcg)
    every = fit.test_terms("latitude", "C(allocation)")
    assert every.statistic == pytest.approx(fit.qm, rel=1e-13)
    assert fit.test_terms("latitude").statistic == pytest.approx(fit.statistic[1] ** 2, rel=1e-12)
    assert fit.test_terms("latitude").p_value == pytest.approx(fit.p_value[1], rel=1e-10)
    assert fit.test_terms("C(allocation)[T.random]").df == (1.0, 9.0)
    with pytest.raises(k2.OptionError, match="did you mean 'latitude'"):
        fit.test_terms("lattitude")
    with pytest.raises(k2.OptionError, match="no term to test"):
        fit.test_terms()


def test_intervals_of_another_level_and_method(bcg):
    fit = k2.meta_regression("~ latitude", bcg)
    assert np.allclose(
        fit.conf_int()[["ci_low", "ci_high"]], fit.coefficients[["ci_low", "ci_high"]], rtol=1e-14
    )
    wald = k2.meta_regression("~ latitude", bcg, test="z")
    np.testing.assert_allclose(fit.conf_int(method="z")["ci_low"], wald.coefficients["ci_low"], rtol=1e-13)
    common = k2.meta_regression("~ latitude", bcg, model="common")
    with pytest.raises(k2.OptionError, match="random-effects model"):
        common.conf_int(method="knapp-hartung")


def test_intervals_for_what_heterogeneity_is_left(bcg):
    fit = k2.meta_regression("~ latitude", bcg)
    profile, likelihood = fit.heterogeneity(), fit.heterogeneity("PL")
    for found in (profile, likelihood):
        assert found.tau2_ci.low < fit.tau2 < found.tau2_ci.high
        assert found.i2_ci.low < fit.i2 < found.i2_ci.high
    ours = k2.meta_regression("~ latitude", bcg, tau2="ML")
    full = ours.heterogeneity("PL").tau2_ci
    height = [k2.meta_regression("~ latitude", bcg, tau2=t).log_likelihood for t in full if t > 0]
    assert height
    for value in height:
        assert 2 * (ours.log_likelihood - value) == pytest.approx(3.841458820694124, rel=1e-9)
    with pytest.raises(k2.OptionError, match="interval method"):
        fit.heterogeneity("XX")


def test_what_is_shown_says_the_convention(bcg):
    fit = k2.meta_regression("~ latitude + year", bcg)
    text = fit.summary()
    for part in (
        "k = 13",
        "REML",
        "~ latitude + year",
        "QM: F =",
        "on 2, 10 df",
        "R2",
        "Residual QE",
        "latitude",
        "ten for each",
    ):
        assert part in text, part
    assert repr(fit).startswith("<MetaRegressionResult RR ~ latitude + year, k=13")
    assert "<table>" in fit._repr_html_()
    assert "nan" not in repr(k2.meta_regression("~ 1", bcg))
    assert "ten for each" not in k2.meta_regression("~ latitude", bcg).summary()


def test_results_are_read_only(bcg):
    fit = k2.meta_regression("~ latitude", bcg)
    for values in (fit.beta, fit.se, fit.vcov, fit.weights, fit.design):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0
    with pytest.raises(AttributeError):
        fit.tau2 = 1.0
    copy = fit.moderators
    copy.loc[0, "latitude"] = -1
    assert fit.moderators.iloc[0, 0] == 44


def test_effects_without_variation():
    """Knapp-Hartung of a perfect fit: no residual, no standard error, and no warning."""
    given = effects(estimate=[0.5] * 8)
    fit = k2.meta_regression("~ dose", given)
    assert fit.tau2 == 0
    assert fit.beta[0] == pytest.approx(0.5)
    assert fit.beta[1] == 0
    assert math.isnan(fit.p_value[1])  # 0 / 0 is no evidence
    assert math.isnan(fit.qm_p)
    assert fit.r2 == 0
    assert "dose" in fit.summary()


def test_a_study_that_alone_has_a_level_has_no_residual():
    fit = k2.meta_regression("~ region", effects(region=["x", *["y", "z"] * 3, "y"]))
    table = fit.study_frame()
    assert table["hat"][0] == pytest.approx(1.0, rel=1e-12)
    assert math.isnan(table["standardized"][0])
    assert np.isfinite(table["standardized"][1:]).all()


STATE = """
import warnings, sys, locale
import numpy as np, pandas as pd
import k2meta as k2
effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
def state():
    return (list(warnings.filters), np.geterr(), np.get_printoptions(), locale.getlocale(),
            sys.getrecursionlimit(), pd.get_option("display.max_rows"), np.random.get_state()[1].tolist())
before = state()
assert "formulaic" not in sys.modules
fit = k2.meta_regression("~ latitude * allocation", effects)
fit.predict({"latitude": [1.0], "allocation": ["random"]}); fit.summary()
assert "formulaic" in sys.modules
after = state()
assert after == before, [a for a, b in zip(after, before) if a != b]
assert not {"matplotlib", "scipy.stats", "statsmodels"} & set(sys.modules)
"""


def test_formulaic_comes_late_and_changes_no_state():
    subprocess.run([sys.executable, "-W", "error", "-c", STATE], check=True)


def test_one_regression_is_quick(bcg):
    k2.meta_regression("~ latitude + C(allocation)", bcg)
    best = math.inf
    for _ in range(10):
        start = time.process_time()
        k2.meta_regression("~ latitude + C(allocation)", bcg)
        best = min(best, time.process_time() - start)
    assert best < 0.010


def test_variables_come_in_the_order_of_the_formula():
    assert parse_formula("~ zeta + alpha:mid").variables == ("zeta", "alpha", "mid")
