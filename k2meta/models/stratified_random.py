"""Random effects with Q taken round the Mantel-Haenszel estimate: RevMan's "M-H, Random".

This method pools by inverse variance, but takes the Q of DerSimonian and Laird's tau2 round the
Mantel-Haenszel common effect instead of the inverse-variance one. tau2, I2 and with them the weights differ
a little from the textbook's. The algorithm is tested as written; no printed result of RevMan's has been
compared with it yet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from k2meta.errors import OptionError
from k2meta.kernels.distributions import chi2_sf
from k2meta.kernels.pooling import get_test, infer
from k2meta.kernels.problem import stack
from k2meta.models.options import FitOptions
from k2meta.models.univariate import fit_effects

if TYPE_CHECKING:
    from k2meta.models.result import MetaResult
    from k2meta.records import BoolArray, FloatArray

__all__ = ["checked_model", "pool_subsets_random", "random_effects_of"]


def checked_model(model: str, pooling: str, convention: str | None, test: str | None) -> str | None:
    """Check that a model goes with a way of pooling counts; return the convention to use.

    Raises
    ------
    OptionError
        An unknown model, random effects with Peto's method or with metafor's zero-cell rule, or a
        test other than ``"z"`` with a common effect.
    """
    if model not in ("common", "random"):
        raise OptionError(f"unknown model {model!r}. Known: common, random")
    if model == "common":
        if test not in (None, "z"):
            raise OptionError(
                f"test={test!r} has no meaning with {pooling} pooling of one common effect, whose interval "
                "is normal. Leave it out, or use model='random'."
            )
        return convention
    if pooling != "Mantel-Haenszel":
        raise OptionError(f"{pooling} pooling knows one common effect only; use model='common'")
    if convention == "metafor":
        raise OptionError(
            "metafor has no random effects round the Mantel-Haenszel estimate; use convention='revman5' (the "
            "default with model='random'), or meta_analysis() for random effects by inverse variance"
        )
    return convention or "revman5"


def random_effects_of(fit: MetaResult, test: str | None = None) -> MetaResult:
    """Turn a Mantel-Haenszel fit into RevMan's random effects round it.

    Parameters
    ----------
    fit : MetaResult
        Mantel-Haenszel, pooled by RevMan's zero-cell rule: every study counts in Q.
    test : str, optional
        ``"z"`` by default, as RevMan 5.

    Notes
    -----
    ``tau2 = max(0, (Q_MH - (k - 1)) / (sum w - sum w^2 / sum w))`` with ``w = 1 / v``; then weights
    ``1 / (v + tau2)``. Deeks JJ, Higgins JPT (2010). Statistical algorithms in Review Manager 5. R
    counterpart: ``metabin(method = "MH", method.tau = "DL", Q.Cochrane = TRUE)`` in meta.
    """
    effects = fit.effects
    method = get_test("z" if test is None else test)
    scale = stack(effects.yi[None], effects.vi[None]).at_zero.trace_p
    tau2 = max(0.0, (fit.q - fit.q_df) / float(scale[0])) if fit.k > 1 else 0.0
    options = FitOptions(
        model="random",
        tau2="fixed",
        test=method.code,
        level=fit.options.level,
        prediction="t(k-2)",
        i2_basis="Q",
        convention=fit.options.convention,
        notes=(*fit.options.notes, "tau2 and I2 from Q round the Mantel-Haenszel estimate"),
    )
    pooled = fit_effects(effects, options, tau2)
    return replace(
        pooled,
        options=replace(pooled.options, tau2="DL", q_around="Mantel-Haenszel"),
        q=fit.q,
        q_p=float(chi2_sf(fit.q, fit.q_df)) if fit.q_df > 0 else 1.0,
        i2=fit.i2_q,
        h2=fit.h2_q,
        i2_q=fit.i2_q,
        h2_q=fit.h2_q,
        tests=fit.tests,
    )


def pool_subsets_random(
    fit: MetaResult, keep: BoolArray, common: dict[str, FloatArray]
) -> dict[str, FloatArray]:
    """Refit with some of the studies only (``keep``, (n, k)), given their common-effect answers."""
    effects = fit.effects
    problem = stack(np.broadcast_to(effects.yi, keep.shape), np.broadcast_to(effects.vi, keep.shape), keep)
    q, df = common["q"], problem.df
    with np.errstate(divide="ignore", invalid="ignore"):
        tau2 = np.where(df > 0, np.maximum((q - df) / problem.at_zero.trace_p, 0.0), 0.0)
        i2 = np.where(q > df, 100.0 * (q - df) / q, 0.0)
    answer = infer(problem, tau2, get_test(fit.options.test), fit.options.level)
    return {**answer._asdict(), "q": q, "tau2": tau2, "i2": i2}
