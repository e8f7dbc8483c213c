"""Numbers behind a meta-regression: one design through the batched kernels, Wald tests, residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from k2meta.kernels.design import stack_design
from k2meta.kernels.distributions import chi2_sf, f_sf
from k2meta.kernels.pooling import TestMethod
from k2meta.kernels.problem import stack
from k2meta.kernels.stacks import Problem
from k2meta.records import FloatArray, Test

__all__ = ["Coefficients", "as_problem", "estimate_coefficients", "residual_se", "wald_test"]


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
    beta, covariance = problem.estimate(at, None if weights is None else weights[None])
    wald = covariance[0] / np.outer(scale, scale)
    multiplier = 1.0
    if method.rescales:
        multiplier = max(float(problem.moments(at).q[0] / problem.df[0]), method.floor)
    return Coefficients(beta[0] / scale, wald * multiplier, wald, multiplier)


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


def residual_se(
    vi: FloatArray, tau2: float, x: FloatArray, wald: FloatArray, weights: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Standard errors of the residuals, and the leverages (diagonal of the hat matrix), shape (k,) each.

    The diagonal of ``(I - H) M (I - H)'`` with ``M = diag(v + tau2)`` is ``m - 2 h m + x' V x``, with V the
    covariance of the coefficients: no k x k matrix is needed.
    """
    m = vi + tau2
    a = 1.0 / m if weights is None else weights
    # the bread (X'AX)^-1 is the covariance itself for inverse variance weights
    if weights is None:
        bread = wald
    else:
        scale = np.linalg.norm(x, axis=0)
        unit = x / scale
        bread = np.linalg.inv(unit.T @ (a[:, None] * unit)) / np.outer(scale, scale)
    hat: FloatArray = np.einsum("ka,ab,kb->k", x, bread, x) * a
    fitted_variance = np.einsum("ka,ab,kb->k", x, wald, x)
    variance = m - 2.0 * hat * m + fitted_variance
    # a study that alone determines a coefficient has leverage 1 and no residual
    none = 1.0 - hat < 1e-12
    return np.sqrt(np.where(none, 0.0, np.maximum(variance, 0.0))), hat
