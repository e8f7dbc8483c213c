"""The answer of a pooled analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from k2meta.errors import OptionError, unknown_option
from k2meta.kernels.distributions import normal_ppf, t_ppf
from k2meta.kernels.likelihood import log_likelihood
from k2meta.kernels.pooling import get_test, infer
from k2meta.kernels.problem import InterceptProblem, stack
from k2meta.kernels.tau2 import TAU2_ESTIMATORS
from k2meta.models.options import PREDICTION_RULES, FitOptions
from k2meta.records import Convergence, FloatArray, Interval, Test
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.models.heterogeneity import HeterogeneityResult

__all__ = ["MetaResult"]

_NAN = math.nan


@dataclass(frozen=True, eq=False, slots=True)
class MetaResult:
    """A pooled effect with its heterogeneity; everything on the analysis scale (log for ratios).

    Attributes
    ----------
    k : int
        Number of studies pooled.
    estimate, se, statistic, df, p_value : float
        Pooled effect, standard error, z or t statistic, its degrees of freedom (``inf`` for z) and
        two-sided p-value.
    ci : Interval
    tau2, se_tau2 : float
        Between-study variance and its standard error (NaN where there is none).
    i2, h2 : float
        I2 in percent and H2 on the basis that ``options.i2_basis`` names.
    i2_q, h2_q : float
        The same from Cochran's Q, whatever the basis.
    q, q_df, q_p : float
        Cochran's Q, its degrees of freedom and p-value.
    weights : ndarray, shape (k,)
        Percent, adding to 100.
    convergence : Convergence
    options : FitOptions
    effects : Effects
    tests : tuple of Test
        Further tests that belong to the method (Cochran-Mantel-Haenszel, Breslow-Day ...).
    """

    k: int
    estimate: float
    se: float
    statistic: float
    df: float
    p_value: float
    ci: Interval
    tau2: float
    se_tau2: float
    i2: float
    h2: float
    i2_q: float
    h2_q: float
    q: float
    q_df: float
    q_p: float
    weights: FloatArray
    convergence: Convergence
    options: FitOptions
    effects: Effects
    tests: tuple[Test, ...] = ()
    user_weights: FloatArray | None = None

    # --- what follows from the numbers above ----------------------------------------------------

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.effects.measure

    @property
    def study(self) -> tuple[str, ...]:
        """Labels of the pooled studies."""
        return self.effects.study

    @property
    def tau(self) -> float:
        """Between-study standard deviation."""
        return math.sqrt(self.tau2)

    def _problem(self) -> InterceptProblem:
        return stack(self.effects.yi[None], self.effects.vi[None])

    @property
    def _restricted(self) -> bool:
        code = self.options.tau2
        return code in TAU2_ESTIMATORS and TAU2_ESTIMATORS[code].restricted

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the answer: restricted for REML, full otherwise (as metafor's fit statistics)."""
        problem = self._problem()
        tau2 = np.array([self.tau2])
        value = log_likelihood(problem, tau2, self._restricted)
        # pooled with other weights than 1/(v + tau2), the estimate is not the profile maximum
        own = problem.moments(tau2).q
        around = problem.q_around(tau2, np.array([[self.estimate]]))
        plain = self.options.pooling == "inverse variance" and self.user_weights is None
        return float((value if plain else value - 0.5 * (around - own))[0])

    @property
    def n_parameters(self) -> int:
        """Number of estimated parameters: the effect, and tau2 unless it was fixed or absent."""
        return 1 if self.options.tau2 in ("fixed", "none") else 2

    @property
    def _n_for_fit(self) -> float:
        return float(self.k - 1 if self._restricted else self.k)

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return -2.0 * self.log_likelihood + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Bayesian information criterion; k - 1 counts as the sample size for REML, k otherwise."""
        n = self._n_for_fit
        return _NAN if n <= 0 else -2.0 * self.log_likelihood + self.n_parameters * math.log(n)

    @property
    def aicc(self) -> float:
        """AIC with the small-sample correction, the sample size taken as at least parameters + 2."""
        parameters = self.n_parameters
        n = max(self._n_for_fit, parameters + 2.0)
        return -2.0 * self.log_likelihood + 2.0 * parameters * n / (n - parameters - 1.0)

    # --- questions with an option -----------------------------------------------------------------

    def conf_int(self, level: float | None = None, method: str | None = None) -> Interval:
        """Confidence interval of the pooled effect.

        Parameters
        ----------
        level : float, optional
            Between 0 and 1; the fit's level by default.
        method : {"z", "t", "knapp-hartung", "knapp-hartung-adhoc"}, optional
            The fit's test by default.

        Raises
        ------
        OptionError
            For Knapp-Hartung with a common effect, or anything but ``"z"`` where counts were pooled.

        Notes
        -----
        ``estimate -+ quantile * se``, with the standard error that belongs to the method. R counterpart:
        ``ci.lb``, ``ci.ub`` of ``rma(yi, vi, test=, level=)`` in metafor.

        Examples
        --------
        >>> import k2meta as k2
        >>> fit = k2.meta_analysis(yi=[0.10, 0.30, 0.35, 0.65], vi=[0.03, 0.03, 0.05, 0.01])
        >>> fit.conf_int(level=0.9, method="z").width < fit.ci.width
        True
        """
        level = self.options.level if level is None else checked_level(level)
        chosen = get_test(self.options.test if method is None else method)
        if self.options.pooling != "inverse variance" and chosen.code != "z":
            raise OptionError(f"{self.options.pooling} pooling has a normal interval only; use method='z'")
        if self.options.model == "common" and chosen.rescales:
            raise OptionError(
                f"method={chosen.code!r} belongs to the random-effects model; use 'z' or 't' with a common "
                "effect"
            )
        if self.options.pooling != "inverse variance":
            margin = float(normal_ppf(0.5 + 0.5 * level)) * self.se
            return Interval(self.estimate - margin, self.estimate + margin, level, "z")
        weights = None if self.user_weights is None else self.user_weights[None]
        answer = infer(self._problem(), np.array([self.tau2]), chosen, level, weights)
        single = chosen.uses_t and self.k == 1
        return Interval(
            float(answer.ci_low[0]),
            float(answer.ci_high[0]),
            level,
            "z" if single else chosen.code,
            "one study: a normal interval" if single else "",
        )

    def prediction_interval(self, level: float | None = None, method: str | None = None) -> Interval:
        """Interval in which the true effect of a new study is expected.

        ``estimate -+ quantile * sqrt(tau2 + se^2)``.

        Parameters
        ----------
        level : float, optional
            The fit's level by default.
        method : {"same", "t(k-1)", "t(k-2)", "normal"}, optional
            Distribution of the quantile. ``"same"`` is that of the confidence interval, as metafor does;
            ``"t(k-2)"`` is that of Higgins, Thompson & Spiegelhalter (2009).

        Returns
        -------
        Interval
            NaN limits, with the reason in ``note``, where there is none: a common-effect model, one
            study, or no degrees of freedom left.

        References
        ----------
        Higgins JPT, Thompson SG, Spiegelhalter DJ (2009). J R Stat Soc A 172:137-159.
        doi:10.1111/j.1467-985X.2008.00552.x

        Raises
        ------
        OptionError
            For an unknown rule.

        Notes
        -----
        R counterpart: ``predict(res)`` in metafor (its rule is ``"same"``).

        Examples
        --------
        >>> import k2meta as k2
        >>> fit = k2.meta_analysis(yi=[0.10, 0.30, 0.35, 0.65], vi=[0.03, 0.03, 0.05, 0.01])
        >>> [round(limit, 4) for limit in fit.prediction_interval(method="t(k-2)")]
        [-0.6574, 1.4119]
        """
        level = self.options.level if level is None else checked_level(level)
        rule = self.options.prediction if method is None else method
        if rule not in PREDICTION_RULES:
            raise unknown_option("prediction interval rule", rule, PREDICTION_RULES)
        if self.options.model == "common":
            return Interval(_NAN, _NAN, level, rule, "a common-effect model has no distribution of effects")
        if self.k == 1:
            return Interval(_NAN, _NAN, level, rule, "one study says nothing about other studies' effects")
        df = {"same": self.df, "t(k-1)": self.k - 1.0, "t(k-2)": self.k - 2.0, "normal": math.inf}[rule]
        if df <= 0:
            return Interval(_NAN, _NAN, level, rule, f"no degrees of freedom with k = {self.k}")
        margin = float(t_ppf(0.5 + 0.5 * level, df)) * math.sqrt(self.tau2 + self.se**2)
        return Interval(self.estimate - margin, self.estimate + margin, level, rule)

    def heterogeneity(self, method: str = "QP", level: float | None = None) -> HeterogeneityResult:
        """Confidence intervals for tau2, I2 and H2.

        Parameters
        ----------
        method : {"QP", "PL"}
            Q-profile (Viechtbauer 2007, doi:10.1002/sim.2514) or profile likelihood (Hardy & Thompson 1996,
            Stat Med 15:619-629; restricted for a REML fit, full otherwise).
        level : float, optional
            The fit's level by default.

        Notes
        -----
        Q-profile: all tau2 with ``Q(tau2)`` between its chi-squared quantiles; empty, with NaN limits and a
        ``note``, when Q is below both. Profile likelihood: all tau2 whose log-likelihood is within
        ``chi2(level, 1) / 2`` of its maximum. The limits are exact roots; those of I2 and H2 follow from
        them. R counterpart: ``confint(res)`` in metafor, which stops its root search early, does not look
        beyond ``tau2.max`` (100 by default) and gives 0 to 0 for an empty set.

        Raises
        ------
        OptionError
            For an unknown method.

        Examples
        --------
        >>> import k2meta as k2
        >>> fit = k2.meta_analysis(yi=[0.10, 0.30, 0.35, 0.65], vi=[0.03, 0.03, 0.05, 0.01])
        >>> [round(limit, 4) for limit in fit.heterogeneity().tau2_ci]
        [0.0, 0.6999]
        """
        from k2meta.models.heterogeneity import heterogeneity_intervals

        return heterogeneity_intervals(self, method, level)

    def blups(self, level: float | None = None) -> pd.DataFrame:
        """Best linear unbiased predictions of the studies' true effects.

        Returns
        -------
        DataFrame
            One row a study: ``study, estimate, se, pi_low, pi_high``.

        Notes
        -----
        ``tau2/(tau2 + v) y + v/(tau2 + v) estimate``; its variance adds the uncertainty of the pooled effect
        to ``tau2 v / (tau2 + v)`` (Raudenbush & Bryk 1985, doi:10.3102/10769986010002075). The quantile is
        that of the fit's test. R counterpart: ``blup(res)`` in metafor.
        """
        import pandas as pd

        level = self.options.level if level is None else checked_level(level)
        yi, vi = self.effects.yi, self.effects.vi
        pull = self.tau2 / (self.tau2 + vi)
        estimate = pull * yi + (1.0 - pull) * self.estimate
        se = np.sqrt(pull * vi + (1.0 - pull) ** 2 * self.se**2)
        margin = float(t_ppf(0.5 + 0.5 * level, self.df)) * se
        return pd.DataFrame(
            {
                "study": list(self.study),
                "estimate": estimate,
                "se": se,
                "pi_low": estimate - margin,
                "pi_high": estimate + margin,
            }
        )

    # --- showing ------------------------------------------------------------------------------------

    def with_notes(self, *notes: str) -> MetaResult:
        """The same result with more notes in its options."""
        return replace(self, options=replace(self.options, notes=self.options.notes + notes))

    def to_frame(self, natural: bool = False) -> pd.DataFrame:
        """One row with every number of the fit.

        Parameters
        ----------
        natural : bool
            Give the estimate and its limits on the scale people read (ratios instead of logarithms).
        """
        import pandas as pd

        prediction = self.prediction_interval()
        shown = [self.estimate, self.ci.low, self.ci.high, prediction.low, prediction.high]
        if natural:
            shown = [float(v) for v in self.effects.natural(np.array(shown), pooled=True)]
        row = {
            "measure": self.measure,
            "model": self.options.model,
            "pooling": self.options.pooling,
            "tau2_estimator": self.options.tau2,
            "test": self.options.test,
            "k": self.k,
            "estimate": shown[0],
            "se": self.se,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
            "ci_low": shown[1],
            "ci_high": shown[2],
            "pi_low": shown[3],
            "pi_high": shown[4],
            "tau2": self.tau2,
            "se_tau2": self.se_tau2,
            "i2": self.i2,
            "h2": self.h2,
            "i2_q": self.i2_q,
            "h2_q": self.h2_q,
            "q": self.q,
            "q_df": self.q_df,
            "q_p": self.q_p,
            "log_likelihood": self.log_likelihood,
            "aic": self.aic,
            "bic": self.bic,
            "aicc": self.aicc,
        }
        return pd.DataFrame([row])

    def summary(self) -> str:
        """Every number with the convention behind it, as text."""
        from k2meta.models.summary import summarise

        return summarise(self)

    def __repr__(self) -> str:
        shown = self.effects.natural(np.array([self.estimate, self.ci.low, self.ci.high]), pooled=True)
        return (
            f"<MetaResult {self.measure} {shown[0]:.4g} [{shown[1]:.4g}, {shown[2]:.4g}], k={self.k}, "
            f"{self.options.model}, tau2={self.tau2:.4g} ({self.options.tau2}), I2={self.i2:.1f}%>"
        )

    def _repr_html_(self) -> str:
        from k2meta.models.summary import summarise_html

        return summarise_html(self)


def checked_level(level: object) -> float:
    """Return the level, or say what is wrong with it."""
    try:
        value = math.nan if isinstance(level, str | bytes) else float(level)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not 0.0 < value < 1.0:
        hint = f"; did you mean {value / 100:g}?" if 1.0 < value < 100.0 else ""
        raise OptionError(f"level is {level!r}; expected a number between 0 and 1, such as 0.95{hint}")
    return value
