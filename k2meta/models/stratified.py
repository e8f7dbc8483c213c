"""Pooling counts instead of study effects: Mantel-Haenszel and Peto."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from k2meta.errors import DataError, OptionError, unknown_option
from k2meta.kernels.distributions import chi2_sf, normal_ppf, normal_two_sided
from k2meta.models.options import FitOptions
from k2meta.models.result import MetaResult, checked_level
from k2meta.models.stratified_random import checked_model, pool_subsets_random, random_effects_of
from k2meta.models.stratified_tables import Tables, ZeroRule, has_zero_beside_dropped, tables_of, zero_rule
from k2meta.models.stratified_tests import stratified_tests
from k2meta.records import BoolArray, Convergence, FloatArray, IntArray, Interval, readonly
from k2meta.studies.door import effect_sizes
from k2meta.studies.effects import Effects, ExcludedStudy

__all__ = ["fit_stratified", "mantel_haenszel", "peto", "pool_subsets_stratified"]

_MEASURES = ("RR", "OR", "RD", "IRR", "IRD")


def mantel_haenszel(
    data: Any,
    measure: str = "RR",
    *,
    study: Any = None,
    model: str = "common",
    test: str | None = None,
    convention: str | None = None,
    level: float = 0.95,
    add: float | tuple[float, float] | None = None,
    to: str | tuple[str, str] | None = None,
    drop00: bool | tuple[bool, bool] | None = None,
    correct: bool = True,
    **roles: Any,
) -> MetaResult:
    """Pool 2 x 2 tables or person-time counts by the Mantel-Haenszel method.

    Parameters
    ----------
    data : DataFrame, dict of columns, None, or Effects
        Study rows as for :func:`k2meta.effect_sizes`; an ``Effects`` made from counts is pooled as it is.
    measure : {"RR", "OR", "RD", "IRR", "IRD"}
    study : str or sequence, optional
        Labels.
    model : {"common", "random"}
        ``"random"`` is RevMan 5's "M-H, Random": inverse-variance weights, but DerSimonian and Laird's
        tau2 and I2 from Q round the Mantel-Haenszel estimate.
    test : str, optional
        For ``model="random"``, as in :func:`k2meta.meta_analysis`; ``"z"`` by default, as RevMan 5.
    convention : {"metafor", "revman5", "revman2025"}, optional
        ``"metafor"`` (default): no correction in the pooling; Q from study effects with 1/2 added to tables
        with a zero cell, without those that have no (or only) events in both arms; variance of the risk
        difference by Sato et al. ``"revman5"``, ``"revman2025"``: 1/2 added to every cell of a table with
        a zero cell in the pooling too, tables without events (OR: or with only events) in both arms left out;
        variance of the risk difference by Greenland & Robins, its counts not corrected.
    level : float
        Coverage of the interval.
    add, to, drop00
        Zero-cell rule, see :class:`~k2meta.measures.registry.MeasureOptions`. One value speaks of the study
        effects, a pair of the study effects and of the pooling (as in metafor). With an ``Effects`` in
        ``data`` the study effects are made already, so that ``add`` and ``to`` must be pairs there; their
        first entry does nothing. ``drop00`` decides which effects count in Q.
    correct : bool
        Take 1/2 off the score in the Cochran-Mantel-Haenszel test (continuity correction).
    **roles
        ``events1 n1 events2 n2`` or ``events1 time1 events2 time2`` (1 is treatment), and ``missing``,
        ``exclude`` as in :func:`k2meta.effect_sizes`.

    Returns
    -------
    MetaResult
        ``tests`` holds the Cochran-Mantel-Haenszel test (person-time: the Mantel-Haenszel test) and, for
        OR, Breslow-Day's and Tarone's tests of homogeneity.

    Raises
    ------
    DataError
        When no pooled effect exists: the message says which counts are all zero.

    Notes
    -----
    RR: ``log(sum(a n2/N) / sum(c n1/N))``; OR: ``log(sum(a d/N) / sum(b c/N))``; RD: mean of the study
    differences with weights ``n1 n2/N``. Weights are those that RevMan prints. Q is
    ``sum((y - estimate)^2 / v)`` with the inverse-variance weights of the study effects. Tables that
    carry no information (no events in either arm, for ratios) are listed in ``effects.excluded``.
    R counterparts: ``rma.mh`` in metafor, ``metabin(method = "MH")`` in meta.

    References
    ----------
    Mantel N, Haenszel W (1959). doi:10.1093/jnci/22.4.719
    Greenland S, Robins JM (1985). doi:10.2307/2530643 (RR, RD, person-time)
    Robins J, Breslow N, Greenland S (1986). doi:10.2307/2531052 (OR)
    Sato T, Greenland S, Robins JM (1989). Biometrics 45:1323-1324 (RD)
    Deeks JJ, Higgins JPT (2010). Statistical algorithms in Review Manager 5.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.mantel_haenszel(k2.load_dataset("bcg"), "RR")
    >>> round(fit.estimate, 4), round(fit.se, 4)
    (-0.4537, 0.0393)
    """
    if measure not in _MEASURES:
        raise unknown_option("measure for Mantel-Haenszel pooling", measure, _MEASURES)
    convention = checked_model(model, "Mantel-Haenszel", convention, test)
    fit = _pool("Mantel-Haenszel", data, measure, study, convention, level, (add, to, drop00), correct, roles)
    return random_effects_of(fit, test) if model == "random" else fit


def peto(
    data: Any,
    *,
    study: Any = None,
    convention: str | None = None,
    level: float = 0.95,
    add: float | tuple[float, float] | None = None,
    to: str | tuple[str, str] | None = None,
    drop00: bool | tuple[bool, bool] | None = None,
    **roles: Any,
) -> MetaResult:
    """Pool odds ratios by Peto's one-step method (common effect).

    Parameters
    ----------
    data, study, convention, level, add, to, drop00, **roles
        As in :func:`mantel_haenszel`. ``"revman5"`` and ``"revman2025"`` correct no zero cell here.

    Returns
    -------
    MetaResult

    Raises
    ------
    DataError
        When no table has both outcomes.

    Notes
    -----
    ``estimate = sum(O - E) / sum(V)`` with variance ``1 / sum(V)``: events in arm 1 minus their expectation,
    and their hypergeometric variance. The method misleads when arms are very unequal or the effect is
    large. Q comes from the tables as pooled, so that no correction reaches it. R counterparts:
    ``rma.peto`` in metafor, ``metabin(method = "Peto")`` in meta.

    References
    ----------
    Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985). Prog Cardiovasc Dis 27:335-371.
    doi:10.1016/S0033-0620(85)80003-7

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.peto(k2.load_dataset("bcg"))
    >>> round(fit.estimate, 4), round(fit.se, 4)
    (-0.4744, 0.0407)
    """
    if "measure" in roles:
        raise OptionError(
            f"measure={roles['measure']!r} was given to peto(), which pools odds ratios only. Leave it out, "
            "or use mantel_haenszel()."
        )
    return _pool("Peto", data, "PETO", study, convention, level, (add, to, drop00), True, roles)


def _pool(
    pooling: str,
    data: Any,
    measure: str,
    study: Any,
    convention: str | None,
    level: float,
    zeros: tuple[Any, Any, Any],
    correct: bool,
    roles: dict[str, Any],
) -> MetaResult:
    if not isinstance(correct, (bool, np.bool_)):
        raise OptionError(f"correct is {correct!r}. Expected True or False.")
    rule = zero_rule(pooling, measure, convention, *zeros)
    if isinstance(data, Effects):
        if study is not None or roles:
            raise OptionError(
                "data is an Effects, which has its rows and labels already; give no roles with it"
            )
        for name, given in zip(("add", "to"), zeros, strict=False):
            if given is not None and not isinstance(given, (tuple, list)):
                raise OptionError(
                    f"{name}={given!r} speaks of the study effects, which data, an Effects, holds already. "
                    "Give a pair (studies, pooling), or the rows instead of their effects."
                )
        if data.measure != measure:
            raise OptionError(
                f"data holds effects of measure {data.measure}, but {measure} was asked for. "
                f"Expected the same: give measure={data.measure!r}, or the rows instead of their effects."
            )
        return _fit(data, data.row, pooling, rule, convention, level, correct)
    effects = effect_sizes(data, measure, study=study, add=rule.study_add, to=rule.study_to, **roles)
    if rule.study_drop00 and rule.study_to == "if0all" and not has_zero_beside_dropped(effects):
        # tables that are dropped must not have everybody else corrected
        effects = effect_sizes(data, measure, study=study, add=rule.study_add, to="only0", **roles)
    rows = effects.row
    if rule.study_add == 0 or rule.study_to == "none":
        # tables without a study effect of their own are pooled all the same
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = effect_sizes(data, measure, study=study, add=0.5, to="only0", **roles).row
    return _fit(effects, rows, pooling, rule, convention, level, correct)


def fit_stratified(
    effects: Effects,
    pooling: str,
    *,
    model: str = "common",
    test: str | None = None,
    convention: str | None = None,
    level: float = 0.95,
    correct: bool = True,
) -> MetaResult:
    """Pool the counts behind effects that :func:`k2meta.effect_sizes` made.

    Parameters
    ----------
    effects : Effects
        Of measure RR, OR, RD, IRR or IRD; ``"PETO"`` for Peto's method.
    pooling : {"Mantel-Haenszel", "Peto"}
    model, test, convention, level, correct
        As in :func:`mantel_haenszel`.
    """
    convention = checked_model(model, pooling, convention, test)
    rule = zero_rule(pooling, effects.measure, convention, None, None, None)
    fit = _fit(effects, effects.row, pooling, rule, convention, level, correct)
    return random_effects_of(fit, test) if model == "random" else fit


def _fit(
    effects: Effects,
    rows: IntArray,
    pooling: str,
    rule: ZeroRule,
    convention: str | None,
    level: float,
    correct: bool,
) -> MetaResult:
    level = checked_level(level)
    _require_measure(effects.measure, pooling)
    tables = tables_of(effects, rows, rule)
    pooled = tables.pool()
    estimate, variance = float(pooled.estimate), float(pooled.variance)
    if not (math.isfinite(estimate) and variance > 0):
        raise DataError(tables.why_not(pooling))
    shares = 100.0 * (pooled.weights / pooled.weights.sum())
    kept, in_q, notes = _informative(effects, tables, shares, rule)
    shown = shares[np.searchsorted(tables.rows, kept.row)]
    yi, vi = tables.effects_in_q(kept)
    q, q_df = _q(yi, vi, in_q, estimate)
    kept = replace(kept, options=MappingProxyType({**kept.options, **tables.settings()}))
    se = math.sqrt(variance)
    z = estimate / se
    margin = float(normal_ppf(0.5 + 0.5 * level)) * se
    i2 = 100.0 * (q - q_df) / q if q > q_df else 0.0
    h2 = q / q_df if q_df > 0 else 1.0
    return MetaResult(
        k=kept.k,
        estimate=estimate,
        se=se,
        statistic=z,
        df=math.inf,
        p_value=float(normal_two_sided(z)),
        ci=Interval(estimate - margin, estimate + margin, level, "z"),
        tau2=0.0,
        se_tau2=math.nan,
        i2=i2,
        h2=h2,
        i2_q=i2,
        h2_q=h2,
        q=q,
        q_df=q_df,
        q_p=float(chi2_sf(q, q_df)) if q_df > 0 else 1.0,
        weights=readonly(shown),
        convergence=Convergence(True, "closed form"),
        options=FitOptions(
            model="common",
            pooling=pooling,
            tau2="none",
            test="z",
            level=level,
            i2_basis="Q",
            weights=pooling,
            convention=convention or "",
            notes=(rule.in_words, *notes),
        ),
        effects=kept,
        tests=stratified_tests(tables, pooled, correct),
    )


def _require_measure(measure: str, pooling: str) -> None:
    """Refuse measures that the method does not pool."""
    known = ("PETO",) if pooling == "Peto" else _MEASURES
    if measure not in known:
        raise OptionError(
            f"{pooling} pooling was asked for effects of measure {measure!r}. Expected "
            f"{' or '.join(known)}: counts are pooled. Ask for measure {known[0]!r}: effect_sizes(data, "
            f"{known[0]!r}, ...)."
        )


def _q(yi: FloatArray, vi: FloatArray, in_q: BoolArray, estimate: float) -> tuple[float, float]:
    """Q around the pooled effect with inverse-variance weights, and its degrees of freedom."""
    df = float(max(int(in_q.sum()) - 1, 0))
    q = float((((yi - estimate) ** 2 / vi)[in_q]).sum())
    return (q, df) if df > 0 else (0.0, 0.0)


def _informative(
    effects: Effects, tables: Tables, shares: FloatArray, rule: ZeroRule
) -> tuple[Effects, BoolArray, list[str]]:
    """Set aside effects whose table adds nothing; say which effects count in Q; say what is unusual."""
    at = np.searchsorted(tables.rows, effects.row)
    useful = tables.informative()[at]
    idle = tuple(
        ExcludedStudy(int(row), effects.study[i], tables.idle_reason(int(at[i])))
        for i, row in enumerate(effects.row)
        if not useful[i]
    )
    kept = effects.subset(useful)
    hidden = np.flatnonzero(tables.informative() & ~np.isin(tables.rows, effects.row))
    silent = {int(tables.rows[i]) for i in hidden}
    listed = [study for study in effects.excluded if study.row not in silent]
    kept = replace(kept, excluded=tuple(sorted((*listed, *idle), key=lambda study: study.row)))
    in_q = np.ones(kept.k, dtype=bool)
    if rule.study_drop00 and tables.measure != "PETO":
        in_q = ~tables.one_sided()[np.searchsorted(tables.rows, kept.row)]
    notes = []
    if hidden.size:
        names = ", ".join(effects.labels[row] for row in sorted(silent))
        notes.append(
            f"pooled without an effect of their own: {names} ({shares[hidden].sum():.1f}% of the weight)"
        )
    if not in_q.all():
        names = ", ".join(kept.study[i] for i in np.flatnonzero(~in_q))
        notes.append(f"no (or only) events in both arms, so not part of Q: {names}")
    return kept, in_q, notes


def pool_subsets_stratified(fit: MetaResult, keep: BoolArray) -> dict[str, FloatArray]:
    """Pool again with some of the studies only, by one call of the kernel; arrays of shape (n,) by name.

    ``keep`` has shape (n, k). NaN where the studies kept have no pooled effect (all of their tables without
    events in one arm, say).
    """
    tables = Tables.of_fit(fit)
    effects = fit.effects
    places = np.searchsorted(tables.rows, effects.row)
    # tables that are pooled without an effect of their own stay in
    of_table = np.ones((keep.shape[0], tables.rows.size), dtype=bool)
    of_table[:, places] = keep
    pooled = tables.pool(of_table)
    estimate, se = pooled.estimate, np.sqrt(pooled.variance)
    in_q = np.ones(fit.k, dtype=bool)
    if tables.rule.study_drop00 and tables.measure != "PETO":
        in_q = ~tables.one_sided()[places]
    yi, vi = tables.effects_in_q(effects)
    counted = in_q & keep
    terms = np.where(counted, (yi - estimate[:, None]) ** 2 / vi, 0.0)
    q_df = np.maximum(counted.sum(axis=1) - 1.0, 0.0)
    q = np.where(q_df > 0, terms.sum(axis=1), 0.0)
    i2 = 100.0 * np.divide(np.maximum(q - q_df, 0.0), q, out=np.zeros(q.size), where=q > 0)
    margin = float(normal_ppf(0.5 + 0.5 * fit.options.level)) * se
    common = {
        "estimate": estimate,
        "se": se,
        "statistic": estimate / se,
        "df": np.full(q.size, np.inf),
        "p_value": np.asarray(normal_two_sided(estimate / se)),
        "ci_low": estimate - margin,
        "ci_high": estimate + margin,
        "q": q,
        "tau2": np.zeros(q.size),
        "i2": i2,
    }
    return pool_subsets_random(fit, keep, common) if fit.options.model == "random" else common
