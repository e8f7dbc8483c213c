"""Teacher expectancy: Raudenbush & Bryk (1985) and Raudenbush (2009)."""

from __future__ import annotations

import pytest

import k2meta as k2


@pytest.fixture(scope="module")
def rows():
    data = k2.load_dataset("raudenbush1985")
    return {"yi": data["estimate"], "vi": data["var"]}


def test_raudenbush_bryk_1985(rows, as_printed):
    # Raudenbush SW, Bryk AS (1985). J Educ Stat 10:75-98. doi:10.3102/10769986010002075, pp. 83, 85
    fit = k2.meta_analysis(**rows, tau2="REML", test="z")
    as_printed(fit.estimate, "0.084")
    as_printed(fit.tau2, "0.019")
    # 35.85 is printed (p. 83); the rounded effects of the table give 35.83
    assert fit.q == pytest.approx(35.85, abs=0.03)


# Raudenbush SW (2009). Analyzing effect sizes: random-effects models. In: Cooper H, Hedges LV, Valentine JC
# (eds), The handbook of research synthesis and meta-analysis, 2nd ed., p. 309, Table 16.3:
# tau2, estimate, se, statistic, limits
CONVENTIONAL = {
    "common": ("0.000", "0.060", "0.036", "1.655", "-0.011", "0.132"),
    "ML": ("0.013", "0.078", "0.047", "1.637", "-0.015", "0.171"),
    "REML": ("0.019", "0.084", "0.052", "1.621", "-0.018", "0.185"),
    "DL": ("0.026", "0.089", "0.056", "1.601", "-0.020", "0.199"),
    "HE": ("0.080", "0.114", "0.079", "1.443", "-0.041", "0.270"),
}
KNAPP_HARTUNG = {
    "ML": ("0.013", "0.078", "0.059", "1.311", "-0.047", "0.202"),
    "REML": ("0.019", "0.084", "0.062", "1.359", "-0.046", "0.213"),
    "DL": ("0.026", "0.089", "0.064", "1.405", "-0.044", "0.223"),
    "HE": ("0.080", "0.114", "0.071", "1.608", "-0.035", "0.264"),
}
CASES = [("z", method) for method in CONVENTIONAL] + [("knapp-hartung", method) for method in KNAPP_HARTUNG]


@pytest.mark.parametrize(("test", "method"), CASES)
def test_table_16_3(rows, as_printed, test, method):
    options = {"model": "common"} if method == "common" else {"tau2": method}
    fit = k2.meta_analysis(**rows, test=test, **options)
    ours = (fit.tau2, fit.estimate, fit.se, fit.statistic, fit.ci.low, fit.ci.high)
    for value, text in zip(ours, (CONVENTIONAL if test == "z" else KNAPP_HARTUNG)[method], strict=True):
        as_printed(value, text)


def test_table_16_2(rows, as_printed):
    # p. 301, Table 16.2
    common = k2.meta_analysis(**rows, model="common")
    as_printed(common.estimate, "0.060")
    as_printed(common.q, "35.83")
    fit = k2.meta_analysis(**rows, tau2="REML", test="z")
    as_printed(fit.statistic, "1.62")
    predicted = fit.blups()["estimate"]
    as_printed(predicted.min(), "-0.03")
    as_printed(predicted.max(), "0.25")
