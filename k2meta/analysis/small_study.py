"""Tests for small-study effects: Egger, Begg, Harbord, Peters."""

from __future__ import annotations

import math

import numpy as np

from k2meta.analysis.small_study_lines import (
    Line,
    additive_line,
    predictor_values,
    refuse_weights,
    total_sizes,
    weighted_line,
)
from k2meta.analysis.small_study_result import (
    SmallStudyTest,
    effects_of,
    general_cautions,
    measure_cautions,
)
from k2meta.errors import OptionError, unknown_option
from k2meta.kernels.rank_correlation import kendall
from k2meta.kernels.stratified import peto_score
from k2meta.models.options import FitOptions
from k2meta.models.result import MetaResult, checked_level
from k2meta.models.univariate import fit_options
from k2meta.records import BoolArray, FloatArray
from k2meta.studies.effects import Effects

__all__ = ["SmallStudyTest", "begg_test", "egger_test", "harbord_test", "peters_test"]

_MODELS = ("lm", "meta-regression")
_BEGG = "Begg and Mazumdar's rank correlation test"


def egger_test(
    effects: Effects | MetaResult,
    model: str = "lm",
    *,
    predictor: str = "se",
    tau2: str | float | None = None,
    test: str | None = None,
    level: float | None = None,
) -> SmallStudyTest:
    """Test by regression whether effects depend on their standard errors.

    Parameters
    ----------
    effects : Effects or MetaResult
        What :func:`k2meta.effect_sizes` returns, or a fit.
    model : {"lm", "meta-regression"}
        Weighted regression with a multiplicative residual variance (Egger's own), or meta-regression with an
        additive tau2.
    predictor : {"se", "var", "1/n", "sqrt(1/n)"}
        What the effects are set against; the last two need sample sizes.
    tau2, test : optional
        For ``"meta-regression"``, as in :func:`k2meta.meta_analysis`: the fit's by default; REML and
        Knapp-Hartung where effects are given.
    level : float, optional
        Of the interval of the limit; the fit's by default.

    Returns
    -------
    SmallStudyTest
        ``slope`` is Egger's intercept (bias), ``estimate`` the effect of an endlessly large study. NaN, with
        the reason in ``note``, with fewer than 3 studies or where all have the same predictor.

    Raises
    ------
    OptionError
        An unknown model, predictor, estimator or test; ``tau2`` or ``test`` with ``"lm"``.
    DataError
        When ``predictor`` needs sample sizes that are not known.

    Notes
    -----
    ``y_i = limit + slope * se_i + e_i``, weights ``1/v_i``: Egger's regression of ``y/se`` on ``1/se``, in
    which intercept and slope change names. ``t = slope / se(slope)`` with k - 2 degrees of freedom and
    ``phi = sum r_i^2 / v_i / (k - 2)``, or ``Var(e_i) = v_i + tau2``. R counterparts:
    ``regtest(res, model = "lm")`` and ``regtest(res, model = "rma")`` in metafor (predictors ``sei``, ``vi``,
    ``ninv``, ``sqrtninv``).

    References
    ----------
    Egger M, Davey Smith G, Schneider M, Minder C (1997). BMJ 315:629-634. doi:10.1136/bmj.315.7109.629
    Sterne JAC, Sutton AJ, Ioannidis JPA, et al. (2011). BMJ 343:d4002. doi:10.1136/bmj.d4002
    Pustejovsky JE, Rodgers MA (2019). Res Synth Methods 10:57-71. doi:10.1002/jrsm.1332 (SMD)

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> egger = k2.egger_test(bcg)
    >>> round(egger.statistic, 4), round(egger.p_value, 4), round(egger.estimate, 4)
    (-1.4013, 0.1887, -0.1909)
    """
    source = effects_of(effects)
    if model not in _MODELS:
        raise unknown_option("model of Egger's test", model, _MODELS)
    level = _level(effects, level)
    x, what = predictor_values(source, predictor)
    if model == "lm":
        if tau2 is not None or test is not None:
            raise OptionError(
                "tau2 and test have no meaning with model='lm', whose residual variance is multiplicative "
                "and whose test is t. Leave them out, or use model='meta-regression'."
            )
        name = "Egger's test (multiplicative dispersion)"
        line = weighted_line(source.yi, source.vi, x, what)
    else:
        options, fixed = _regression_options(effects, tau2, test)
        name = "Egger's test (meta-regression)"
        line = additive_line(source.yi, source.vi, x, what, options, fixed)
    cautions = general_cautions(source.yi, source.vi)
    if predictor in ("se", "var"):
        cautions += measure_cautions(source)
    return _answer(name, line, predictor, source.k, level, cautions)


