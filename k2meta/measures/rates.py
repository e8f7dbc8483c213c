"""Measures for two groups and event counts over person-time.

x1, x2 are event counts after the zero-cell rule (which looks at counts only), t1, t2 the
person-times. R counterpart: ``metafor::escalc`` with the same code.
"""

from __future__ import annotations

import numpy as np

from k2meta.measures.building import RawEffects, Rows, Settings, measure
from k2meta.measures.transform import exponential, logarithm
from k2meta.measures.zero_cells import corrected_counts

__all__: list[str] = []

_ROLES = "events1 time1 events2 time2"


@measure(
    "IRR",
    "rates",
    ("incidence rate ratio", "发病率比"),
    _ROLES,
    scale="log",
    to_natural=exponential,
    to_analysis=logarithm,
    bounds=(0.0, np.inf),
)
def _rate_ratio(rows: Rows, settings: Settings) -> RawEffects:
    """Log incidence rate ratio: y = log(x1/t1) - log(x2/t2), v = 1/x1 + 1/x2.

    References
    ----------
    Bagos PG, Nikolopoulos GK (2009). Mixed-effects Poisson regression models for meta-analysis of
    follow-up studies with constant or varying durations. Int J Biostat 5(1).
    doi:10.2202/1557-4679.1168
    """
    x1, x2 = corrected_counts(rows, settings)
    return np.log(x1 / rows["time1"]) - np.log(x2 / rows["time2"]), 1 / x1 + 1 / x2


@measure("IRD", "rates", ("incidence rate difference", "发病率差"), _ROLES)
def _rate_difference(rows: Rows, settings: Settings) -> RawEffects:
    """Incidence rate difference: y = x1/t1 - x2/t2, v = x1/t1^2 + x2/t2^2.

    References
    ----------
    Rothman KJ, Greenland S, Lash TL (2008). Modern epidemiology, 3rd ed.
    """
    x1, x2 = corrected_counts(rows, settings)
    t1, t2 = rows["time1"], rows["time2"]
    return x1 / t1 - x2 / t2, x1 / t1 / t1 + x2 / t2 / t2


@measure(
    "IRSD",
    "rates",
    ("square root transformed incidence rate difference", "平方根转换发病率差"),
    _ROLES,
    default_add=0.0,
)
def _root_rate_difference(rows: Rows, settings: Settings) -> RawEffects:
    """Difference of root rates: y = sqrt(x1/t1) - sqrt(x2/t2), v = 1/(4 t1) + 1/(4 t2).

    References
    ----------
    Bagos PG, Nikolopoulos GK (2009). doi:10.2202/1557-4679.1168
    """
    x1, x2 = corrected_counts(rows, settings)
    t1, t2 = rows["time1"], rows["time2"]
    return np.sqrt(x1 / t1) - np.sqrt(x2 / t2), 0.25 / t1 + 0.25 / t2
