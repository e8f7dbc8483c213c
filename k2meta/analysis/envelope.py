"""Normal Q-Q plot of deleted residuals, with a simulated envelope."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from k2meta.analysis.deletion import influence
from k2meta.analysis.subsets import checked_seed
from k2meta.errors import OptionError
from k2meta.kernels.distributions import normal_ppf
from k2meta.kernels.pooling import get_test
from k2meta.models.batch import pool_stack
from k2meta.models.result import MetaResult, checked_level
from k2meta.models.stratified_tables import Tables
from k2meta.records import FloatArray, IntArray, readonly

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["QqEnvelope", "normal_quantiles", "qq_envelope"]

# Numbers in one call of the kernel: they stay in a core's cache.
STEP_NUMBERS = 40_000
MOST_NUMBERS = 50_000_000


@dataclass(frozen=True, eq=False, slots=True)
class QqEnvelope:
    """Deleted residuals against normal quantiles; arrays of shape (k,), residuals ascending.

    Attributes
    ----------
    fit : MetaResult
    study : tuple of str
        Labels in the order of the residuals.
    order : ndarray of int
        Position of each in the fit.
    quantiles : ndarray
        Standard normal quantiles expected of k ordered residuals.
    residuals : ndarray
        Deleted residuals, ascending; infinite where the other studies all agree, and Knapp-Hartung has no
        variance for them.
    low, high : ndarray
        Pointwise limits of the envelope.
    level : float
    reps : int
        Number of simulated sets.
    seed : int
    """

    fit: MetaResult
    study: tuple[str, ...]
    order: IntArray
    quantiles: FloatArray
    residuals: FloatArray
    low: FloatArray
    high: FloatArray
    level: float
    reps: int
    seed: int

    def __post_init__(self) -> None:
        for name in ("order", "quantiles", "residuals", "low", "high"):
            readonly(getattr(self, name))

    @property
    def outside(self) -> int:
        """Number of residuals outside of the envelope."""
        return int(((self.residuals < self.low) | (self.residuals > self.high)).sum())

    def to_frame(self) -> pd.DataFrame:
        """One row for each study, residuals ascending."""
        import pandas as pd

        names = ("quantiles", "residuals", "low", "high")
        return pd.DataFrame({"study": list(self.study), **{name: getattr(self, name) for name in names}})

    def __repr__(self) -> str:
        return f"<QqEnvelope k={self.fit.k}, {self.outside} outside, {self.reps} sets, seed {self.seed}>"


def normal_quantiles(k: int) -> FloatArray:
    """Standard normal quantiles expected of k ordered values, shape (k,).

    ``(i - a) / (k + 1 - 2 a)`` with a = 3/8 up to ten values (Blom 1958), else 1/2, as R's ``ppoints``.
    """
    a = 0.375 if k <= 10 else 0.5
    out: FloatArray = normal_ppf((np.arange(1, k + 1) - a) / (k + 1 - 2 * a))
    return out


def qq_envelope(fit: MetaResult, reps: int = 1000, level: float = 0.95, seed: int = 0) -> QqEnvelope:
    """Order the deleted residuals, and simulate the envelope they would keep to under the model.

    Parameters
    ----------
    fit : MetaResult
        From :func:`k2meta.meta_analysis`, :func:`k2meta.mantel_haenszel` or :func:`k2meta.peto`.
    reps : int
        Number of simulated sets.
    level : float
        Pointwise coverage of the envelope.
    seed : int
        For ``numpy.random.default_rng``.

    Returns
    -------
    QqEnvelope

    Raises
    ------
    DataError
        With one study; or when ``fit`` is not a fit.
    OptionError
        A level, seed or number of sets that cannot be used, or residuals that do not exist because the
        others cannot be pooled without a study.

    Notes
    -----
    Each set is ``y* = estimate + sqrt(v + tau2) z`` with standard normal z, and its deleted residuals are
    those of :func:`k2meta.influence`: tau2 is estimated anew without each study, as it was for the residuals
    shown (all refits go through the kernel in stacks). Counts are not simulated: with Mantel-Haenszel or Peto
    pooling the study effects are, and the weights held. The limits are quantiles of the ordered residuals,
    place by place: of k residuals some lie outside by chance.

    R counterpart: ``qqnorm(res, type = "rstudent")`` in metafor, which holds tau2 while it
    simulates and smooths the limits.

    References
    ----------
    Cook RD, Weisberg S (1982). Residuals and Influence in Regression. Chapman and Hall.
    Viechtbauer W, Cheung MWL (2010). Res Synth Methods 1:112-125. doi:10.1002/jrsm.11

    Examples
    --------
    >>> import k2meta as k2
    >>> from k2meta.analysis.envelope import qq_envelope
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> qq_envelope(k2.meta_analysis(bcg), seed=1)
    <QqEnvelope k=13, 1 outside, 1000 sets, seed 1>
    """
    level, seed = checked_level(level), checked_seed(seed)
    rstudent = influence(fit).rstudent
    most = MOST_NUMBERS // fit.k
    if isinstance(reps, bool) or not isinstance(reps, (int, np.integer)) or not 2 <= reps <= most:
        raise OptionError(
            f"reps is {reps!r}. Expected a whole number from 2 to {most:,} with {fit.k} studies. Give "
            "reps=1000."
        )
    if np.isnan(rstudent).any():
        names = ", ".join(repr(fit.study[i]) for i in np.flatnonzero(np.isnan(rstudent)))
        raise OptionError(
            f"there is no deleted residual of {names}: without it the others cannot be pooled. Expected one "
            "of each study. Pool by another method, or leave that study out."
        )
    ordered = _simulated(fit, int(reps), np.random.default_rng(seed))
    ordered.sort(axis=1)
    tail = 0.5 * (1.0 - level)
    low, high = np.quantile(ordered, [tail, 1.0 - tail], axis=0)
    order = np.argsort(rstudent, kind="stable")
    return QqEnvelope(
        fit=fit,
        study=tuple(fit.study[i] for i in order),
        order=order,
        quantiles=normal_quantiles(fit.k),
        residuals=rstudent[order],
        low=low,
        high=high,
        level=level,
        reps=int(reps),
        seed=seed,
    )


def _simulated(fit: MetaResult, reps: int, rng: np.random.Generator) -> FloatArray:
    """Deleted residuals of simulated sets, shape (reps, k)."""
    options = fit.options
    vi = fit.effects.vi
    if options.pooling == "Peto":
        vi = Tables.of_fit(fit).effects_in_q(fit.effects)[1]
    y = rng.standard_normal((reps, fit.k)) * np.sqrt(vi + fit.tau2)
    known = options.model == "common" or (options.tau2 == "fixed" and not get_test(options.test).rescales)
    if options.by_counts or known:
        return _residuals_at(y, vi + fit.tau2, fit.weights)
    step = max(1, STEP_NUMBERS // fit.k**2)
    parts = (y[low : low + step] for low in range(0, reps, step))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return np.concatenate(list(pool.map(lambda part: _refitted_residuals(part, fit), parts)))


def _residuals_at(y: FloatArray, spread: FloatArray, weights: FloatArray) -> FloatArray:
    """Deleted residuals of sets (r, k) whose variances and weights are known, shape (r, k)."""
    # weights of the mean without study i, by sums over the others that subtract nothing
    others = np.where(np.eye(y.shape[1], dtype=bool), 0.0, weights)
    others /= others.sum(axis=1, keepdims=True)
    out: FloatArray = (y - y @ others.T) / np.sqrt(spread + (others * others) @ spread)
    return out


def _refitted_residuals(y: FloatArray, fit: MetaResult) -> FloatArray:
    """Deleted residuals of sets (r, k), each refitted without each study; shape (r, k)."""
    r, k = y.shape
    shape = (r * k, k)
    keep = np.tile(~np.eye(k, dtype=bool), (r, 1))
    weights = fit.user_weights
    found = pool_stack(
        np.repeat(y, k, axis=0),
        np.broadcast_to(fit.effects.vi, shape),
        keep,
        fit.options,
        fit.tau2 if fit.options.tau2 == "fixed" else None,
        None if weights is None else np.broadcast_to(weights, shape),
    )
    tau2, variance = found["tau2"], found["se"] ** 2
    scale = np.ones(r * k)
    if get_test(fit.options.test).rescales:
        spread = fit.effects.vi + tau2[:, None]
        a = np.where(keep, 1.0 / spread if weights is None else weights, 0.0)
        scale = variance * a.sum(axis=1) ** 2 / np.vecdot(a * a, spread)
    own = np.tile(fit.effects.vi, r) + tau2
    out: FloatArray = ((y.ravel() - found["estimate"]) / np.sqrt(scale * own + variance)).reshape(r, k)
    return out
