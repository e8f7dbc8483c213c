"""Tables and tests of a meta-regression: coefficients, predictions, studies, terms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import OptionError, unknown_option
from k2meta.kernels.pooling import get_test
from k2meta.models.formulas import code_new
from k2meta.models.regression_numbers import expected_at, residual_se, wald_test
from k2meta.models.result import checked_level

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.models.regression_result import MetaRegressionResult
    from k2meta.records import FloatArray, Test

__all__ = ["bands_at", "coefficients_of", "intervals_of", "predicted", "studies_of", "term_test"]


def coefficients_of(fit: MetaRegressionResult) -> pd.DataFrame:
    """One row a coefficient; see :attr:`MetaRegressionResult.coefficients`."""
    import pandas as pd

    margin = fit.quantile(fit.options.level) * fit.se
    columns: dict[str, Any] = {
        "term": list(fit.terms),
        "estimate": fit.beta,
        "se": fit.se,
        "statistic": fit.statistic,
        "df": fit.df,
        "p_value": fit.p_value,
        "ci_low": fit.beta - margin,
        "ci_high": fit.beta + margin,
    }
    return pd.DataFrame(columns)


def intervals_of(fit: MetaRegressionResult, level: float | None, method: str | None) -> pd.DataFrame:
    """Limits of the coefficients; see :meth:`MetaRegressionResult.conf_int`."""
    import pandas as pd

    level = fit.options.level if level is None else checked_level(level)
    chosen = get_test(fit.options.test if method is None else method)
    if fit.options.model == "common" and chosen.rescales:
        raise OptionError(
            f"method={chosen.code!r} belongs to the random-effects model; use 'z' or 't' with model='common'"
        )
    se = np.sqrt(np.diagonal(fit.estimated(chosen.code).vcov))
    margin = fit.quantile(level, fit.qe_df if chosen.uses_t else math.inf) * se
    columns: dict[str, Any] = {
        "term": list(fit.terms),
        "ci_low": fit.beta - margin,
        "ci_high": fit.beta + margin,
    }
    return pd.DataFrame(columns)


def bands_at(fit: MetaRegressionResult, x: FloatArray, level: float) -> dict[str, FloatArray]:
    """Mean effects and limits at rows of a design.

    Parameters
    ----------
    fit : MetaRegressionResult
    x : ndarray, shape (n, p)
        Rows coded as ``fit.design`` is, or means of such rows.
    level : float

    Returns
    -------
    dict of str to ndarray, each (n,)
        ``estimate, se, ci_low, ci_high, pi_low, pi_high`` on the analysis scale.
    """
    effects = fit.effects
    estimate, wald = expected_at(x, fit.design, effects.yi, effects.vi + fit.tau2, fit.user_weights)
    variance = wald * fit.estimated().multiplier
    quantile = fit.quantile(level)
    margin = quantile * np.sqrt(variance)
    beyond = quantile * np.sqrt(variance + fit.tau2)
    if fit.options.model == "common":
        beyond = np.full_like(margin, np.nan)
    return {
        "estimate": estimate,
        "se": np.sqrt(variance),
        "ci_low": estimate - margin,
        "ci_high": estimate + margin,
        "pi_low": estimate - beyond,
        "pi_high": estimate + beyond,
    }


def predicted(fit: MetaRegressionResult, new: Any, level: float | None, natural: bool) -> pd.DataFrame:
    """Mean effects with intervals; see :meth:`MetaRegressionResult.predict`."""
    import pandas as pd

    level = fit.options.level if level is None else checked_level(level)
    if new is None:
        x, index = fit.design, pd.RangeIndex(fit.k)
    else:
        x, index = code_new(fit.coding, fit.parsed, fit.frame, new)
    columns = bands_at(fit, x, level)
    if natural:
        for name in columns.keys() - {"se"}:
            columns[name] = fit.effects.natural(columns[name], pooled=True)
    out = pd.DataFrame(columns, index=index)
    if new is None:
        out.insert(0, "study", list(fit.study))
    return out


def studies_of(fit: MetaRegressionResult) -> pd.DataFrame:
    """One row a study; see :meth:`MetaRegressionResult.study_frame`."""
    import pandas as pd

    se, hat = residual_se(fit.design, fit.effects.vi + fit.tau2, fit.user_weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        standardized = np.where(se > 0, fit.residuals / se, np.nan)
    columns: dict[str, Any] = {
        "study": list(fit.study),
        "yi": fit.effects.yi,
        "vi": fit.effects.vi,
        "fitted": fit.fitted,
        "residual": fit.residuals,
        "residual_se": se,
        "standardized": standardized,
        "hat": hat,
        "weight": fit.weights,
    }
    return pd.DataFrame(columns)


def term_test(fit: MetaRegressionResult, terms: tuple[str, ...]) -> Test:
    """Wald test of some terms; see :meth:`MetaRegressionResult.test_terms`."""
    known = fit.coding.terms
    columns: dict[int, None] = {}
    for term in terms:
        if not isinstance(term, str):
            raise OptionError(
                f"a term is a {type(term).__name__}. Expected names of terms one by one, such as "
                f"test_terms({', '.join(map(repr, list(known)[-2:]))})."
            )
        if term in known:
            columns |= dict.fromkeys(known[term])
        elif term in fit.terms:
            columns[fit.terms.index(term)] = None
        else:
            raise unknown_option("term", term, dict.fromkeys([*known, *fit.terms]))
    if not columns:
        raise OptionError(
            f"no term to test. Expected one or more of: {', '.join(known)}. The test of all moderators is "
            ".omnibus."
        )
    method = get_test(fit.options.test)
    return wald_test(f"Test of {', '.join(terms)}", fit.estimated(), sorted(columns), method, fit.qe_df)
