"""What a meta-regression promises whatever the data: the same answer by other roads, and invariance."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.kernels.likelihood import log_likelihood
from k2meta.kernels.tau2 import TAU2_ESTIMATORS
from k2meta.models.regression_numbers import as_problem
from k2meta.studies.checks import checked_effects

sys.path.insert(0, str(Path(__file__).parent))
from random_sets import random_sets

CODES = sorted(TAU2_ESTIMATORS)
TESTS = ("z", "t", "knapp-hartung", "knapp-hartung-adhoc")
NUMBERS = ("tau2", "se_tau2", "i2", "h2", "qe", "qm", "qm_p", "log_likelihood", "aic", "bic", "aicc", "r2")


def made(seed: int, k: int = 14):
    """Effects with a covariate, a year and a group."""
    rng = np.random.default_rng(seed)
    dose, year = rng.uniform(0, 5, k), rng.integers(1950, 2020, k)
    group = np.array(["a", "b", "c"])[rng.permutation(np.arange(k) % 3)]
    vi = 10.0 ** rng.uniform(-2.5, -0.5, k)
    yi = 0.2 * dose + (group == "b") * 0.4 + rng.normal(size=k) * np.sqrt(vi + 0.05)
    return pd.DataFrame({"estimate": yi, "var": vi, "dose": dose, "year": year, "group": group})


def effects_of(data: pd.DataFrame):
    return k2.effect_sizes(data, "GEN", estimate="estimate", var="var")


def fit(formula: str, data: pd.DataFrame, code: str = "REML", test: str = "knapp-hartung", **options):
    weights = 1 / np.sqrt(data["var"].to_numpy()) if code == "GENQ" else None
    return k2.meta_regression(formula, effects_of(data), tau2=code, test=test, weights=weights, **options)


def same(a, b, rel: float = 1e-9) -> None:
    """All numbers of two fits that do not depend on how the moderators are coded."""
    for name in NUMBERS:
        x, y = getattr(a, name), getattr(b, name)
        assert math.isclose(x, y, rel_tol=rel, abs_tol=rel) or (math.isnan(x) and math.isnan(y)), (name, x, y)
    for column in ("estimate", "se", "ci_low", "pi_high"):
        np.testing.assert_allclose(a.predict()[column], b.predict()[column], rtol=rel, atol=rel)
    np.testing.assert_allclose(a.weights, b.weights, rtol=rel)
    for column in ("residual_se", "hat"):
        np.testing.assert_allclose(a.study_frame()[column], b.study_frame()[column], rtol=rel, atol=rel)


# --- other roads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("code", CODES)
def test_no_moderator_is_the_pooled_analysis(code, test):
    for seed in range(3):
        data = made(seed, k=5 + 40 * seed)
        regression = fit("~ 1", data, code, test)
        weights = regression.user_weights
        pooled = k2.meta_analysis(effects_of(data), tau2=code, test=test, weights=weights)
        rel = 1e-12
        row = regression.coefficients.iloc[0]
        for a, b in (
            (row["estimate"], pooled.estimate),
            (row["se"], pooled.se),
            (row["statistic"], pooled.statistic),
            (row["p_value"], pooled.p_value),
            (row["ci_low"], pooled.ci.low),
            (row["ci_high"], pooled.ci.high),
            (regression.tau2, pooled.tau2),
            (regression.se_tau2, pooled.se_tau2),
            (regression.qe, pooled.q),
            (regression.qe_p, pooled.q_p),
            (regression.i2, pooled.i2),
            (regression.h2, pooled.h2),
            (regression.i2_q, pooled.i2_q),
            (regression.log_likelihood, pooled.log_likelihood),
            (regression.aic, pooled.aic),
            (regression.bic, pooled.bic),
            (regression.aicc, pooled.aicc),
            (regression.predict()["pi_low"].iloc[0], pooled.prediction_interval().low),
            (regression.predict()["pi_high"].iloc[0], pooled.prediction_interval().high),
            (regression.heterogeneity().tau2_ci.high, pooled.heterogeneity().tau2_ci.high),
            (regression.heterogeneity("PL").i2_ci.high, pooled.heterogeneity("PL").i2_ci.high),
        ):
            assert math.isclose(a, b, rel_tol=rel, abs_tol=1e-14), (code, test, a, b)
        assert regression.df == pooled.df
        np.testing.assert_allclose(regression.weights, pooled.weights, rtol=1e-12)
        assert math.isnan(regression.qm)
        assert "no moderator" in regression.omnibus.note


@pytest.mark.parametrize("formula", ["~ dose", "~ dose + group", "~ dose * group", "~ 0 + group"])
def test_without_tau2_it_is_weighted_least_squares(formula):
    import statsmodels.api as sm

    data = made(7, k=30)
    ours = fit(formula, data, 0.0, "knapp-hartung")
    wls = sm.WLS(data["estimate"].to_numpy(), ours.design, weights=1 / data["var"].to_numpy()).fit()
    np.testing.assert_allclose(ours.beta, wls.params, rtol=1e-11)
    np.testing.assert_allclose(ours.se, wls.bse, rtol=1e-11)
    np.testing.assert_allclose(ours.vcov, wls.cov_params(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.p_value, wls.pvalues, rtol=1e-9)
    np.testing.assert_allclose(ours.conf_int()[["ci_low", "ci_high"]], wls.conf_int(), rtol=1e-9)
    np.testing.assert_allclose(ours.residuals, wls.resid, rtol=1e-9, atol=1e-13)
    assert ours.qe == pytest.approx(wls.ssr, rel=1e-11)
    if "Intercept" in ours.terms:
        assert ours.qm == pytest.approx(wls.fvalue, rel=1e-9)
        assert ours.qm_p == pytest.approx(wls.f_pvalue, rel=1e-9)


def exact(x, yi, vi, tau2: float, row):
    """Coefficients, covariance, QE(tau2), and mean and variance at a row, without any rounding."""
    X = [[Fraction(float(e)) for e in line] for line in x]
    y, w = [Fraction(float(e)) for e in yi], [1 / (Fraction(float(e)) + Fraction(tau2)) for e in vi]
    k, p = len(y), len(X[0])
    table = [
        [sum(w[i] * X[i][a] * X[i][b] for i in range(k)) for b in range(p)]
        + [sum(w[i] * X[i][a] * y[i] for i in range(k))]
        + [Fraction(int(a == b)) for b in range(p)]
        for a in range(p)
    ]
    for c in range(p):
        table[c] = [e / table[c][c] for e in table[c]]
        for r in range(p):
            if r != c:
                table[r] = [e - table[r][c] * f for e, f in zip(table[r], table[c], strict=True)]
    beta, cov = [line[p] for line in table], [line[p + 1 :] for line in table]
    q = sum(w[i] * (y[i] - sum(X[i][a] * beta[a] for a in range(p))) ** 2 for i in range(k))
    at = [Fraction(float(e)) for e in row]
    mean = sum(a * b for a, b in zip(at, beta, strict=True))
    variance = sum(at[a] * cov[a][b] * at[b] for a in range(p) for b in range(p))
    as_floats = np.array([[float(e) for e in line] for line in cov])
    return np.array([float(b) for b in beta]), as_floats, float(q), float(mean), float(variance)


@pytest.mark.parametrize(
    "formula", ["~ dose", "~ year", "~ year + dose + group", "~ year + I((year - 1980)**2)"]
)
@pytest.mark.parametrize("tau2", [0.0, 0.125])
def test_exact_fractions(formula, tau2):
    """Calendar years are far from centred: digits must not be lost to that."""
    data = made(11)
    ours = fit(formula, data, tau2, "z")
    row = ours.design[3]
    beta, cov, q, mean, variance = exact(ours.design, data["estimate"], data["var"], tau2, row)
    se = np.sqrt(np.diagonal(cov))
    assert np.abs((ours.beta - beta) / se).max() < 2e-12
    np.testing.assert_allclose(ours.se, se, rtol=1e-12)
    predicted = ours.predict().iloc[3]
    assert abs(predicted["estimate"] - mean) < 1e-13 * math.sqrt(variance) * 100
    assert predicted["se"] == pytest.approx(math.sqrt(variance), rel=1e-12)
    if tau2 == 0:
        assert ours.qe == pytest.approx(q, rel=1e-12)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("code", [c for c in CODES if c != "GENQ"])
def test_a_factor_is_the_subgroup_analysis_with_a_common_tau2(code, test):
    for seed in (1, 2):
        data = made(seed, k=18)
        regression = fit("~ C(group)", data, code, test)
        groups = k2.subgroup_analysis(effects_of(data), "group", common_tau2=True, tau2=code, test=test)
        assert regression.qm == pytest.approx(groups.between.statistic, rel=1e-9)
        assert regression.qm_p == pytest.approx(groups.between.p_value, rel=1e-8)
        assert regression.omnibus.df == groups.between.df
        means = fit("~ 0 + group", data, code, "z")
        for name, group in groups.groups.items():
            at = means.terms.index(f"group[{name}]")
            assert means.beta[at] == pytest.approx(group.estimate, rel=1e-9)
            assert means.tau2 == pytest.approx(group.tau2, rel=1e-9, abs=1e-12)
        assert means.r2 == pytest.approx(regression.r2, rel=1e-8, abs=1e-9)


def test_one_moderator_and_its_omnibus_test_are_one():
    for code in ("DL", "REML"):
        for test in TESTS:
            ours = fit("~ dose", made(3), code, test)
            assert ours.qm == pytest.approx(ours.statistic[1] ** 2, rel=1e-12)
            assert ours.qm_p == pytest.approx(ours.p_value[1], rel=1e-9)


# --- invariance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_how_a_moderator_is_coded_does_not_matter(code):
    data = made(5)
    plain = fit("~ dose + year + group", data, code)
    same(plain, fit("~ center(dose) + center(year) + group", data, code))
    same(plain, fit("~ scale(dose) + I(year / 10 - 198) + C(group, contr.sum)", data, code))
    same(plain, fit("~ group + year + dose", data, code))
    moved = data.assign(dose=data["dose"] * 1e-9, year=data["year"] * 1e6)
    same(plain, fit("~ dose + year + group", moved, code), rel=1e-8)
    # group columns without an intercept span the same space, but then every coefficient is tested
    means = fit("~ 0 + group + dose + year", data, code)
    assert means.tau2 == pytest.approx(plain.tau2, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(means.fitted, plain.fitted, rtol=1e-9)


@pytest.mark.parametrize("code", CODES)
def test_order_of_the_studies_does_not_matter(code):
    data = made(6)
    order = np.random.default_rng(0).permutation(len(data))
    a, b = (
        fit("~ dose + group", data, code),
        fit("~ dose + group", data.iloc[order].reset_index(drop=True), code),
    )
    np.testing.assert_allclose(a.beta, b.beta, rtol=1e-9)
    np.testing.assert_allclose(a.vcov, b.vcov, rtol=1e-8)
    np.testing.assert_allclose(a.weights[order], b.weights, rtol=1e-9)
    assert a.qm == pytest.approx(b.qm, rel=1e-8)
    assert a.log_likelihood == pytest.approx(b.log_likelihood, rel=1e-10)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("scale", [1e-8, 1 / 3, 1e6])
def test_shift_and_scale_of_the_effects(code, scale):
    data = made(8)
    base = fit("~ dose + group", data, code)
    scaled = fit(
        "~ dose + group", data.assign(estimate=data["estimate"] * scale, var=data["var"] * scale**2), code
    )
    np.testing.assert_allclose(scaled.beta / scale, base.beta, rtol=1e-9)
    np.testing.assert_allclose(scaled.se / scale, base.se, rtol=1e-9)
    np.testing.assert_allclose(scaled.p_value, base.p_value, rtol=1e-8)
    assert scaled.tau2 / scale**2 == pytest.approx(base.tau2, rel=1e-9, abs=1e-12)
    for name in ("i2", "h2", "qe", "qm", "r2"):
        assert getattr(scaled, name) == pytest.approx(getattr(base, name), rel=1e-8, abs=1e-9), name
    moved = fit("~ dose + group", data.assign(estimate=data["estimate"] + 3.0), code)
    np.testing.assert_allclose(moved.beta[1:], base.beta[1:], rtol=1e-9)
    assert moved.beta[0] == pytest.approx(base.beta[0] + 3.0, rel=1e-10)
    assert moved.tau2 == pytest.approx(base.tau2, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("code", CODES)
def test_a_moderator_that_shifts_the_effects_only_moves_its_coefficient(code):
    """y + c x has the slope b + c and all else as it was; but SJ starts from the spread of y."""
    data = made(9)
    base = fit("~ dose", data, code)
    tilted = fit("~ dose", data.assign(estimate=data["estimate"] + 0.7 * data["dose"]), code)
    if code == "SJ":
        assert tilted.tau2 != pytest.approx(base.tau2, rel=1e-3)
        return
    assert tilted.tau2 == pytest.approx(base.tau2, rel=1e-9, abs=1e-12)
    assert tilted.beta[1] == pytest.approx(base.beta[1] + 0.7, rel=1e-9)
    np.testing.assert_allclose(tilted.se, base.se, rtol=1e-9)


# --- hostile data -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_never_fails_on_hostile_effects(code):
    rng = np.random.default_rng(4)
    tried = 0
    for kind, yi, vi in random_sets(300):
        if yi.size < 5:
            continue
        moderators = {"dose": rng.normal(size=yi.size), "arm": np.arange(yi.size) % 2}
        ours = k2.meta_regression(
            "~ dose + arm",
            checked_effects(yi, vi),
            data=moderators,
            tau2=code,
            weights=1 / np.sqrt(vi) if code == "GENQ" else None,
        )
        assert ours.convergence.converged, kind
        assert np.isfinite(ours.beta).all(), kind
        assert np.isfinite(ours.tau2), kind
        assert ours.tau2 >= 0, kind
        assert 0 <= ours.i2 <= 100, kind
        assert 0 <= ours.r2 <= 100, kind
        assert (ours.se >= 0).all(), kind
        tried += 1
    assert tried > 200


@pytest.mark.parametrize("code", ["ML", "REML"])
def test_no_higher_likelihood_elsewhere(code):
    rng = np.random.default_rng(5)
    for kind, yi, vi in random_sets(200, seed=77):
        if yi.size < 4:
            continue
        moderators = {"dose": rng.normal(size=yi.size)}
        ours = k2.meta_regression("~ dose", checked_effects(yi, vi), data=moderators, tau2=code, test="z")
        problem, _ = as_problem(yi, vi, ours.design)
        top = np.log(vi.min() + 1e3 * (ours.tau2 + yi.var() + vi.max()))
        grid = np.append(np.maximum(np.exp(np.linspace(np.log(vi.min()), top, 300)) - vi.min(), 0.0), 0.0)
        others = log_likelihood(problem.repeat(grid.size), grid, code == "REML")
        height = ours.log_likelihood
        assert others.max() <= height + 1e-9 * (1 + abs(height)), kind
