"""The profile likelihood of tau2 as a curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.analysis.refits import checked_fit
from k2meta.errors import DataError, OptionError
from k2meta.kernels.distributions import chi2_ppf
from k2meta.kernels.likelihood import log_likelihood, maximise
from k2meta.kernels.problem import stack
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray, Interval, readonly
from k2meta.studies.numeric import ascending_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ProfileCurve", "profile_curve"]

# How far beyond the upper limit the default grid reaches, as a multiple of it.
BEYOND = 1.4


@dataclass(frozen=True, eq=False, slots=True)
class ProfileCurve:
    """Log-likelihood of tau2, maximised over the pooled effect at each of g values.

    Attributes
    ----------
    fit : MetaResult
    tau2 : ndarray, shape (g,)
        Values of the between-study variance, ascending.
    log_likelihood : ndarray, shape (g,)
    restricted : bool
        Restricted likelihood (a REML fit) or the full one (every other).
    maximum : float
        tau2 at the highest point of the curve.
    max_log_likelihood : float
    fitted_log_likelihood : float
        The curve at the fit's own tau2, which is its maximum for REML and ML.
    drop : float
        Half the chi-squared quantile: 1.92 for 95 %.
    interval : Interval
        Limits of tau2: where the curve passes ``max_log_likelihood - drop``, as exact roots.
    note : str
        What a reader must know; empty for REML and ML.
    """

    fit: MetaResult
    tau2: FloatArray
    log_likelihood: FloatArray
    restricted: bool
    maximum: float
    max_log_likelihood: float
    fitted_log_likelihood: float
    drop: float
    interval: Interval
    note: str

    def __post_init__(self) -> None:
        readonly(self.tau2)
        readonly(self.log_likelihood)

    @property
    def cut(self) -> float:
        """The log-likelihood above which tau2 is in the interval."""
        return self.max_log_likelihood - self.drop

    def to_frame(self) -> pd.DataFrame:
        """One row for each value of tau2."""
        import pandas as pd

        return pd.DataFrame({"tau2": self.tau2, "log_likelihood": self.log_likelihood})

    def __repr__(self) -> str:
        kind = "restricted" if self.restricted else "full"
        low, high = self.interval
        return f"<ProfileCurve {kind} likelihood, maximum at tau2={self.maximum:.4g} [{low:.4g}, {high:.4g}]>"


def profile_curve(fit: MetaResult, points: Any = 201) -> ProfileCurve:
    """Profile likelihood of the between-study variance, with its confidence limits.

    Parameters
    ----------
    fit : MetaResult
        Random effects by inverse variance, two studies or more.
    points : int or array_like, shape (g,)
        About how many values from 0 to 1.4 times the upper limit, half of them even and half closer
        together near 0 (even in ``log(tau2 + v_min)``), to which the fit's tau2, the maximum and the limits
        are added; or the values of tau2 themselves.

    Returns
    -------
    ProfileCurve

    Raises
    ------
    DataError
        When ``fit`` is not a fit or has one study; when values of tau2 are no ascending numbers >= 0.
    OptionError
        For a common effect, counts, or a number of points below 2.

    Notes
    -----
    ``l(tau2) = -1/2 [k log 2 pi + sum log(v + tau2) + Q(tau2)]``; restricted:
    ``-1/2 [(k - 1) log 2 pi - log k + sum log(v + tau2) + log sum w + Q(tau2)]``. The likelihood is that of
    ``fit.heterogeneity(method="PL")``, so that figure and interval agree: restricted for REML, full for
    ML and for all estimators that maximise neither (``note`` says so then; their tau2 is not the maximum).

    R counterpart: ``profile(res)`` and ``confint(res, type = "PL")`` in metafor.

    References
    ----------
    Hardy RJ, Thompson SG (1996). A likelihood approach to meta-analysis with random effects. Stat Med
    15:619-629. doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A

    Examples
    --------
    >>> import k2meta as k2
    >>> from k2meta.analysis.likelihood_curves import profile_curve
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> profile_curve(k2.meta_analysis(bcg))
    <ProfileCurve restricted likelihood, maximum at tau2=0.3132 [0.1153, 0.9647]>
    """
    _refuse_without_tau2(fit)
    problem = stack(fit.effects.yi[None], fit.effects.vi[None])
    restricted = fit._restricted
    interval = fit.heterogeneity(method="PL").tau2_ci
    best = fit.tau2 if fit.options.tau2 in ("REML", "ML") else float(maximise(problem, restricted).tau2[0])
    marks = np.array([0.0, fit.tau2, best, interval.low, interval.high])
    tau2 = _values(points, marks, float(fit.effects.vi.min()))
    heights = log_likelihood(problem.repeat(tau2.size), tau2, restricted)
    at = log_likelihood(problem.repeat(2), np.array([best, fit.tau2]), restricted)
    code = fit.options.tau2
    note = ""
    if code not in ("REML", "ML"):
        note = f"full likelihood: tau2 by {fit.options.tau2_in_words} is not its maximum"
    return ProfileCurve(
        fit=fit,
        tau2=tau2,
        log_likelihood=heights,
        restricted=restricted,
        maximum=best,
        max_log_likelihood=float(at[0]),
        fitted_log_likelihood=float(at[1]),
        drop=0.5 * float(chi2_ppf(fit.options.level, 1.0)),
        interval=interval,
        note=note,
    )


def _refuse_without_tau2(fit: object) -> None:
    fit = checked_fit(fit, "meta_analysis()")
    if fit.options.model == "common" or fit.options.q_around != "inverse variance":
        raise OptionError(
            f"fit is {fit.options.pooling} pooling with a {fit.options.model} model, which has no likelihood "
            "of tau2. Expected random effects by inverse variance. Use meta_analysis(fit.effects)."
        )
    if fit.k < 2:
        raise DataError(
            "fit has one study, which says nothing about tau2. Expected two studies or more. Pool more."
        )


def _values(points: Any, marks: FloatArray, v_min: float) -> FloatArray:
    """Values of tau2, ascending; the marks are among them when only a number was asked for."""
    if isinstance(points, (int, np.integer)) and not isinstance(points, bool):
        if not 2 <= points <= 1_000_000:
            raise OptionError(f"points is {points}. Expected a whole number from 2 to a million.")
        top = BEYOND * float(marks.max())
        half = int(points) // 2
        fine = np.exp(np.linspace(math.log(v_min), math.log(v_min + top), half)) - v_min
        grid = np.concatenate([np.linspace(0.0, top, int(points) - half), fine[1:-1], marks])
        return np.unique(np.maximum(grid, 0.0))
    if np.ndim(points) == 0:
        raise OptionError(f"points is {points!r}. Expected a whole number of points, or values of tau2.")
    values = ascending_array(
        "points", points, "They are values of tau2: sort them, or give a number of points."
    )
    if values[0] < 0:
        raise DataError(
            f"points has the value {values[0]:g}. Expected values of tau2 of 0 or more, ascending. Leave out "
            "what is below 0, or give a number of points."
        )
    return values
