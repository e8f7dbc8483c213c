"""Measures for two groups and a quantitative outcome: means, standard deviations, sizes.

N = n1 + n2, m = N - 2, s_p the pooled standard deviation, J Hedges' exact factor
(:mod:`k2meta.measures.small_sample`). R counterpart: ``metafor::escalc`` with the same code.
"""

from __future__ import annotations

import numpy as np

from k2meta.kernels.special_functions import special
from k2meta.measures.binary import COX_FACTOR, LOGISTIC_SD
from k2meta.measures.building import RawEffects, Rows, Settings, measure, weighted_mean
from k2meta.measures.small_sample import bias_factor, unbiased_variance_share
from k2meta.measures.transform import exponential, logarithm
from k2meta.records import FloatArray

__all__: list[str] = []

_ROLES = "mean1 sd1 n1 mean2 sd2 n2"
_RATIO = {
    "scale": "log",
    "to_natural": exponential,
    "to_analysis": logarithm,
    "bounds": (0.0, np.inf),
}


def _pooled_variance(rows: Rows) -> FloatArray:
    n1, n2 = rows["n1"], rows["n2"]
    out: FloatArray = ((n1 - 1) * rows["sd1"] ** 2 + (n2 - 1) * rows["sd2"] ** 2) / (n1 + n2 - 2)
    return out


def _cohen_d(rows: Rows) -> FloatArray:
    out: FloatArray = (rows["mean1"] - rows["mean2"]) / np.sqrt(_pooled_variance(rows))
    return out


@measure("MD", "continuous", ("mean difference", "均数差"), _ROLES, vtypes=("LS", "UB", "HO"))
def _mean_difference(rows: Rows, settings: Settings) -> RawEffects:
    """Mean difference.

    y = m1 - m2; v = s1^2/n1 + s2^2/n2 (LS, and UB: it is unbiased), s_p^2 (1/n1 + 1/n2) when equal
    variances are assumed (HO).

    References
    ----------
    Borenstein M (2009). Effect sizes for continuous data. In: Cooper H, Hedges LV, Valentine JC
    (eds), The handbook of research synthesis and meta-analysis, 221-235 (equations 12.3, 12.5).
    """
    n1, n2 = rows["n1"], rows["n2"]
    yi = rows["mean1"] - rows["mean2"]
    if settings.vtype == "HO":
        return yi, _pooled_variance(rows) * (1 / n1 + 1 / n2)
    return yi, rows["sd1"] ** 2 / n1 + rows["sd2"] ** 2 / n2


def _hedges(
    d: FloatArray, df: FloatArray, sizes: tuple[FloatArray, FloatArray], size: FloatArray, vtype: str
) -> RawEffects:
    """Bias-corrected d with one of the four variances; ``size`` divides d^2/2."""
    n1, n2 = sizes
    j = bias_factor(df)
    g, base = j * d, 1 / n1 + 1 / n2
    if vtype == "LS2":
        return g, j * j * (base + d * d / (2 * size))
    if vtype == "UB":
        return g, base + unbiased_variance_share(df) * g * g
    centre = weighted_mean(g, n1 + n2) if vtype == "AV" else g
    return g, base + centre * centre / (2 * size)


@measure(
    "SMD",
    "continuous",
    ("standardized mean difference", "标准化均数差"),
    _ROLES,
    vtypes=("LS", "LS2", "UB", "AV"),
)
def _standardized(rows: Rows, settings: Settings) -> RawEffects:
    """Hedges' g, the standardized mean difference with the exact small-sample factor.

    g = J(m) d with d = (m1 - m2)/s_p. v = 1/n1 + 1/n2 + g^2/(2N) (LS);
    J^2 (1/n1 + 1/n2 + d^2/(2N)) (LS2); 1/n1 + 1/n2 + (1 - (m-2)/(m J^2)) g^2, unbiased (UB);
    LS with the average g, weighted by N (AV). Needs N >= 4.

    References
    ----------
    Hedges LV (1981). Distribution theory for Glass's estimator of effect size and related
    estimators. J Educ Stat 6:107-128. doi:10.3102/10769986006002107
    Hedges LV (1982). Estimation of effect size from a series of independent experiments.
    Psychol Bull 92:490-499 (equation 8). doi:10.1037/0033-2909.92.2.490
    Hedges LV (1983). A random effects model for effect sizes. Psychol Bull 93:388-395
    (equation 9). doi:10.1037/0033-2909.93.2.388
    Borenstein M (2009). Effect sizes for continuous data (equation 12.17).
    """
    n1, n2 = rows["n1"], rows["n2"]
    return _hedges(_cohen_d(rows), n1 + n2 - 2, (n1, n2), n1 + n2, settings.vtype)


