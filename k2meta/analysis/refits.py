"""A fit checked before a question is put to it, and pooled again on some of its studies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from k2meta.errors import DataError
from k2meta.models.batch import pool_stack
from k2meta.models.result import MetaResult
from k2meta.records import BoolArray, FloatArray, IntArray

__all__ = ["REFIT_NAMES", "checked_fit", "refit_in_steps"]

# Studies times fits in one call of the kernel: more would only take memory.
STEP_NUMBERS = 1_000_000

REFIT_NAMES = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "q", "tau2", "i2")


def checked_fit(fit: object, makers: str = "meta_analysis(), mantel_haenszel() or peto()") -> MetaResult:
    """Return the fit, or say what was expected instead.

    Parameters
    ----------
    fit : object
    makers : str
        The functions whose answers will do.

    Raises
    ------
    DataError
        For anything but a fit.
    """
    if isinstance(fit, MetaResult):
        return fit
    raise DataError(
        f"fit is a {type(fit).__name__}. Expected what {makers} returns. Pool the effects first; of a "
        "subgroup analysis take .overall or one of .groups."
    )


def refit_in_steps(
    fit: MetaResult, keep: Callable[[IntArray], BoolArray], order: IntArray | None = None
) -> dict[str, FloatArray]:
    """Pool k times with the options of a fit by inverse variance, in stacks that memory can hold.

    Parameters
    ----------
    fit : MetaResult
    keep : callable
        From the numbers of some refits, shape (m,), to the studies each of them keeps, shape (m, k).
    order : ndarray of int, shape (k,), optional
        Places of the studies as ``keep`` counts them; those of the fit by default.

    Returns
    -------
    dict of str to ndarray, shape (k,)
        The answers by name (``REFIT_NAMES``).
    """
    at = np.arange(fit.k) if order is None else order
    yi, vi = fit.effects.yi[at], fit.effects.vi[at]
    weights = None if fit.user_weights is None else fit.user_weights[at]
    fixed = fit.tau2 if fit.options.tau2 == "fixed" else None
    step = max(1, STEP_NUMBERS // fit.k)
    parts = []
    for low in range(0, fit.k, step):
        mask = keep(np.arange(low, min(low + step, fit.k)))
        own = None if weights is None else np.broadcast_to(weights, mask.shape)
        stacked_yi, stacked_vi = np.broadcast_to(yi, mask.shape), np.broadcast_to(vi, mask.shape)
        parts.append(pool_stack(stacked_yi, stacked_vi, mask, fit.options, fixed, own))
    return {name: np.concatenate([part[name] for part in parts]) for name in REFIT_NAMES}
