"""The answer of a meta-regression."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.kernels.distributions import t_ppf, two_sided
from k2meta.kernels.likelihood import log_likelihood
from k2meta.kernels.pooling import get_test
from k2meta.kernels.stacks import Problem
from k2meta.kernels.tau2 import TAU2_ESTIMATORS
from k2meta.models.formulas import Design, Formula
from k2meta.models.options import FitOptions
from k2meta.models.regression_numbers import Coefficients, as_problem, estimate_coefficients
from k2meta.models.result import checked_level
from k2meta.records import Convergence, FloatArray, Test
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.models.heterogeneity import HeterogeneityResult

__all__ = ["MetaRegressionResult"]


@dataclass(frozen=True, eq=False, slots=True)
class MetaRegressionResult:
    """Effects explained by moderators; everything on the analysis scale (log for ratios).

    Attributes
    ----------
    formula : str
    terms : tuple of str, length p
        Names of the coefficients: ``"Intercept"``, ``"latitude"``, ``"C(allocation)[T.random]"`` ...
    beta, se : ndarray, shape (p,)
        Coefficients and standard errors.
    vcov : ndarray, shape (p, p)
        Their covariance matrix (with the Knapp-Hartung multiplier where that is the test).
    df : float
        Degrees of freedom of t tests: k - p; ``inf`` for z.
    tau2, se_tau2 : float
        Residual between-study variance and its standard error (NaN where there is none).
    i2, h2 : float
        Residual I2 in percent and H2, on the basis that ``options.i2_basis`` names.
    i2_q, h2_q : float
        The same from QE.
    r2 : float
        Percent of the heterogeneity that the moderators account for; NaN with a fixed tau2 or none, and
        where the model does not contain the model without moderators.
    tau2_without : float
        tau2 without moderators, by the same estimator; NaN where ``r2`` is for want of an estimator.
    qe, qe_df, qe_p : float
        Test of residual heterogeneity: weighted residual sum of squares at tau2 = 0, chi-squared on k - p.
    omnibus : Test
        Test that all coefficients but the intercept are 0 (all, when there is no intercept).
    weights : ndarray, shape (k,)
        Percent, adding to 100.
    design : ndarray, shape (k, p)
    convergence : Convergence
    options : FitOptions
    effects : Effects
        The studies in the fit; those left out for a missing moderator are in ``effects.excluded``.
    user_weights : ndarray, shape (k,), or None
    parsed, coding, frame
        The formula as understood, how it was coded, and its variables.
    """

    formula: str
    terms: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    vcov: FloatArray
    df: float
    tau2: float
    se_tau2: float
    i2: float
    h2: float
    i2_q: float
    h2_q: float
    r2: float
    tau2_without: float
    qe: float
    qe_df: float
    qe_p: float
    omnibus: Test
    weights: FloatArray
    design: FloatArray
    convergence: Convergence
    options: FitOptions
    effects: Effects
    user_weights: FloatArray | None
    parsed: Formula
    coding: Design
    frame: pd.DataFrame

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return len(self.terms)

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.effects.measure

    @property
    def study(self) -> tuple[str, ...]:
        """Labels of the studies."""
        return self.effects.study

    @property
    def tau(self) -> float:
        """Residual between-study standard deviation."""
        return math.sqrt(self.tau2)

    @property
    def qm(self) -> float:
        """Statistic of the omnibus test: chi-squared for z, F for t and Knapp-Hartung."""
        return self.omnibus.statistic

    @property
    def qm_df(self) -> float:
        """Number of coefficients that the omnibus test is about (F has ``df`` below)."""
        return self.omnibus.df[0] if isinstance(self.omnibus.df, tuple) else self.omnibus.df

    @property
    def qm_p(self) -> float:
        """P-value of the omnibus test."""
        return self.omnibus.p_value

    @property
    def statistic(self) -> FloatArray:
        """Coefficients over their standard errors, shape (p,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.beta / self.se)

    @property
    def p_value(self) -> FloatArray:
        """Two-sided p-values of the coefficients, shape (p,)."""
        return np.asarray(two_sided(self.statistic, self.df))

    @property
    def coefficients(self) -> pd.DataFrame:
        """One row a coefficient: ``term, estimate, se, statistic, df, p_value, ci_low, ci_high``."""
        from k2meta.models.regression_prediction import coefficients_of

        return coefficients_of(self)

    @property
    def moderators(self) -> pd.DataFrame:
        """The variables that the formula uses, one row a study."""
        return self.frame.copy()

    @property
    def term_columns(self) -> dict[str, tuple[int, ...]]:
        """Positions of the coefficients of each term of the formula."""
        return dict(self.coding.terms)

    @property
    def fitted(self) -> FloatArray:
        """Effects that the model expects, shape (k,)."""
        out: FloatArray = self.design @ self.beta
        return out

    @property
    def residuals(self) -> FloatArray:
        """Effects minus what the model expects, shape (k,)."""
        out: FloatArray = self.effects.yi - self.fitted
        return out

    def _problem(self) -> tuple[Problem, FloatArray]:
        return as_problem(self.effects.yi, self.effects.vi, self.design)

    def estimated(self, method: str | None = None) -> Coefficients:
        """Coefficients with the covariance of a test (the fit's by default)."""
        chosen = get_test(self.options.test if method is None else method)
        return estimate_coefficients(*self._problem(), self.tau2, chosen, self.user_weights)

    def quantile(self, level: float, df: float | None = None) -> float:
        """Two-sided quantile of the fit's distribution."""
        return float(t_ppf(0.5 + 0.5 * level, self.df if df is None else df))

    @property
    def _restricted(self) -> bool:
        code = self.options.tau2
        return code in TAU2_ESTIMATORS and TAU2_ESTIMATORS[code].restricted

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the answer: restricted for REML, full otherwise (as metafor's fit statistics)."""
        problem, scale = self._problem()
        tau2 = np.array([self.tau2])
        value = log_likelihood(problem, tau2, self._restricted)
        if self.user_weights is not None:
            # with other weights than 1/(v + tau2), the coefficients are not the profile maximum
            around = problem.q_around(tau2, (self.beta * scale)[None])
            value = value - 0.5 * (around - problem.moments(tau2).q)
        return float(value[0])

    @property
    def n_parameters(self) -> int:
        """Number of estimated parameters: the coefficients, and tau2 unless it was fixed or absent."""
        return self.p + (0 if self.options.tau2 in ("fixed", "none") else 1)

    @property
    def _n_for_fit(self) -> float:
        return float(self.k - self.p if self._restricted else self.k)

    @property
    def aic(self) -> float:
        """Akaike's information criterion. With REML, compare models of the same moderators only."""
        return -2.0 * self.log_likelihood + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Bayesian information criterion; k - p counts as the sample size for REML, k otherwise."""
        return -2.0 * self.log_likelihood + self.n_parameters * math.log(self._n_for_fit)

    @property
    def aicc(self) -> float:
        """AIC with the small-sample correction, the sample size taken as at least parameters + 2."""
        n, parameters = max(self._n_for_fit, self.n_parameters + 2.0), self.n_parameters
        return -2.0 * self.log_likelihood + 2.0 * parameters * n / (n - parameters - 1.0)

    def conf_int(self, level: float | None = None, method: str | None = None) -> pd.DataFrame:
        """Confidence intervals of the coefficients.

        Parameters
        ----------
        level : float, optional
            Between 0 and 1; the fit's level by default.
        method : {"z", "t", "knapp-hartung", "knapp-hartung-adhoc"}, optional
            The fit's test by default.

        Returns
        -------
        DataFrame
            ``term, ci_low, ci_high``.

        Examples
        --------
        >>> import k2meta as k2
        >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
        >>> k2.meta_regression("~ latitude", bcg).conf_int(level=0.9).round(3)
                term  ci_low  ci_high
        0  Intercept  -0.258    0.761
        1   latitude  -0.044   -0.014
        """
        from k2meta.models.regression_prediction import intervals_of

        return intervals_of(self, level, method)

    def predict(self, new: Any = None, *, level: float | None = None, natural: bool = False) -> pd.DataFrame:
        """Mean effects at given values of the moderators, with confidence and prediction intervals.

        Parameters
        ----------
        new : DataFrame or mapping, optional
            A column, or one value for all rows, for each variable; the values of the studies by default.
        level : float, optional
            The fit's level by default.
        natural : bool
            Give estimate and limits on the scale people read (ratios instead of logarithms); ``se`` stays on
            the analysis scale.

        Returns
        -------
        DataFrame
            ``estimate, se, ci_low, ci_high, pi_low, pi_high``, one row for each of ``new``; with the
            column ``study`` in front when ``new`` is left out. A common-effect model has no prediction
            interval (NaN).

        Raises
        ------
        DataError
            When ``new`` lacks a variable or a value, or has a level that no study has.

        Notes
        -----
        ``x'b -+ quantile * sqrt(x'Vx)`` and ``x'b -+ quantile * sqrt(x'Vx + tau2)``, with the quantile of the
        fit's test. R counterpart: ``predict(res, newmods =)`` in metafor.

        Examples
        --------
        >>> import k2meta as k2
        >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
        >>> fit = k2.meta_regression("~ latitude", bcg, test="z")
        >>> fit.predict({"latitude": [10, 50]}, natural=True)[["estimate", "ci_low", "ci_high"]].round(2)
           estimate  ci_low  ci_high
        0      0.96    0.67     1.39
        1      0.30    0.21     0.42
        """
        from k2meta.models.regression_prediction import predicted

        return predicted(self, new, level, natural)

    def test_terms(self, *terms: str) -> Test:
        """Test that the coefficients of some terms are all 0.

        Parameters
        ----------
        *terms : str
            Terms of the formula (``"C(allocation)"``, all its levels) or single coefficients.

        Returns
        -------
        Test
            Chi-squared, or F on the number of coefficients and k - p with t and Knapp-Hartung.

        Raises
        ------
        OptionError
            For a term that the model does not have, or none.

        Notes
        -----
        Wald's: ``b'V^-1 b`` over the coefficients named. R counterpart: ``anova(res, btt =)`` in metafor.

        Examples
        --------
        >>> import k2meta as k2
        >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
        >>> fit = k2.meta_regression("~ latitude + allocation", bcg)
        >>> fit.test_terms("allocation").df
        (2.0, 9.0)
        """
        from k2meta.models.regression_prediction import term_test

        return term_test(self, terms)

    def heterogeneity(self, method: str = "QP", level: float | None = None) -> HeterogeneityResult:
        """Confidence intervals for the residual tau2, I2 and H2.

        Parameters
        ----------
        method : {"QP", "PL"}
            Q-profile or profile likelihood; see :meth:`MetaResult.heterogeneity`.
        level : float, optional
            The fit's level by default.

        Returns
        -------
        HeterogeneityResult

        Notes
        -----
        R counterpart: ``confint(res)`` in metafor.
        """
        from k2meta.models.heterogeneity import profiled

        level = self.options.level if level is None else checked_level(level)
        q_test = Test("Test of residual heterogeneity", self.qe, self.qe_df, self.qe_p, "chi2")
        point = (self.tau2, self.i2, self.h2)
        return profiled(self._problem()[0], point, q_test, method, level, self._restricted)

    def study_frame(self) -> pd.DataFrame:
        """One row a study: effect, what the model expects, and what is left.

        Returns
        -------
        DataFrame
            ``study, yi, vi, fitted, residual, residual_se, standardized, hat, weight``; ``standardized`` is
            NaN for a study that alone determines a coefficient.
        """
        from k2meta.models.regression_prediction import studies_of

        return studies_of(self)

    def to_frame(self) -> pd.DataFrame:
        """The coefficients, one row each."""
        return self.coefficients

    def summary(self) -> str:
        """Every number with the convention behind it, as text."""
        from k2meta.models.regression_summary import summarise

        return summarise(self)

    def __repr__(self) -> str:
        r2 = "" if math.isnan(self.r2) else f", R2={self.r2:.1f}%"
        p_value = "" if math.isnan(self.qm_p) else f", p moderators={self.qm_p:.4g}"
        return (
            f"<MetaRegressionResult {self.measure} {self.formula}, k={self.k}, {self.options.model}, "
            f"tau2={self.tau2:.4g} ({self.options.tau2}){r2}{p_value}>"
        )

    def _repr_html_(self) -> str:
        from k2meta.models.regression_summary import summarise_html

        return summarise_html(self)
