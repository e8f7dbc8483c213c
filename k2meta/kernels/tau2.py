"""The registry of tau2 estimators: one record for each.

To add an estimator, write its two functions and register them; option checks, messages, the command
line, the documentation and the contract tests read this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from k2meta.errors import OptionError, unknown_option
from k2meta.kernels.distributions import chi2_ppf
from k2meta.kernels.estimating import Root, solve_dl_iterated, solve_q
from k2meta.kernels.likelihood import Tau2Estimate, maximise
from k2meta.kernels.problem import Moments, Traces
from k2meta.kernels.single import SingleEstimate, SingleProblem, maximise_single, solve_q_single
from k2meta.kernels.stacks import Problem
from k2meta.records import FloatArray

__all__ = ["TAU2_ESTIMATORS", "Tau2Estimate", "Tau2Estimator", "get_tau2_estimator"]

Estimate = Callable[[Problem, FloatArray | None], Tau2Estimate]
EstimateSingle = Callable[[SingleProblem], SingleEstimate]
# (moments at 0, moments at tau2, tau2, k, k - p) -> standard error; floats or arrays alike
MomentFormula = Callable[[Any, Any, Any, Any, Any], Any]


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
    code, name, name_zh : str
        The code, and the name in English and Chinese.
    kind : {"closed form", "estimating equation", "likelihood"}
    reference : str
        Paper with DOI.
    estimate : callable
        ``estimate(problem, weights) -> Tau2Estimate``.
    standard_error : callable
        ``standard_error(problem, tau2, weights, sums=None) -> (n,)``; needs k > p.
    single : callable, optional
        ``single(problem) -> SingleEstimate``: the same for one problem in plain floats.
    formula : callable, optional
        The standard error as a formula of moments, where it is one.
    restricted : bool
        Whether fit statistics use the restricted likelihood.
    needs_weights : bool
    """

    code: str
    name: str
    name_zh: str
    kind: str
    reference: str
    estimate: Estimate
    standard_error: StandardError
    single: EstimateSingle | None = None
    formula: MomentFormula | None = None
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


def _closed(raw: FloatArray, df: FloatArray) -> Tau2Estimate:
    n = raw.size
    tau2 = np.where(df > 0, np.maximum(raw, 0.0), 0.0)
    return Tau2Estimate(tau2, np.zeros(n), 0, np.ones(n, dtype=np.int64), np.ones(n, dtype=bool))


def _of_root(root: Root) -> Tau2Estimate:
    optima = np.ones(root.tau2.size, dtype=np.int64)
    return Tau2Estimate(root.tau2, root.gradient, root.iterations, optima, root.converged)


