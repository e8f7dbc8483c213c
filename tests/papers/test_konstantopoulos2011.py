"""Konstantopoulos S (2011). Fixed effects and variance components estimation in three-level meta-analysis.

Res Synth Methods 2:61-76. doi:10.1002/jrsm.35, p. 70, Table 4: the two-level random-effects model.
"""

from __future__ import annotations

import k2meta as k2


def test_two_level_model(as_printed):
    rows = k2.load_dataset("konstantopoulos2011")
    fit = k2.meta_analysis(yi=rows["estimate"], vi=rows["var"], tau2="REML", test="z")
    as_printed(fit.estimate, "0.128")
    as_printed(fit.se, "0.044")
    as_printed(fit.tau2, "0.088")
    as_printed(fit.se_tau2, "0.020")
