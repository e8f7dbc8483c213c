"""Lipsey MW, Wilson DB (2001). Practical meta-analysis. Sage. P. 133, Exhibit 7.3."""

from __future__ import annotations

import pytest

import k2meta as k2

DATA = {
    "yi": [-0.33, 0.32, 0.39, 0.31, 0.17, 0.64, -0.33, 0.15, -0.02, 0.00],
    "vi": [0.084, 0.035, 0.017, 0.034, 0.072, 0.117, 0.102, 0.093, 0.012, 0.067],
}
# estimate, se, z, p, limits
PRINTED = {
    "common": ("0.1549", "0.0609", "2.5450", "0.0109", "0.0356", "0.2742"),
    "DL": ("0.1534", "0.0858", "1.7893", "0.0736", "-0.0146", "0.3215"),
}


@pytest.mark.parametrize("model", PRINTED)
def test_exhibit_7_3(as_printed, model):
    options = {"model": "common"} if model == "common" else {"tau2": model}
    fit = k2.meta_analysis(**DATA, test="z", **options)
    ours = (fit.estimate, fit.se, fit.statistic, fit.p_value, fit.ci.low, fit.ci.high)
    for value, text in zip(ours, PRINTED[model], strict=True):
        as_printed(value, text)


def test_heterogeneity(as_printed):
    fit = k2.meta_analysis(**DATA, tau2="DL")
    as_printed(fit.q, "14.7640")
    as_printed(fit.q_p, "0.0976")
    as_printed(fit.tau2, "0.025955")
