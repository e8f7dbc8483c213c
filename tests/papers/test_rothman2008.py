"""Rothman KJ, Greenland S, Lash TL (2008). Modern epidemiology, 3rd ed. Chapter 15, 90 % limits."""

from __future__ import annotations

import math

import pytest

import k2meta as k2

# Table 15-1: deaths in the University Group Diabetes Program, tolbutamide and placebo, by age
TOLBUTAMIDE = {"events1": [8, 22], "n1": [106, 98], "events2": [5, 16], "n2": [120, 85]}
# Table 15-2: coronary deaths of British doctors, smokers and non-smokers, 10 000 person-years, by age
DOCTORS = {
    "events1": [32, 104, 206, 186, 102],
    "time1": [5.2407, 4.3248, 2.8612, 1.2663, 0.5317],
    "events2": [2, 12, 28, 28, 31],
    "time2": [1.8790, 1.0673, 0.5710, 0.2585, 0.1462],
}
# Table 15-5: spermicide use of mothers of children with Down syndrome and of controls, by age
SPERMICIDES = {"events1": [3, 1], "n1": [12, 4], "events2": [104, 5], "n2": [1163, 91]}


def test_risk_difference(as_printed):
    fit = k2.mantel_haenszel(TOLBUTAMIDE, "RD", level=0.9)
    as_printed(fit.estimate, "0.035")
    as_printed(fit.ci.low, "-0.018")
    # 0.088 is printed; the limit is 0.0874
    assert fit.ci.high == pytest.approx(0.088, abs=0.0007)


@pytest.mark.parametrize(
    ("data", "measure", "printed"),
    [
        (TOLBUTAMIDE, "RR", ("1.33", "0.87", "2.03")),
        (TOLBUTAMIDE, "OR", ("1.40", "0.84", "2.34")),
        (DOCTORS, "IRR", ("1.42", "1.19", "1.70")),
        (SPERMICIDES, "OR", ("3.78", "1.43", "10.00")),
    ],
    ids=["risk ratio", "odds ratio", "rate ratio", "odds ratio, sparse"],
)
def test_ratios(as_printed, data, measure, printed):
    fit = k2.mantel_haenszel(data, measure, level=0.9)
    for value, text in zip((fit.estimate, fit.ci.low, fit.ci.high), printed, strict=True):
        as_printed(math.exp(value), text)


def test_rate_difference(as_printed):
    fit = k2.mantel_haenszel(DOCTORS, "IRD", level=0.9)
    as_printed(fit.estimate, "11.44")
    as_printed(fit.ci.low, "6.35")
    as_printed(fit.ci.high, "16.53")
