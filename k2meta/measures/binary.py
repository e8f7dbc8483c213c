"""Measures for two groups and a yes/no outcome: 2 x 2 tables.

Cells are a, b (events and non-events in arm 1) and c, d (arm 2); n1 = a + b, n2 = c + d,
N = n1 + n2, p1 = a/n1, p2 = c/n2, all after the zero-cell rule. R counterpart of every
measure: ``metafor::escalc`` with the same code.
"""

from __future__ import annotations

import numpy as np

from k2meta.measures.building import RawEffects, Rows, Settings, measure, weighted_mean
from k2meta.measures.tetrachoric import tetrachoric
from k2meta.measures.transform import exponential, logarithm
from k2meta.measures.zero_cells import corrected_tables
from k2meta.records import FloatArray

__all__: list[str] = []

_ROLES = "events1 n1 events2 n2"
_RATIO = {
    "scale": "log",
    "to_natural": exponential,
    "to_analysis": logarithm,
    "bounds": (0.0, np.inf),
}
# 风险比 is also said for the hazard ratio and 相对危险度 for the risk ratio: print the code beside it.
_RR_NAMES = ("risk ratio", "风险比")
_CORRELATION = {"bounds": (-1.0, 1.0)}

# Standard deviation of the standard logistic distribution, and Cox's stand-in for a normal one.
LOGISTIC_SD = np.pi / np.sqrt(3.0)
COX_FACTOR = 1.65


def _log_ratio(first: FloatArray, second: FloatArray, gap: FloatArray) -> FloatArray:
    """log(first/second), from their difference where they are close (log 1.00001 - log 1 is not exact)."""
    near = np.abs(gap) < 0.5 * second
    out: FloatArray = np.where(near, np.log1p(gap / second), np.log(first / second))
    return out


@measure("RR", "binary", _RR_NAMES, _ROLES, **_RATIO)
def _risk_ratio(rows: Rows, settings: Settings) -> RawEffects:
    """Log risk ratio.

    y = log(p1/p2), v = 1/a - 1/n1 + 1/c - 1/n2.

    References
    ----------
    Katz D, Baptista J, Azen SP, Pike MC (1978). Obtaining confidence intervals for the risk
    ratio in cohort studies. Biometrics 34:469-474. doi:10.2307/2530610
    """
    a, b, c, d = corrected_tables(rows, settings)
    n1, n2 = a + b, c + d
    # b/(a n1) is 1/a - 1/n1 without the cancellation when nearly everybody has the event
    yi = _log_ratio(a * n2, c * n1, a * d - b * c)
    return yi, b / (a * n1) + d / (c * n2)


def _log_odds_ratio(rows: Rows, settings: Settings) -> RawEffects:
    a, b, c, d = corrected_tables(rows, settings)
    return _log_ratio(a * d, b * c, a * d - b * c), 1 / a + 1 / b + 1 / c + 1 / d


@measure("OR", "binary", ("odds ratio", "比值比"), _ROLES, **_RATIO)
def _odds_ratio(rows: Rows, settings: Settings) -> RawEffects:
    """Log odds ratio.

    y = log(ad/(bc)), v = 1/a + 1/b + 1/c + 1/d.

    References
    ----------
    Woolf B (1955). On estimating the relation between blood group and disease.
    Ann Hum Genet 19:251-253. doi:10.1111/j.1469-1809.1955.tb01348.x
    """
    return _log_odds_ratio(rows, settings)


@measure(
    "RD",
    "binary",
    ("risk difference", "风险差"),
    _ROLES,
    bounds=(-1.0, 1.0),
    vtypes=("LS", "UB", "AV"),
)
def _risk_difference(rows: Rows, settings: Settings) -> RawEffects:
    """Risk difference.

    y = p1 - p2; v = p1(1-p1)/n1 + p2(1-p2)/n2 (LS); n - 1 for n (UB); the arms' average risks
    over studies, weighted by size, for p1 and p2 (AV).

    References
    ----------
    Fleiss JL, Berlin JA (2009). Effect sizes for dichotomous data. In: Cooper H, Hedges LV,
    Valentine JC (eds), The handbook of research synthesis and meta-analysis, 237-253.
    """
    a, b, c, d = corrected_tables(rows, settings)
    n1, n2 = a + b, c + d
    p1, p2 = a / n1, c / n2
    yi = p1 - p2
    if settings.vtype == "AV":
        p1, p2 = weighted_mean(p1, n1), weighted_mean(p2, n2)
        return yi, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    less = 1.0 if settings.vtype == "UB" else 0.0
    return yi, p1 * (b / n1) / (n1 - less) + p2 * (d / n2) / (n2 - less)


