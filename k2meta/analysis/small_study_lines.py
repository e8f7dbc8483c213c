"""The straight line behind a test for small-study effects: effects against a measure of study size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.kernels.design import require_spread, stack_design
from k2meta.kernels.distributions import t_ppf, two_sided
from k2meta.kernels.pooling import get_test
from k2meta.kernels.tau2 import get_tau2_estimator
from k2meta.models.options import FitOptions
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray, Interval
from k2meta.studies.effects import Effects

__all__ = [
    "PREDICTORS",
    "Line",
    "additive_line",
    "predictor_values",
    "refuse_weights",
    "slope_on_se",
    "total_sizes",
    "weighted_line",
]

PREDICTORS = ("se", "var", "1/n", "sqrt(1/n)")

_NAN = math.nan


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted line ``effect = limit + slope * predictor``, or the reason why there is none.

    Attributes
    ----------
    limit, limit_se, slope, slope_se : float
    df : float
        Degrees of freedom; ``inf`` for normal tests.
    tau2, dispersion : float
        Additive and multiplicative residual variance, whichever the model has.
    note : str
        Why there is no line, or no test of it.
    """

    limit: float = _NAN
    limit_se: float = _NAN
    slope: float = _NAN
    slope_se: float = _NAN
    df: float = _NAN
    tau2: float = _NAN
    dispersion: float = _NAN
    note: str = ""

    @property
    def statistic(self) -> float:
        """Slope by its standard error; infinite on a perfect line, NaN on a perfect level one."""
        if self.slope_se == 0.0:
            return _NAN if self.slope == 0.0 else math.copysign(math.inf, self.slope)
        return self.slope / self.slope_se

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the slope."""
        return _NAN if math.isnan(self.statistic) else float(two_sided(self.statistic, self.df))

    def limit_interval(self, level: float) -> Interval:
        """Confidence interval of the effect where the predictor is 0."""
        method = "z" if math.isinf(self.df) else "t"
        if math.isnan(self.limit):
            return Interval(_NAN, _NAN, level, method, self.note)
        margin = float(t_ppf(0.5 + 0.5 * level, self.df)) * self.limit_se
        return Interval(self.limit - margin, self.limit + margin, level, method)


def _why_not(x: FloatArray, what: str) -> str:
    """Why no slope can be estimated; empty when it can."""
    if x.size < 3:
        return f"k = {x.size}: a line with its error needs at least 3 studies"
    # sizes that were equal as printed may differ by a rounding error once they are predictors
    if float(x.max() - x.min()) <= 1e-12 * float(np.abs(x).max()):
        return f"all studies have the same {what}, so that nothing can depend on it"
    return ""


def _no_error(slope: float, slope_se: float) -> str:
    """Why a line has no test: effects that all agree leave no error to test the slope against."""
    if slope == 0.0 and slope_se == 0.0:
        return "all studies have the same effect, so that the slope is 0 without any error"
    return ""


def weighted_line(y: FloatArray, v: FloatArray, x: FloatArray, what: str) -> Line:
    """Weighted least squares with weights 1/v and a multiplicative residual variance.

    Parameters
    ----------
    y, v, x : ndarray, shape (k,)
        Effects, variances up to a factor, predictor.
    what : str
        The predictor in words, for the note.
    """
    note = _why_not(x, what)
    if note:
        return Line(note=note)
    # measured from the most precise study, nothing cancels when it carries nearly all weight
    top = int(v.argmin())
    w = v[top] / v
    total = float(w.sum())
    from_x, from_y = x - x[top], y - y[top]
    dx = from_x - float((w * from_x).sum()) / total
    dy = from_y - float((w * from_y).sum()) / total
    sxx = float((w * dx * dx).sum())
    slope = float((w * dx * dy).sum()) / sxx
    df = x.size - 2.0
    scatter = float((w * (dy - slope * dx) ** 2).sum()) / df
    mean_x, mean_y = x[top] - dx[top], y[top] - dy[top]
    slope_se = math.sqrt(scatter / sxx)
    return Line(
        limit=float(mean_y - slope * mean_x),
        limit_se=math.sqrt(scatter * (1.0 / total + float(mean_x) ** 2 / sxx)),
        slope=slope,
        slope_se=slope_se,
        df=df,
        dispersion=scatter / float(v[top]),
        note=_no_error(slope, slope_se),
    )


def additive_line(
    y: FloatArray, v: FloatArray, x: FloatArray, what: str, options: FitOptions, fixed: float | None
) -> Line:
    """Meta-regression with weights 1/(v + tau2).

    Parameters
    ----------
    y, v, x, what
        As for :func:`weighted_line`; v in earnest.
    options : FitOptions
        Model, tau2 estimator and test.
    fixed : float or None
        tau2 where it was given as a number.
    """
    note = _why_not(x, what)
    if note:
        return Line(note=note)
    scale = float(np.abs(x).max())
    # measured from the most precise study, effects far from 0 keep their digits
    origin = float(y[v.argmin()])
    require_spread(v)
    problem = stack_design((y - origin)[None], v[None], np.column_stack([np.ones(x.size), x / scale]))
    if options.model == "common" or fixed is not None:
        tau2 = np.array([fixed or 0.0])
    else:
        tau2 = get_tau2_estimator(options.tau2).estimate(problem, None).tau2
    beta, covariance = problem.estimate(tau2)
    method, df = get_test(options.test), x.size - 2.0
    factor = max(float(problem.moments(tau2).q[0]) / df, method.floor) if method.rescales else 1.0
    se = np.sqrt(factor * np.diagonal(covariance[0]))
    slope, slope_se = float(beta[0, 1]) / scale, float(se[1]) / scale
    return Line(
        limit=origin + float(beta[0, 0]),
        limit_se=float(se[0]),
        slope=slope,
        slope_se=slope_se,
        df=df if method.uses_t else math.inf,
        tau2=float(tau2[0]),
        note=_no_error(slope, slope_se),
    )


def predictor_values(effects: Effects, predictor: str) -> tuple[FloatArray, str]:
    """The predictor of each study, shape (k,), and its name in words.

    Raises
    ------
    OptionError
        For an unknown predictor.
    DataError
        When sample sizes are asked for and not known.
    """
    if predictor not in PREDICTORS:
        raise unknown_option("predictor", predictor, PREDICTORS)
    if predictor == "se":
        return effects.sei, "standard error"
    if predictor == "var":
        return effects.vi, "variance"
    inverse = 1.0 / total_sizes(effects, f"predictor={predictor!r}")
    return (inverse if predictor == "1/n" else np.sqrt(inverse)), "sample size"


def total_sizes(effects: Effects, asker: str) -> FloatArray:
    """Total sample size of each study, shape (k,).

    Raises
    ------
    DataError
        When the effects do not know their sample sizes.
    """
    first, second, only = (effects.role(name) for name in ("n1", "n2", "n"))
    sizes = first + second if first is not None and second is not None else only
    if sizes is None or not np.isfinite(sizes).all():
        raise DataError(
            f"{asker} needs the sample size of each study, which effects of measure {effects.measure!r} made "
            f"from {', '.join(effects.roles) or 'effects and variances'} do not have. Expected n1 and n2, or "
            "n. Make the effects from rows with sizes, or use predictor='se'."
        )
    return sizes


def refuse_weights(weights: FloatArray | None, tau2: str) -> None:
    """Say that a regression weighs by inverse variances only.

    Raises
    ------
    OptionError
        When the fit has weights of the user's own.
    """
    if weights is not None or tau2 == "GENQ":
        raise OptionError(
            "the fit has weights of its own, which the regression does not take. Expected inverse-variance "
            "weights. Give the effects instead: egger_test(fit.effects, ...), or use model='lm'."
        )


def slope_on_se(fit: MetaResult) -> float:
    """Slope of the effects on their standard errors by the fit's own model; NaN where all are equal."""
    y, v, x = fit.effects.yi, fit.effects.vi, fit.effects.sei
    weighed = slice(None) if fit.user_weights is None else fit.user_weights > 0
    if _why_not(x, "") or np.ptp(x[weighed]) <= 1e-12 * x.max():
        return _NAN
    require_spread(v)
    y = y - y[v.argmin()]
    problem = stack_design(y[None], v[None], np.column_stack([np.ones(x.size), x / x.max()]))
    weights = None if fit.user_weights is None else fit.user_weights[None]
    if fit.options.tau2 in ("fixed", "none"):
        tau2 = np.array([fit.tau2])
    else:
        tau2 = get_tau2_estimator(fit.options.tau2).estimate(problem, weights).tau2
    return float(problem.estimate(tau2, weights)[0][0, 1])
