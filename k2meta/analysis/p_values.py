"""P-value functions: how well each value of the effect agrees with each study and with the pooled effect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.analysis.refits import checked_fit
from k2meta.errors import OptionError
from k2meta.kernels.distributions import normal_ppf, normal_two_sided, two_sided
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray, readonly
from k2meta.studies.numeric import ascending_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PValueCurves", "p_value_curves"]

GRID_POINTS = 1001
# The default grid does not reach beyond where the last study's curve falls to this p-value.
LOWEST_P = 0.001


@dataclass(frozen=True, eq=False, slots=True)
class PValueCurves:
    """Two-sided p-values of k studies and of the pooled effect on a grid of g values.

    Attributes
    ----------
    fit : MetaResult
    study : tuple of str, length k
    grid : ndarray, shape (g,)
        Values of the effect on the analysis scale (log for ratios), ascending.
    studies : ndarray, shape (k, g)
        P-value of each study against each value.
    pooled : ndarray, shape (g,)
        P-value of the pooled effect, by the fit's own test.
    prediction : ndarray, shape (g,)
        P-value of the effect of a new study, by the fit's own rule; NaN where there is no
        prediction interval (a common effect, one study).
    """

    fit: MetaResult
    study: tuple[str, ...]
    grid: FloatArray
    studies: FloatArray
    pooled: FloatArray
    prediction: FloatArray

    def __post_init__(self) -> None:
        for name in ("grid", "studies", "pooled", "prediction"):
            readonly(getattr(self, name))

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.fit.measure

    def to_frame(self) -> pd.DataFrame:
        """One row for each value of the grid and each curve: ``curve, study, value, p_value``."""
        import pandas as pd

        g, k = self.grid.size, len(self.study)
        return pd.DataFrame(
            {
                "curve": ["study"] * (k * g) + ["pooled"] * g + ["prediction"] * g,
                "study": [name for name in self.study for _ in range(g)] + [""] * (2 * g),
                "value": np.tile(self.grid, k + 2),
                "p_value": np.concatenate([self.studies.ravel(), self.pooled, self.prediction]),
            }
        )

    def __repr__(self) -> str:
        return f"<PValueCurves k={self.fit.k}, {self.grid.size} values, {self.measure}>"


def p_value_curves(fit: MetaResult, grid: Any = None) -> PValueCurves:
    """P-value functions of studies, pooled effect and prediction (the curves of a drapery plot).

    Parameters
    ----------
    fit : MetaResult
        From :func:`k2meta.meta_analysis`, :func:`k2meta.mantel_haenszel` or :func:`k2meta.peto`.
    grid : array_like, shape (g,), optional
        Values of the effect on the analysis scale, ascending. By default 1001 even ones that span the
        studies' effects and the pooled intervals (but no further than p = 0.001 of the studies), with the
        effects themselves, so that every curve reaches its peak of 1.

    Returns
    -------
    PValueCurves

    Raises
    ------
    DataError
        When ``fit`` is not a fit, or the grid is not ascending numbers.

    Notes
    -----
    ``p(x) = 2 P(Z > |y - x| / se)`` for a study, ``2 P(T > |estimate - x| / se)`` for the pooled effect with
    the fit's standard error and degrees of freedom, and with ``sqrt(tau2 + se^2)`` and the degrees of freedom
    of the fit's rule for prediction. Where p is above ``1 - level``, x is inside the interval of that level.

    R counterpart: ``drapery`` in meta.

    References
    ----------
    Rücker G, Schwarzer G (2021). Beyond the forest plot: the drapery plot. Res Synth Methods 12:13-19.
    doi:10.1002/jrsm.1410

    Examples
    --------
    >>> import k2meta as k2
    >>> from k2meta.analysis.p_values import p_value_curves
    >>> fit = k2.meta_analysis(yi=[0.10, 0.30, 0.35, 0.65], vi=[0.03, 0.03, 0.05, 0.01], test="z")
    >>> curves = p_value_curves(fit, grid=[0.0, fit.estimate, fit.ci.high])
    >>> curves.pooled.round(6).tolist()
    [0.004376, 1.0, 0.05]
    """
    fit = checked_fit(fit)
    values = _default_grid(fit) if grid is None else _checked_grid(grid)
    sei = fit.effects.sei[:, None]
    df = _prediction_df(fit)
    if math.isnan(df):
        prediction = np.full(values.size, np.nan)
    else:
        prediction = two_sided(_distance(fit, values, math.hypot(math.sqrt(fit.tau2), fit.se)), df)
    return PValueCurves(
        fit=fit,
        study=fit.study,
        grid=values,
        studies=normal_two_sided((fit.effects.yi[:, None] - values) / sei),
        pooled=two_sided(_distance(fit, values, fit.se), fit.df),
        prediction=prediction,
    )


def _prediction_df(fit: MetaResult) -> float:
    """Degrees of freedom of the fit's prediction rule; NaN where there is no prediction interval."""
    if math.isnan(fit.prediction_interval().low):
        return math.nan
    rules = {"same": fit.df, "t(k-1)": fit.k - 1.0, "t(k-2)": fit.k - 2.0, "normal": math.inf}
    return rules[fit.options.prediction]


def _distance(fit: MetaResult, values: FloatArray, se: float) -> FloatArray:
    """Distance of the pooled effect from each value in standard errors; with none, all but itself is far."""
    gap = fit.estimate - values
    out: FloatArray = gap / se if se > 0 else np.where(gap == 0, 0.0, np.inf)
    return out


def _default_grid(fit: MetaResult) -> FloatArray:
    yi, sei = fit.effects.yi, fit.effects.sei
    peaks = np.append(yi, fit.estimate)
    ends = [*peaks.tolist(), *fit.ci, *(limit for limit in fit.prediction_interval() if math.isfinite(limit))]
    # t with 1 or 2 degrees of freedom reaches far beyond anything that the studies say
    reach = float(normal_ppf(1.0 - 0.5 * LOWEST_P))
    low = max(min(ends), float((yi - reach * sei).min()))
    high = min(max(ends), float((yi + reach * sei).max()))
    margin = 0.05 * (high - low) if high > low else float(sei.min())
    return np.union1d(np.linspace(low - margin, high + margin, GRID_POINTS), peaks)


def _checked_grid(grid: Any) -> FloatArray:
    remedy = "They are values on the analysis scale (log for ratios): sort them, or leave grid out."
    values = ascending_array("grid", grid, remedy, least=2)
    if values.size > 1_000_000:
        raise OptionError(f"grid has {values.size:,} values. Expected at most a million. Give fewer.")
    return values