@measure(
    "SMDH",
    "continuous",
    ("standardized mean difference (unequal variances)", "标准化均数差（方差不齐）"),
    _ROLES,
    vtypes=("LS", "LS2", "BONETT"),
)
def _standardized_unequal(rows: Rows, settings: Settings) -> RawEffects:
    """Standardized mean difference with unequal variances in the two groups.

    g = J(m) d with d = (m1 - m2)/s, s^2 = (s1^2 + s2^2)/2. With
    V(x, k1, k2) = x^2 (s1^4/k1 + s2^4/k2)/(8 s^4) + (s1^2/k1 + s2^2/k2)/s^2 the variance is
    J^2 V(g, n1-1, n2-1) (LS, as R metafor 3.8-1), J^2 V(d, n1-1, n2-1) (BONETT, as the paper
    prints it; the smallest worst error in simulations) or V(g, n1, n2) (LS2).

    Notes
    -----
    metafor 3.8-1 divides s_i^2, not s_i^4, by 8 s^4 under LS2, so that its variance depends on
    the unit of measurement; ours does not.

    References
    ----------
    Bonett DG (2008). Confidence intervals for standardized linear contrasts of means.
    Psychol Methods 13:99-109. doi:10.1037/1082-989X.13.2.99
    Bonett DG (2009). Meta-analytic interval estimation for standardized and unstandardized mean
    differences. Psychol Methods 14:225-238. doi:10.1037/a0016619
    """
    n1, n2 = rows["n1"], rows["n2"]
    v1, v2 = rows["sd1"] ** 2, rows["sd2"] ** 2
    mean_variance = (v1 + v2) / 2
    d = (rows["mean1"] - rows["mean2"]) / np.sqrt(mean_variance)
    j = bias_factor(n1 + n2 - 2)
    u1, u2 = v1 / mean_variance, v2 / mean_variance
    less = 0.0 if settings.vtype == "LS2" else 1.0
    k1, k2 = n1 - less, n2 - less
    x = d if settings.vtype == "BONETT" else j * d
    vi = x * x * (u1 * u1 / k1 + u2 * u2 / k2) / 8 + u1 / k1 + u2 / k2
    return j * d, vi if settings.vtype == "LS2" else j * j * vi


@measure(
    "SMD1",
    "continuous",
    ("standardized mean difference (control group SD)", "标准化均数差（对照组标准差）"),
    _ROLES,
    vtypes=("LS", "LS2", "UB", "AV"),
)
def _glass(rows: Rows, settings: Settings) -> RawEffects:
    """Glass's delta with the small-sample factor: the difference in units of the control's SD.

    g = J(n2 - 1) (m1 - m2)/s2; v = 1/n1 + 1/n2 + g^2/(2 n2) (LS), and LS2, UB, AV as for SMD with
    m = n2 - 1. Needs n2 >= 3; ``sd1`` is not used.

    References
    ----------
    Hedges LV (1981). doi:10.3102/10769986006002107
    """
    n1, n2 = rows["n1"], rows["n2"]
    d = (rows["mean1"] - rows["mean2"]) / rows["sd2"]
    return _hedges(d, n2 - 1, (n1, n2), n2, settings.vtype)


