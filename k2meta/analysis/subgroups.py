"""Subgroups: one pooled effect for each, and whether they differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.analysis.grouping import group_labels, masks, row_groups
from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.kernels.design import require_spread, stack_design
from k2meta.kernels.distributions import chi2_sf, f_sf
from k2meta.kernels.pooling import get_test
from k2meta.kernels.tau2 import get_tau2_estimator
from k2meta.models.options import FitOptions
from k2meta.models.result import MetaResult
from k2meta.models.stratified import fit_stratified
from k2meta.models.univariate import fit_effects, fit_options
from k2meta.records import BoolArray, Convergence, FloatArray, Test
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SubgroupResult", "subgroup_analysis"]

POOLING = ("inverse variance", "Mantel-Haenszel", "Peto")


@dataclass(frozen=True, eq=False, slots=True)
class SubgroupResult:
    """Pooled effects by group.

    Attributes
    ----------
    groups : mapping of str to MetaResult
        One fit for each group, in order.
    between : Test
        Test for subgroup differences: chi-squared on groups - 1 degrees of freedom, or F with
        Knapp-Hartung or t and one common tau2.
    between_i2 : float
        Percent of the variation between groups that is not chance: ``100 max(0, (Q - df) / Q)``.
    overall : MetaResult
        All studies together, without regard to groups.
    by : str
        Name of the grouping variable.
    labels : tuple of str, length k
        Group of each study, in the order of ``overall``.
    common_tau2 : bool
        Whether the groups share one tau2.
    not_estimable : mapping of str to str
        Groups that cannot be pooled (no events in any study, say), with the reason.
    row_groups : tuple of str
        Group of each row of the data, studies that are not pooled included; "" where none is known.
    """

    groups: Mapping[str, MetaResult]
    between: Test
    between_i2: float
    overall: MetaResult
    by: str
    labels: tuple[str, ...]
    common_tau2: bool
    not_estimable: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    row_groups: tuple[str, ...] = ()

    @property
    def effects(self) -> Effects:
        """Effects of all studies."""
        return self.overall.effects

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.overall.measure

    @property
    def options(self) -> FitOptions:
        """Choices of the overall fit."""
        return self.overall.options

    @property
    def k(self) -> int:
        """Number of studies pooled."""
        return self.overall.k

    def to_frame(self, natural: bool = False) -> pd.DataFrame:
        """One row a group and one for all, with the columns of :meth:`MetaResult.to_frame`."""
        import pandas as pd

        frames = [fit.to_frame(natural) for fit in (*self.groups.values(), self.overall)]
        out = pd.concat(frames, ignore_index=True)
        out.insert(0, "group", [*self.groups, "overall"])
        return out

    def summary(self) -> str:
        """Groups, overall and the test between groups, as text."""
        parts = [f"--- {self.by}: {name}\n{fit.summary()}" for name, fit in self.groups.items()]
        parts += [f"--- {self.by}: {name}\nnot estimable: {why}" for name, why in self.not_estimable.items()]
        parts.append(f"--- overall\n{self.overall.summary()}")
        test = self.between
        if math.isnan(test.statistic):
            parts.append(f"Subgroup differences: not available ({test.note})")
        else:
            symbol = "F" if test.distribution == "F" else "chi2"
            df = ", ".join(f"{d:g}" for d in (test.df if isinstance(test.df, tuple) else (test.df,)))
            parts.append(
                f"Subgroup differences: {symbol} = {test.statistic:.4f}, df = {df}, p = {test.p_value:.4g}, "
                f"I2 = {self.between_i2:.1f}% "
                f"({'one common tau2' if self.common_tau2 else 'tau2 estimated in each group'})"
            )
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        p = self.between.p_value
        return f"<SubgroupResult by {self.by}: {len(self.groups)} groups, k={self.k}, p between={p:.4g}>"


def subgroup_analysis(
    effects: Effects,
    by: Any,
    *,
    common_tau2: bool = False,
    pooling: str = "inverse variance",
    model: str | None = None,
    tau2: str | float | None = None,
    test: str | None = None,
    level: float = 0.95,
    prediction: str | None = None,
    convention: str | None = None,
) -> SubgroupResult:
    """Pool each subgroup and test whether the subgroups differ.

    Parameters
    ----------
    effects : Effects
        What :func:`k2meta.effect_sizes` returns.
    by : str or array_like
        A column of the data, or one value for each study (or for each row of the data).
    common_tau2 : bool
        Estimate one tau2 for all groups (from the model with one mean for each group) instead of one
        in each. Advisable when groups are small: tau2 from three studies is hardly an estimate.
    pooling : {"inverse variance", "Mantel-Haenszel", "Peto"}
        The last two pool 2 x 2 tables.
    model : {"random", "common"}, optional
        ``"random"`` by default with inverse variance, ``"common"`` with counts. Random effects with
        Mantel-Haenszel pooling are RevMan 5's, see :func:`k2meta.mantel_haenszel`.
    tau2, test, level, prediction, convention
        As in :func:`k2meta.meta_analysis`.

    Returns
    -------
    SubgroupResult

    Raises
    ------
    DataError
        Unknown column, wrong length, or a study without a group.
    OptionError
        An unknown option; ``common_tau2`` with a common effect; ``common_tau2``, ``tau2``, ``prediction``
        with count pooling; ``tau2="GENQ"``, whose weights have no place here.

    Notes
    -----
    Between groups: ``Q = sum w_g (estimate_g - mean)^2`` with ``w_g`` the inverse of the squared Wald
    standard error, chi-squared on groups - 1 degrees of freedom (Borenstein & Higgins 2013,
    doi:10.1007/s11121-013-0377-7). Wald's variances are used whatever the test within groups: the
    Knapp-Hartung variance of a group of two or three studies can be next to nothing. With one common
    tau2 and ``test="t"`` or Knapp-Hartung it is the F test of the moderator on groups - 1 and
    k - groups degrees of freedom, as ``rma(yi, vi, mods = ~ group, test = "knha")``.
    Within groups the interval still uses the group's own Knapp-Hartung variance and k_g - 1 degrees of
    freedom, where that regression would use one variance and k - groups for all. A group's fit carries the
    common tau2; a question that refits it (leave-one-out, say) estimates tau2 from that group alone.

    R counterparts: ``update(meta, subgroup =, tau.common =)`` in meta; ``rma(mods = ~ group)`` in metafor.

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> result = k2.subgroup_analysis(bcg, "allocation", common_tau2=True, test="z")
    >>> len(result.groups)
    3
    """
    if not isinstance(effects, Effects):
        raise OptionError(f"effects is a {type(effects).__name__}; expected what effect_sizes() returns")
    if pooling not in POOLING:
        raise unknown_option("pooling", pooling, POOLING)
    name, labels, groups = group_labels(effects, by)
    member = masks(labels, groups)
    rows = row_groups(effects, by, labels)
    if pooling != "inverse variance":
        asked = {"common_tau2": common_tau2, "tau2": tau2 is not None, "prediction": prediction is not None}
        idle = [option for option, given in asked.items() if given]
        if idle:
            raise OptionError(
                f"{', '.join(idle)} has no meaning with {pooling} pooling. Leave it out, or use "
                "pooling='inverse variance'."
            )

        def pooled(part: Effects) -> MetaResult:
            return fit_stratified(
                part, pooling, model=model or "common", test=test, convention=convention, level=level
            )

        fits, not_estimable = _fit_where_possible(pooled, effects, groups, member)
        overall = pooled(effects)
        own = _labels_of(overall, effects, labels)
        return _result(fits, overall, _between(fits), name, own, rows, False, not_estimable)
    options, fixed = fit_options(
        model=model or "random",
        tau2=tau2,
        test=test,
        level=level,
        prediction=prediction,
        convention=convention,
    )
    if common_tau2 and options.model == "common":
        raise OptionError(
            "common_tau2=True has no meaning with model='common': there is no tau2. Leave it out."
        )
    if options.tau2 == "GENQ":
        raise OptionError(
            "tau2='GENQ' needs weights, which subgroup_analysis does not take; use another estimator"
        )
    overall = fit_effects(effects, options, fixed)
    if not common_tau2 or fixed is not None:
        fits = {
            g: fit_effects(effects.subset(m), options, fixed) for g, m in zip(groups, member, strict=True)
        }
        return _result(fits, overall, _between(fits), name, labels, rows, options.tau2 == "fixed")
    fits, between = _with_common_tau2(effects, options, groups, member)
    return _result(fits, overall, between, name, labels, rows, True)


def _fit_where_possible(
    pooled: Callable[[Effects], MetaResult], effects: Effects, groups: tuple[str, ...], member: BoolArray
) -> tuple[dict[str, MetaResult], dict[str, str]]:
    """Fits of the groups that carry information, and why the others have none."""
    fits: dict[str, MetaResult] = {}
    not_estimable: dict[str, str] = {}
    for group, mask in zip(groups, member, strict=True):
        try:
            fits[group] = pooled(effects.subset(mask))
        except DataError as error:
            not_estimable[group] = str(error)
    if not fits:
        raise DataError(f"no group can be pooled: {'; '.join(not_estimable.values())}")
    return fits, not_estimable


def _labels_of(fit: MetaResult, effects: Effects, labels: tuple[str, ...]) -> tuple[str, ...]:
    # count methods leave out studies without events, so the fit may hold fewer studies than the effects
    by_row = dict(zip(effects.row.tolist(), labels, strict=True))
    return tuple(by_row[row] for row in fit.effects.row.tolist())


def _result(
    fits: dict[str, MetaResult],
    overall: MetaResult,
    between: Test,
    name: str,
    labels: tuple[str, ...],
    rows: tuple[str, ...],
    common: bool,
    not_estimable: dict[str, str] | None = None,
) -> SubgroupResult:
    df = between.df[0] if isinstance(between.df, tuple) else between.df
    q = between.statistic * (df if between.distribution == "F" else 1.0)
    i2 = 100.0 * max(0.0, (q - df) / q) if q > 0 else (math.nan if math.isnan(q) else 0.0)
    return SubgroupResult(
        MappingProxyType(fits),
        between,
        i2,
        overall,
        name,
        labels,
        common,
        MappingProxyType(not_estimable or {}),
        rows,
    )


def _between_q(estimate: FloatArray, variance: FloatArray) -> float:
    weight = 1.0 / variance
    mean = (weight * estimate).sum() / weight.sum()
    return float((weight * (estimate - mean) ** 2).sum())


_BETWEEN = "Test for subgroup differences"


def _between(fits: Mapping[str, MetaResult]) -> Test:
    df = len(fits) - 1
    if df < 1:
        return Test(_BETWEEN, math.nan, 0.0, math.nan, "chi2", note="there is only one subgroup")
    estimate = np.array([fit.estimate for fit in fits.values()])
    q = _between_q(estimate, np.array([_wald_variance(fit) for fit in fits.values()]))
    return Test(_BETWEEN, q, float(df), float(chi2_sf(q, df)), "chi2")


def _wald_variance(fit: MetaResult) -> float:
    if fit.options.pooling != "inverse variance":
        return fit.se**2
    return float(1.0 / (1.0 / (fit.effects.vi + fit.tau2)).sum())


def _with_common_tau2(
    effects: Effects, options: FitOptions, groups: tuple[str, ...], member: Any
) -> tuple[dict[str, MetaResult], Test]:
    require_spread(effects.vi, 1e14)  # columns that exclude each other lose fewer digits than a slope
    problem = stack_design(effects.yi[None], effects.vi[None], member.T.astype(float))
    estimator = get_tau2_estimator(options.tau2)
    found = estimator.estimate(problem, None)
    tau2 = float(found.tau2[0])
    se_tau2 = float(estimator.standard_error(problem, found.tau2, None)[0]) if problem.df[0] > 0 else math.nan
    convergence = Convergence(
        bool(found.converged[0]),
        "one tau2 for all groups",
        found.iterations,
        float(found.gradient[0]),
        int(found.optima[0]),
    )
    fits: dict[str, MetaResult] = {}
    for group, mask in zip(groups, member, strict=True):
        fit = fit_effects(effects.subset(mask), replace(options, tau2="fixed"), tau2)
        fits[group] = replace(
            fit, se_tau2=se_tau2, convergence=convergence, options=replace(fit.options, tau2=options.tau2)
        ).with_notes("tau2 is common to all groups")
    return fits, _common_between(problem, found.tau2, options, len(groups))


def _common_between(problem: Any, tau2: FloatArray, options: FitOptions, n_groups: int) -> Test:
    df = n_groups - 1
    if df < 1:
        return Test(_BETWEEN, math.nan, 0.0, math.nan, "chi2", note="there is only one subgroup")
    beta, covariance = problem.estimate(tau2)
    q = _between_q(beta[0], np.diagonal(covariance[0]))
    method = get_test(options.test)
    rest = float(problem.df[0])
    if not method.uses_t:
        return Test(_BETWEEN, q, float(df), float(chi2_sf(q, df)), "chi2")
    if rest <= 0:
        return Test(_BETWEEN, math.nan, (float(df), rest), math.nan, "F", note="as many groups as studies")
    multiplier = max(float(problem.moments(tau2).q[0]) / rest, method.floor) if method.rescales else 1.0
    f = q / multiplier / df if multiplier > 0 else math.inf
    return Test(_BETWEEN, f, (float(df), rest), float(f_sf(f, df, rest)), "F")
