"""Curves and envelopes that figures draw: p-value functions, profile likelihood, simulated residuals."""

from __future__ import annotations

import numpy as np
import pytest

import k2meta as k2
from k2meta.analysis import envelope
from k2meta.analysis.envelope import normal_quantiles, qq_envelope
from k2meta.analysis.likelihood_curves import profile_curve
from k2meta.analysis.p_values import p_value_curves
from k2meta.errors import DataError, OptionError

BCG = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
FITS = {
    "default": k2.meta_analysis(BCG),
    "z": k2.meta_analysis(BCG, test="z"),
    "t(k-2)": k2.meta_analysis(BCG, tau2="DL", prediction="t(k-2)"),
    "t(k-1)": k2.meta_analysis(BCG, tau2="DL", test="z", prediction="t(k-1)"),
    "common": k2.meta_analysis(BCG, model="common"),
    "weights": k2.meta_analysis(BCG, weights=np.arange(1.0, 14.0)),
    "mantel-haenszel": k2.mantel_haenszel(k2.load_dataset("bcg")),
    "peto": k2.peto(k2.load_dataset("bcg")),
    "one study": k2.meta_analysis(yi=[0.3], vi=[0.1]),
}


# --- p-value functions --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(FITS))
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_p_is_one_minus_level_at_the_limits(name: str, level: float) -> None:
    fit = FITS[name]
    for interval, curve in ((fit.conf_int(level), "pooled"), (fit.prediction_interval(level), "prediction")):
        if np.isnan(interval.low):
            assert np.isnan(p_value_curves(fit).prediction).all()
            continue
        values = getattr(p_value_curves(fit, [interval.low, fit.estimate, interval.high]), curve)
        assert values == pytest.approx([1 - level, 1.0, 1 - level], rel=1e-9)


@pytest.mark.parametrize("name", list(FITS))
def test_default_grid_holds_every_peak_and_the_intervals(name: str) -> None:
    fit = FITS[name]
    curves = p_value_curves(fit)
    assert (np.diff(curves.grid) > 0).all()
    assert curves.studies.shape == (fit.k, curves.grid.size)
    assert curves.studies.max(axis=1).tolist() == [1.0] * fit.k
    assert curves.pooled.max() == 1.0
    assert curves.grid[0] < fit.ci.low < fit.ci.high < curves.grid[-1]
    assert np.array_equal(curves.grid[curves.studies.argmax(axis=1)], fit.effects.yi)


def test_pooled_curve_at_no_effect_is_the_fits_own_p_value() -> None:
    for fit in FITS.values():
        assert p_value_curves(fit, [0.0, 1.0]).pooled[0] == pytest.approx(fit.p_value, rel=1e-12)


def test_p_values_where_nothing_varies() -> None:
    fit = k2.meta_analysis(yi=[0.7, 0.7, 0.7], vi=[0.1, 0.2, 0.1])
    curves = p_value_curves(fit)
    assert fit.se == 0
    assert curves.grid.size > 100
    assert set(curves.pooled.tolist()) == {0.0, 1.0}


def test_p_values_of_two_studies_stay_in_sight() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.9], vi=[0.02, 0.05])
    curves = p_value_curves(fit)
    assert fit.prediction_interval().width > 10
    assert curves.grid[-1] - curves.grid[0] < 3


def test_p_value_frame_and_faults() -> None:
    curves = p_value_curves(FITS["z"], [-1.0, 0.0])
    frame = curves.to_frame()
    assert len(frame) == 15 * 2
    assert frame.query("curve == 'pooled'")["p_value"].tolist() == curves.pooled.tolist()
    assert "k=13" in repr(curves)
    assert curves.measure == "RR"
    with pytest.raises(DataError, match="ascending"):
        p_value_curves(FITS["z"], [1.0, 0.0])
    with pytest.raises(DataError, match="fit is a Effects"):
        p_value_curves(BCG)
    with pytest.raises(OptionError, match="at most a million"):
        p_value_curves(FITS["z"], np.linspace(0, 1, 1_000_001))


# --- profile likelihood -------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["REML", "ML", "DL", "PM", "SJ"])
def test_profile_meets_the_interval_that_the_fit_reports(code: str) -> None:
    fit = k2.meta_analysis(BCG, tau2=code)
    curve = profile_curve(fit)
    interval = fit.heterogeneity(method="PL").tau2_ci
    assert tuple(curve.interval) == tuple(interval)
    assert curve.restricted == (code == "REML")
    assert curve.drop == pytest.approx(1.9207294103470494, rel=1e-12)
    for limit in interval:
        where = np.flatnonzero(curve.tau2 == limit)
        assert curve.log_likelihood[where] == pytest.approx(curve.cut, rel=1e-9)
    assert curve.log_likelihood.max() <= curve.max_log_likelihood + 1e-12
    assert curve.maximum in curve.tau2
    assert fit.tau2 in curve.tau2
    if code in ("REML", "ML"):
        assert curve.note == ""
        assert curve.max_log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)
        assert curve.fitted_log_likelihood == curve.max_log_likelihood
    else:
        assert "is not its maximum" in curve.note
        assert curve.fitted_log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)
        assert curve.fitted_log_likelihood < curve.max_log_likelihood


def test_profile_of_other_levels_and_two_studies() -> None:
    curve = profile_curve(k2.meta_analysis(BCG, level=0.9), points=50)
    assert curve.drop == pytest.approx(1.3527717270477047, rel=1e-9)
    assert 48 <= curve.tau2.size <= 54
    assert curve.to_frame().shape == (curve.tau2.size, 2)
    two = profile_curve(k2.meta_analysis(yi=[0.1, 0.9], vi=[0.02, 0.05]))
    # the limits span four orders of magnitude; the curve must show its peak
    inside = (two.tau2 >= two.interval.low) & (two.tau2 <= two.interval.high)
    assert inside.sum() > 60
    assert ((two.tau2 > 0.5 * two.maximum) & (two.tau2 < 2 * two.maximum)).sum() >= 5


