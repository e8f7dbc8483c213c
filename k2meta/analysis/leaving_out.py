"""What each study does to the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from k2meta.analysis.refits import REFIT_NAMES, checked_fit, refit_in_steps
from k2meta.errors import DataError
from k2meta.models.result import MetaResult
from k2meta.models.stratified import pool_subsets_stratified
from k2meta.records import FloatArray, readonly

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LeaveOneOutResult", "leave_one_out"]


@dataclass(frozen=True, eq=False, slots=True)
class LeaveOneOutResult:
    """The fit again without each study in turn; arrays of shape (k,), analysis scale.

    Attributes
    ----------
    fit : MetaResult
        The fit with all studies.
    study : tuple of str
        The study left out.
    estimate, se, statistic, df, p_value, ci_low, ci_high, q, tau2, i2 : ndarray
        Answers without it; NaN where the others cannot be pooled (no events in one arm, say, or no weight).
    """

    fit: MetaResult
    study: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    df: FloatArray
    p_value: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    q: FloatArray
    tau2: FloatArray
    i2: FloatArray

    def __post_init__(self) -> None:
        for name in REFIT_NAMES:
            readonly(getattr(self, name))

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.fit.measure

    @property
    def changes_conclusion(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether significance at the fit's level is gained or lost without the study, shape (k,)."""
        alpha = 1.0 - self.fit.options.level
        changed = (self.p_value < alpha) != (self.fit.p_value < alpha)
        return np.asarray(changed)

    def to_frame(self) -> pd.DataFrame:
        """One row for each study left out."""
        import pandas as pd

        names = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high", "q", "tau2", "i2")
        return pd.DataFrame({"study": list(self.study), **{name: getattr(self, name) for name in names}})

    def __repr__(self) -> str:
        some = self.estimate[~np.isnan(self.estimate)]
        low, high = (some.min(), some.max()) if some.size else (np.nan, np.nan)
        return f"<LeaveOneOutResult k={self.fit.k}, estimates {low:.4g} to {high:.4g}>"


def leave_one_out(fit: MetaResult) -> LeaveOneOutResult:
    """Refit without each study in turn, all in one call of the kernel.

    Parameters
    ----------
    fit : MetaResult
        From :func:`k2meta.meta_analysis`, :func:`k2meta.mantel_haenszel` or :func:`k2meta.peto`.

    Returns
    -------
    LeaveOneOutResult

    Raises
    ------
    DataError
        With one study there is nothing left to pool; or when ``fit`` is not a fit.

    Notes
    -----
    ``estimate_(-i)``: the same model, tau2 estimator and test on the k - 1 other studies. tau2 is estimated
    anew each time unless it was given as a number. Studies are left out by a mask, all in one stack.

    R counterpart: ``leave1out(res)`` in metafor.

    References
    ----------
    Viechtbauer W, Cheung MWL (2010). Res Synth Methods 1:112-125. doi:10.1002/jrsm.11

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.leave_one_out(fit).to_frame()["study"].tolist()
    ['A', 'B', 'C']
    """
    fit = checked_fit(fit)
    if fit.k < 2:
        raise DataError(
            "leave-one-out needs at least 2 studies: nothing is left when the only one is omitted"
        )
    if fit.options.by_counts:
        answers = pool_subsets_stratified(fit, ~np.eye(fit.k, dtype=bool))
    else:
        answers = refit_in_steps(fit, lambda left_out: np.arange(fit.k) != left_out[:, None])
    return LeaveOneOutResult(fit, fit.study, *(answers[name] for name in REFIT_NAMES))