@measure("AS", "binary", ("arcsine risk difference", "反正弦风险差"), _ROLES, default_add=0.0)
def _arcsine_difference(rows: Rows, settings: Settings) -> RawEffects:
    """Difference of the arcsine square roots of the risks.

    y = arcsin sqrt(p1) - arcsin sqrt(p2), v = 1/(4 n1) + 1/(4 n2). Needs no correction for zeros.

    References
    ----------
    Ruecker G, Schwarzer G, Carpenter J, Olkin I (2009). Why add anything to nothing? The arcsine
    difference as a measure of treatment effect in meta-analysis with zero cells.
    Stat Med 28:721-738. doi:10.1002/sim.3511
    """
    a, b, c, d = corrected_tables(rows, settings)
    n1, n2 = a + b, c + d
    return np.arcsin(np.sqrt(a / n1)) - np.arcsin(np.sqrt(c / n2)), 0.25 / n1 + 0.25 / n2


@measure("PETO", "binary", ("Peto odds ratio", "Peto 比值比"), _ROLES, **_RATIO)
def _peto(rows: Rows, settings: Settings) -> RawEffects:
    """Log odds ratio by Peto's one-step method.

    y = (O - E)/V, v = 1/V with O = a, E = (a + c) n1/N,
    V = (a + c)(b + d) n1 n2 / (N^2 (N - 1)).

    References
    ----------
    Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985). Beta blockade during and after
    myocardial infarction. Prog Cardiovasc Dis 27:335-371. doi:10.1016/s0033-0620(85)80003-7
    """
    a, b, c, d = corrected_tables(rows, settings)
    n1, n2 = a + b, c + d
    total = n1 + n2
    variance = ((a + c) / total) * ((b + d) / total) * n1 * (n2 / (total - 1))
    return (a * (d / total) - b * (c / total)) / variance, 1 / variance