def _divide(a: FloatArray, b: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        out: FloatArray = a / b
    return out


def _add_from_formulas(
    code: str,
    name: str,
    name_zh: str,
    kind: str,
    reference: str,
    estimate: Estimate,
    single: EstimateSingle | None,
    formula: MomentFormula,
    restricted: bool = False,
) -> None:
    """Register an estimator whose standard error is a formula of moments."""

    def standard_error(
        problem: Problem,
        tau2: FloatArray,
        weights: FloatArray | None,
        sums: Moments[FloatArray] | None = None,
    ) -> FloatArray:
        at = problem.moments(tau2, order=2) if sums is None else sums
        zero = problem.moments(np.zeros(problem.n), order=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(formula(zero, at, tau2, problem.k, problem.df), dtype=np.float64)

    _ESTIMATORS[code] = Tau2Estimator(
        code, name, name_zh, kind, reference, estimate, standard_error, single, formula, restricted
    )


# --- closed forms of the moments at tau2 = 0 -----------------------------------------------------------


def _add_closed_form(
    code: str, name: str, name_zh: str, reference: str, raw: MomentFormula, formula: MomentFormula
) -> None:
    def estimate(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
        with np.errstate(divide="ignore", invalid="ignore"):
            value = raw(problem.at_zero, None, None, problem.k, problem.df)
        return _closed(value, problem.df)

    def single(problem: SingleProblem) -> SingleEstimate:
        value = raw(problem.at_zero, None, None, problem.k, problem.df) if problem.df > 0 else 0.0
        return problem.at(max(value, 0.0))

    _add_from_formulas(code, name, name_zh, _CLOSED, reference, estimate, single, formula)


def _spread(m: Any, tau2: Any, df: Any) -> Any:
    # square root of Var(y'Py) = 2 tr(PMPM) for M = V + tau2 I and P of weights 1/v, where PVPV = PV
    return (2.0 * df + 4.0 * tau2 * m.trace_p + 2.0 * tau2 * tau2 * m.trace_pp) ** 0.5


_CLOSED, _EQUATION, _LIKELIHOOD = "closed form", "estimating equation", "likelihood"
_SIDIK = "Sidik & Jonkman 2005, doi:10.1111/j.1467-9876.2005.00489.x"
_DERSIMONIAN = "DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2"


# --- estimating equations and likelihood ---------------------------------------------------------------


def _pm(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return _of_root(solve_q(problem, problem.df))


def _pm_single(problem: SingleProblem) -> SingleEstimate:
    return solve_q_single(problem, problem.df)


def _pmm(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    df = problem.df
    return _of_root(solve_q(problem, np.where(df > 0, chi2_ppf(0.5, np.maximum(df, 1.0)), 0.0)))


def _pmm_single(problem: SingleProblem) -> SingleEstimate:
    return solve_q_single(problem, float(chi2_ppf(0.5, problem.df)) if problem.df > 0 else 0.0)


def _pm_formula(zero: Any, at: Any, tau2: Any, k: Any, df: Any) -> Any:
    return k * (2.0 / df) ** 0.5 / at.sum_w


def _dlit(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return _of_root(solve_dl_iterated(problem))


def _ml(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return maximise(problem, restricted=False)


def _reml(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    return maximise(problem, restricted=True)


_add_from_formulas(
    "REML",
    "restricted maximum likelihood",
    "限制性最大似然法",
    _LIKELIHOOD,
    "Harville 1977, doi:10.1080/01621459.1977.10480998",
    _reml,
    lambda problem: maximise_single(problem, restricted=True),
    lambda zero, at, tau2, k, df: (2.0 / at.trace_pp) ** 0.5,
    restricted=True,
)
_add_from_formulas(
    "ML",
    "maximum likelihood",
    "最大似然法",
    _LIKELIHOOD,
    "Hardy & Thompson 1996, doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A",
    _ml,
    lambda problem: maximise_single(problem, restricted=False),
    lambda zero, at, tau2, k, df: (2.0 / at.sum_w2) ** 0.5,
)
_add_closed_form(
    "DL",
    "DerSimonian-Laird",
    "DerSimonian-Laird法",
    _DERSIMONIAN,
    lambda zero, at, tau2, k, df: (zero.q - df) / zero.trace_p,
    lambda zero, at, tau2, k, df: _spread(zero, tau2, df) / zero.trace_p,
)
_add_from_formulas(
    "DLIT",
    "iterated DerSimonian-Laird",
    "迭代DerSimonian-Laird法",
    _EQUATION,
    _DERSIMONIAN,
    _dlit,
    None,
    lambda zero, at, tau2, k, df: _spread(at, tau2, df) / at.trace_p,
)
_add_closed_form(
    "HS",
    "Hunter-Schmidt",
    "Hunter-Schmidt法",
    "Viechtbauer 2005, doi:10.3102/10769986030003261",
    lambda zero, at, tau2, k, df: (zero.q - k) / zero.sum_w,
    lambda zero, at, tau2, k, df: _spread(zero, tau2, df) / zero.sum_w,
)
_add_closed_form(
    "HSk",
    "Hunter-Schmidt with small-sample correction",
    "经k校正的Hunter-Schmidt法",
    "Brannick et al. 2019, doi:10.1080/00273171.2019.1590795",
    lambda zero, at, tau2, k, df: (k / df * zero.q - k) / zero.sum_w,
    lambda zero, at, tau2, k, df: k / df * _spread(zero, tau2, df) / zero.sum_w,
)
for _code, _name, _name_zh, _reference in (
    ("PM", "Paule-Mandel", "Paule-Mandel法", "Paule & Mandel 1982, doi:10.6028/jres.087.022"),
    ("EB", "empirical Bayes", "经验贝叶斯法", "Morris 1983, doi:10.1080/01621459.1983.10477920"),
    ("SJIT", "iterated Sidik-Jonkman", "迭代Sidik-Jonkman法", _SIDIK),
):
    _add_from_formulas(_code, _name, _name_zh, _EQUATION, _reference, _pm, _pm_single, _pm_formula)
_add_from_formulas(
    "PMM",
    "median-unbiased Paule-Mandel",
    "中位数无偏Paule-Mandel法",
    _EQUATION,
    "Viechtbauer 2021, in Schmid et al., Handbook of Meta-Analysis, doi:10.1201/9781315119403",
    _pmm,
    _pmm_single,
    _pm_formula,
)


# --- closed forms of another quadratic form ------------------------------------------------------------


def _quadratic_form_se(t: Traces, tau2: FloatArray, scale: FloatArray) -> FloatArray:
    # Var(y'Py) = 2 tr(PMPM) with M = V + tau2 I
    variance = 2.0 * t.pvpv + 4.0 * tau2 * t.pvp + 2.0 * tau2 * tau2 * t.pp
    return _divide(np.sqrt(variance), scale)


def _unit(problem: Problem) -> FloatArray:
    return np.ones((problem.n, 1))


def _he(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    t = problem.traces(_unit(problem))
    return _closed(_divide(t.q - t.pv, problem.df), problem.df)


def _he_se(
    problem: Problem,
    tau2: FloatArray,
    weights: FloatArray | None,
    sums: Moments[FloatArray] | None = None,
) -> FloatArray:
    return _quadratic_form_se(problem.traces(_unit(problem)), tau2, problem.df)


def _sj(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    start = problem.mean_square
    return _closed(start * _divide(problem.moments(start).q, problem.df), problem.df)


def _sj_se(
    problem: Problem,
    tau2: FloatArray,
    weights: FloatArray | None,
    sums: Moments[FloatArray] | None = None,
) -> FloatArray:
    start = problem.mean_square
    return start * _quadratic_form_se(problem.traces(tau2=start), tau2, problem.df)


def _genq(problem: Problem, weights: FloatArray | None) -> Tau2Estimate:
    if weights is None:
        raise OptionError("tau2='GENQ' needs weights: pass weights=, one positive number for each study")
    t = problem.traces(weights)
    return _closed(_divide(t.q - t.pv, t.p), problem.df)


def _genq_se(
    problem: Problem,
    tau2: FloatArray,
    weights: FloatArray | None,
    sums: Moments[FloatArray] | None = None,
) -> FloatArray:
    t = problem.traces(weights)
    return _quadratic_form_se(t, tau2, t.p)


for _estimator in (
    Tau2Estimator(
        "HE", "Hedges", "Hedges法", _CLOSED, "Hedges & Olkin 1985, doi:10.1016/C2009-0-03396-0", _he, _he_se
    ),
    Tau2Estimator("SJ", "Sidik-Jonkman", "Sidik-Jonkman法", _CLOSED, _SIDIK, _sj, _sj_se),
    Tau2Estimator(
        "GENQ",
        "generalised Q",
        "广义Q法",
        _CLOSED,
        "DerSimonian & Kacker 2007, doi:10.1016/j.cct.2006.04.004",
        _genq,
        _genq_se,
        needs_weights=True,
    ),
):
    _ESTIMATORS[_estimator.code] = _estimator
