"""Measures of one group: proportions, incidence rates, means. None has a null value.

R counterpart: ``metafor::escalc`` with the same code.
"""

from __future__ import annotations

import numpy as np

from k2meta.measures import transform as tf
from k2meta.measures.building import RawEffects, Rows, Settings, measure, weighted_mean
from k2meta.measures.zero_cells import corrected_count, corrected_proportion

__all__: list[str] = []

_UNIT = (0.0, 1.0)
_POSITIVE = (0.0, np.inf)
_PROPORTION = ("proportion", "率（比例）")
_RATE = ("incidence rate", "发病率")
_MEAN = ("mean", "均数")


@measure("PR", "proportion", _PROPORTION, "events n", null=None, bounds=_UNIT, vtypes=("LS", "UB", "AV"))
def _raw_proportion(rows: Rows, settings: Settings) -> RawEffects:
    """Proportion p = x/n.

    v = p(1-p)/n (LS), p(1-p)/(n-1) (UB), or with the average proportion, weighted by n (AV).

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003). Statistical methods for rates and proportions, 3rd ed.
    doi:10.1002/0471445428
    """
    x, n = corrected_proportion(rows, settings)
    p = x / n
    if settings.vtype == "UB":
        return p, p * ((n - x) / n) / (n - 1)
    if settings.vtype == "AV":
        mean = weighted_mean(p, n)
        return p, mean * (1 - mean) / n
    return p, p * ((n - x) / n) / n


@measure(
    "PLN",
    "proportion",
    _PROPORTION,
    "events n",
    null=None,
    scale="log",
    bounds=_UNIT,
    to_natural=tf.exponential,
    to_analysis=tf.logarithm,
    vtypes=("LS", "AV"),
)
def _log_proportion(rows: Rows, settings: Settings) -> RawEffects:
    """Log proportion: y = log p, v = (1-p)/(p n); AV takes the average proportion.

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003). doi:10.1002/0471445428
    """
    x, n = corrected_proportion(rows, settings)
    yi = np.log(x / n)
    if settings.vtype == "AV":
        p = weighted_mean(x / n, n)
        return yi, (1 - p) / (p * n)
    return yi, (n - x) / (x * n)


@measure(
    "PLO",
    "proportion",
    _PROPORTION,
    "events n",
    null=None,
    scale="logit",
    bounds=_UNIT,
    to_natural=tf.inverse_logit,
    to_analysis=tf.logit_of,
    vtypes=("LS", "AV"),
)
def _log_odds(rows: Rows, settings: Settings) -> RawEffects:
    """Log odds: y = log(x/(n - x)), v = 1/x + 1/(n - x); AV takes the average proportion.

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003). doi:10.1002/0471445428
    """
    x, n = corrected_proportion(rows, settings)
    yi = np.log(x / (n - x))
    if settings.vtype == "AV":
        p = weighted_mean(x / n, n)
        return yi, 1 / (p * n) + 1 / ((1 - p) * n)
    return yi, 1 / x + 1 / (n - x)


@measure(
    "PAS",
    "proportion",
    _PROPORTION,
    "events n",
    null=None,
    scale="arcsine",
    bounds=_UNIT,
    to_natural=tf.arcsine_root_inverse,
    to_analysis=tf.arcsine_root,
    default_add=0.0,
)
def _arcsine(rows: Rows, settings: Settings) -> RawEffects:
    """Arcsine square root of the proportion: y = arcsin sqrt(p), v = 1/(4n).

    References
    ----------
    Freeman MF, Tukey JW (1950). Transformations related to the angular and the square root.
    Ann Math Stat 21:607-611. doi:10.1214/aoms/1177729756
    """
    x, n = corrected_proportion(rows, settings)
    return np.arcsin(np.sqrt(x / n)), 0.25 / n