def _phi_variance_stratified(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    """Delta method with the arms' sizes fixed and independent binomial events."""
    n1, n2 = a + b, c + d
    w1, w2 = n1 / (n1 + n2), n2 / (n1 + n2)
    p1, p2 = a / n1, c / n2
    p = (a + c) / (n1 + n2)
    q = (b + d) / (n1 + n2)
    spread = np.sqrt(p * q)
    pull = (p1 - p2) * (q - p) / (2.0 * p * q * spread)
    slope1, slope2 = 1.0 / spread - w1 * pull, 1.0 / spread + w2 * pull
    out: FloatArray = w1 * w2 * (slope1**2 * p1 * (b / n1) / n1 + slope2**2 * p2 * (d / n2) / n2)
    return out


def _phi_variance_multinomial(phi: FloatArray, cells: tuple[FloatArray, ...]) -> FloatArray:
    """Delta method with only the total fixed (cross-sectional sampling)."""
    a, b, c, d = cells
    total = a + b + c + d
    row = ((a + b) - (c + d)) / np.sqrt((a + b) * (c + d))
    column = ((a + c) - (b + d)) / np.sqrt((a + c) * (b + d))
    bracket = 1 - phi**2 + phi * (1 + phi**2 / 2) * row * column - 0.75 * phi**2 * (row**2 + column**2)
    out: FloatArray = bracket / total
    return out


@measure(
    "PHI",
    "binary",
    ("phi coefficient", "phi 系数"),
    _ROLES,
    default_add=0.0,
    vtypes=("LS", "ST", "CS"),
    **_CORRELATION,
)
def _phi(rows: Rows, settings: Settings) -> RawEffects:
    """Phi coefficient.

    y = (ad - bc)/sqrt(n1 n2 (a+c)(b+d)). The variance is the delta method's under
    cross-sectional (multinomial) sampling (CS, which LS stands for) or with the arms' sizes
    fixed (ST).

    References
    ----------
    Yule GU (1912). On the methods of measuring association between two attributes.
    J R Stat Soc 75:579-652. doi:10.2307/2340126
    Bishop YMM, Fienberg SE, Holland PW (1975, 2007). Discrete multivariate analysis, 381-382.
    doi:10.1007/978-0-387-72806-3
    """
    a, b, c, d = corrected_tables(rows, settings)
    phi = (a * d - b * c) / (np.sqrt((a + b) * (c + d)) * np.sqrt((a + c) * (b + d)))
    if settings.vtype == "ST":
        return phi, _phi_variance_stratified(a, b, c, d)
    return phi, _phi_variance_multinomial(phi, (a, b, c, d))


@measure("YUQ", "binary", ("Yule's Q", "Yule Q 系数"), _ROLES, **_CORRELATION)
def _yule_q(rows: Rows, settings: Settings) -> RawEffects:
    """Yule's Q: (OR - 1)/(OR + 1), v = (1 - Q^2)^2 (1/a + 1/b + 1/c + 1/d)/4.

    References
    ----------
    Yule GU (1912). doi:10.2307/2340126
    """
    a, b, c, d = corrected_tables(rows, settings)
    q = (a * d - b * c) / (a * d + b * c)
    return q, 0.25 * (1 - q * q) ** 2 * (1 / a + 1 / b + 1 / c + 1 / d)


@measure("YUY", "binary", ("Yule's Y", "Yule Y 系数"), _ROLES, **_CORRELATION)
def _yule_y(rows: Rows, settings: Settings) -> RawEffects:
    """Yule's Y: (sqrt(OR) - 1)/(sqrt(OR) + 1), v = (1 - Y^2)^2 (1/a + 1/b + 1/c + 1/d)/16.

    References
    ----------
    Yule GU (1912). doi:10.2307/2340126
    """
    a, b, c, d = corrected_tables(rows, settings)
    main, cross = np.sqrt(a) * np.sqrt(d), np.sqrt(b) * np.sqrt(c)
    y = (main - cross) / (main + cross)
    return y, (1 - y * y) ** 2 * (1 / a + 1 / b + 1 / c + 1 / d) / 16


@measure(
    "RTET", "binary", ("tetrachoric correlation", "四分相关系数"), _ROLES, default_add=0.0, **_CORRELATION
)
def _tetrachoric(rows: Rows, settings: Settings) -> RawEffects:
    """Tetrachoric correlation, by maximum likelihood; see :mod:`k2meta.measures.tetrachoric`.

    References
    ----------
    Pearson K (1900). Philos Trans R Soc A 195:1-47. doi:10.1098/rsta.1900.0022
    """
    return tetrachoric(*corrected_tables(rows, settings))


@measure(
    "OR2DN",
    "binary",
    ("standardized mean difference from the odds ratio (normal)", "由比值比换算的标准化均数差（正态）"),
    _ROLES,
)
def _smd_normal(rows: Rows, settings: Settings) -> RawEffects:
    """Standardized mean difference behind a dichotomized normal outcome: log OR / 1.65.

    References
    ----------
    Cox DR, Snell EJ (1989). Analysis of binary data, 2nd ed.
    Sanchez-Meca J, Marin-Martinez F, Chacon-Moscoso S (2003). Effect-size indices for
    dichotomized outcomes in meta-analysis. Psychol Methods 8:448-467.
    doi:10.1037/1082-989X.8.4.448
    """
    yi, vi = _log_odds_ratio(rows, settings)
    return yi / COX_FACTOR, vi / COX_FACTOR**2


@measure(
    "OR2DL",
    "binary",
    ("standardized mean difference from the odds ratio (logistic)", "由比值比换算的标准化均数差（logistic）"),
    _ROLES,
)
def _smd_logistic(rows: Rows, settings: Settings) -> RawEffects:
    """Standardized mean difference behind a dichotomized logistic outcome: log OR sqrt(3)/pi.

    References
    ----------
    Chinn S (2000). A simple method for converting an odds ratio to effect size for use in
    meta-analysis. Stat Med 19:3127-3131.
    doi:10.1002/1097-0258(20001130)19:22<3127::aid-sim784>3.0.co;2-m
    """
    yi, vi = _log_odds_ratio(rows, settings)
    return yi / LOGISTIC_SD, vi / LOGISTIC_SD**2
