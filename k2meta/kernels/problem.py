"""The weighted sums that every estimator needs, for a stack of intercept-only problems.

Notation as in the papers: ``W = diag(1 / (v + tau2))``, ``P = W - W X (X'WX)^-1 X'W``.
Everything about tau2 can be said with ``y'Py`` (Cochran's Q at tau2), ``y'PPy``, ``y'PPPy``,
``tr P`` and ``tr PP``.

With ``X = 1`` these are sums over studies, but the textbook forms (``tr P = S1 - S2/S1``) lose
digits when one study carries nearly all weight. The most precise study is therefore kept
apart: it has the largest weight at every tau2, so effects are measured from its effect and each
sum is written as its term plus terms that do not cancel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["InterceptProblem", "Moments", "Traces", "stack"]

Number = TypeVar("Number", float, FloatArray)


class Moments(NamedTuple, Generic[Number]):
    """Sums at one tau2: arrays of shape (n,), or floats for a single problem.

    ``ypppy`` and ``trace_pp`` are only filled at ``order=2``.
    """

    q: Number
    yppy: Number
    trace_p: Number
    sum_w: Number
    sum_w2: Number
    ypppy: Number
    trace_pp: Number


class Traces(NamedTuple):
    """Moments of a quadratic form with any positive weights ``a``; each has shape (n,).

    ``P`` is built from ``diag(a)`` and ``V = diag(v)``.
    """

    q: FloatArray
    p: FloatArray
    pv: FloatArray
    pp: FloatArray
    pvp: FloatArray
    pvpv: FloatArray


@dataclass(frozen=True, eq=False)
class InterceptProblem:
    """A stack of n meta-analyses without moderators, the most precise study of each kept apart.

    A study that is kept apart or does not take part has an infinite variance in ``v``, so that its
    weight is 0 without any mask.

    Attributes
    ----------
    v0 : ndarray, shape (n,)
        Smallest sampling variance.
    y : ndarray, shape (n, k)
        Effects minus the effect of the most precise study; 0 where there is no study.
    v : ndarray, shape (n, k)
        Sampling variances; infinite for the most precise study and where there is no study.
    origin : ndarray, shape (n,)
        Effect of the most precise study.
    anchor : ndarray of int, shape (n,)
        Its column.
    k : ndarray, shape (n,)
        Number of studies that take part.
    """

    v0: FloatArray
    y: FloatArray
    v: FloatArray
    origin: FloatArray
    anchor: IntArray
    k: FloatArray
    p: int = 1

    @property
    def n(self) -> int:
        """Number of problems."""
        return int(self.v0.size)

    @property
    def df(self) -> FloatArray:
        """Degrees of freedom k - p, shape (n,)."""
        return self.k - self.p

    @property
    def v_min(self) -> FloatArray:
        """Smallest sampling variance, shape (n,)."""
        return self.v0

    @cached_property
    def ones(self) -> FloatArray:
        """A vector of ones: ``w @ ones`` adds rows several times faster than ``w.sum(axis=1)``."""
        return np.ones(self.y.shape[1])

    @cached_property
    def v_max(self) -> FloatArray:
        """Largest sampling variance among the studies that take part, shape (n,)."""
        out: FloatArray = np.maximum(np.where(np.isinf(self.v), 0.0, self.v).max(axis=1), self.v0)
        return out

    @cached_property
    def rss(self) -> FloatArray:
        """Unweighted residual sum of squares, shape (n,)."""
        mean = (self.y @ self.ones) / self.k
        r = self.y - mean[:, None]
        r[np.isinf(self.v)] = 0.0
        out: FloatArray = np.vecdot(r, r) + mean * mean
        return out

    @cached_property
    def at_zero(self) -> Moments[FloatArray]:
        """Moments at tau2 = 0."""
        return self.moments(np.zeros(self.n))

    @property
    def mean_square(self) -> FloatArray:
        """Mean squared deviation of the effects from their plain mean, shape (n,)."""
        return self.rss / self.k

    @property
    def log_det_design(self) -> FloatArray:
        """Log |X'X|, shape (n,)."""
        out: FloatArray = np.log(self.k)
        return out

    def select(self, rows: IntArray | BoolArray | slice) -> InterceptProblem:
        """The same for some of the problems."""
        return replace(
            self,
            v0=self.v0[rows],
            y=self.y[rows],
            v=self.v[rows],
            origin=self.origin[rows],
            anchor=self.anchor[rows],
            k=self.k[rows],
        )

    def repeat(self, times: int) -> InterceptProblem:
        """Each problem ``times`` times in a row (for many tau2 at once)."""
        return self.select(np.repeat(np.arange(self.n), times))

    @property
    def _finite_v(self) -> FloatArray:
        # where there is no study, any finite number will do: it meets a weight of 0
        return np.where(np.isinf(self.v), self.v0[:, None], self.v)

    def anchored(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Split (n, k) values like the data: that of the most precise study, those of the others."""
        values = np.broadcast_to(values, self.y.shape)
        return values[np.arange(self.n), self.anchor], np.where(np.isinf(self.v), 0.0, values)

    def _weights(self, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
        w = self.v + tau2[:, None]
        return 1.0 / (self.v0 + tau2), np.divide(1.0, w, out=w)

    def moments(self, tau2: FloatArray, order: int = 1) -> Moments[FloatArray]:
        """Sums at tau2, shape (n,) each; ``order=2`` adds what derivatives of the score need."""
        w0, w = self._weights(tau2)
        rest = w @ self.ones
        total = w0 + rest
        mean = np.vecdot(w, self.y) / total
        r = self.y - mean[:, None]
        z = np.multiply(r, w, out=r)
        rest2 = np.vecdot(w, w)
        z0 = -w0 * mean
        # sum w r^2 = sum z y - mean sum z, and sum z = -z0 as all residuals add to nothing
        q = np.vecdot(z, self.y)
        yppy = np.vecdot(z, z) + z0 * z0
        share = w0 / total
        trace_p = share * rest + rest - rest2 / total
        sum_w2 = w0 * w0 + rest2
        if order < 2:
            return Moments(q, yppy, trace_p, total, sum_w2, q, q)
        w2 = w * w
        rest3 = np.vecdot(w2, w)
        trace_pp = (
            (share * rest) ** 2
            + 2.0 * share * share * rest2
            + rest2
            - 2.0 * rest3 / total
            + (rest2 / total) ** 2
        )
        z -= z0[:, None]
        centre = np.vecdot(w, z) / total
        z -= centre[:, None]
        ypppy = w0 * centre * centre + np.vecdot(np.multiply(w, z, out=w), z)
        return Moments(q, yppy, trace_p, total, sum_w2, ypppy, trace_pp)

    def estimate(self, tau2: FloatArray, weights: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Pooled effect and its variance at tau2, shape (n, 1) and (n, 1, 1).

        With ``weights`` (n, k) the effect is the mean with these weights and the variance that
        of such a mean under the random-effects model.
        """
        if weights is None:
            w0, w = self._weights(tau2)
            total = w0 + w @ self.ones
            mean = np.vecdot(w, self.y) / total
            variance = 1.0 / total
        else:
            a0, a = self.anchored(weights)
            total = a0 + a @ self.ones
            mean = np.vecdot(a, self.y) / total
            variance = (
                a0**2 * (self.v0 + tau2) + np.vecdot(a * a, self._finite_v + tau2[:, None])
            ) / total**2
        return (self.origin + mean)[:, None], variance[:, None, None]

    def q_around(self, tau2: FloatArray, estimate: FloatArray) -> FloatArray:
        """Sum of (y - estimate)^2 / (v + tau2), shape (n,)."""
        mean = estimate[:, 0] - self.origin
        w0, w = self._weights(tau2)
        r = self.y - mean[:, None]
        out: FloatArray = np.vecdot(w * r, r) + mean * mean * w0
        return out

    def traces(self, weights: FloatArray | None = None, tau2: FloatArray | None = None) -> Traces:
        """Moments of the quadratic form with weights ``a``.

        ``a`` is ``weights``, shape (n, k) in the order given, or ``1 / (v + tau2)``.
        """
        v0, v = self.v0, self._finite_v
        if weights is not None:
            a0, a = self.anchored(weights)
        else:
            a0, a = self._weights(np.zeros(self.n) if tau2 is None else tau2)
        rest = a @ self.ones
        total = a0 + rest
        mean = np.vecdot(a, self.y) / total
        r = self.y - mean[:, None]
        a2, a3 = a * a, a * a * a
        share = a0 / total
        p00 = share * rest
        a2v = np.vecdot(a2, v)
        rest2 = a2 @ self.ones

        def double(
            d0: FloatArray, de: FloatArray, a2d: FloatArray, e0: FloatArray, a2e: FloatArray
        ) -> FloatArray:
            out: FloatArray = (
                p00 * p00 * d0 * e0
                + share * share * (d0 * a2e + e0 * a2d)
                + np.vecdot(a2, de)
                - 2.0 * np.vecdot(a3, de) / total
                + a2d * a2e / total**2
            )
            return out

        one, ones = np.ones_like(v0), np.ones_like(v)
        return Traces(
            q=np.vecdot(a * r, r) + a0 * mean * mean,
            p=p00 + rest - rest2 / total,
            pv=p00 * v0 + np.vecdot(a, v) - a2v / total,
            pp=double(one, ones, rest2, one, rest2),
            pvp=double(v0, v, a2v, one, rest2),
            pvpv=double(v0, v * v, a2v, v0, a2v),
        )

    def log_det(self, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log determinants of V + tau2 I and of X'WX, shape (n,) each."""
        w0, w = self._weights(tau2)
        some = w > 0
        logs = np.log(w, out=np.zeros_like(w), where=some)
        return np.log(self.v0 + tau2) - logs @ self.ones, np.log(w0 + w @ self.ones)


def stack(yi: FloatArray, vi: FloatArray, keep: BoolArray | None = None) -> InterceptProblem:
    """Arrange (n, k) effects and variances as a stack of problems.

    Parameters
    ----------
    yi, vi : ndarray, shape (n, k)
        Effects and sampling variances (> 0) on the analysis scale.
    keep : ndarray of bool, shape (n, k), optional
        Which studies take part; at least one in each row.
    """
    n, width = yi.shape
    rows = np.arange(n)
    v = np.array(vi, dtype=float) if keep is None else np.where(keep, vi, np.inf)
    anchor = v.argmin(axis=1)
    origin, v0 = yi[rows, anchor], v[rows, anchor]
    v[rows, anchor] = np.inf
    y = yi - origin[:, None]
    if keep is None:
        k = np.full(n, float(width))
    else:
        # a dropped study must not spoil a sum with an infinite or missing value
        y, k = np.where(keep, y, 0.0), keep.sum(axis=1).astype(float)
    return InterceptProblem(v0=v0, y=y, v=v, origin=origin, anchor=anchor, k=k)
