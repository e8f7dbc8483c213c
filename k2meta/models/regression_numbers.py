"""Numbers behind a meta-regression: one design through the batched kernels, Wald tests, residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from k2meta.kernels.design import require_spread, stack_design
from k2meta.kernels.distributions import chi2_sf, f_sf
from k2meta.kernels.pooling import TestMethod
from k2meta.kernels.problem import stack
from k2meta.kernels.stacks import Problem
from k2meta.records import FloatArray, Test

__all__ = [
    "Coefficients",
    "Expected",
    "as_problem",
    "estimate_coefficients",
    "expected_at",
    "residual_se",
    "wald_test",
]


# residuals below this share of the effects are what rounding leaves
ROUNDING = 1e-14


class Coefficients(NamedTuple):
    """Coefficients of one design at one tau2.

    Attributes
    ----------
    beta : ndarray, shape (p,)
    vcov : ndarray, shape (p, p)
        Covariance, with the multiplier.
    wald : ndarray, shape (p, p)
        Covariance without it.
    multiplier : float
        What Knapp-Hartung multiplies variances by; 1 for the other tests.
    """

    beta: FloatArray
    vcov: FloatArray
    wald: FloatArray
    multiplier: float


def as_problem(yi: FloatArray, vi: FloatArray, x: FloatArray) -> tuple[Problem, FloatArray]:
    """A stack of one problem, and what its columns were divided by, shape (p,).

    A power of two takes each column to about unit length, so that the rank of the design does not
    depend on the units of the moderators. An intercept alone goes to the sums made for it.
    """
    if x.shape[1] == 1 and bool((x == 1.0).all()):
        return stack(yi[None], vi[None]), np.ones(1)
    largest = np.abs(x).max(axis=0)
    length = np.linalg.norm(x / largest, axis=0) * largest
    scale = np.exp2(np.round(np.log2(length)))
    if x.shape[1] > 1:
        require_spread(vi)
    return stack_design(yi[None], vi[None], (x / scale)[None]), scale


def estimate_coefficients(
    problem: Problem,
    scale: FloatArray,
    tau2: float,
    method: TestMethod,
    weights: FloatArray | None = None,
) -> Coefficients:
    """Coefficients and their covariance at tau2, with the multiplier of the test.

    Notes
    -----
    ``(X'WX)^-1 X'Wy`` with covariance ``(X'WX)^-1``; Knapp-Hartung multiplies by
    ``y'Py / (k - p)`` at tau2 (Knapp & Hartung 2003, doi:10.1002/sim.1482).
    """
    at = np.array([tau2])
    estimate, covariance = problem.estimate(at, None if weights is None else weights[None])
    beta, wald = estimate[0] / scale, covariance[0] / np.outer(scale, scale)
    if not method.rescales:
        return Coefficients(beta, wald, wald, 1.0)
    q = float(problem.moments(at).q[0])
    total = float(problem.q_around(at, np.zeros((1, problem.p)))[0])
    if problem.p > 1 and q <= ROUNDING**2 * total:
        # effects that the moderators give exactly: what is left of q and of the other coefficients is noise
        q = 0.0
        noise = 10.0 * ROUNDING * math.sqrt(total) * np.sqrt(np.diagonal(wald))
        beta = np.where(np.abs(beta) <= noise, 0.0, beta)
    multiplier = max(q / float(problem.df[0]), method.floor)
    return Coefficients(beta, wald * multiplier, wald, multiplier)


def wald_test(
    name: str, found: Coefficients, columns: Sequence[int], method: TestMethod, rest: float
) -> Test:
    """Test that several coefficients are all 0: chi-squared, or F with k - p degrees of freedom.

    Parameters
    ----------
    name : str
    found : Coefficients
    columns : sequence of int
        Which coefficients; a test of none has no answer, and says so.
    method : TestMethod
    rest : float
        K - p.
    """
    m = len(columns)
    if m == 0:
        kind = "F" if method.uses_t else "chi2"
        return Test(name, math.nan, 0.0, math.nan, kind, note="the model has no moderator")
    index = np.array(columns)
    # unit standard errors, so that moderators of different units do not spoil the solution
    se = np.sqrt(np.diagonal(found.wald)[index])
    correlation = found.wald[np.ix_(index, index)] / np.outer(se, se)
    z = found.beta[index] / se
    q = float(z @ np.linalg.solve(correlation, z))
    if not method.uses_t:
        return Test(name, q, float(m), float(chi2_sf(q, m)), "chi2")
    # 0 / 0, effects that all agree and no moderator explains, is no evidence
    f = q / m / found.multiplier if found.multiplier > 0 else (math.inf if q > 0 else math.nan)
    return Test(name, f, (float(m), rest), float(f_sf(f, m, rest)), "F")


class Expected(NamedTuple):
    """Mean effects at rows of a design; the variances are Wald's, without multiplier.

    Attributes
    ----------
    estimate, variance : ndarray, shape (n,)
    """

    estimate: FloatArray
    variance: FloatArray


def expected_at(
    rows: FloatArray,
    x: FloatArray,
    yi: FloatArray,
    m: FloatArray,
    weights: FloatArray | None,
) -> Expected:
    """Mean effects at ``rows``, shape (n, p), from the fit of ``x``, with ``m = v + tau2``.

    ``x'b`` and ``x'Vx`` cancel badly where columns are far from centred (the year 1990, with its
    intercept at the year 0); with ``sqrt(A) X = QR`` they are sums over Q, which do not.
    """
    q, carried, root = _orthonormal(rows, x, m, weights)
    estimate = carried @ (q.T @ (root * yi))
    if weights is None:
        return Expected(estimate, np.vecdot(carried, carried))
    shares = carried @ (root[:, None] * q).T
    return Expected(estimate, (shares * shares) @ m)


def _orthonormal(
    rows: FloatArray, x: FloatArray, m: FloatArray, weights: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Q of the weighted design (k, p), rows in its coordinates (n, p), roots of the weights (k,)."""
    root = np.sqrt(1.0 / m if weights is None else weights)
    scale = np.linalg.norm(x, axis=0)
    q, r = np.linalg.qr(root[:, None] * (x / scale))
    return q, np.linalg.solve(r.T, (rows / scale).T).T, root


def residual_se(x: FloatArray, m: FloatArray, weights: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Standard errors of the residuals, and the leverages (diagonal of the hat matrix), shape (k,) each.

    The diagonal of ``(I - H) M (I - H)'`` with ``M = diag(m)``, ``m = v + tau2``, is ``m - 2 h m + x' V x``,
    with V the covariance of the coefficients: no k x k matrix is needed.
    """
    q, carried, root = _orthonormal(x, x, m, weights)
    hat: FloatArray = root * np.vecdot(q, carried)
    if weights is None:
        variance = m * (1.0 - hat)
    else:
        variance = m - 2.0 * hat * m + expected_at(x, x, np.zeros_like(m), m, weights).variance
    # a study that alone determines a coefficient has leverage 1 and no residual
    none = 1.0 - hat < 1e-12
    return np.sqrt(np.where(none, 0.0, np.maximum(variance, 0.0))), hat