@measure(
    "PFT",
    "proportion",
    _PROPORTION,
    "events n",
    null=None,
    scale="freeman-tukey",
    bounds=_UNIT,
    to_natural=tf.arcsine_root_inverse,
    to_analysis=tf.arcsine_root,
    default_add=0.0,
    size_role="n",
    to_natural_sized=tf.freeman_tukey_proportion_inverse,
    to_analysis_sized=tf.freeman_tukey_of_proportion,
)
def _double_arcsine(rows: Rows, settings: Settings) -> RawEffects:
    """Freeman-Tukey double arcsine: the mean of two angles, v = 1/(4n + 2).

    Transform back with :func:`~k2meta.measures.transform.freeman_tukey_proportion_inverse`.

    References
    ----------
    Freeman MF, Tukey JW (1950). doi:10.1214/aoms/1177729756
    """
    x, n = corrected_proportion(rows, settings)
    return tf.freeman_tukey_proportion(x, n), 1 / (4 * n + 2)


@measure("IR", "single rate", _RATE, "events time", null=None, bounds=_POSITIVE)
def _rate(rows: Rows, settings: Settings) -> RawEffects:
    """Incidence rate: y = x/t, v = x/t^2.

    References
    ----------
    Rothman KJ, Greenland S, Lash TL (2008). Modern epidemiology, 3rd ed.
    """
    x, t = corrected_count(rows, settings), rows["time"]
    return x / t, x / t / t


@measure(
    "IRLN",
    "single rate",
    _RATE,
    "events time",
    null=None,
    scale="log",
    bounds=_POSITIVE,
    to_natural=tf.exponential,
    to_analysis=tf.logarithm,
)
def _log_rate(rows: Rows, settings: Settings) -> RawEffects:
    """Log incidence rate: y = log(x/t), v = 1/x. With expected counts for t: the log SIR.

    References
    ----------
    Rothman KJ, Greenland S, Lash TL (2008). Modern epidemiology, 3rd ed.
    """
    x = corrected_count(rows, settings)
    return np.log(x / rows["time"]), 1 / x


@measure(
    "IRS",
    "single rate",
    _RATE,
    "events time",
    null=None,
    scale="square-root",
    bounds=_POSITIVE,
    to_natural=tf.square,
    to_analysis=tf.square_root,
    default_add=0.0,
)
def _root_rate(rows: Rows, settings: Settings) -> RawEffects:
    """Square root of the incidence rate: y = sqrt(x/t), v = 1/(4t).

    References
    ----------
    Freeman MF, Tukey JW (1950). doi:10.1214/aoms/1177729756
    """
    return np.sqrt(corrected_count(rows, settings) / rows["time"]), 0.25 / rows["time"]


@measure(
    "IRFT",
    "single rate",
    _RATE,
    "events time",
    null=None,
    scale="freeman-tukey",
    bounds=_POSITIVE,
    to_natural=tf.square,
    to_analysis=tf.square_root,
    default_add=0.0,
    size_role="time",
    to_natural_sized=tf.freeman_tukey_rate_inverse,
    to_analysis_sized=tf.freeman_tukey_of_rate,
)
def _freeman_tukey_rate(rows: Rows, settings: Settings) -> RawEffects:
    """Freeman-Tukey rate: y = (sqrt(x/t) + sqrt((x+1)/t))/2, v = 1/(4t).

    References
    ----------
    Freeman MF, Tukey JW (1950). doi:10.1214/aoms/1177729756
    """
    x, t = corrected_count(rows, settings), rows["time"]
    return tf.freeman_tukey_rate(x, t), 0.25 / t


@measure("MN", "single mean", _MEAN, "mean sd n", null=None)
def _mean(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Mean: v = s^2/n.

    References
    ----------
    Borenstein M (2009). Effect sizes for continuous data. In: The handbook of research synthesis
    and meta-analysis, 221-235.
    """
    return rows["mean"], rows["sd"] ** 2 / rows["n"]


@measure(
    "MNLN",
    "single mean",
    _MEAN,
    "mean sd n",
    null=None,
    scale="log",
    bounds=_POSITIVE,
    to_natural=tf.exponential,
    to_analysis=tf.logarithm,
)
def _log_mean(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Log mean: y = log m, v = s^2/(n m^2). Means must be positive; others get no effect.

    References
    ----------
    Nakagawa S et al. (2015). Meta-analysis of variation: ecological and evolutionary applications
    and beyond. Methods Ecol Evol 6:143-152. doi:10.1111/2041-210x.12309
    """
    return np.log(rows["mean"]), (rows["sd"] / rows["mean"]) ** 2 / rows["n"]
