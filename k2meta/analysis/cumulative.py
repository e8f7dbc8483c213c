"""Cumulative meta-analysis: the pooled effect as the studies come in, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.analysis.ordering import study_order
from k2meta.analysis.refits import REFIT_NAMES, refit_in_steps
from k2meta.errors import DataError, OptionError
from k2meta.models.result import MetaResult
from k2meta.models.stratified import pool_subsets_stratified
from k2meta.models.univariate import meta_analysis
from k2meta.records import FloatArray, IntArray, readonly
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CumulativeResult", "cumulative_meta_analysis"]


@dataclass(frozen=True, eq=False, slots=True)
class CumulativeResult:
    """The fit with the first study, the first two, and so on; arrays of shape (k,), analysis scale.

    Attributes
    ----------
    fit : MetaResult
        The fit with all studies, in the order of the data.
    by : str
        What the studies were ordered by: ``"data"``, ``"effect"``, ``"precision"``, or the column's name.
    study : tuple of str
        The study that each step adds.
    order : ndarray of int
        Its position among the studies of ``fit``.
    estimate, se, statistic, df, p_value, ci_low, ci_high, q, tau2, i2 : ndarray
        Answers with the studies added so far; NaN where they cannot be pooled yet (no events in one arm,
        say, or no weight).
    """

    fit: MetaResult
    by: str
    study: tuple[str, ...]
    order: IntArray
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
        self.order.setflags(write=False)
        for name in REFIT_NAMES:
            readonly(getattr(self, name))

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.fit.measure

    @property
    def k(self) -> int:
        """Number of studies, and of steps."""
        return self.fit.k

    def to_frame(self) -> pd.DataFrame:
        """One row for each study added."""
        import pandas as pd

        names = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high", "q", "tau2", "i2")
        return pd.DataFrame({"study": list(self.study), **{name: getattr(self, name) for name in names}})

    def __repr__(self) -> str:
        some = self.estimate[~np.isnan(self.estimate)]
        first, last = (some[0], some[-1]) if some.size else (np.nan, np.nan)
        return f"<CumulativeResult k={self.k} by {self.by}, estimate from {first:.4g} to {last:.4g}>"


def cumulative_meta_analysis(
    effects: Effects | MetaResult,
    order: Any = "data",
    *,
    descending: bool = False,
    model: str | None = None,
    tau2: str | float | None = None,
    test: str | None = None,
    level: float | None = None,
    prediction: str | None = None,
    convention: str | None = None,
) -> CumulativeResult:
    """Pool the first study, the first two, and so on, all in one call of the kernel.

    Parameters
    ----------
    effects : Effects or MetaResult
        What :func:`k2meta.effect_sizes` returns; or a fit, whose choices are then kept: from
        :func:`k2meta.meta_analysis`, :func:`k2meta.mantel_haenszel` or :func:`k2meta.peto`.
    order : str or array_like
        ``"data"`` (as the rows come), ``"effect"`` (smallest first), ``"precision"`` (smallest standard
        error first), a column of the data, or one value for each study (or each row of the data): numbers,
        dates, or an ordered Categorical. Ties keep the order of the data.
    descending : bool
        Largest first instead (``"precision"``: largest standard error first; ``"data"``: last row first).
    model, tau2, test, level, prediction, convention
        As in :func:`k2meta.meta_analysis`; not with a fit.

    Returns
    -------
    CumulativeResult

    Raises
    ------
    DataError
        A study without a value to order by, an unknown column, a wrong length, or text that has no order.
    OptionError
        An option beside a fit.

    Notes
    -----
    Step j pools the first j studies with the same model, tau2 estimator and test; tau2 is estimated anew at
    each step unless it was given as a number. The first step is the first study alone: its own effect with a
    normal interval. Steps are no independent evidence, and their intervals are not adjusted for looking
    repeatedly.

    R counterpart: ``cumul(res, order =)`` in metafor.

    References
    ----------
    Lau J, Antman EM, Jimenez-Silva J, Kupelnick B, Mosteller F, Chalmers TC (1992). N Engl J Med
    327:248-254. doi:10.1056/NEJM199207233270406

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> steps = k2.cumulative_meta_analysis(bcg, order="year")
    >>> steps.study[0], round(float(steps.estimate[-1]), 4)
    ('Aronson 1948', -0.7145)
    """
    fit = _fit(
        effects,
        {
            "model": model,
            "tau2": tau2,
            "test": test,
            "level": level,
            "prediction": prediction,
            "convention": convention,
        },
    )
    if not isinstance(descending, (bool, np.bool_)):
        raise OptionError(f"descending is {descending!r}. Expected True or False.")
    by, at = study_order(fit.effects, order, bool(descending))
    if fit.options.by_counts:
        answers = _stratified(fit, at)
    else:
        answers = refit_in_steps(fit, lambda last: np.arange(fit.k) <= last[:, None], at)
    study = tuple(fit.study[i] for i in at)
    return CumulativeResult(fit, by, study, at, *(answers[name] for name in REFIT_NAMES))


def _fit(effects: Effects | MetaResult, options: dict[str, Any]) -> MetaResult:
    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(effects, MetaResult):
        if given:
            raise OptionError(
                f"{', '.join(given)} was given beside a fit, which has its choices already. Leave it out, or "
                "give the effects: cumulative_meta_analysis(fit.effects, ...)."
            )
        return effects
    if isinstance(effects, Effects):
        return meta_analysis(effects, **given)
    raise DataError(
        f"effects is a {type(effects).__name__}. Expected what effect_sizes(), meta_analysis(), "
        "mantel_haenszel() or peto() returns; of a subgroup analysis take .overall or one of .groups."
    )


def _stratified(fit: MetaResult, at: IntArray) -> dict[str, FloatArray]:
    pooled = set(fit.effects.options["pooled_rows"])
    hidden = sorted(pooled - set(fit.effects.row.tolist()))
    idle = {study.row for study in fit.effects.excluded}
    hidden = [row for row in hidden if row not in idle]
    if hidden:
        raise DataError(
            f"study {fit.effects.labels[hidden[0]]!r} is pooled without an effect of its own, so that it has "
            "no place in an order. Expected an effect for each study pooled. Pool again with add=0.5, "
            "to='only0'."
        )
    place = np.empty(fit.k, dtype=np.int64)
    place[at] = np.arange(fit.k)
    return pool_subsets_stratified(fit, place <= np.arange(fit.k)[:, None])
