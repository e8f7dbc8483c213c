"""Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985).

Beta blockade during and after myocardial infarction: an overview of the randomized trials.
Prog Cardiovasc Dis 27:335-371. doi:10.1016/S0033-0620(85)80003-7, Table 6: short-term trials of oral
beta blockers.
"""

from __future__ import annotations

import math

import k2meta as k2


def test_peto_odds_ratio(as_printed):
    rows = k2.load_dataset("yusuf1985")
    rows = rows[rows["table"].astype(str) == "6"].reset_index(drop=True)
    fit = k2.peto(rows, missing="drop")
    as_printed(math.exp(fit.estimate), "0.93")
    as_printed(math.exp(fit.ci.low), "0.74")
    as_printed(math.exp(fit.ci.high), "1.18")
    assert any("Snow" in study.study for study in fit.effects.excluded)  # a trial without counts
