"""DerSimonian R, Kacker R (2007). Random-effects model for meta-analysis of clinical trials: an update.

Contemp Clin Trials 28:105-114. doi:10.1016/j.cct.2006.04.004, pp. 111-112, Tables 3 and 4: aspirin in
pre-eclampsia (CLASP), log odds ratios. Four decimals as in metafor's replication of the tables.
"""

from __future__ import annotations

import pytest

import k2meta as k2

CLASP = {
    "events1": [5, 5, 12, 69, 9, 313],
    "n1": [156, 303, 565, 1570, 103, 4659],
    "events2": [8, 17, 9, 94, 11, 352],
    "n2": [74, 303, 477, 1565, 105, 4650],
}
# tau, estimate, se
PRINTED = {
    "PM": ("0.3681", "-0.3811", "0.2060"),
    "HE": ("0.4410", "-0.4035", "0.2327"),
    "DL": ("0.2323", "-0.3240", "0.1540"),
    "EB": ("0.3681", "-0.3811", "0.2060"),
    "REML": ("0.1843", "-0.2980", "0.1343"),
    "HS": ("0.1330", "-0.2666", "0.1125"),
    "SJ": ("0.4572", "-0.4079", "0.2386"),
}
# two-step estimators: the generalised Q estimator with weights 1 / (v + first tau2)
TWO_STEP = {"HE": ("0.3831", "-0.3861", "0.2115"), "DL": ("0.3254", "-0.3655", "0.1901")}


@pytest.fixture(scope="module")
def effects():
    return k2.effect_sizes(CLASP, "OR")


@pytest.mark.parametrize("method", PRINTED)
def test_estimators(effects, as_printed, method):
    fit = k2.meta_analysis(effects, tau2=method, test="z")
    for value, text in zip((fit.tau, fit.estimate, fit.se), PRINTED[method], strict=True):
        as_printed(value, text)


def test_maximum_likelihood_is_zero_here(effects):
    # metafor's replication gives tau = 0.0023, where its iterations stop; the likelihood falls from 0 on
    fit = k2.meta_analysis(effects, tau2="ML")
    assert fit.tau2 == 0
    assert fit.log_likelihood > k2.meta_analysis(effects, tau2=0.0023**2).log_likelihood


@pytest.mark.parametrize("first", TWO_STEP)
def test_two_step_estimators(effects, as_printed, first):
    tau2 = k2.meta_analysis(effects, tau2=first).tau2
    second = k2.meta_analysis(effects, tau2="GENQ", weights=1 / (effects.vi + tau2)).tau2
    fit = k2.meta_analysis(effects, tau2=second, test="z")
    for value, text in zip((fit.tau, fit.estimate, fit.se), TWO_STEP[first], strict=True):
        as_printed(value, text)
