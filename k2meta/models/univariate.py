"""Pooling one set of effects: common effect and random effects, inverse variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.kernels.pooling import (
    Heterogeneity,
    Inference,
    get_test,
    heterogeneity,
    heterogeneity_single,
    infer,
    infer_single,
)
from k2meta.kernels.problem import stack
from k2meta.kernels.single import MAX_STUDIES, SingleProblem
from k2meta.kernels.tau2 import get_tau2_estimator
from k2meta.models.conventions import get_convention
from k2meta.models.doubts import warn_without_events
from k2meta.models.options import PREDICTION_RULES, FitOptions
from k2meta.models.result import MetaResult, checked_level
from k2meta.records import Convergence, FloatArray, Interval, readonly
from k2meta.studies.checks import checked_effects
from k2meta.studies.effects import Effects
from k2meta.studies.numeric import number_array

__all__ = ["fit_options", "meta_analysis"]

# Outside of these the cubes of weights, and squares of squares, leave the range of double precision.
SMALLEST, LARGEST = 1e-60, 1e60

_MODELS = ("random", "common")


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
        When effects, variances or weights cannot be used; the message names the studies. Effects up to
        1e60 and variances from 1e-60 to 1e60 can be.
    OptionError
        When an option is not known (the message lists the known ones), or has no meaning with the
        model: a ``tau2`` or Knapp-Hartung with ``model="common"``.

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
    elif study is not None:
        raise DataError(
            "study was given beside effects, which have their labels already. Expected it with yi= only. "
            "Give study= to effect_sizes."
        )
    else:
        warn_without_events(effects)
    options, fixed = fit_options(
        model=model, tau2=tau2, test=test, level=level, prediction=prediction, convention=convention
    )
    return fit_effects(effects, options, fixed, checked_weights(weights, effects.study))


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
    if not isinstance(model, str) or model not in _MODELS:
        synonyms = {"fixed": "common", "FE": "common", "EE": "common", "CE": "common", "RE": "random"}
        if isinstance(model, str) and model in synonyms:
            raise OptionError(f"unknown model {model!r}; it is called {synonyms[model]!r} here")
        raise unknown_option("model", model, _MODELS)
    basis, given = "tau2", tau2
    if convention is not None:
        chosen = get_convention(convention)
        tau2 = chosen.tau2 if tau2 is None else tau2
        test = (chosen.test if model == "random" else "z") if test is None else test
        prediction = chosen.prediction if prediction is None else prediction
        basis = chosen.i2_basis
    if prediction is None:
        prediction = "same"
    elif not isinstance(prediction, str) or prediction not in PREDICTION_RULES:
        raise unknown_option("prediction interval rule", prediction, PREDICTION_RULES)
    fixed: float | None = None
    if model == "common":
        if given is not None:
            raise OptionError(
                f"tau2={given!r} was given with model='common', where tau2 is 0. Leave it out, or use "
                "model='random'."
            )
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


def checked_weights(weights: Any, study: Sequence[str]) -> FloatArray | None:
    """User weights as an array, one for each study, or the error that says what is wrong."""
    if weights is None:
        return None
    values = np.array(number_array("weights", weights))
    k = len(study)
    if values.shape != (k,):
        raise DataError(
            f"weights has shape {values.shape}. Expected one number for each of the {k} studies pooled. "
            "Leave out the weights of excluded studies."
        )
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if bad.size:
        i = int(bad[0])
        raise DataError(
            f"weights[{i}] is {values[i]:g} (study {study[i]!r}). Expected finite numbers >= 0. Give 0 to a "
            "study that is not to count."
        )
    if not values.sum() > 0:
        raise DataError("all weights are 0. Expected at least one above 0. Give the weights to pool with.")
    return readonly(values)


def fit_effects(
    effects: Effects, options: FitOptions, fixed: float | None = None, weights: FloatArray | None = None
) -> MetaResult:
    """Fit with choices already resolved (the shared core of the public functions)."""
    if effects.k == 0:
        raise DataError("no study has an effect: nothing to pool (see effects.excluded for the reasons)")
    smallest, largest = float(effects.vi.min()), float(effects.vi.max())
    if not (smallest >= SMALLEST and largest <= LARGEST and float(np.abs(effects.yi).max()) <= LARGEST):
        raise _out_of_range(effects)
    if weights is None and effects.k <= MAX_STUDIES:
        return _fit_single(effects, options, fixed)
    return _fit_stack(effects, options, fixed, weights)


def _out_of_range(effects: Effects) -> DataError:
    beyond = (np.abs(effects.yi) > LARGEST) | (effects.vi < SMALLEST) | (effects.vi > LARGEST)
    i = int(np.flatnonzero(beyond)[0])
    return DataError(
        f"study {effects.study[i]!r} has effect {effects.yi[i]:g} and variance {effects.vi[i]:g}. Expected "
        f"effects up to {LARGEST:g} and variances from {SMALLEST:g} to {LARGEST:g}: beyond these the sums "
        "overflow. Give the data in another unit."
    )


def _fit_single(effects: Effects, options: FitOptions, fixed: float | None) -> MetaResult:
    """Fit in plain floats; estimators that have no such form give their tau2 as a stack of one."""
    problem = SingleProblem(effects.yi, effects.vi)
    se_tau2 = math.nan
    if options.model == "common" or fixed is not None:
        found = problem.at(fixed or 0.0)
    else:
        estimator = get_tau2_estimator(options.tau2)
        if estimator.single is not None and estimator.formula is not None:
            found = estimator.single(problem)
            if effects.k > 1:
                se_tau2 = estimator.formula(problem.at_zero, found.sums, found.tau2, problem.k, problem.df)
        else:
            stacked = stack(effects.yi[None], effects.vi[None])
            answer = estimator.estimate(stacked, None)
            found = problem.at(
                float(answer.tau2[0]), float(answer.gradient[0]), answer.iterations, int(answer.optima[0]),
                bool(answer.converged[0]),
            )  # fmt: skip
            if effects.k > 1:
                se_tau2 = float(estimator.standard_error(stacked, answer.tau2, None)[0])
    inference = infer_single(problem, found, get_test(options.test), options.level)
    convergence = Convergence(
        found.converged, _HOW.get(options.tau2, _NEWTON), found.iterations, found.gradient, found.optima
    )
    spread = heterogeneity_single(problem, found.tau2)
    shares = 1.0 / (effects.vi + found.tau2)
    return _assemble(effects, options, found.tau2, se_tau2, inference, spread, shares, convergence)


def _fit_stack(
    effects: Effects, options: FitOptions, fixed: float | None, weights: FloatArray | None
) -> MetaResult:
    """Fit as a stack of one: many studies, or weights of the user's own."""
    problem = stack(effects.yi[None], effects.vi[None])
    user = None if weights is None else weights[None]
    se_tau2 = math.nan
    if options.model == "common" or fixed is not None:
        tau2, sums = np.array([fixed or 0.0]), None
        convergence = Convergence(True, _HOW[options.tau2])
    else:
        estimator = get_tau2_estimator(options.tau2)
        if estimator.needs_weights and weights is not None and effects.k > 1 >= int((weights > 0).sum()):
            only = effects.study[int(weights.argmax())]
            raise DataError(
                f"tau2={estimator.code!r} compares studies by their weights, but only {only!r} has a weight "
                "above 0. Expected at least two such studies."
            )
        found = estimator.estimate(problem, user)
        tau2, sums = found.tau2, found.sums
        if effects.k > 1:
            se_tau2 = float(estimator.standard_error(problem, tau2, user, sums)[0])
        convergence = Convergence(
            bool(found.converged[0]), _HOW.get(options.tau2, _NEWTON), found.iterations,
            float(found.gradient[0]), int(found.optima[0]),
        )  # fmt: skip
    answer = infer(problem, tau2, get_test(options.test), options.level, user, sums)
    inference = Inference(*(float(values[0]) for values in answer))
    spread = Heterogeneity(*(float(values[0]) for values in heterogeneity(problem, tau2)))
    shares = 1.0 / (effects.vi + tau2) if weights is None else weights
    return _assemble(
        effects, options, float(tau2[0]), se_tau2, inference, spread, shares, convergence, weights
    )


