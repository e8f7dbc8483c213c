"""The same weighted sums as :mod:`k2meta.kernels.problem`, for any design matrix.

Moderators and groups with one common tau2 go through here. The columns of the design are made
orthonormal first; everything that the estimators use is invariant to that, except the
coefficients, which are carried back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from k2meta.errors import DataError
from k2meta.kernels.problem import Moments, Traces
from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["DesignProblem", "require_spread", "stack_design"]

# Residuals of effects on a perfect line, relative to the effects.
ROUNDING = 32.0 * float(np.finfo(float).eps)
# Largest over smallest variance: beyond, X'WX is singular in floating point where one study has all weight.
MOST_SPREAD = 1e9
# Below this share of the sum of weights, the trace of P is not taken as a difference any more.
LOSSY = 1e-2
CHUNK = 2_000_000  # numbers of a stack of square matrices at a time


def _trace_product(a: FloatArray, b: FloatArray) -> FloatArray:
    out: FloatArray = np.einsum("nab,nba->n", a, b)
    return out


@dataclass(frozen=True, eq=False)
class DesignProblem:
    """A stack of n meta-regressions with p coefficients.

    Attributes
    ----------
    y, v : ndarray, shape (n, k)
        Effects and sampling variances.
    x : ndarray, shape (n, k, p)
        Design with orthonormal columns (among the studies that take part).
    r : ndarray, shape (n, p, p)
        Triangular factor: the caller's design is ``x @ r``.
    keep : ndarray, shape (n, k)
        1.0 where the study takes part, 0.0 where it does not.
    """

    y: FloatArray
    v: FloatArray
    x: FloatArray
    r: FloatArray
    keep: FloatArray

    @property
    def n(self) -> int:
        """Number of problems."""
        return int(self.y.shape[0])

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return int(self.x.shape[2])

    @cached_property
    def k(self) -> FloatArray:
        """Number of studies that take part, shape (n,)."""
        out: FloatArray = self.keep.sum(axis=1)
        return out

    @property
    def df(self) -> FloatArray:
        """K - p, shape (n,)."""
        return self.k - self.p

    @cached_property
    def v_min(self) -> FloatArray:
        """Smallest sampling variance, shape (n,)."""
        out: FloatArray = np.where(self.keep > 0, self.v, np.inf).min(axis=1)
        return out

    @cached_property
    def v_max(self) -> FloatArray:
        """Largest sampling variance, shape (n,)."""
        out: FloatArray = (self.v * self.keep).max(axis=1)
        return out

    @cached_property
    def rss(self) -> FloatArray:
        """Unweighted residual sum of squares, shape (n,); 0 where nothing but rounding errors is left."""
        rss = self._quadratic(self.keep)[0]
        noise = ROUNDING**2 * (self.keep * self.y**2).sum(axis=1)
        return np.where(rss > noise, rss, 0.0)

    @cached_property
    def at_zero(self) -> Moments[FloatArray]:
        """Moments at tau2 = 0."""
        return self.moments(np.zeros(self.n))

    @property
    def mean_square(self) -> FloatArray:
        """Mean squared deviation of the effects from their plain mean, shape (n,)."""
        mean = (self.y * self.keep).sum(axis=1) / self.k
        out: FloatArray = (self.keep * (self.y - mean[:, None]) ** 2).sum(axis=1) / self.k
        return out

    @property
    def log_det_design(self) -> FloatArray:
        """Log |X'X| of the caller's design, shape (n,)."""
        out: FloatArray = 2.0 * np.log(np.abs(np.diagonal(self.r, axis1=1, axis2=2))).sum(axis=1)
        return out

    def select(self, rows: IntArray | BoolArray | slice) -> DesignProblem:
        """The same for some of the problems."""
        return replace(
            self, y=self.y[rows], v=self.v[rows], x=self.x[rows], r=self.r[rows], keep=self.keep[rows]
        )

    def repeat(self, times: int) -> DesignProblem:
        """Each problem ``times`` times in a row."""
        return self.select(np.repeat(np.arange(self.n), times))

    def _cross(self, weights: FloatArray) -> FloatArray:
        out: FloatArray = np.swapaxes(self.x, 1, 2) @ (weights[:, :, None] * self.x)
        return out

    def _quadratic(self, w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """y'Py, residuals, (X'WX)^-1 and the coefficients for weights w, shape (n, k)."""
        inverse = np.linalg.inv(self._cross(w))
        xwy = np.swapaxes(self.x, 1, 2) @ (w * self.y)[:, :, None]
        beta = (inverse @ xwy)[:, :, 0]
        residual = self.y - (self.x @ beta[:, :, None])[:, :, 0]
        q: FloatArray = np.vecdot(w * residual, residual)
        return q, residual, np.asarray(inverse, dtype=np.float64), beta

    def moments(self, tau2: FloatArray, order: int = 1) -> Moments[FloatArray]:
        """Sums at tau2; see :meth:`InterceptProblem.moments`."""
        w = self.keep / (self.v + tau2[:, None])
        q, residual, inverse, _ = self._quadratic(w)
        z = w * residual
        w2 = w * w
        m = inverse @ self._cross(w2)
        yppy = np.vecdot(z, z)
        sum_w, sum_w2 = w.sum(axis=1), w2.sum(axis=1)
        trace_p = sum_w - np.einsum("naa->n", m)
        lossy = np.flatnonzero(~(trace_p > LOSSY * sum_w))
        exact = self._exact_traces(tau2, lossy) if lossy.size else None
        if exact is not None:
            trace_p[lossy] = exact[0]
        if order < 2:
            return Moments(q, yppy, trace_p, sum_w, sum_w2, q, q)
        trace_pp = sum_w2 - 2.0 * _trace_product(inverse, self._cross(w2 * w)) + _trace_product(m, m)
        if exact is not None:
            trace_pp[lossy] = exact[1]
        u = np.swapaxes(self.x, 1, 2) @ (w * z)[:, :, None]
        ypppy = np.vecdot(w * z, z) - (np.swapaxes(u, 1, 2) @ inverse @ u)[:, 0, 0]
        return Moments(q, yppy, trace_p, sum_w, sum_w2, ypppy, trace_pp)

    def _exact_traces(self, tau2: FloatArray, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Traces for some rows of tau2; one problem may be asked at many of its values."""
        owners = np.broadcast_to(np.arange(self.n), tau2.shape)[rows]
        return self.select(owners)._traces_of_contrasts(tau2[rows])

    def _traces_of_contrasts(self, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Tr P and tr PP without cancellation, shape (n,) each.

        With N an orthonormal basis of what the design leaves, ``P = N (N'VN)^-1 N'``, and so ``tr P`` is
        ``tr (N'VN)^-1``: a sum of positive terms, where ``sum w - tr (X'WX)^-1 X'W^2X`` subtracts two
        numbers as large as the greatest weight. Studies that do not take part get the largest variance, and
        what that adds is taken off.
        """
        p, one, two = self.p, np.empty(self.n), np.empty(self.n)
        step = max(1, CHUNK // self.y.shape[1] ** 2)
        for low in range(0, self.n, step):
            part = slice(low, low + step)
            keep = self.keep[part]
            largest = (self.v_max[part] + tau2[part])[:, None]
            spread = np.where(keep > 0, self.v[part] + tau2[part, None], largest)
            rest = np.linalg.qr(self.x[part], mode="complete")[0][:, :, p:]
            inverse = np.linalg.inv(np.swapaxes(rest, 1, 2) @ (spread[:, :, None] * rest))
            absent = (1.0 - keep).sum(axis=1)
            one[part] = np.einsum("naa->n", inverse) - absent / largest[:, 0]
            two[part] = (inverse * inverse).sum(axis=(1, 2)) - absent / largest[:, 0] ** 2
        return one, two

    def estimate(self, tau2: FloatArray, weights: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Coefficients (n, p) and their covariance (n, p, p) at tau2, in the caller's design."""
        if weights is None:
            _, _, covariance, beta = self._quadratic(self.keep / (self.v + tau2[:, None]))
        else:
            a = np.broadcast_to(weights, self.y.shape) * self.keep
            _, _, inverse, beta = self._quadratic(a)
            covariance = inverse @ self._cross(a * a * (self.v + tau2[:, None])) @ inverse
        back = np.linalg.inv(self.r)
        return (back @ beta[:, :, None])[:, :, 0], back @ covariance @ np.swapaxes(back, 1, 2)

    def q_around(self, tau2: FloatArray, estimate: FloatArray) -> FloatArray:
        """Weighted sum of squares round given coefficients, shape (n,)."""
        fitted = (self.x @ (self.r @ estimate[:, :, None]))[:, :, 0]
        residual = self.y - fitted
        out: FloatArray = np.vecdot(self.keep / (self.v + tau2[:, None]) * residual, residual)
        return out

    def traces(self, weights: FloatArray | None = None, tau2: FloatArray | None = None) -> Traces:
        """Moments of the quadratic form with weights ``a``; see :meth:`InterceptProblem.traces`."""
        if weights is None:
            weights = 1.0 / (self.v + (np.zeros(self.n) if tau2 is None else tau2)[:, None])
        a = np.broadcast_to(weights, self.y.shape) * self.keep
        q, _, inverse, _ = self._quadratic(a)
        one = self.keep

        def single(d: FloatArray) -> FloatArray:
            out: FloatArray = (a * d).sum(axis=1) - _trace_product(inverse, self._cross(a * a * d))
            return out

        def double(d: FloatArray, e: FloatArray) -> FloatArray:
            md, me = inverse @ self._cross(a * a * d), inverse @ self._cross(a * a * e)
            out: FloatArray = (
                (a * a * d * e).sum(axis=1)
                - 2.0 * _trace_product(inverse, self._cross(a**3 * d * e))
                + _trace_product(md, me)
            )
            return out

        return Traces(
            q=q,
            p=single(one),
            pv=single(self.v),
            pp=double(one, one),
            pvp=double(self.v, one),
            pvpv=double(self.v, self.v),
        )

    def log_det(self, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log determinants of V + tau2 I and of X'WX in the caller's design, shape (n,) each."""
        logs = (np.log(self.v + tau2[:, None]) * self.keep).sum(axis=1)
        cross = self._cross(self.keep / (self.v + tau2[:, None]))
        return logs, np.linalg.slogdet(cross)[1] + self.log_det_design


def require_spread(v: FloatArray, most: float = MOST_SPREAD) -> None:
    """Refuse variances so far apart that a fit with several coefficients has no digits left.

    Raises
    ------
    DataError
        When the largest is more than ``most`` times the smallest.
    """
    low, high = float(v.min()), float(v.max())
    if high > most * low:
        raise DataError(
            f"the variances span {low:.3g} to {high:.3g}, more than a factor of {most:.0e}: a fit with "
            "several coefficients has no digits left. Expected studies of comparable precision. Look for a "
            "variance or SE typed in other units, or leave the study out."
        )


def stack_design(
    yi: FloatArray, vi: FloatArray, x: FloatArray, keep: BoolArray | None = None
) -> DesignProblem:
    """Arrange (n, k) effects and a design (n, k, p) or (k, p) as a stack of problems.

    Raises
    ------
    numpy.linalg.LinAlgError
        When a design has not full column rank.
    """
    n, k = yi.shape
    x = np.broadcast_to(x, (n, k, x.shape[-1])).astype(float)
    mask = np.ones((n, k)) if keep is None else keep.astype(float)
    if keep is not None:
        yi, vi = np.where(keep, yi, 0.0), np.where(keep, vi, 1.0)
        x = np.where(keep[:, :, None], x, 0.0)
    q, r = np.linalg.qr(x)
    diagonal = np.abs(np.diagonal(r, axis1=1, axis2=2))
    if (diagonal.min(axis=1) <= 1e-12 * diagonal.max(axis=1)).any():
        raise np.linalg.LinAlgError("the design has not full column rank")
    return DesignProblem(y=yi, v=vi, x=q, r=r, keep=mask)
