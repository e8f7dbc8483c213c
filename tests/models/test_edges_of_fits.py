"""Fits at the edges of what can be pooled: no spread, no weight, extreme units, idle options."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import k2meta as k2
from k2meta.errors import DataError, OptionError
from k2meta.kernels.tau2 import TAU2_ESTIMATORS

Y, V = [0.1, 0.3, 0.5, 0.2], [0.1, 0.2, 0.1, 0.3]
NO_WEIGHTS = [code for code, estimator in TAU2_ESTIMATORS.items() if not estimator.needs_weights]


@pytest.mark.parametrize("k", [2, 300])
def test_no_effect_without_any_spread_is_no_evidence(k: int) -> None:
    # Knapp-Hartung gives se = 0: 0 / 0 must not become p = 0, in floats (k small) and in arrays
    fit = k2.meta_analysis(yi=[0.0] * k, vi=[0.1, 0.2] * (k // 2))
    assert fit.estimate == fit.se == 0.0
    assert math.isnan(fit.statistic)
    assert math.isnan(fit.p_value)
    fit = k2.meta_analysis(yi=[-0.3] * k, vi=[0.1, 0.2] * (k // 2))
    assert fit.statistic == -math.inf
    assert fit.p_value == 0.0


@pytest.mark.parametrize("code", NO_WEIGHTS)
@pytest.mark.parametrize("scale", [1e-29, 1e-20, 1e20, 1e29])
def test_units_far_from_one_change_nothing(code: str, scale: float) -> None:
    y, v = np.array([0.4, -1.1, 2.3, 0.9, -0.2]), np.array([0.3, 0.1, 0.8, 0.2, 1.1])
    plain = k2.meta_analysis(yi=y, vi=v, tau2=code)
    other = k2.meta_analysis(yi=y * scale, vi=v * scale * scale, tau2=code)
    assert math.isclose(other.estimate / scale, plain.estimate, rel_tol=1e-10)
    assert math.isclose(other.se / scale, plain.se, rel_tol=1e-10)
    assert math.isclose(other.tau2 / scale**2, plain.tau2, rel_tol=1e-10)
    assert math.isclose(other.se_tau2 / scale**2, plain.se_tau2, rel_tol=1e-10)


@pytest.mark.parametrize(
    ("yi", "vi"), [([1e70, 1.0], [1.0, 1.0]), ([1.0, 2.0], [1e-70, 1.0]), ([1.0, 2.0], [1e70, 1.0])]
)
def test_beyond_double_precision_the_study_is_named(yi, vi) -> None:
    with pytest.raises(DataError, match=r"'Study 1' .*another unit"):
        k2.meta_analysis(yi=yi, vi=vi)
    with pytest.raises(DataError, match=r"\[0, 0\] is .*another unit"):
        k2.meta_analysis_many([yi], [vi])


def test_later_changes_of_the_weights_do_not_reach_the_fit() -> None:
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    fit = k2.meta_analysis(yi=Y, vi=V, weights=weights, test="z")
    weights[:] = 1.0
    assert fit.conf_int() == fit.ci
    assert fit.user_weights is not None
    assert not fit.user_weights.flags.writeable


def test_generalised_q_needs_two_weights() -> None:
    with pytest.raises(DataError, match=r"only 'Study 4' has a weight"):
        k2.meta_analysis(yi=Y, vi=V, tau2="GENQ", weights=[0, 0, 0, 1])
    assert k2.meta_analysis(yi=[0.3], vi=[0.1], tau2="GENQ", weights=[1]).tau2 == 0.0


def test_options_without_meaning_are_refused() -> None:
    with pytest.raises(OptionError, match=r"tau2='DL' was given with model='common'"):
        k2.meta_analysis(yi=Y, vi=V, model="common", tau2="DL")
    common = k2.meta_analysis(yi=Y, vi=V, model="common", convention="revman5")
    with pytest.raises(OptionError, match="belongs to the random-effects model"):
        common.conf_int(method="knapp-hartung")
    assert common.conf_int(method="t").width > common.ci.width


def test_batches_without_anything_to_pool_give_nan() -> None:
    y, v = np.array([Y, Y]), np.array(V)
    nobody = k2.meta_analysis_many(y, v, keep=np.zeros((2, 4), dtype=bool))
    assert np.isnan(nobody.estimate).all()
    assert (nobody.k == 0).all()
    weights = np.array([[0, 0, 0, 1.0], [0, 0, 0, 0]])
    pooled = k2.meta_analysis_many(y, v, weights=weights, tau2="DL")
    assert pooled.estimate[0] == 0.2
    assert np.isnan(pooled.estimate[1])
    assert (pooled.k == 4).all()
    assert np.isnan(k2.meta_analysis_many(y, v, weights=weights, tau2="GENQ").estimate).all()


def test_weights_of_a_batch_are_checked_where_they_count() -> None:
    y, v = np.array([Y, Y]), np.array(V)
    keep = np.array([[True, True, True, False], [True, True, True, False]])
    weights = np.array([1.0, 2.0, 1.0, np.nan])
    masked = k2.meta_analysis_many(y, v, keep=keep, weights=weights)
    alone = k2.meta_analysis(yi=Y[:3], vi=V[:3], weights=weights[:3])
    assert np.allclose(masked.estimate, alone.estimate, rtol=1e-13, atol=0)
    for bad, words in (
        (weights, r"weights\[0, 3\] is nan"),
        (["a"] * 4, "Expected a number"),
        ([1, 2], "shape"),
    ):
        with pytest.raises(DataError, match=words):
            k2.meta_analysis_many(y, v, weights=bad)


def test_batch_answers_cannot_be_changed() -> None:
    batch = k2.meta_analysis_many(np.array([Y, Y]), np.array(V))
    with pytest.raises(ValueError, match="read-only"):
        batch.estimate[0] = 0.0


def test_dask_takes_any_shape_that_numpy_takes() -> None:
    da = pytest.importorskip("dask.array")
    y = np.random.default_rng(7).normal(size=(10, 4))
    lazy = da.from_array(y, chunks=(4, 2))
    for v in (np.full((1, 4), 0.3), [0.3] * 4, np.full((10, 4), 0.3)):
        expected = k2.meta_analysis_many(y, v).estimate
        assert np.array_equal(k2.meta_analysis_many(lazy, v).estimate, expected)
    one = k2.meta_analysis_many(da.from_array(y[0], chunks=2), [0.3] * 4)
    assert one.estimate == k2.meta_analysis_many(y[0], [0.3] * 4).estimate


# metafor 3.8-1: rma.mh(ai, n1i=, ci, n2i=, measure=, add=c(1/2,1/2), to="if0all", drop00=c(TRUE,FALSE))$QE
TABLES = {
    "events1": [20, 59, 6, 1, 72, 36, 31, 210, 11, 0, 19],
    "n1": [86, 230, 32, 6, 260, 147, 102, 210, 46, 163, 64],
    "events2": [91, 103, 75, 25, 106, 3, 82, 233, 57, 0, 56],
    "n2": [222, 291, 195, 62, 254, 8, 191, 233, 157, 114, 159],
}


@pytest.mark.parametrize(("measure", "q"), [("RR", 8.239674146276004), ("OR", 3.3262874982863426)])
def test_dropped_tables_do_not_have_the_others_corrected(measure: str, q: float) -> None:
    rule = {"add": (0.5, 0.5), "to": ("if0all", "if0all"), "drop00": (True, False)}
    fit = k2.mantel_haenszel(TABLES, measure, **rule)
    assert math.isclose(fit.q, q, rel_tol=1e-12)
    assert fit.q_df == 8


def test_a_correction_of_effects_that_exist_already_is_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effects = k2.effect_sizes(TABLES, "RD")
    with pytest.raises(OptionError, match="holds already"):
        k2.mantel_haenszel(effects, "RD", add=0.25)
    pair = k2.mantel_haenszel(effects, "RD", add=(0.0, 0.5), to=("none", "all"))
    rows = k2.mantel_haenszel(TABLES, "RD", add=(0.5, 0.5), to=("only0", "all"))
    assert pair.estimate == rows.estimate
