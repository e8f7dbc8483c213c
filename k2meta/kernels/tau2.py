"""The registry of tau2 estimators: one record for each.

To add an estimator, write its two functions and register them; option checks, messages, the command
line, the documentation and the contract tests read this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np

from k2meta.errors import OptionError, unknown_option
from k2meta.kernels.distributions import chi2_ppf
from k2meta.kernels.estimating import Root, solve_dl_iterated, solve_q
from k2meta.kernels.likelihood import maximise
from k2meta.kernels.problem import Moments, Traces
from k2meta.kernels.stacks import Problem
from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["TAU2_ESTIMATORS", "Tau2Estimate", "Tau2Estimator", "get_tau2_estimator"]


class Tau2Estimate(NamedTuple):
    """tau2 for each problem, with how it was found; each has shape (n,).

    ``sums`` are the moments at tau2 (order 2) where the search ended with them, else None.
    """

    tau2: FloatArray
    gradient: FloatArray
    iterations: int
    optima: IntArray
    converged: BoolArray
    sums: Moments[FloatArray] | None = None


Estimate = Callable[[Problem, FloatArray | None], Tau2Estimate]


class StandardError(Protocol):
    """``sums`` are the moments at tau2 (order 2), for callers that have them already."""

    def __call__(
        self,
        problem: Problem,
        tau2: FloatArray,
        weights: FloatArray | None,
        sums: Moments[FloatArray] | None = None,
    ) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class Tau2Estimator:
    """One estimator of the between-study variance.

    Attributes
    ----------
    code, name : str
    kind : {"closed form", "estimating equation", "likelihood"}
    estimate : callable
        ``estimate(problem, weights) -> Tau2Estimate``.
    standard_error : callable
        ``standard_error(problem, tau2, weights, sums=None) -> (n,)``.
    reference : str
        Paper with DOI.
    restricted : bool
        Whether fit statistics use the restricted likelihood.
    needs_weights : bool
    """

    code: str
    name: str
    kind: str
    estimate: Estimate
    standard_error: StandardError
    reference: str
    restricted: bool = False
    needs_weights: bool = False


_ESTIMATORS: dict[str, Tau2Estimator] = {}
TAU2_ESTIMATORS: Mapping[str, Tau2Estimator] = MappingProxyType(_ESTIMATORS)


def get_tau2_estimator(code: str) -> Tau2Estimator:
    """Look an estimator up by its code.

    Raises
    ------
    OptionError
        When there is none; the message lists them all.
    """
    try:
        return _ESTIMATORS[code]
    except (KeyError, TypeError):
        pass
    for known, estimator in _ESTIMATORS.items():
        if isinstance(code, str) and known.casefold() == code.casefold():
            return estimator
    raise unknown_option("tau2 estimator", code, _ESTIMATORS)


def _register(estimator: Tau2Estimator) -> None:
    _ESTIMATORS[estimator.code] = estimator


def _closed(raw: FloatArray, df: FloatArray) -> Tau2Estimate:
    n = raw.size
    tau2 = np.where(df > 0, np.maximum(raw, 0.0), 0.0)
    return Tau2Estimate(tau2, np.zeros(n), 0, np.ones(n, dtype=np.int64), np.ones(n, dtype=bool))


def _of_root(root: Root) -> Tau2Estimate:
    return Tau2Estimate(
        root.tau2, root.gradient, root.iterations, np.ones(root.tau2.size, dtype=np.int64), root.converged
    )


def _divide(a: FloatArray, b: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        out: FloatArray = a / b
    return out


def _quadratic_form_se(t: Traces, tau2: FloatArray, scale: FloatArray) -> FloatArray:
    # Var(y'Py) = 2 tr(PMPM) with M = V + tau2 I
    variance = 2.0 * t.pvpv + 4.0 * tau2 * t.pvp + 2.0 * tau2 * tau2 * t.pp
    return _divide(np.sqrt(variance), scale)


# --- closed forms ------------------------------------------------------------------------------------


def _dl(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    m = problem.at_zero
    return _closed(_divide(m.q - problem.df, m.trace_p), problem.df)


def _inverse_variance_se(
    problem: Problem, tau2: FloatArray, scale: FloatArray, weights_tau2: FloatArray
) -> FloatArray:
    # With W = 1/(v + w_tau2) and w_tau2 = 0: PVPV = P V, so its trace is k - p
    m = problem.moments(weights_tau2, order=2)
    variance = 2.0 * problem.df + 4.0 * tau2 * m.trace_p + 2.0 * tau2 * tau2 * m.trace_pp
    return _divide(np.sqrt(variance), scale)


def _dl_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    zero = np.zeros(problem.n)
    return _inverse_variance_se(problem, tau2, problem.moments(zero).trace_p, zero)


def _hs(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    m = problem.at_zero
    return _closed((m.q - problem.k) / m.sum_w, problem.df)


def _hs_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    zero = np.zeros(problem.n)
    return _inverse_variance_se(problem, tau2, problem.moments(zero).sum_w, zero)


def _hsk(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    m = problem.at_zero
    factor = problem.k / np.maximum(problem.df, 1.0)
    return _closed((factor * m.q - problem.k) / m.sum_w, problem.df)


def _hsk_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    return _divide(problem.k, problem.df) * _hs_se(problem, tau2, weights)


def _unit(problem: Problem) -> FloatArray:
    return np.ones((problem.n, 1))


def _he(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    t = problem.traces(_unit(problem))
    return _closed(_divide(t.q - t.pv, problem.df), problem.df)


def _he_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    return _quadratic_form_se(problem.traces(_unit(problem)), tau2, problem.df)


def _sj(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    start = problem.mean_square
    m = problem.moments(start)
    return _closed(start * _divide(m.q, problem.df), problem.df)


def _sj_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    start = problem.mean_square
    return start * _quadratic_form_se(problem.traces(tau2=start), tau2, problem.df)


def _genq(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    if weights is None:
        raise OptionError("tau2='GENQ' needs weights: pass weights=, one positive number for each study")
    t = problem.traces(weights)
    return _closed(_divide(t.q - t.pv, t.p), problem.df)


def _genq_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    t = problem.traces(weights)
    return _quadratic_form_se(t, tau2, t.p)


# --- estimating equations ----------------------------------------------------------------------------


def _pm(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return _of_root(solve_q(problem, problem.df))


def _pmm(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    df = problem.df
    target = np.where(df > 0, chi2_ppf(0.5, np.maximum(df, 1.0)), 0.0)
    return _of_root(solve_q(problem, target))


def _pm_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    m = sums or problem.moments(tau2)
    return _divide(problem.k * np.sqrt(_divide(np.full(problem.n, 2.0), problem.df)), m.sum_w)


def _dlit(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return _of_root(solve_dl_iterated(problem))


def _dlit_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    return _inverse_variance_se(problem, tau2, problem.moments(tau2).trace_p, tau2)


# --- likelihood --------------------------------------------------------------------------------------


def _ml(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return Tau2Estimate(*maximise(problem, restricted=False))


def _ml_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    return np.sqrt(2.0 / (sums or problem.moments(tau2)).sum_w2)


def _reml(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return Tau2Estimate(*maximise(problem, restricted=True))


def _reml_se(
    problem: Problem, tau2: FloatArray, weights: FloatArray | None, sums: Moments[FloatArray] | None = None
) -> FloatArray:
    m = sums or problem.moments(tau2, order=2)
    return np.sqrt(_divide(np.full(problem.n, 2.0), m.trace_pp))


_CLOSED, _EQUATION, _LIKELIHOOD = "closed form", "estimating equation", "likelihood"

for _estimator in (
    Tau2Estimator(
        "REML",
        "restricted maximum likelihood",
        _LIKELIHOOD,
        _reml,
        _reml_se,
        "Harville 1977, doi:10.1080/01621459.1977.10480998",
        restricted=True,
    ),
    Tau2Estimator(
        "ML",
        "maximum likelihood",
        _LIKELIHOOD,
        _ml,
        _ml_se,
        "Hardy & Thompson 1996, doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A",
    ),
    Tau2Estimator(
        "DL",
        "DerSimonian-Laird",
        _CLOSED,
        _dl,
        _dl_se,
        "DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2",
    ),
    Tau2Estimator(
        "DLIT",
        "iterated DerSimonian-Laird",
        _EQUATION,
        _dlit,
        _dlit_se,
        "DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2",
    ),
    Tau2Estimator("HE", "Hedges", _CLOSED, _he, _he_se, "Hedges & Olkin 1985, doi:10.1016/C2009-0-03396-0"),
    Tau2Estimator(
        "HS",
        "Hunter-Schmidt",
        _CLOSED,
        _hs,
        _hs_se,
        "Viechtbauer 2005, doi:10.3102/10769986030003261",
    ),
    Tau2Estimator(
        "HSk",
        "Hunter-Schmidt with small-sample correction",
        _CLOSED,
        _hsk,
        _hsk_se,
        "Brannick et al. 2019, doi:10.1080/00273171.2019.1590795",
    ),
    Tau2Estimator(
        "SJ",
        "Sidik-Jonkman",
        _CLOSED,
        _sj,
        _sj_se,
        "Sidik & Jonkman 2005, doi:10.1111/j.1467-9876.2005.00489.x",
    ),
    Tau2Estimator(
        "SJIT",
        "iterated Sidik-Jonkman",
        _EQUATION,
        _pm,
        _pm_se,
        "Sidik & Jonkman 2005, doi:10.1111/j.1467-9876.2005.00489.x",
    ),
    Tau2Estimator(
        "EB", "empirical Bayes", _EQUATION, _pm, _pm_se, "Morris 1983, doi:10.1080/01621459.1983.10477920"
    ),
    Tau2Estimator(
        "PM", "Paule-Mandel", _EQUATION, _pm, _pm_se, "Paule & Mandel 1982, doi:10.6028/jres.087.022"
    ),
    Tau2Estimator(
        "PMM",
        "median-unbiased Paule-Mandel",
        _EQUATION,
        _pmm,
        _pm_se,
        "Viechtbauer 2021, in Schmid et al., Handbook of Meta-Analysis, doi:10.1201/9781315119403",
    ),
    Tau2Estimator(
        "GENQ",
        "generalised Q",
        _CLOSED,
        _genq,
        _genq_se,
        "DerSimonian & Kacker 2007, doi:10.1016/j.cct.2006.04.004",
        needs_weights=True,
    ),
):
    _register(_estimator)
