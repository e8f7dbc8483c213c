"""What happens to a fit when a study is deleted: residuals, influence, leverage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from k2meta.analysis.leaving_out import leave_one_out
from k2meta.kernels.distributions import chi2_ppf
from k2meta.kernels.pooling import get_test
from k2meta.models.result import MetaResult
from k2meta.models.stratified_tables import Tables
from k2meta.records import BoolArray, FloatArray, readonly

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["InfluenceResult", "influence"]

# Numbers of a k x k table that are held at once.
STEP_NUMBERS = 1_000_000

_NUMBERS = (
    "rstudent",
    "dffits",
    "cooks_distance",
    "cov_ratio",
    "tau2_deleted",
    "q_deleted",
    "hat",
    "weight",
    "dfbetas",
    "estimate_deleted",
    "se_deleted",
    "is_influential",
    "rstandard",
)


@dataclass(frozen=True, eq=False, slots=True)
class InfluenceResult:
    """Influence of each study on a fit; arrays of shape (k,) in the order of the studies.

    Attributes
    ----------
    fit : MetaResult
        The fit with all studies.
    study : tuple of str
    rstudent : ndarray
        Deleted (externally studentised) residual: effect against the fit without it.
    dffits : ndarray
        Change of the fitted value by the study, in standard deviations of that value.
    cooks_distance : ndarray
        Squared change of the pooled effect over its variance.
    cov_ratio : ndarray
        Variance of the pooled effect without the study over that with it; below 1, the study costs precision.
    tau2_deleted, q_deleted : ndarray
        tau2 and Cochran's Q without the study.
    hat : ndarray
        Leverage: the share of its own effect in its fitted value.
    weight : ndarray
        Weight in percent.
    dfbetas : ndarray
        Change of the pooled effect by the study, in its standard errors without the study's say on tau2.
    estimate_deleted, se_deleted : ndarray
        Pooled effect and its standard error without the study.
    is_influential : ndarray of bool
        Whether any of :attr:`thresholds` is passed.
    rstandard : ndarray
        Standardised residual: effect against the fit with all studies.
    """

    fit: MetaResult
    study: tuple[str, ...]
    rstudent: FloatArray
    dffits: FloatArray
    cooks_distance: FloatArray
    cov_ratio: FloatArray
    tau2_deleted: FloatArray
    q_deleted: FloatArray
    hat: FloatArray
    weight: FloatArray
    dfbetas: FloatArray
    estimate_deleted: FloatArray
    se_deleted: FloatArray
    is_influential: BoolArray
    rstandard: FloatArray

    def __post_init__(self) -> None:
        for name in _NUMBERS:
            readonly(getattr(self, name))

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.fit.measure

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Values beyond which a study counts as influential, by diagnostic (sizes for dffits, dfbetas)."""
        return _thresholds(self.fit.k)

    def to_frame(self) -> pd.DataFrame:
        """One row for each study, with the diagnostics and whether it is influential."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in _NUMBERS[:9]}
        return pd.DataFrame({"study": list(self.study), **columns, "influential": self.is_influential})

    def __repr__(self) -> str:
        names = [study for study, flag in zip(self.study, self.is_influential, strict=True) if flag]
        return f"<InfluenceResult k={self.fit.k}, influential: {', '.join(names) or 'none'}>"


class _Deleted(NamedTuple):
    """Sums without study i, at its tau2_(-i); shape (k,) each.

    ``scale`` is the factor of the Knapp-Hartung variance (1 for other tests); ``variance_all`` the variance
    of the pooled effect of *all* studies at tau2_(-i), without that factor.
    """

    scale: FloatArray
    variance_all: FloatArray


def influence(fit: MetaResult) -> InfluenceResult:
    """Case-deletion diagnostics: what each study does to a fit.

    Parameters
    ----------
    fit : MetaResult
        From :func:`k2meta.meta_analysis`, :func:`k2meta.mantel_haenszel` or :func:`k2meta.peto`.

    Returns
    -------
    InfluenceResult
        NaN where the other studies cannot be pooled.

    Raises
    ------
    DataError
        With one study there is nothing left to pool; or when ``fit`` is not a fit.

    Notes
    -----
    ``(-i)`` marks the fit without study i, tau2 estimated anew; all k fits are one stack of the kernel.

    - ``rstudent = (y - estimate_(-i)) / sqrt(c_(-i) (v + tau2_(-i) + 1 / W_(-i)))``
    - ``dffits = (estimate - estimate_(-i)) / sqrt(c_(-i) hat (v + tau2_(-i)))``
    - ``cooks_distance = (estimate - estimate_(-i))^2 / se^2``
    - ``cov_ratio = se_(-i)^2 / se^2``
    - ``dfbetas = (estimate - estimate_(-i)) / sqrt(c_(-i) / sum_j 1 / (v_j + tau2_(-i)))``, all studies in
      the sum
    - ``hat = w / sum w``, with ``w = 1 / (v + tau2)``
    - ``rstandard = (y - estimate) / sqrt(v + tau2 - 1 / sum w)``

    ``W_(-i)`` is the sum of the others' weights and ``c_(-i)`` the Knapp-Hartung factor, 1 for the other
    tests: it multiplies all of the residual's variance, as in metafor. With weights of the user's own the
    variances are those of the weighted mean, and ``dffits`` is ``dfbetas``. A study is influential when
    ``|dffits| > 3 sqrt(1 / (k - 1))``, Cook's distance exceeds the median of chi-squared on 1 degree of
    freedom, ``hat > 3 / k``, or ``|dfbetas| > 1``.

    Peto's method is inverse variance on ``(O - E) / V`` with variance ``1 / V``, so that everything holds
    there. Mantel-Haenszel pooling is not linear in the study effects: ``hat`` is the share of the weight,
    ``dffits`` and ``dfbetas`` are the change of the estimate over its standard error, which they also are for
    a common effect by inverse variance, and ``rstandard`` is the residual over ``sqrt(v)``.

    R counterparts: ``influence``, ``rstudent``, ``rstandard`` of a fit in metafor (no ``influence`` of
    ``rma.mh`` or ``rma.peto``; their ``rstandard`` takes ``sqrt(v)``).

    References
    ----------
    Viechtbauer W, Cheung MWL (2010). Outlier and influence diagnostics for meta-analysis. Res Synth Methods
    1:112-125. doi:10.1002/jrsm.11

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> found = k2.influence(k2.meta_analysis(bcg, test="z"))
    >>> found.rstudent.round(2).tolist()[:4]
    [-0.22, -1.29, -0.75, -1.45]
    >>> int(found.is_influential.sum())
    0
    """
    left = leave_one_out(fit)
    yi, vi = fit.effects.yi, fit.effects.vi
    if fit.options.pooling == "Peto":
        yi, vi = Tables.of_fit(fit).effects_in_q(fit.effects)
    hat = fit.weights / 100.0
    change = fit.estimate - left.estimate
    if fit.options.pooling == "Mantel-Haenszel":
        scale, residual, own_variance = np.ones(fit.k), yi - fit.estimate, vi
        variance_all = fitted = np.full(fit.k, fit.se**2)
        residual_variance = vi + left.se**2
    else:
        scale, variance_all = _sums_at(left.tau2, left.se, vi, fit)
        residual, own_variance = _own_residual(yi, vi, fit)
        fitted = variance_all if fit.user_weights is not None else hat * (vi + left.tau2)
        residual_variance = scale * (vi + left.tau2) + left.se**2
    dffits, dfbetas = _ratio(change, scale * fitted), _ratio(change, scale * variance_all)
    cooks_distance = _ratio(change, np.full(fit.k, fit.se**2)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        cov_ratio = (left.se / fit.se) ** 2
    return InfluenceResult(
        fit=fit,
        study=fit.study,
        rstudent=_ratio(yi - left.estimate, residual_variance),
        dffits=dffits,
        cooks_distance=cooks_distance,
        cov_ratio=cov_ratio,
        tau2_deleted=left.tau2,
        q_deleted=left.q,
        hat=hat,
        weight=fit.weights,
        dfbetas=dfbetas,
        estimate_deleted=left.estimate,
        se_deleted=left.se,
        is_influential=_influential(fit.k, dffits, cooks_distance, hat, dfbetas),
        rstandard=_ratio(residual, own_variance),
    )


def _ratio(change: FloatArray, variance: FloatArray) -> FloatArray:
    """Change over its standard deviation; no change is 0 of any, even where Knapp-Hartung's variance is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        out: FloatArray = np.where(change == 0, 0.0, change / np.sqrt(variance))
    return out