def begg_test(effects: Effects | MetaResult) -> SmallStudyTest:
    """Test by rank correlation whether effects depend on their variances.

    Parameters
    ----------
    effects : Effects or MetaResult

    Returns
    -------
    SmallStudyTest
        ``estimate`` is Kendall's tau (tau-b with ties), ``statistic`` its z. The p-value is that of the
        permutation distribution (``distribution`` is ``"exact"``) without ties and up to 200 studies, normal
        without continuity correction otherwise. NaN, with the reason in ``note``, with fewer than 3 studies
        or where all have the same variance or the same effect.

    Raises
    ------
    DataError
        When ``effects`` are none.

    Notes
    -----
    Kendall's tau of ``(y_i - m) / sqrt(v_i - 1 / sum w)`` and ``v_i``, ``m`` being the common effect and
    ``w = 1/v``. R counterparts: ``ranktest(res)`` in metafor, whose p-value is that of
    ``cor.test(method = "kendall", exact = TRUE)``.

    References
    ----------
    Begg CB, Mazumdar M (1994). Biometrics 50:1088-1101. doi:10.2307/2533446

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> begg = k2.begg_test(bcg)
    >>> round(begg.estimate, 4), round(begg.p_value, 4)
    (0.0256, 0.9524)
    """
    source = effects_of(effects)
    cautions = general_cautions(source.yi, source.vi) + measure_cautions(source)
    if 10 <= source.k < 25:
        cautions += ("rank correlation has little power with fewer than 25 studies",)
    if source.k < 3:
        note = f"k = {source.k}: a rank correlation needs at least 3 studies"
        return _begg(source.k, cautions, note=note)
    found = kendall(_standardised_deviates(source.yi, source.vi), source.vi)
    if math.isnan(found.tau):
        note = "all studies have the same variance, or the same effect: there are no ranks to correlate"
        return _begg(source.k, cautions, note=note)
    distribution = "exact" if found.exact else "normal"
    return _begg(source.k, cautions, found.z, found.p_value, found.tau, distribution)


def harbord_test(effects: Effects | MetaResult, *, level: float | None = None) -> SmallStudyTest:
    """Test odds ratios for small-study effects by their scores.

    Parameters
    ----------
    effects : Effects or MetaResult
        Of measure ``"OR"`` or ``"PETO"``, made from 2 x 2 tables.
    level : float, optional
        Of the interval of the limit; the fit's by default.

    Returns
    -------
    SmallStudyTest
        ``slope`` is the bias, ``estimate`` the log odds ratio of an endlessly large study. Tables without
        events, or with nothing else, carry no score: they are left out and named in ``cautions``. NaN as in
        :func:`egger_test`.

    Raises
    ------
    OptionError
        For other measures.

    Notes
    -----
    Egger's regression on the score ``Z = a - n1 m / N`` and its variance under no effect,
    ``V = n1 n2 m (N - m) / (N^2 (N - 1))``, m being the events of both arms: effects ``Z/V`` with standard
    errors ``1/sqrt(V)``, which do not depend on the odds ratio. No zero cell needs a correction.
    R counterpart: ``metabias(m, method.bias = "Harbord")`` in meta.

    References
    ----------
    Harbord RM, Egger M, Sterne JAC (2006). Stat Med 25:3443-3457. doi:10.1002/sim.2380

    Examples
    --------
    >>> import k2meta as k2
    >>> magnesium = k2.effect_sizes(k2.load_dataset("egger2001"), "OR")
    >>> harbord = k2.harbord_test(magnesium)
    >>> round(harbord.slope, 4), round(harbord.p_value, 4)
    (-1.7525, 0.0001)
    """
    source = effects_of(effects)
    _require(source, "harbord_test", ("OR", "PETO"))
    level = _level(effects, level)
    a, b, c, d = _cells(source)
    informative = (a + c > 0) & (b + d > 0)
    score, information = peto_score(*(cell[informative] for cell in (a, b, c, d)))
    y, v = score / information, 1.0 / information
    line = weighted_line(y, v, np.sqrt(v), "score variance")
    cautions = general_cautions(y, v) + _left_out(source, informative)
    return _answer("Harbord's test", line, "1/sqrt(V)", int(informative.sum()), level, cautions)


