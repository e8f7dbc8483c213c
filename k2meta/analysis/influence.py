"""What each study does to the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from k2meta.errors import DataError
from k2meta.models.batch import pool_stack
from k2meta.models.result import MetaResult
from k2meta.models.stratified import leave_one_out_stratified
from k2meta.records import FloatArray

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
        Answers without it.
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
        low, high = self.estimate.min(), self.estimate.max()
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
        With one study there is nothing left to pool.

    Notes
    -----
    Studies are left out by a mask: k fits cost little more than one. R counterpart: ``leave1out(res)``
    in metafor.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.leave_one_out(fit).to_frame()["study"].tolist()
    ['A', 'B', 'C']
    """
    if fit.k < 2:
        raise DataError(
            "leave-one-out needs at least 2 studies: nothing is left when the only one is omitted"
        )
    if fit.options.pooling != "inverse variance":
        answers = leave_one_out_stratified(fit)
    else:
        k, effects = fit.k, fit.effects
        keep = ~np.eye(k, dtype=bool)
        fixed = fit.tau2 if fit.options.tau2 == "fixed" else None
        weights = None if fit.user_weights is None else np.broadcast_to(fit.user_weights, (k, k))
        answers = pool_stack(
            np.broadcast_to(effects.yi, (k, k)),
            np.broadcast_to(effects.vi, (k, k)),
            keep,
            fit.options,
            fixed,
            weights,
        )
    names = ("estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high", "q", "tau2", "i2")
    return LeaveOneOutResult(fit, fit.study, *(answers[name] for name in names))
