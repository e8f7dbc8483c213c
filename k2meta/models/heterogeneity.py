"""Confidence intervals for tau2, I2 and H2 of a fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k2meta.errors import unknown_option
from k2meta.kernels.problem import stack
from k2meta.kernels.profile import profile_likelihood, q_profile
from k2meta.kernels.stacks import Problem
from k2meta.models.result import checked_level
from k2meta.records import Interval, Test

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult

__all__ = ["HeterogeneityResult", "heterogeneity_intervals", "profiled"]

METHODS = ("QP", "PL")


@dataclass(frozen=True, slots=True)
class HeterogeneityResult:
    """Heterogeneity with confidence intervals that belong together.

    Attributes
    ----------
    tau2, i2, h2 : float
        Estimates, as in the fit (I2 in percent).
    tau2_ci, i2_ci, h2_ci : Interval
        Limits; those of I2 and H2 are the limits of tau2 carried over.
    q_test : Test
        Cochran's Q.
    method : str
        ``"QP"`` (Q-profile) or ``"PL"`` (profile likelihood).
    """

    tau2: float
    i2: float
    h2: float
    tau2_ci: Interval
    i2_ci: Interval
    h2_ci: Interval
    q_test: Test
    method: str


def heterogeneity_intervals(fit: MetaResult, method: str, level: float | None) -> HeterogeneityResult:
    """Invert Q or the likelihood; see :meth:`MetaResult.heterogeneity`."""
    level = fit.options.level if level is None else checked_level(level)
    if method not in METHODS:
        raise unknown_option("interval method for tau2", method, METHODS)
    q_test = Test("Cochran's Q", fit.q, fit.q_df, fit.q_p, "chi2")
    if fit.k == 1:
        none = Interval(math.nan, math.nan, level, method, "heterogeneity is not defined for one study")
        return HeterogeneityResult(fit.tau2, fit.i2, fit.h2, none, none, none, q_test, method)
    problem = stack(fit.effects.yi[None], fit.effects.vi[None])
    point = (fit.tau2, fit.i2, fit.h2)
    return profiled(problem, point, q_test, method, level, fit._restricted)


def profiled(
    problem: Problem,
    point: tuple[float, float, float],
    q_test: Test,
    method: str,
    level: float,
    restricted: bool,
) -> HeterogeneityResult:
    """The same for one problem of any design; ``point`` holds tau2, I2 and H2."""
    if method not in METHODS:
        raise unknown_option("interval method for tau2", method, METHODS)
    if method == "QP":
        limits = q_profile(problem, level)
    else:
        limits = profile_likelihood(problem, level, restricted=restricted)
    low, high = float(limits.low[0]), float(limits.high[0])
    note = "empty: the studies agree better than chance would have them" if limits.empty[0] else ""
    typical = float(problem.df[0] / problem.at_zero.trace_p[0])

    def i2(tau2: float) -> float:
        return 100.0 * tau2 / (tau2 + typical)

    return HeterogeneityResult(
        tau2=point[0],
        i2=point[1],
        h2=point[2],
        tau2_ci=Interval(low, high, level, method, note),
        i2_ci=Interval(i2(low), i2(high), level, method, note),
        h2_ci=Interval(low / typical + 1.0, high / typical + 1.0, level, method, note),
        q_test=q_test,
        method=method,
    )
