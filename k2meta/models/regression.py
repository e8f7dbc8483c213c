"""Meta-regression: effects explained by moderators, with what heterogeneity is left."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import DataError, unknown_option
from k2meta.kernels.pooling import get_test, heterogeneity
from k2meta.kernels.stacks import Problem
from k2meta.kernels.tau2 import get_tau2_estimator
from k2meta.models.doubts import warn_without_events
from k2meta.models.formulas import (
    Design,
    Formula,
    check_weighted,
    code_design,
    moderator_frame,
    parse_formula,
)
from k2meta.models.moderators import ModeratorSource, named
from k2meta.models.options import FitOptions
from k2meta.models.regression_numbers import as_problem, estimate_coefficients, wald_test
from k2meta.models.regression_result import MetaRegressionResult
from k2meta.models.univariate import checked_weights, fit_effects, fit_options
from k2meta.records import BoolArray, Convergence, FloatArray, readonly
from k2meta.studies.effects import Effects, ExcludedStudy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["meta_regression"]

MISSING = ("raise", "drop")


def meta_regression(
    formula: str,
    effects: Effects,
    *,
    data: Any = None,
    model: str = "random",
    tau2: str | float | None = None,
    test: str | None = None,
    level: float = 0.95,
    weights: Any = None,
    missing: str = "raise",
) -> MetaRegressionResult:
    """Explain study effects by moderators.

    Parameters
    ----------
    formula : str
        Moderators, as in R: ``"~ year"``, ``"~ latitude + C(allocation)"``, ``"~ center(year) * dose"``,
        ``"~ 0 + group"``. Text columns are factors, with the first level (in sorted order, or in the order
        of a pandas Categorical) as reference; ``C(column)`` makes a factor of numbers. The language is that
        of the library formulaic, and can call functions: take no formula from a stranger.
    effects : Effects
        What :func:`k2meta.effect_sizes` returns. Its columns, then its roles and ``vi``, ``sei``, are
        what the formula can name.
    data : DataFrame or mapping of columns, optional
        Further columns, looked up first: one row for each study pooled or for each row of the data,
        in the same order.
    model : {"random", "common"}
        Mixed effects (what the moderators leave unexplained has variance tau2), or tau2 = 0.
    tau2 : str or float, optional
        Estimator's code (``"REML"`` by default; ``k2meta.kernels.tau2.TAU2_ESTIMATORS`` lists them), or
        a number >= 0 to fix it.
    test : {"knapp-hartung", "knapp-hartung-adhoc", "t", "z"}, optional
        Tests and intervals of the coefficients: ``"knapp-hartung"`` by default for random effects, ``"z"``
        for a common effect.
    level : float
        Coverage of the intervals, between 0 and 1.
    weights : array_like, shape (k,), optional
        Weights to fit with instead of 1 / (v + tau2); they are also those of ``tau2="GENQ"``.
    missing : {"raise", "drop"}
        What to do with studies whose moderators are missing: name them in an error, or leave them out
        (they are in ``.effects.excluded`` of the result, with the reason).

    Returns
    -------
    MetaRegressionResult

    Raises
    ------
    DataError
        A column that does not exist, a missing or infinite moderator, a moderator without variation,
        collinear columns, or as many coefficients as studies; the message has the names.
    OptionError
        A formula that cannot be read, or an unknown option.

    Notes
    -----
    ``b = (X'WX)^-1 X'Wy`` with ``W = diag(1 / (v + tau2))`` and covariance ``(X'WX)^-1``, which
    Knapp-Hartung multiplies by ``(y - Xb)'W(y - Xb) / (k - p)``, with t on k - p degrees of freedom. QE is
    the same sum of squares at tau2 = 0. ``I2 = tau2 / (tau2 + s2)`` with ``s2 = (k - p) / tr P`` at tau2 = 0,
    ``P = W - WX(X'WX)^-1 X'W``. ``R2 = max(0, 1 - tau2 / tau2_0)`` with tau2_0 from the model without
    moderators by the same estimator (Raudenbush 2009); it is no more than a rough number when k is small
    (Lopez-Lopez et al. 2014).

    R counterpart: ``rma(yi, vi, mods = ~ ..., method =, test =)`` in metafor, ``metareg`` in meta.

    References
    ----------
    Thompson SG, Higgins JPT (2002). Stat Med 21:1559-1573. doi:10.1002/sim.1187
    Knapp G, Hartung J (2003). Stat Med 22:2693-2710. doi:10.1002/sim.1482
    Lopez-Lopez JA, Marin-Martinez F, Sanchez-Meca J, Van den Noortgate W, Viechtbauer W (2014).
    Br J Math Stat Psychol 67:30-48. doi:10.1111/bmsp.12002

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> fit = k2.meta_regression("~ latitude", bcg, test="z")
    >>> fit.coefficients[["term", "estimate", "se"]].round(4)
            term  estimate      se
    0  Intercept    0.2515  0.2491
    1   latitude   -0.0291  0.0072
    >>> round(fit.tau2, 4), round(fit.r2, 2)
    (0.0763, 75.63)
    """
    if not isinstance(effects, Effects):
        raise DataError(
            f"effects is a {type(effects).__name__}. Expected what effect_sizes() returns. The formula comes "
            "first: meta_regression('~ year', effects)."
        )
    options, fixed = fit_options(model=model, tau2=tau2, test=test, level=level)
    if not isinstance(missing, str) or missing not in MISSING:
        raise unknown_option("handling of missing values", missing, MISSING)
    if effects.k == 0:
        raise DataError("no study has an effect: nothing to explain (see effects.excluded for the reasons)")
    warn_without_events(effects)
    parsed = parse_formula(formula)
    frame, gaps = moderator_frame(parsed, ModeratorSource(effects, data), effects.study)
    user = checked_weights(weights, effects.study)
    if any(gap.any() for gap in gaps.values()):
        frame, effects, user, note = _without_gaps(frame, gaps, effects, user, missing)
        options = replace(options, notes=(*options.notes, note))
    design = code_design(parsed, frame, effects.study)
    return _fit(parsed, design, frame, effects, options, fixed, user)


def _without_gaps(
    frame: pd.DataFrame,
    gaps: dict[str, BoolArray],
    effects: Effects,
    weights: FloatArray | None,
    missing: str,
) -> tuple[pd.DataFrame, Effects, FloatArray | None, str]:
    """Leave out, visibly, the studies that lack a moderator; or refuse."""
    reasons = [[name for name, gap in gaps.items() if gap[i]] for i in range(effects.k)]
    lacking = {i: reason for i, reason in enumerate(reasons) if reason}
    who = "; ".join(
        f"{name} is missing for {named(effects.study[int(i)] for i in np.flatnonzero(gap))}"
        for name, gap in gaps.items()
        if gap.any()
    )
    if missing == "raise":
        raise DataError(
            f"{who}. Expected a value for each study pooled. Fill it in, or leave these studies out with "
            "missing='drop'."
        )
    if len(lacking) == effects.k:
        raise DataError(f"{who}. That leaves no study. Expected studies with all moderators.")
    keep = np.array([not reason for reason in reasons])
    out = tuple(
        ExcludedStudy(
            int(effects.row[i]), effects.study[i], f"missing value in moderator {', '.join(reason)}"
        )
        for i, reason in lacking.items()
    )
    excluded = tuple(sorted((*effects.excluded, *out), key=lambda study: study.row))
    kept = replace(effects.subset(keep), excluded=excluded)
    frame = frame.loc[keep].reset_index(drop=True)
    for name in frame.columns:
        if hasattr(frame[name], "cat"):
            frame[name] = frame[name].cat.remove_unused_categories()
    counted = f"{len(lacking)} {'study' if len(lacking) == 1 else 'studies'} left out: {who}"
    return frame, kept, None if weights is None else readonly(weights[keep]), counted


def _fit(
    formula: Formula,
    design: Design,
    frame: pd.DataFrame,
    effects: Effects,
    options: FitOptions,
    fixed: float | None,
    weights: FloatArray | None,
) -> MetaRegressionResult:
    """Fit a design with choices already resolved."""
    without = fit_effects(effects, options, fixed, weights)  # this also checks the range of the data
    problem, scale = as_problem(effects.yi, effects.vi, design.matrix)
    if weights is not None:
        check_weighted(formula, design, weights)
    tau2, se_tau2, convergence = _tau2(problem, options, fixed, weights, without.convergence)
    method = get_test(options.test)
    found = estimate_coefficients(problem, scale, tau2, method, weights)
    rest = float(problem.df[0])
    tested = [j for j in range(len(design.names)) if j != design.intercept]
    spread = heterogeneity(problem, np.array([tau2]))
    by_tau2 = options.i2_basis == "tau2"
    estimated = options.tau2 not in ("fixed", "none")
    r2 = _r2(tau2, without.tau2) if estimated and tested and _contains_constant(design) else math.nan
    shares = 1.0 / (effects.vi + tau2) if weights is None else weights
    return MetaRegressionResult(
        formula=formula.text,
        terms=design.names,
        beta=readonly(found.beta),
        se=readonly(np.sqrt(np.diagonal(found.vcov))),
        vcov=readonly(found.vcov),
        df=rest if method.uses_t else math.inf,
        tau2=tau2,
        se_tau2=se_tau2,
        i2=float((spread.i2 if by_tau2 else spread.i2_q)[0]),
        h2=float((spread.h2 if by_tau2 else spread.h2_q)[0]),
        i2_q=float(spread.i2_q[0]),
        h2_q=float(spread.h2_q[0]),
        r2=r2,
        tau2_without=without.tau2 if estimated else math.nan,
        qe=float(spread.q[0]),
        qe_df=rest,
        qe_p=float(spread.q_p[0]),
        omnibus=wald_test("Test of moderators", found, tested, method, rest),
        weights=readonly(100.0 * shares / shares.sum()),
        design=design.matrix,
        convergence=convergence,
        options=options if weights is None else replace(options, weights="user"),
        effects=effects,
        user_weights=weights,
        parsed=formula,
        coding=design,
        frame=frame,
    )


def _tau2(
    problem: Problem,
    options: FitOptions,
    fixed: float | None,
    weights: FloatArray | None,
    like: Convergence,
) -> tuple[float, float, Convergence]:
    """Residual tau2, its standard error, and how it was found."""
    if options.model == "common" or fixed is not None:
        return fixed or 0.0, math.nan, like
    estimator = get_tau2_estimator(options.tau2)
    user = None if weights is None else weights[None]
    with np.errstate(divide="ignore", invalid="ignore"):  # a perfect fit has residuals of 0
        found = estimator.estimate(problem, user)
        se = float(estimator.standard_error(problem, found.tau2, user, found.sums)[0])
    convergence = Convergence(
        bool(found.converged[0]),
        like.method,
        found.iterations,
        float(found.gradient[0]),
        int(found.optima[0]),
    )
    return float(found.tau2[0]), se, convergence


def _r2(tau2: float, without: float) -> float:
    """Percent of tau2 that the moderators account for; 0 where there is nothing to account for."""
    return 100.0 * max(0.0, 1.0 - tau2 / without) if without > 0 else 0.0


def _contains_constant(design: Design) -> bool:
    """Whether the model without moderators is a special case of the design (``~ 0 + group`` holds it too)."""
    if design.intercept is not None:
        return True
    x = design.matrix / np.linalg.norm(design.matrix, axis=0)
    ones = np.full(x.shape[0], x.shape[0] ** -0.5)
    share, *_ = np.linalg.lstsq(x, ones, rcond=None)
    return bool(np.linalg.norm(ones - x @ share) < 1e-10)
