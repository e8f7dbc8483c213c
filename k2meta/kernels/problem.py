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
from typing import NamedTuple

import numpy as np

from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["InterceptProblem", "Moments", "Traces", "stack"]


class Moments(NamedTuple):
    """Sums at one tau2 for each problem; each has shape (n,).

    ``ypppy`` and ``trace_pp`` are only filled at ``order=2``.
    """

    q: FloatArray
    yppy: FloatArray
    trace_p: FloatArray
    sum_w: FloatArray
    sum_w2: FloatArray
    ypppy: FloatArray
    trace_pp: FloatArray


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
    """A stack of n meta-analyses without moderators, the most precise study of each set apart.

    Attributes
    ----------
    v0 : ndarray, shape (n,)
        Smallest sampling variance.
    y, v : ndarray, shape (n, k - 1)
        The other studies: effect minus the effect of the most precise study, variance.
    keep : ndarray, shape (n, k - 1), or None
        1.0 where the study takes part, 0.0 where it does not.
    origin : ndarray, shape (n,)
        Effect of the most precise study.
    anchor : ndarray of int, shape (n,)
        Its column in the arrays as given.
    k : ndarray, shape (n,)
        Number of studies that take part.
    """

    v0: FloatArray
    y: FloatArray
    v: FloatArray
    keep: FloatArray | None
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
        """K - p, shape (n,)."""
        return self.k - self.p

    @property
    def v_min(self) -> FloatArray:
        """Smallest sampling variance, shape (n,)."""
        return self.v0

    @cached_property
    def v_max(self) -> FloatArray:
        """Largest sampling variance among the studies that take part, shape (n,)."""
        if self.v.shape[1] == 0:
            return self.v0
        others = self.v if self.keep is None else self.v * self.keep
        out: FloatArray = np.maximum(others.max(axis=1), self.v0)
        return out

    @cached_property
    def rss(self) -> FloatArray:
        """Unweighted residual sum of squares, shape (n,)."""
        y = self.y if self.keep is None else self.y * self.keep
        mean = y.sum(axis=1) / self.k
        r = self.y - mean[:, None]
        if self.keep is not None:
            r *= self.keep
        out: FloatArray = np.vecdot(r, r) + mean * mean
        return out

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
            keep=None if self.keep is None else self.keep[rows],
            origin=self.origin[rows],
            anchor=self.anchor[rows],
            k=self.k[rows],
        )

    def repeat(self, times: int) -> InterceptProblem:
        """Each problem ``times`` times in a row (for many tau2 at once)."""
        return self.select(np.repeat(np.arange(self.n), times))

    def anchored(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Rearrange (n, k) values like the data: those of the anchor, those of the others."""
        values = np.array(np.broadcast_to(values, (self.n, self.y.shape[1] + 1)), dtype=float)
        rows = np.arange(self.n)
        first = values[rows, self.anchor]
        values[rows, self.anchor] = values[:, 0]
        others = values[:, 1:]
        return first, others if self.keep is None else others * self.keep

    def moments(self, tau2: FloatArray, order: int = 1) -> Moments:
        """Sums at tau2, shape (n,) each; ``order=2`` adds what derivatives of the score need."""
        w0 = 1.0 / (self.v0 + tau2)
        w = 1.0 / (self.v + tau2[:, None])
        if self.keep is not None:
            w *= self.keep
        rest = w.sum(axis=1)
        total = w0 + rest
        mean = np.vecdot(w, self.y) / total
        r = self.y - mean[:, None]
        z = w * r
        z0 = -w0 * mean
        q = np.vecdot(z, r) - z0 * mean
        yppy = np.vecdot(z, z) + z0 * z0
        rest2 = np.vecdot(w, w)
        share = w0 / total
        trace_p = share * rest + rest - rest2 / total
        sum_w2 = w0 * w0 + rest2
        if order < 2:
            return Moments(q, yppy, trace_p, total, sum_w2, q, q)
        rest3 = np.vecdot(w * w, w)
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
        ypppy = w0 * centre * centre + np.vecdot(w * z, z)
        return Moments(q, yppy, trace_p, total, sum_w2, ypppy, trace_pp)

    def estimate(self, tau2: FloatArray, weights: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Pooled effect and its variance at tau2, shape (n, 1) and (n, 1, 1).

        With ``weights`` (n, k) the effect is the mean with these weights and the variance that
        of such a mean under the random-effects model.
        """
        if weights is None:
            w0 = 1.0 / (self.v0 + tau2)
            w = 1.0 / (self.v + tau2[:, None])
            if self.keep is not None:
                w *= self.keep
            total = w0 + w.sum(axis=1)
            mean = np.vecdot(w, self.y) / total
            variance = 1.0 / total
        else:
            a0, a = self.anchored(weights)
            total = a0 + a.sum(axis=1)
            mean = np.vecdot(a, self.y) / total
            variance = (a0**2 * (self.v0 + tau2) + np.vecdot(a * a, self.v + tau2[:, None])) / total**2
        return (self.origin + mean)[:, None], variance[:, None, None]

    def q_around(self, tau2: FloatArray, estimate: FloatArray) -> FloatArray:
        """Sum of (y - estimate)^2 / (v + tau2), shape (n,)."""
        mean = estimate[:, 0] - self.origin
        w = 1.0 / (self.v + tau2[:, None])
        if self.keep is not None:
            w *= self.keep
        r = self.y - mean[:, None]
        out: FloatArray = np.vecdot(w * r, r) + mean * mean / (self.v0 + tau2)
        return out

    def traces(self, weights: FloatArray | None = None, tau2: FloatArray | None = None) -> Traces:
        """Moments of the quadratic form with weights ``a``.

        ``a`` is ``weights``, shape (n, k) in the order given, or ``1 / (v + tau2)``.
        """
        v0, v = self.v0, self.v
        if weights is not None:
            a0, a = self.anchored(weights)
        else:
            shift = np.zeros(self.n) if tau2 is None else tau2
            a0, a = 1.0 / (v0 + shift), 1.0 / (v + shift[:, None])
            if self.keep is not None:
                a *= self.keep
        rest = a.sum(axis=1)
        total = a0 + rest
        mean = np.vecdot(a, self.y) / total
        r = self.y - mean[:, None]
        a2, a3 = a * a, a * a * a
        share = a0 / total
        p00 = share * rest
        a2v = np.vecdot(a2, v)
        rest2 = a2.sum(axis=1)

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
        logs = np.log(self.v + tau2[:, None])
        w = 1.0 / (self.v + tau2[:, None])
        if self.keep is not None:
            logs *= self.keep
            w *= self.keep
        total = 1.0 / (self.v0 + tau2) + w.sum(axis=1)
        return np.log(self.v0 + tau2) + logs.sum(axis=1), np.log(total)


def stack(yi: FloatArray, vi: FloatArray, keep: BoolArray | None = None) -> InterceptProblem:
    """Arrange (n, k) effects and variances as a stack of problems.

    Parameters
    ----------
    yi, vi : ndarray, shape (n, k)
        Effects and sampling variances (> 0) on the analysis scale.
    keep : ndarray of bool, shape (n, k), optional
        Which studies take part; at least one in each row.
    """
    n = yi.shape[0]
    rows = np.arange(n)
    anchor = (vi if keep is None else np.where(keep, vi, np.inf)).argmin(axis=1)
    y, v = yi.copy(), vi.copy()
    origin, v0 = yi[rows, anchor], vi[rows, anchor]
    y[rows, anchor], v[rows, anchor] = yi[:, 0], vi[:, 0]
    others: FloatArray | None = None
    k = np.full(n, float(yi.shape[1]))
    y = y[:, 1:] - origin[:, None]
    v = v[:, 1:]
    if keep is not None:
        mask = keep.astype(float)
        k = mask.sum(axis=1)
        mask[rows, anchor] = mask[:, 0]
        others = mask[:, 1:]
        y *= others  # a dropped study must not spoil a sum with an infinite or missing value
        v = np.where(others > 0, v, v0[:, None])
    return InterceptProblem(v0=v0, y=y, v=v, keep=others, origin=origin, anchor=anchor, k=k)
