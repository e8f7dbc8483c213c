"""BCG vaccine against tuberculosis (Colditz et al. 1994) as printed by metafor and in two methods papers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import k2meta as k2

# What metafor prints for rma(yi, vi, data = dat), log risk ratios, REML: the opening example of
# Viechtbauer W (2010), J Stat Softw 36(3), doi:10.18637/jss.v036.i03. README.md says where it was read.
METAFOR_PRINTS = {
    "tau2": "0.3132",
    "se_tau2": "0.1664",
    "i2": "92.22",
    "h2": "12.86",
    "q": "152.2330",
    "estimate": "-0.7145",
    "se": "0.1798",
    "statistic": "-3.9744",
}


@pytest.fixture(scope="module")
def rows():
    return k2.load_dataset("bcg")


@pytest.mark.parametrize(("quantity", "text"), METAFOR_PRINTS.items())
def test_reml_of_log_risk_ratios(rows, as_printed, quantity, text):
    fit = k2.meta_analysis(k2.effect_sizes(rows, "RR"), tau2="REML", test="z")
    as_printed(getattr(fit, quantity), text)


def test_interval_of_log_risk_ratio(rows, as_printed):
    fit = k2.meta_analysis(k2.effect_sizes(rows, "RR"), tau2="REML", test="z")
    as_printed(fit.ci.low, "-1.0669")  # same output
    as_printed(fit.ci.high, "-0.3622")
    assert (fit.k, fit.q_df) == (13, 12)
    assert fit.p_value < 0.0001


def test_interval_of_tau2(rows, as_printed):
    # output of confint(res), same vignette
    interval = k2.meta_analysis(k2.effect_sizes(rows, "RR"), tau2="REML").heterogeneity().tau2_ci
    as_printed(interval.low, "0.1197")
    as_printed(interval.high, "1.1115")


def test_van_houwelingen_common_effect(rows, as_printed):
    # van Houwelingen HC, Arends LR, Stijnen T (2002). Stat Med 21:589-624. doi:10.1002/sim.1040, p. 596
    fit = k2.meta_analysis(k2.effect_sizes(rows, "OR"), model="common")
    as_printed(math.exp(fit.estimate), "0.647")
    as_printed(math.exp(fit.ci.low), "0.595")
    # 0.703 is printed; the limit rounds to 0.702
    assert math.exp(fit.ci.high) == pytest.approx(0.703, abs=0.001)


@pytest.fixture(scope="module")
def maximum_likelihood(rows):
    return k2.meta_analysis(k2.effect_sizes(rows, "OR"), tau2="ML", test="z")


def test_van_houwelingen_maximum_likelihood(maximum_likelihood, as_printed):
    # p. 597, in the text
    fit = maximum_likelihood
    as_printed(math.exp(fit.estimate), "0.476")
    as_printed(math.exp(fit.ci.low), "0.336")
    as_printed(math.exp(fit.ci.high), "0.675")
    as_printed(fit.tau2, "0.302")


def test_van_houwelingen_range_of_true_effects(maximum_likelihood, as_printed):
    # p. 599: estimate -+ 1.96 tau, without the uncertainty of the estimate
    fit = maximum_likelihood
    as_printed(fit.estimate - 1.959964 * fit.tau, "-1.820")
    as_printed(fit.estimate + 1.959964 * fit.tau, "0.336")


def test_berkey_empirical_bayes(rows, as_printed):
    # Berkey CS, Hoaglin DC, Mosteller F, Colditz GA (1995). Stat Med 14:395-411.
    # doi:10.1002/sim.4780140406, p. 408: empirical Bayes with smoothed variances
    effects = k2.effect_sizes(rows, "RR")
    a, n1, c, n2 = (rows[name].to_numpy(float) for name in ("events1", "n1", "events2", "n2"))
    smoothed = np.mean((n1 - a) / a) / n1 + np.mean((n2 - c) / c) / n2
    fit = k2.meta_analysis(yi=effects.yi, vi=smoothed, tau2="EB", test="z")
    as_printed(fit.estimate, "-0.5429")
    as_printed(fit.se, "0.1842")
    as_printed(fit.tau2, "0.268")