def _assemble(
    effects: Effects,
    options: FitOptions,
    tau2: float,
    se_tau2: float,
    answer: Inference[float],
    spread: Heterogeneity[float],
    shares: FloatArray,
    convergence: Convergence,
    weights: FloatArray | None = None,
) -> MetaResult:
    ci_method = options.test
    if weights is not None:
        options = replace(options, weights="user")
    if effects.k == 1 and get_test(options.test).uses_t:
        ci_method = "z"
        note = "one study: no t distribution is possible, a normal interval is given"
        options = replace(options, notes=(*options.notes, note))
    by_tau2 = options.i2_basis == "tau2"
    return MetaResult(
        k=effects.k,
        estimate=answer.estimate,
        se=answer.se,
        statistic=answer.statistic,
        df=answer.df,
        p_value=answer.p_value,
        ci=Interval(answer.ci_low, answer.ci_high, options.level, ci_method),
        tau2=tau2,
        se_tau2=se_tau2,
        i2=spread.i2 if by_tau2 else spread.i2_q,
        h2=spread.h2 if by_tau2 else spread.h2_q,
        i2_q=spread.i2_q,
        h2_q=spread.h2_q,
        q=spread.q,
        q_df=spread.q_df,
        q_p=spread.q_p,
        weights=readonly(100.0 * shares / shares.sum()),
        convergence=convergence,
        options=options,
        effects=effects,
        user_weights=weights,
    )


_NEWTON = "bracketed Newton"
_HOW = dict.fromkeys(("DL", "HE", "HS", "HSk", "SJ", "GENQ"), "closed form") | {
    "fixed": "given",
    "none": "none needed",
}
