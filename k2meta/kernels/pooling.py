"""From tau2 to pooled effects, tests, intervals and heterogeneity, for the whole stack at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Generic, NamedTuple

import numpy as np

from k2meta.errors import OptionError, unknown_option
from k2meta.kernels.distributions import chi2_sf, normal_two_sided, t_ppf, t_two_sided
from k2meta.kernels.problem import Moments, Number
from k2meta.kernels.single import SingleEstimate, SingleProblem
from k2meta.kernels.stacks import Problem
from k2meta.records import FloatArray

__all__ = [
    "TESTS",
    "Heterogeneity",
    "Inference",
    "TestMethod",
    "get_test",
    "heterogeneity",
    "heterogeneity_single",
    "infer",
    "infer_single",
]


@dataclass(frozen=True, slots=True)
class TestMethod:
    """How the pooled effect is tested and its interval made.

    Attributes
    ----------
    code, name : str
    uses_t : bool
        t with k - p degrees of freedom instead of normal.
    rescales : bool
        Whether the variance is multiplied by Q(tau2) / (k - p).
    floor : float
        Smallest allowed multiplier.
    reference : str
    """

    __test__ = False

    code: str
    name: str
    uses_t: bool
    rescales: bool
    floor: float
    reference: str


TESTS: Mapping[str, TestMethod] = MappingProxyType(
    {
        method.code: method
        for method in (
            TestMethod(
                "z",
                "Wald-type (normal)",
                False,
                False,
                0.0,
                "DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2",
            ),
            TestMethod(
                "t",
                "Wald-type (t)",
                True,
                False,
                0.0,
                "Follmann & Proschan 1999, doi:10.1111/j.0006-341X.1999.00732.x",
            ),
            TestMethod(
                "knapp-hartung",
                "Hartung-Knapp-Sidik-Jonkman",
                True,
                True,
                0.0,
                "Knapp & Hartung 2003, doi:10.1002/sim.1482",
            ),
            TestMethod(
                "knapp-hartung-adhoc",
                "Hartung-Knapp-Sidik-Jonkman, not narrower than Wald",
                True,
                True,
                1.0,
                "Roever, Knapp & Friede 2015, doi:10.1186/s12874-015-0091-1",
            ),
        )
    }
)


def get_test(code: str) -> TestMethod:
    """Look a test up by its code.

    Raises
    ------
    OptionError
        When there is none; the message lists them all.
    """
    try:
        return TESTS[code]
    except (KeyError, TypeError):
        elsewhere = "".join(filter(str.isalnum, code)).casefold() if isinstance(code, str) else ""
        if elsewhere in _KNAPP_HARTUNG:
            raise OptionError(f"unknown test {code!r}; it is called 'knapp-hartung' here") from None
        raise unknown_option("test", code, TESTS) from None


_KNAPP_HARTUNG = ("hk", "kh", "hksj", "knha", "hartungknapp", "knapphartung", "sidikjonkman")


class Inference(NamedTuple, Generic[Number]):
    """The pooled effect; arrays of shape (n,), or floats for a single problem."""

    estimate: Number
    se: Number
    statistic: Number
    df: Number
    p_value: Number
    ci_low: Number
    ci_high: Number


@lru_cache(maxsize=256)
def _quantile(probability: float, df: float) -> float:
    return float(t_ppf(probability, df))


def critical_value(level: float, df: FloatArray, uses_t: bool) -> FloatArray:
    """Two-sided critical value, shape of df; NaN where df is not positive."""
    upper = 0.5 + 0.5 * level
    if not uses_t:
        return np.full(df.shape, _quantile(upper, math.inf))
    first = float(df.flat[0])
    if df.size == 1 or bool((df == first).all()):
        return np.full(df.shape, _quantile(upper, first))
    out: FloatArray = t_ppf(upper, df)
    return out


def infer(
    problem: Problem,
    tau2: FloatArray,
    method: TestMethod,
    level: float,
    weights: FloatArray | None = None,
    sums: Moments[FloatArray] | None = None,
) -> Inference[FloatArray]:
    """Pooled effect at tau2 with its test and interval; ``sums`` are the moments there, if known.

    A problem with no degrees of freedom (one study) has no t distribution: the normal one is used
    there, and ``df`` is infinite to say so.
    """
    beta, covariance = problem.estimate(tau2, weights)
    estimate, variance = beta[:, 0], covariance[:, 0, 0]
    df = problem.df
    if method.rescales:
        with np.errstate(divide="ignore", invalid="ignore"):
            multiplier = np.where(
                df > 0, np.maximum((sums or problem.moments(tau2)).q / df, method.floor), 1.0
            )
        variance = variance * multiplier
    se = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
    if method.uses_t:
        df = np.where(df > 0, df, np.inf)
        finite = np.isfinite(df)
        p_value = np.where(finite, t_two_sided(statistic, df), normal_two_sided(statistic))
    else:
        df = np.full(problem.n, np.inf)
        p_value = normal_two_sided(statistic)
    margin = critical_value(level, df, method.uses_t) * se
    return Inference(estimate, se, statistic, df, p_value, estimate - margin, estimate + margin)


def infer_single(
    problem: SingleProblem, found: SingleEstimate, method: TestMethod, level: float
) -> Inference[float]:
    """:func:`infer` for one problem in plain floats."""
    df = problem.df
    multiplier = max(found.sums.q / df, method.floor) if method.rescales and df > 0 else 1.0
    se = math.sqrt(multiplier / found.sums.sum_w)
    # 0 / 0 is no evidence: inf * 0 is NaN
    statistic = found.mean / se if se > 0 else math.inf * found.mean
    if method.uses_t and df > 0:
        p_value = float(t_two_sided(statistic, df))
    else:
        df, p_value = math.inf, float(normal_two_sided(statistic))
    margin = _quantile(0.5 + 0.5 * level, df) * se
    return Inference(found.mean, se, statistic, df, p_value, found.mean - margin, found.mean + margin)


class Heterogeneity(NamedTuple, Generic[Number]):
    """Cochran's Q and what follows from it and from tau2; arrays of shape (n,), or floats.

    ``i2``, ``h2`` compare tau2 with (k - p) / tr P, the variance of a typical study (Higgins & Thompson
    2002, doi:10.1002/sim.1186); ``i2_q``, ``h2_q`` are Q-based. I2 in percent.
    """

    q: Number
    q_df: Number
    i2: Number
    h2: Number
    i2_q: Number
    h2_q: Number

    @property
    def q_p(self) -> Number:
        """P-value of Q; computed when asked for, as it costs a batch a quarter of its time."""
        value = chi2_sf(self.q, np.maximum(self.q_df, 1.0))
        p_value: Number = float(value) if isinstance(self.q, float) else value
        return p_value


def heterogeneity(problem: Problem, tau2: FloatArray) -> Heterogeneity[FloatArray]:
    """Q, I2 and H2. With no degrees of freedom: Q = 0, p = 1, I2 = 0, H2 = 1."""
    m = problem.at_zero
    df = problem.df
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = df / m.trace_p
        found = Heterogeneity(
            q=m.q,
            q_df=df,
            i2=100.0 * tau2 / (typical + tau2),
            h2=tau2 / typical + 1.0,
            i2_q=np.where(m.q > df, 100.0 * (m.q - df) / m.q, 0.0),
            h2_q=m.q / df,
        )
    some = df > 0
    if some.all():
        return found
    none = Heterogeneity(*(np.full(df.shape, value) for value in (0.0, 0.0, 0.0, 1.0, 0.0, 1.0)))
    return Heterogeneity(*(np.where(some, a, b) for a, b in zip(found, none, strict=True)))._replace(q_df=df)


def heterogeneity_single(problem: SingleProblem, tau2: float) -> Heterogeneity[float]:
    """:func:`heterogeneity` for one problem in plain floats."""
    df, m = problem.df, problem.at_zero
    if df <= 0:
        return Heterogeneity(0.0, df, 0.0, 1.0, 0.0, 1.0)
    typical = df / m.trace_p
    return Heterogeneity(
        q=m.q,
        q_df=df,
        i2=100.0 * tau2 / (typical + tau2),
        h2=tau2 / typical + 1.0,
        i2_q=100.0 * (m.q - df) / m.q if m.q > df else 0.0,
        h2_q=m.q / df,
    )
