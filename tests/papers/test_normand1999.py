"""Normand ST (1999). Meta-analysis: formulating, evaluating, combining, and reporting.

Stat Med 18:321-359. doi:10.1002/(SICI)1097-0258(19990215)18:3<321::AID-SIM28>3.0.CO;2-P
"""

from __future__ import annotations

import numpy as np
import pytest

import k2meta as k2

# p. 330, Table III: risk differences of lidocaine trials (Hine 1989) in percent, variance, 95 % limits
TABLE_III = [
    ("2.8026", "17.7575", "-5.5", "11.1"),
    ("0.0000", "37.5657", "-12.0", "12.0"),
    ("1.9711", "8.1323", "-3.6", "7.6"),
    ("1.7961", "10.8998", "-4.7", "8.3"),
    ("3.5334", "8.0114", "-2.0", "9.1"),
    ("4.4031", "6.1320", "-0.5", "9.3"),
]


@pytest.fixture(scope="module")
def lidocaine():
    return k2.effect_sizes(k2.load_dataset("hine1989"), "RD")


@pytest.mark.parametrize("i", range(6))
def test_table_iii_risk_differences(lidocaine, as_printed, i):
    estimate, variance, low, high = TABLE_III[i]
    y, v = 100 * lidocaine.yi[i], 100**2 * lidocaine.vi[i]
    as_printed(y, estimate)
    as_printed(v, variance)
    as_printed(y - 1.959964 * np.sqrt(v), low)
    as_printed(y + 1.959964 * np.sqrt(v), high)


@pytest.mark.parametrize("options", [{"model": "common"}, {"tau2": "REML"}, {"tau2": "DL"}], ids=str)
def test_table_vii_lidocaine(lidocaine, as_printed, options):
    # p. 349, Table VII: 2.94 (0.4 to 5.5) under all three, tau2 0
    fit = k2.meta_analysis(lidocaine, test="z", **options)
    as_printed(100 * fit.estimate, "2.94")
    as_printed(100 * fit.ci.low, "0.4")
    as_printed(100 * fit.ci.high, "5.5")
    assert fit.tau2 == 0


# p. 351, Table VIII: variances of differences in length of stay, one pooled SD for both arms
TABLE_VIII = ("40.59", "2.05", "15.28", "150.22", "20.19", "1.22", "95.38", "8.03", "20.69")
# p. 352, Table IX: estimate, limits, tau2
TABLE_IX = {
    "common": ("-3.49", "-5.03", "-1.96", None),
    "DL": ("-14.10", "-24.45", "-3.75", "218.72"),
    "REML": ("-15.12", "-32.67", "2.43", "685.20"),
}


@pytest.fixture(scope="module")
def stroke():
    rows = k2.load_dataset("normand1999")
    n1, n2 = rows["n1"], rows["n2"]
    pooled = np.sqrt(((n1 - 1) * rows["sd1"] ** 2 + (n2 - 1) * rows["sd2"] ** 2) / (n1 + n2 - 2))
    return k2.effect_sizes(rows.assign(sd1=pooled, sd2=pooled), "MD")


@pytest.mark.parametrize(("i", "text"), list(enumerate(TABLE_VIII)))
def test_table_viii_variances(stroke, as_printed, i, text):
    as_printed(stroke.vi[i], text)


@pytest.mark.parametrize("model", TABLE_IX)
def test_table_ix_length_of_stay(stroke, as_printed, model):
    options = {"model": "common"} if model == "common" else {"tau2": model}
    fit = k2.meta_analysis(stroke, test="z", **options)
    estimate, low, high, tau2 = TABLE_IX[model]
    as_printed(fit.estimate, estimate)
    as_printed(fit.ci.low, low)
    as_printed(fit.ci.high, high)
    if tau2:
        as_printed(fit.tau2, tau2)
