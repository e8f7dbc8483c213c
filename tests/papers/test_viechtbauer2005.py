"""Viechtbauer W (2005). Bias and efficiency of meta-analytic variance estimators.

J Educ Behav Stat 30:261-293. doi:10.3102/10769986030003261, the two examples on pp. 271-272.
"""

from __future__ import annotations

import pytest

import k2meta as k2


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.split()]


METHODS = ("HS", "HE", "DL", "ML", "REML", "EB", "SJ")
EXAMPLES = {
    "p. 271": {
        "yi": [-0.581, 0.530, 0.771, 1.031, 0.553, 0.295, 0.078, 0.573, -0.176, -0.232],
        "vi": [0.023, 0.052, 0.060, 0.115, 0.095, 0.203, 0.200, 0.211, 0.051, 0.040],
        "tau2": ("0.228", "0.148", "0.277", "0.197", "0.223", "0.192", "0.199"),
        "i2": ("77.23", "68.80", "80.44", "74.51", "76.84", "74.05", "74.75"),
        "h2": ("4.39", "3.21", "5.11", "3.92", "4.32", "3.85", "3.96"),
    },
    "p. 272": {
        "yi": numbers(
            "0.100 -0.162 -0.090 -0.049 -0.046 -0.010 -0.431 -0.261 0.134 "
            "0.019 0.175 0.056 0.045 0.103 0.121 -0.482 0.290 0.342"
        ),
        "vi": numbers(
            "0.016 0.015 0.050 0.050 0.032 0.052 0.036 0.024 0.034 "
            "0.033 0.031 0.034 0.039 0.167 0.134 0.096 0.016 0.035"
        ),
        "tau2": ("0.010", "0.000", "0.013", "0.013", "0.016", "0.010", "0.025"),
        "i2": ("22.93", "0.00", "27.53", "28.45", "32.02", "23.72", "42.67"),
        "h2": ("1.30", "1.00", "1.38", "1.40", "1.47", "1.31", "1.74"),
    },
}


@pytest.mark.parametrize("page", EXAMPLES)
@pytest.mark.parametrize(("i", "method"), list(enumerate(METHODS)))
@pytest.mark.parametrize("quantity", ["tau2", "i2", "h2"])
def test_estimators(as_printed, page, i, method, quantity):
    example = EXAMPLES[page]
    fit = k2.meta_analysis(yi=example["yi"], vi=example["vi"], tau2=method)
    as_printed(getattr(fit, quantity), example[quantity][i])