@pytest.mark.parametrize(
    ("fit", "error", "words"),
    [
        ("common", OptionError, "no likelihood of tau2"),
        ("peto", OptionError, "no likelihood of tau2"),
        ("one study", DataError, "one study"),
    ],
)
def test_fits_without_tau2_are_told(fit: str, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        profile_curve(FITS[fit])


def test_bad_points_are_told() -> None:
    fit = FITS["default"]
    for points in (1, 2.5, True, "many"):
        with pytest.raises(OptionError, match="points is"):
            profile_curve(fit, points)
    for points in ([0.2, 0.1], [-0.1, 0.1], [0.1, np.inf], []):
        with pytest.raises(DataError, match="ascending"):
            profile_curve(fit, points)
    with pytest.raises(DataError, match="fit is a dict"):
        profile_curve({})


# --- the envelope -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in FITS if name != "one study"])
def test_envelope_orders_the_deleted_residuals(name: str) -> None:
    fit = FITS[name]
    found = qq_envelope(fit, reps=200, seed=3)
    rstudent = k2.influence(fit).rstudent
    assert found.residuals.tolist() == sorted(rstudent.tolist())
    assert rstudent[found.order].tolist() == found.residuals.tolist()
    assert found.study == tuple(fit.study[i] for i in found.order)
    for values in (found.low, found.high, found.quantiles):
        assert (np.diff(values) > 0).all()
    assert (found.low < found.high).all()
    again = qq_envelope(fit, reps=200, seed=3)
    assert again.low.tolist() == found.low.tolist()
    assert qq_envelope(fit, reps=200, seed=4).low.tolist() != found.low.tolist()
    assert (found.to_frame()["high"] == found.high).all()
    assert f"{found.outside} outside, 200 sets, seed 3" in repr(found)


@pytest.mark.parametrize(
    "options", [{}, {"tau2": "DL", "test": "z"}, {"tau2": 0.2}, {"weights": [1.0, 3.0, 2.0, 1.0, 1.0, 2.0]}],
    ids=["default", "DL", "fixed", "weights"],
)  # fmt: skip
def test_simulated_residuals_are_those_of_influence(options: dict) -> None:
    rng = np.random.default_rng(4)
    vi = rng.uniform(0.1, 0.5, 6)
    fit = k2.meta_analysis(yi=rng.normal(size=6), vi=vi, **options)
    sets = rng.normal(size=(3, 6))
    expected = [k2.influence(k2.meta_analysis(yi=row, vi=vi, **options)).rstudent.tolist() for row in sets]
    assert np.allclose(envelope._refitted_residuals(sets, fit), expected, rtol=1e-9, atol=1e-12)


def test_residuals_at_known_variances_are_those_of_influence() -> None:
    rng = np.random.default_rng(4)
    vi = rng.uniform(0.1, 0.5, 6)
    fit = k2.meta_analysis(yi=rng.normal(size=6), vi=vi, model="common")
    sets = rng.normal(size=(3, 6))
    expected = [k2.influence(k2.meta_analysis(yi=y, vi=vi, model="common")).rstudent for y in sets]
    assert np.allclose(envelope._residuals_at(sets, vi, fit.weights), expected, rtol=1e-10)
    # of known variances each deleted residual is standard normal
    many = envelope._simulated(fit, 40_000, rng)
    assert np.abs(many.mean(axis=0)).max() < 5 / 200
    assert np.abs(many.std(axis=0) - 1).max() < 5 / np.sqrt(2 * 40_000)


def test_envelope_covers_what_its_level_says() -> None:
    """Of data made under the model, a share of 1 - level lies outside of the envelope."""
    rng = np.random.default_rng(11)
    vi = rng.uniform(0.05, 0.4, 10)
    fit = k2.meta_analysis(yi=0.2 + np.sqrt(vi + 0.15) * rng.standard_normal(10), vi=vi, tau2=0.15)
    found = qq_envelope(fit, reps=4000, level=0.9, seed=1)
    fresh = np.sort(envelope._simulated(fit, 4000, rng), axis=1)
    share = ((fresh < found.low) | (fresh > found.high)).mean(axis=0)
    assert np.abs(share - 0.1).max() < 5 * np.sqrt(0.1 * 0.9 / 2000)


def test_normal_quantiles_are_symmetric() -> None:
    for k in (1, 2, 10, 11, 200):
        q = normal_quantiles(k)
        assert q == pytest.approx(-q[::-1], abs=1e-12)
    assert normal_quantiles(10)[0] == pytest.approx(-1.5466352, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"reps": 1}, "reps is 1"), ({"reps": 1e3}, "reps is 1000.0"), ({"reps": 10**9}, "reps is 1000000000"),
     ({"level": 95}, "did you mean 0.95"), ({"seed": "a"}, "seed is 'a'")],
)  # fmt: skip
def test_bad_envelopes_are_told(options: dict, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        qq_envelope(FITS["z"], **options)


def test_residuals_that_do_not_exist_are_told() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.1, 0.2, 0.1], weights=[0, 0, 1], test="z")
    with pytest.raises(OptionError, match="no deleted residual of 'Study 3'"):
        qq_envelope(fit)
    with pytest.raises(DataError, match="at least 2 studies"):
        qq_envelope(FITS["one study"])
