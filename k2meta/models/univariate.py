"""Pooling one set of effects: common effect and random effects, inverse variance."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.kernels.pooling import get_test, heterogeneity, infer
from k2meta.kernels.problem import InterceptProblem, stack
from k2meta.kernels.tau2 import Tau2Estimate, Tau2Estimator, get_tau2_estimator
from k2meta.models.conventions import get_convention
from k2meta.models.options import PREDICTION_RULES, FitOptions
from k2meta.models.result import MetaResult, checked_level
from k2meta.records import Convergence, FloatArray, Interval, readonly
from k2meta.studies.checks import checked_effects
from k2meta.studies.effects import Effects

__all__ = ["fit_options", "meta_analysis"]

_MODELS = ("random", "common")
_ZERO = np.zeros(1)


def meta_analysis(
    effects: Effects | None = None,
    *,
    yi: Any = None,
    vi: Any = None,
    sei: Any = None,
    study: Any = None,
    model: str = "random",
    tau2: str | float | None = None,
    test: str | None = None,
    level: float = 0.95,
    weights: Any = None,
    prediction: str | None = None,
    convention: str | None = None,
) -> MetaResult:
    """Pool study effects by inverse variance.

    Parameters
    ----------
    effects : Effects, optional
        What :func:`k2meta.effect_sizes` returns. Give this or ``yi`` with ``vi`` or ``sei``.
    yi : array_like, shape (k,), optional
        Effects on the analysis scale (log for ratios).
    vi, sei : array_like, shape (k,), optional
        Sampling variances or standard errors, on the same scale.
    study : sequence of str, optional
        Labels.
    model : {"random", "common"}
        Random effects, or one common effect (tau2 = 0; also called the fixed-effect model).
    tau2 : str or float, optional
        Estimator's code (``"REML"`` by default; ``k2meta.kernels.tau2.TAU2_ESTIMATORS`` lists them), or
        a number >= 0 to fix it.
    test : {"z", "t", "knapp-hartung", "knapp-hartung-adhoc"}, optional
        Test and interval of the pooled effect: ``"knapp-hartung"`` by default for random effects,
        ``"z"`` for a common effect. ``"knapp-hartung-adhoc"`` never gives an interval narrower than Wald's.
    level : float
        Coverage of the intervals, between 0 and 1.
    weights : array_like, shape (k,), optional
        Weights to pool with instead of 1 / (v + tau2); they are also those of ``tau2="GENQ"``.
    prediction : {"same", "t(k-1)", "t(k-2)", "normal"}, optional
        Distribution of the prediction interval; ``"same"`` (as the confidence interval) by default.
    convention : {"metafor", "revman5", "revman2025"}, optional
        Take every choice not given here from this program.

    Returns
    -------
    MetaResult

    Raises
    ------
    DataError
        When effects or variances cannot be used; the message names the studies.
    OptionError
        When an option is not known; the message lists the known ones.

    Notes
    -----
    ``estimate = sum w y / sum w`` with ``w = 1 / (v + tau2)`` and variance ``1 / sum w``; Knapp-Hartung
    multiplies that variance by ``sum w (y - estimate)^2 / (k - 1)`` and uses t with k - 1 degrees of
    freedom. REML and ML are maximised globally, to rounding error, on any scale.

    R counterparts: ``rma(yi, vi, method=, test=)`` in metafor, ``metagen`` in meta.

    References
    ----------
    Viechtbauer W (2005). J Educ Behav Stat 30:261-293. doi:10.3102/10769986030003261
    Knapp G, Hartung J (2003). Stat Med 22:2693-2710. doi:10.1002/sim.1482

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.10, 0.30, 0.35, 0.65], vi=[0.03, 0.03, 0.05, 0.01], test="z")
    >>> round(fit.estimate, 4), round(fit.tau2, 4)
    (0.3772, 0.0429)
    """
    if effects is None:
        if yi is None:
            raise DataError("nothing to pool: give effects= (from effect_sizes), or yi= with vi= or sei=")
        effects = checked_effects(yi, vi, sei, study)
    elif not isinstance(effects, Effects):
        raise DataError(
            f"effects is a {type(effects).__name__}; expected what effect_sizes() returns. "
            "For raw numbers use yi= with vi= or sei=."
        )
    elif yi is not None or vi is not None or sei is not None:
        raise DataError("give effects= or yi= with vi=/sei=, not both")
    options, fixed = fit_options(
        model=model, tau2=tau2, test=test, level=level, prediction=prediction, convention=convention
    )
    return fit_effects(effects, options, fixed, checked_weights(weights, effects.k))


def fit_options(
    *,
    model: str = "random",
    tau2: str | float | None = None,
    test: str | None = None,
    level: float = 0.95,
    prediction: str | None = None,
    convention: str | None = None,
) -> tuple[FitOptions, float | None]:
    """Resolve the choices of a fit; the second answer is tau2 where a number was given."""
    if model not in _MODELS:
        synonyms = {"fixed": "common", "FE": "common", "EE": "common", "CE": "common", "RE": "random"}
        if model in synonyms:
            raise OptionError(f"unknown model {model!r}; it is called {synonyms[model]!r} here")
        raise unknown_option("model", model, _MODELS)
    basis = "tau2"
    if convention is not None:
        chosen = get_convention(convention)
        tau2 = chosen.tau2 if tau2 is None else tau2
        test = (chosen.test if model == "random" else "z") if test is None else test
        prediction = chosen.prediction if prediction is None else prediction
        basis = chosen.i2_basis
    if prediction is None:
        prediction = "same"
    elif prediction not in PREDICTION_RULES:
        raise unknown_option("prediction interval rule", prediction, PREDICTION_RULES)
    fixed: float | None = None
    if model == "common":
        code, basis = "none", "Q"
        test = "z" if test is None else test
        if get_test(test).rescales:
            raise OptionError(
                f"test={test!r} belongs to the random-effects model; use test='z' or 't' with model='common'"
            )
    else:
        test = get_test("knapp-hartung" if test is None else test).code
        code, fixed = _tau2_choice("REML" if tau2 is None else tau2)
    return (
        FitOptions(
            model=model,
            tau2=code,
            test=test,
            level=level if level == 0.95 else checked_level(level),
            prediction=prediction,
            i2_basis=basis,
            convention=convention or "",
        ),
        fixed,
    )


def _tau2_choice(tau2: str | float) -> tuple[str, float | None]:
    if isinstance(tau2, str):
        return get_tau2_estimator(tau2).code, None
    try:
        value = float(tau2)
    except (TypeError, ValueError):
        raise OptionError(f"tau2 is {tau2!r}; expected an estimator's code or a number >= 0") from None
    if isinstance(tau2, bool) or not math.isfinite(value) or value < 0:
        raise OptionError(f"tau2 is {tau2!r}; expected an estimator's code or a finite number >= 0")
    return "fixed", value


def checked_weights(weights: Any, k: int) -> FloatArray | None:
    """User weights as an array of shape (k,), or the error that says what is wrong."""
    if weights is None:
        return None
    try:
        values = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"weights holds something that is not a number: {weights!r}") from None
    if values.shape != (k,):
        raise DataError(f"weights has shape {values.shape}; expected one number for each of the {k} studies")
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if bad.size:
        raise DataError(f"weights[{bad[0]}] is {values[bad[0]]}; expected finite numbers >= 0")
    if not values.sum() > 0:
        raise DataError("all weights are 0; at least one must be positive")
    return values


def fit_effects(
    effects: Effects, options: FitOptions, fixed: float | None = None, weights: FloatArray | None = None
) -> MetaResult:
    """Fit with choices already resolved (the shared core of the public functions)."""
    if effects.k == 0:
        raise DataError("no study has an effect: nothing to pool (see effects.excluded for the reasons)")
    problem = stack(effects.yi[None], effects.vi[None])
    user = None if weights is None else weights[None]
    found, estimator = _between_study_variance(problem, options, fixed, user)
    se_tau2 = math.nan
    if estimator is not None and effects.k > 1:
        se_tau2 = float(estimator.standard_error(problem, found.tau2, user, found.sums)[0])
    return _assemble(effects, options, problem, found, se_tau2, weights)


def _between_study_variance(
    problem: InterceptProblem, options: FitOptions, fixed: float | None, weights: FloatArray | None
) -> tuple[Tau2Estimate, Tau2Estimator | None]:
    if options.model == "common" or fixed is not None:
        tau2 = np.array([fixed or 0.0])
        return Tau2Estimate(tau2, _ZERO, 0, np.ones(1, dtype=np.int64), np.ones(1, dtype=bool)), None
    estimator = get_tau2_estimator(options.tau2)
    return estimator.estimate(problem, weights), estimator


def _assemble(
    effects: Effects,
    options: FitOptions,
    problem: InterceptProblem,
    found: Tau2Estimate,
    se_tau2: float,
    weights: FloatArray | None,
) -> MetaResult:
    tau2 = found.tau2
    method = get_test(options.test)
    user = None if weights is None else weights[None]
    answer = infer(problem, tau2, method, options.level, user, found.sums)
    spread = heterogeneity(problem, tau2)
    shares = 1.0 / (effects.vi + tau2) if weights is None else weights
    notes = options.notes
    ci_method = method.code
    if effects.k == 1 and method.uses_t:
        ci_method = "z"
        notes = (*notes, "one study: no t distribution is possible, its own normal interval is given")
    if weights is not None or notes is not options.notes:
        options = FitOptions(
            options.model, options.pooling, options.tau2, options.test, options.level, options.prediction,
            options.i2_basis, "inverse variance" if weights is None else "user", options.convention, notes,
        )  # fmt: skip
    by_tau2 = options.i2_basis == "tau2"
    ci = Interval(float(answer.ci_low[0]), float(answer.ci_high[0]), options.level, ci_method)
    return MetaResult(
        k=effects.k,
        estimate=float(answer.estimate[0]),
        se=float(answer.se[0]),
        statistic=float(answer.statistic[0]),
        df=float(answer.df[0]),
        p_value=float(answer.p_value[0]),
        ci=ci,
        tau2=float(tau2[0]),
        se_tau2=se_tau2,
        i2=float((spread.i2 if by_tau2 else spread.i2_q)[0]),
        h2=float((spread.h2 if by_tau2 else spread.h2_q)[0]),
        i2_q=float(spread.i2_q[0]),
        h2_q=float(spread.h2_q[0]),
        q=float(spread.q[0]),
        q_df=float(spread.q_df[0]),
        q_p=float(spread.q_p[0]),
        weights=readonly(100.0 * shares / shares.sum()),
        convergence=Convergence(
            bool(found.converged[0]),
            _HOW.get(options.tau2, "bracketed Newton"),
            found.iterations,
            float(found.gradient[0]),
            int(found.optima[0]),
        ),
        options=options,
        effects=effects,
        user_weights=weights,
    )


_HOW = dict.fromkeys(("DL", "HE", "HS", "HSk", "SJ", "GENQ"), "closed form") | {
    "fixed": "given",
    "none": "none needed",
}