def peters_test(effects: Effects | MetaResult, *, level: float | None = None) -> SmallStudyTest:
    """Test effects from 2 x 2 tables for small-study effects by their sample sizes.

    Parameters
    ----------
    effects : Effects or MetaResult
        Of measure ``"OR"``, ``"PETO"`` or ``"RR"``. The test was devised for odds ratios.
    level : float, optional
        Of the interval of the limit; the fit's by default.

    Returns
    -------
    SmallStudyTest
        ``slope`` belongs to 1/n, ``estimate`` is the effect of an endlessly large study. Tables without
        events, or with nothing else, have no weight: they are left out and named in ``cautions``. NaN as in
        :func:`egger_test`, here where all studies have the same size.

    Raises
    ------
    OptionError
        For other measures.

    Notes
    -----
    ``y_i = limit + slope / n_i`` with weights ``1 / (1/m_i + 1/(n_i - m_i))``, m being the events and n the
    people of both arms; multiplicative residual variance, t with k - 2 degrees of freedom. R counterpart:
    ``metabias(m, method.bias = "Peters")`` in meta.

    References
    ----------
    Peters JL, Sutton AJ, Jones DR, Abrams KR, Rushton L (2006). JAMA 295:676-680. doi:10.1001/jama.295.6.676

    Examples
    --------
    >>> import k2meta as k2
    >>> magnesium = k2.effect_sizes(k2.load_dataset("egger2001"), "OR")
    >>> round(k2.peters_test(magnesium).p_value, 4)
    0.0014
    """
    source = effects_of(effects)
    _require(source, "peters_test", ("OR", "PETO", "RR"))
    level = _level(effects, level)
    a, b, c, d = _cells(source)
    informative = (a + c > 0) & (b + d > 0)
    events, others = (a + c)[informative], (b + d)[informative]
    y, x = source.yi[informative], 1.0 / total_sizes(source, "peters_test()")[informative]
    line = weighted_line(y, 1.0 / events + 1.0 / others, x, "sample size")
    cautions = general_cautions(y, source.vi[informative]) + _left_out(source, informative)
    if source.measure == "RR":
        cautions += ("the weights of Peters' test were derived for odds ratios; compare measure 'OR'",)
    return _answer("Peters' test", line, "1/n", int(informative.sum()), level, cautions)


# --- pieces --------------------------------------------------------------------------------------------


def _level(effects: Effects | MetaResult, level: float | None) -> float:
    if level is not None:
        return checked_level(level)
    return effects.options.level if isinstance(effects, MetaResult) else 0.95


def _answer(
    name: str, line: Line, predictor: str, k: int, level: float, cautions: tuple[str, ...]
) -> SmallStudyTest:
    return SmallStudyTest(
        name=name,
        statistic=line.statistic,
        df=line.df,
        p_value=line.p_value,
        distribution="normal" if math.isinf(line.df) else "t",
        estimate=line.limit,
        ci=line.limit_interval(level),
        slope=line.slope,
        slope_se=line.slope_se,
        predictor=predictor,
        k=k,
        cautions=cautions,
        note=line.note,
        tau2=line.tau2,
        dispersion=line.dispersion,
    )


def _begg(
    k: int,
    cautions: tuple[str, ...],
    z: float = math.nan,
    p_value: float = math.nan,
    tau: float = math.nan,
    distribution: str = "normal",
    note: str = "",
) -> SmallStudyTest:
    return SmallStudyTest(
        _BEGG, z, math.inf, p_value, distribution, tau, predictor="var", k=k, cautions=cautions, note=note
    )


def _regression_options(
    effects: Effects | MetaResult, tau2: str | float | None, test: str | None
) -> tuple[FitOptions, float | None]:
    """Choices of the meta-regression: those given, else those of the fit, else the package's."""
    if not isinstance(effects, MetaResult):
        return fit_options(tau2=tau2, test=test)
    chosen = effects.options
    refuse_weights(effects.user_weights, chosen.tau2)
    if tau2 is None and chosen.tau2 != "none":
        tau2 = effects.tau2 if chosen.tau2 == "fixed" else chosen.tau2
    return fit_options(model=chosen.model, tau2=tau2, test=chosen.test if test is None else test)


def _standardised_deviates(yi: FloatArray, vi: FloatArray) -> FloatArray:
    """Deviations from the common effect by their standard errors, shape (k,)."""
    # measured from the most precise study, whose own deviation would cancel otherwise
    top = int(vi.argmin())
    w = vi[top] / vi
    total = w.sum()
    gap = yi - yi[top]
    others = total - w
    others[top] = np.delete(w, top).sum()
    out: FloatArray = (gap - (w * gap).sum() / total) / np.sqrt(vi * others / total)
    return out


def _cells(effects: Effects) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    a, n1, c, n2 = (effects.roles[name][effects.row] for name in ("events1", "n1", "events2", "n2"))
    return a, n1 - a, c, n2 - c


def _left_out(effects: Effects, informative: BoolArray) -> tuple[str, ...]:
    names = [effects.study[i] for i in np.flatnonzero(~informative)]
    if not names:
        return ()
    return (f"left out, since no (or only) events in both arms carry no information: {', '.join(names)}",)


def _require(effects: Effects, asker: str, measures: tuple[str, ...]) -> None:
    if effects.measure not in measures:
        raise OptionError(
            f"{asker}() was asked for effects of measure {effects.measure!r}. Expected "
            f"{' or '.join(measures)}: counts are needed. Make them with effect_sizes(data, 'OR', ...), or "
            "use egger_test()."
        )