@measure(
    "ROM", "continuous", ("ratio of means", "均数比"), _ROLES, vtypes=("LS", "HO", "AV", "AVHO"), **_RATIO
)
def _ratio_of_means(rows: Rows, settings: Settings) -> RawEffects:
    """Log ratio of means (log response ratio), without bias correction.

    y = log(m1/m2); v = c1^2/n1 + c2^2/n2 with c = s/m (LS); s_p for s1 and s2 (HO); the
    arms' average c over studies, weighted by size (AV); one average for both (AVHO).
    Means of opposite sign have no ratio.

    References
    ----------
    Hedges LV, Gurevitch J, Curtis PS (1999). The meta-analysis of response ratios in experimental
    ecology. Ecology 80:1150-1156. doi:10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2
    Lajeunesse MJ (2011). On the meta-analysis of response ratios for studies with correlated and
    multi-group designs. Ecology 92:2049-2055. doi:10.1890/11-0423.1
    """
    m1, m2, n1, n2 = rows["mean1"], rows["mean2"], rows["n1"], rows["n2"]
    yi = np.log(m1 / m2)
    if settings.vtype == "HO":
        return yi, _pooled_variance(rows) * (1 / n1 / m1**2 + 1 / n2 / m2**2)
    c1, c2 = rows["sd1"] / m1, rows["sd2"] / m2
    if settings.vtype == "AV":
        c1, c2 = weighted_mean(c1, n1, yi), weighted_mean(c2, n2, yi)
    elif settings.vtype == "AVHO":
        c1 = c2 = weighted_mean((n1 * c1 + n2 * c2) / (n1 + n2), n1 + n2, yi)
    return yi, c1**2 / n1 + c2**2 / n2


