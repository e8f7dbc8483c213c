"""Measures of change in one group, or of the difference within matched pairs.

n is the number of pairs, r the correlation between the two measurements,
s_d^2 = s1^2 + s2^2 - 2 r s1 s2 the variance of the differences.
R counterpart: ``metafor::escalc`` with the same code.
"""

from __future__ import annotations

import numpy as np

from k2meta.measures.building import RawEffects, Rows, Settings, measure
from k2meta.measures.small_sample import bias_factor
from k2meta.measures.transform import exponential, logarithm
from k2meta.records import FloatArray

__all__: list[str] = []

_ROLES = "mean1 mean2 sd1 sd2 n r"


def _change_variance(rows: Rows) -> FloatArray:
    """Variance of the differences, as a sum of terms that are not negative for |r| <= 1."""
    s1, s2, r = rows["sd1"], rows["sd2"], rows["r"]
    out: FloatArray = (s1 - s2) ** 2 + 2 * s1 * s2 * (1 - r)
    return np.where(np.abs(r) <= 1.0, out, np.nan)


@measure("MC", "paired", ("mean change", "均数变化值"), _ROLES)
def _mean_change(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Mean change: y = m1 - m2, v = s_d^2/n.

    References
    ----------
    Morris SB, DeShon RP (2002). Combining effect size estimates in meta-analysis with repeated
    measures and independent-groups designs. Psychol Methods 7:105-125.
    doi:10.1037/1082-989x.7.1.105
    """
    return rows["mean1"] - rows["mean2"], _change_variance(rows) / rows["n"]


@measure(
    "SMCC",
    "paired",
    ("standardized mean change (change score SD)", "标准化均数变化（差值标准差）"),
    _ROLES,
    vtypes=("LS", "LS2"),
)
def _change_score(rows: Rows, settings: Settings) -> RawEffects:
    """Mean change in units of the SD of the differences: g = J(n-1) (m1 - m2)/s_d.

    v = 1/n + g^2/(2n) (LS) or J^2 (1/n + d^2/(2n)) (LS2).

    References
    ----------
    Gibbons RD, Hedeker DR, Davis JM (1993). Estimation of effect size from a series of experiments
    involving paired comparisons. J Educ Stat 18:271-279. doi:10.3102/10769986018003271
    """
    n = rows["n"]
    d = (rows["mean1"] - rows["mean2"]) / np.sqrt(_change_variance(rows))
    j = bias_factor(n - 1)
    if settings.vtype == "LS2":
        return j * d, j * j * (1 / n + d * d / (2 * n))
    return j * d, 1 / n + (j * d) ** 2 / (2 * n)


@measure(
    "SMCR",
    "paired",
    ("standardized mean change (raw score SD)", "标准化均数变化（原始标准差）"),
    _ROLES,
    vtypes=("LS", "LS2"),
)
def _raw_score(rows: Rows, settings: Settings) -> RawEffects:
    """Mean change in units of the first SD: g = J(n-1) (m1 - m2)/s1; ``sd2`` is not used.

    v = 2(1-r)/n + g^2/(2n) (LS) or J^2 (2(1-r)/n + d^2/(2n)) (LS2).

    References
    ----------
    Becker BJ (1988). Synthesizing standardized mean-change measures.
    Br J Math Stat Psychol 41:257-278. doi:10.1111/j.2044-8317.1988.tb00901.x
    Morris SB (2000). Distribution of the standardized mean change effect size for meta-analysis on
    repeated measures. Br J Math Stat Psychol 53:17-29. doi:10.1348/000711000159150
    """
    n = rows["n"]
    d = (rows["mean1"] - rows["mean2"]) / rows["sd1"]
    j, base = bias_factor(n - 1), 2 * (1 - rows["r"]) / n
    if settings.vtype == "LS2":
        return j * d, j * j * (base + d * d / (2 * n))
    return j * d, base + (j * d) ** 2 / (2 * n)


@measure(
    "SMCRH",
    "paired",
    (
        "standardized mean change (raw score SD, unequal variances)",
        "标准化均数变化（原始标准差，方差不齐）",
    ),
    _ROLES,
    vtypes=("LS", "BONETT"),
)
def _raw_score_unequal(rows: Rows, settings: Settings) -> RawEffects:
    """Mean change in units of the first SD, variances unequal: g = J(n-1) (m1 - m2)/s1.

    v = J^2 (s_d^2/s1^2 + x^2/2)/(n - 1) with x = g (LS, as R metafor 3.8-1) or x = d (BONETT, as
    the paper prints it).

    References
    ----------
    Bonett DG (2008). Confidence intervals for standardized linear contrasts of means.
    Psychol Methods 13:99-109. doi:10.1037/1082-989X.13.2.99
    """
    n = rows["n"]
    d = (rows["mean1"] - rows["mean2"]) / rows["sd1"]
    j = bias_factor(n - 1)
    x = d if settings.vtype == "BONETT" else j * d
    return j * d, j * j * (_change_variance(rows) / rows["sd1"] ** 2 + x * x / 2) / (n - 1)


@measure(
    "ROMC",
    "paired",
    ("ratio of means", "均数比"),
    _ROLES,
    scale="log",
    to_natural=exponential,
    to_analysis=logarithm,
    bounds=(0.0, np.inf),
)
def _ratio_of_means(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Log ratio of the two means: y = log(m1/m2), v = (c1^2 + c2^2 - 2 r c1 c2)/n with c = s/m.

    References
    ----------
    Lajeunesse MJ (2011). On the meta-analysis of response ratios for studies with correlated and
    multi-group designs. Ecology 92:2049-2055. doi:10.1890/11-0423.1
    """
    c1, c2 = rows["sd1"] / rows["mean1"], rows["sd2"] / rows["mean2"]
    r = np.where(np.abs(rows["r"]) <= 1.0, rows["r"], np.nan)
    # (c1 - c2)^2 + 2 c1 c2 (1 - r) is the same sum without cancellation
    return np.log(rows["mean1"] / rows["mean2"]), ((c1 - c2) ** 2 + 2 * c1 * c2 * (1 - r)) / rows["n"]