def _thresholds(k: int) -> Mapping[str, float]:
    return MappingProxyType(
        {
            "dffits": 3.0 * math.sqrt(1.0 / (k - 1)),
            "cooks_distance": float(chi2_ppf(0.5, 1.0)),
            "hat": 3.0 / k,
            "dfbetas": 1.0,
        }
    )


def _influential(
    k: int, dffits: FloatArray, cooks_distance: FloatArray, hat: FloatArray, dfbetas: FloatArray
) -> BoolArray:
    limit = _thresholds(k)
    out: BoolArray = (
        (np.abs(dffits) > limit["dffits"])
        | (cooks_distance > limit["cooks_distance"])
        | (hat > limit["hat"])
        | (np.abs(dfbetas) > limit["dfbetas"])
    )
    return out


def _sums_at(tau2: FloatArray, se: FloatArray, vi: FloatArray, fit: MetaResult) -> _Deleted:
    """Knapp-Hartung factors of the deleted fits, and variances of the full pooled effect at their tau2."""
    k = fit.k
    scale, variance_all = np.ones(k), np.empty(k)
    rescales = get_test(fit.options.test).rescales
    step = max(1, STEP_NUMBERS // k)
    for low in range(0, k, step):
        rows = np.arange(low, min(low + step, k))
        spread = vi + tau2[rows, None]
        a = (
            1.0 / spread
            if fit.user_weights is None
            else np.array(np.broadcast_to(fit.user_weights, spread.shape))
        )
        own, at = a[np.arange(rows.size), rows], (np.arange(rows.size), rows)
        own_spread = spread[at]
        # the study is taken out of the sums, not subtracted: it may carry nearly all weight
        a[at] = 0.0
        others, squares = a.sum(axis=1), np.vecdot(a * a, spread)
        total = others + own
        with np.errstate(divide="ignore", invalid="ignore"):
            variance_all[rows] = (squares + own * own * own_spread) / (total * total)
            if rescales:
                scale[rows] = se[rows] ** 2 * others**2 / squares
    return _Deleted(scale, variance_all)


def _own_residual(yi: FloatArray, vi: FloatArray, fit: MetaResult) -> tuple[FloatArray, FloatArray]:
    """Residuals from the pooled effect of all studies, and their variances under the model; shape (k,) each.

    Sums over the other studies come from both ends: nothing is subtracted, even from a study that carries
    nearly all weight.
    """
    spread = vi + fit.tau2
    a = 1.0 / spread if fit.user_weights is None else fit.user_weights
    total, others = a.sum(), _without_own(a)
    variance: FloatArray = (others / total) ** 2 * spread + _without_own(a * a * spread) / total**2
    centred = yi - fit.estimate
    mean = np.divide(_without_own(a * centred), others, out=np.zeros(yi.size), where=others > 0)
    return others / total * (centred - mean), variance


def _without_own(values: FloatArray) -> FloatArray:
    """Sum of all entries but each in turn."""
    before = np.concatenate([[0.0], np.cumsum(values[:-1])])
    after = np.concatenate([np.cumsum(values[:0:-1])[::-1], [0.0]])
    out: FloatArray = before + after
    return out