@measure("VR", "continuous", ("variability ratio", "变异度比"), "sd1 n1 sd2 n2", **_RATIO)
def _variability(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Log variability ratio: y = log(s1/s2) + 1/(2(n1-1)) - 1/(2(n2-1)), v the sum of both terms.

    References
    ----------
    Nakagawa S et al. (2015). Meta-analysis of variation: ecological and evolutionary applications
    and beyond. Methods Ecol Evol 6:143-152. doi:10.1111/2041-210x.12309
    """
    half1, half2 = 0.5 / (rows["n1"] - 1), 0.5 / (rows["n2"] - 1)
    return np.log(rows["sd1"] / rows["sd2"]) + half1 - half2, half1 + half2


@measure("CVR", "continuous", ("coefficient of variation ratio", "变异系数比"), _ROLES, **_RATIO)
def _variation(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Log ratio of the coefficients of variation c = s/m; means must be positive.

    y = log(c1/c2) + 1/(2(n1-1)) - 1/(2(n2-1));
    v = 1/(2(n1-1)) + c1^2/n1 + 1/(2(n2-1)) + c2^2/n2 (mean and SD independent).

    References
    ----------
    Nakagawa S et al. (2015), equations 11 and 12. doi:10.1111/2041-210x.12309
    """
    half1, half2 = 0.5 / (rows["n1"] - 1), 0.5 / (rows["n2"] - 1)
    c1, c2 = rows["sd1"] / rows["mean1"], rows["sd2"] / rows["mean2"]
    yi = np.log(c1) - np.log(c2) + half1 - half2
    return yi, half1 + half2 + c1**2 / rows["n1"] + c2**2 / rows["n2"]


def _point_biserial(rows: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Correlation r, d, and h of r = d/sqrt(d^2 + h)."""
    n1, n2 = rows["n1"], rows["n2"]
    d = _cohen_d(rows)
    h = (n1 + n2 - 2) * (1 / n1 + 1 / n2)
    return d / np.sqrt(d * d + h), d, h


@measure(
    "RPB",
    "continuous",
    ("point-biserial correlation", "点二列相关系数"),
    _ROLES,
    bounds=(-1.0, 1.0),
    vtypes=("LS", "ST", "CS"),
)
def _correlation_with_group(rows: Rows, settings: Settings) -> RawEffects:
    """Point-biserial correlation of group and outcome.

    r = d/sqrt(d^2 + h), h = m/n1 + m/n2; v = h^2/(h + d^2)^3 (1/n1 + 1/n2 + d^2/(2N)) with the
    groups' sizes fixed (ST, which LS stands for);
    (1-r^2)^2 (r^2 N/(4 n1 n2) + (2 - 3r^2)/(2N)) under cross-sectional sampling (CS).

    References
    ----------
    Tate RF (1954). Correlation between a discrete and a continuous variable: point-biserial
    correlation. Ann Math Stat 25:603-607. doi:10.1214/aoms/1177728730
    Jacobs P, Viechtbauer W (2017). Estimation of the biserial correlation and its sampling
    variance for use in meta-analysis. Res Synth Methods 8:161-180. doi:10.1002/jrsm.1218
    """
    n1, n2 = rows["n1"], rows["n2"]
    total = n1 + n2
    r, d, h = _point_biserial(rows)
    if settings.vtype == "CS":
        rest = h / (d * d + h)  # 1 - r^2
        return r, rest**2 * (r * r * total / (4 * n1 * n2) + (2 - 3 * r * r) / (2 * total))
    return r, h**2 / (h + d * d) ** 3 * (1 / n1 + 1 / n2 + d * d / (2 * total))


@measure("RBIS", "continuous", ("biserial correlation", "二列相关系数"), _ROLES, bounds=(-1.0, 1.0))
def _correlation_behind_group(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Biserial correlation: the group is a dichotomized normal variable.

    y = r sqrt(pq)/f with p = n1/N, z the normal quantile of p and f the density at z;
    v = (pq/f^2 - (3/2 + (1 + pz/f)(1 - qz/f)) y^2 + y^4)/(N - 1) with y cut to [-1, 1].

    References
    ----------
    Soper HE (1914). On the probable error of the bi-serial expression for the correlation
    coefficient. Biometrika 10:384-390. doi:10.1093/biomet/10.2-3.384
    Jacobs P, Viechtbauer W (2017). doi:10.1002/jrsm.1218
    """
    n1, n2 = rows["n1"], rows["n2"]
    total = n1 + n2
    p, q = n1 / total, n2 / total
    z = special.ndtri(p)
    f = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    yi = _point_biserial(rows)[0] * np.sqrt(p * q) / f
    square = np.clip(yi, -1.0, 1.0) ** 2
    bracket = p * q / f**2 - (1.5 + (1 + p * z / f) * (1 - q * z / f)) * square + square**2
    return yi, bracket / (total - 1)


def _odds_ratio_from_d(rows: Rows, factor: float) -> RawEffects:
    """Cohen's d (uncorrected, as both papers do) and its variance, times factor and factor^2."""
    n1, n2 = rows["n1"], rows["n2"]
    d = _cohen_d(rows)
    return factor * d, factor**2 * (1 / n1 + 1 / n2 + d * d / (2 * (n1 + n2)))


@measure(
    "D2ORN",
    "continuous",
    ("odds ratio from the standardized mean difference (normal)", "由标准化均数差换算的比值比（正态）"),
    _ROLES,
    **_RATIO,
)
def _odds_ratio_normal(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Log odds ratio from Cohen's d of a normal outcome: 1.65 d.

    References
    ----------
    Cox DR, Snell EJ (1989). Analysis of binary data, 2nd ed.
    Sanchez-Meca J, Marin-Martinez F, Chacon-Moscoso S (2003). Psychol Methods 8:448-467.
    doi:10.1037/1082-989X.8.4.448
    """
    return _odds_ratio_from_d(rows, COX_FACTOR)


_LOGISTIC_NAMES = (
    "odds ratio from the standardized mean difference (logistic)",
    "由标准化均数差换算的比值比（logistic）",
)


@measure("D2OR", "continuous", _LOGISTIC_NAMES, _ROLES, **_RATIO)
@measure("D2ORL", "continuous", _LOGISTIC_NAMES, _ROLES, **_RATIO)
def _odds_ratio_logistic(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Log odds ratio from Cohen's d of a logistic outcome: d pi/sqrt(3).

    ``D2OR`` is another code of ``D2ORL``, as in R metafor: the logistic conversion is the one of
    Chinn (2000) and of the Cochrane Handbook.

    References
    ----------
    Hasselblad V, Hedges LV (1995). Meta-analysis of screening and diagnostic tests.
    Psychol Bull 117:167-178. doi:10.1037/0033-2909.117.1.167
    Chinn S (2000). Stat Med 19:3127-3131.
    doi:10.1002/1097-0258(20001130)19:22<3127::aid-sim784>3.0.co;2-m
    """
    return _odds_ratio_from_d(rows, LOGISTIC_SD)
