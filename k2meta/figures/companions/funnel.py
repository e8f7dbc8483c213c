"""The funnel plot: effects against their precision, with contours, filled studies and Egger's line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.analysis.small_study import egger_test
from k2meta.analysis.small_study_result import SmallStudyTest
from k2meta.analysis.trim_fill import TrimFillResult
from k2meta.analysis.trim_fill import trim_and_fill as trim_and_fill_of
from k2meta.errors import DataError, OptionError
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import require_fit, study_labels
from k2meta.figures.companions.funnel_chart import FunnelJob, funnel_chart
from k2meta.figures.companions.funnel_marks import DASHES, FunnelLines
from k2meta.figures.companions.funnel_scales import FunnelScale, get_funnel_scale
from k2meta.figures.lettering.numbers import is_number
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.reading import Reading, read_scale
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["funnel_data", "funnel_plot"]

CONTOURS = (0.10, 0.05, 0.01)


def funnel_data(
    fit: MetaResult, *, y: str = "se", trim_and_fill: TrimFillResult | bool | None = None
) -> pd.DataFrame:
    """Return the points of a funnel plot.

    Parameters
    ----------
    fit : MetaResult
    y : {"se", "variance", "precision", "1/variance", "n", "1/n", "1/sqrt(n)"}
        What stands on the vertical axis; the last three need sample sizes.
    trim_and_fill : TrimFillResult or bool, optional
        Adds the studies that it fills; True computes it.

    Returns
    -------
    DataFrame
        ``study``, ``estimate`` (analysis scale: log for ratios), ``se``, ``y``, ``filled``.

    Raises
    ------
    DataError
        When ``fit`` is not a fit, a sample size is not known, or the filled studies are of another fit.
    OptionError
        For an unknown ``y``.

    Notes
    -----
    R counterpart: what ``metafor::funnel`` returns (``yaxis`` ``"sei"``, ``"vi"``, ``"seinv"``, ``"vinv"``,
    ``"ni"``, ``"ninv"``, ``"sqrtninv"``).

    References
    ----------
    Sterne JAC, Egger M (2001). J Clin Epidemiol 54:1046-1055. doi:10.1016/S0895-4356(01)00377-8

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.01, 0.04, 0.25], study=["A", "B", "C"])
    >>> k2.funnel_data(fit, y="precision")["y"].round(6).tolist()
    [10.0, 5.0, 2.0]
    """
    fit = require_fit(fit, "funnel_data")
    return _points(fit, get_funnel_scale(y), _filled(fit, trim_and_fill))


@in_both_languages
def funnel_plot(
    fit: MetaResult,
    *,
    y: str = "se",
    level: float | Sequence[float] | None = None,
    with_tau2: bool = False,
    contour: bool | Sequence[float] = False,
    trim_and_fill: TrimFillResult | bool | None = None,
    egger: SmallStudyTest | bool | None = None,
    around: str | float = "auto",
    labels: str | int | Iterable[str] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a funnel plot.

    Parameters
    ----------
    fit : MetaResult
    y : {"se", "variance", "precision", "1/variance", "n", "1/n", "1/sqrt(n)"}
        The vertical axis; large studies are always on top. With sample sizes there are no pseudo limits
        and no contours, as these follow from standard errors.
    level : float or sequence of float, optional
        Of the pseudo limits: one or up to three, each with its own dashes; the fit's by default, none with
        ``()``.
    with_tau2 : bool
        Add tau2 to the variances for the pseudo limits.
    contour : bool or sequence of float
        Shade where a study is not significant and where its P value is under 0.10, 0.05 and 0.01 (or up to
        three other values).
    trim_and_fill : TrimFillResult or bool, optional
        Shows the filled studies as open points; True computes it.
    egger : SmallStudyTest or bool, optional
        Draws the line of the regression and prints its test; True computes :func:`k2meta.egger_test`.
    around : {"auto", "estimate", "adjusted"} or float
        Round what the pseudo limits stand: the pooled effect, the one with filled studies, or a value on the
        analysis scale. Automatically round the latter where studies are filled, and the pooled effect is
        then a dotted line.
    labels : {"auto", "all", "none"}, int or list of str
        Which studies bear their names, the outermost first; none by default.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError
        When ``fit`` is not a fit, a sample size is not known, or the filled studies are of another fit.
    OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`k2meta.forest_plot`; also for contours of a measure without a value of no effect, and
        a regression that the vertical axis cannot show.

    Warns
    -----
    LayoutWarning
        A study's name found no room, or the figure is taller than a page.

    Notes
    -----
    Pseudo limits ``estimate -+ z se`` leave heterogeneity out, for random effects as well: this is the
    common-effect convention of ``metafor::funnel`` (``addtau2 = FALSE``). Contours ``null -+ z se`` after
    Peters et al. (2008). Egger's line is ``estimate + slope * se`` in the predictor of the test.

    References
    ----------
    Sterne JAC, Egger M (2001). J Clin Epidemiol 54:1046-1055. doi:10.1016/S0895-4356(01)00377-8
    Peters JL, Sutton AJ, Jones DR, Abrams KR, Rushton L (2008). J Clin Epidemiol 61:991-996.
    doi:10.1016/j.jclinepi.2007.11.010

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    >>> k2.funnel_plot(fit, contour=True, egger=True).k2meta["kind"]
    'funnel'
    """
    look = choose_theme(funnel_plot, theme, theme_overrides)
    fit = require_fit(fit, "funnel_plot")
    scale, reading = get_funnel_scale(y), read_scale(fit.effects)
    filled, regression = _filled(fit, trim_and_fill), _regression(fit, egger, scale)
    centre, side = _centre(fit, filled, around)
    lines = FunnelLines(
        scale=scale,
        centre=centre,
        levels=_levels(fit, level, scale),
        tau2=fit.tau2 if with_tau2 else 0.0,
        null=reading.scale.null,
        contours=_contours(contour, scale, reading),
        other=fit.estimate if side == "adjusted" else None,
        egger=(
            (regression.estimate, regression.slope, regression.predictor)
            if regression is not None and regression.computed
            else None
        ),
    )
    data = _points(fit, scale, filled)
    job = FunnelJob(fit, data, lines, reading, look, filled, regression, side, labels, title, footnote)
    return chart_figure(lambda each: funnel_chart(job, each), look, width, lang)


def _points(fit: MetaResult, scale: FunnelScale, filled: TrimFillResult | None) -> pd.DataFrame:
    import pandas as pd

    effects = fit.effects
    names, upright = list(study_labels(fit)), scale.of_studies(effects)
    estimate, se = np.asarray(effects.yi), effects.sei
    own = pd.DataFrame({"study": names, "estimate": estimate, "se": se, "y": upright, "filled": False})
    if filled is None or not len(filled.filled_yi):
        return own
    of = np.asarray(filled.filled_of, dtype=int)
    added = pd.DataFrame(
        {
            "study": [names[i] for i in of],
            "estimate": np.asarray(filled.filled_yi, dtype=float),
            "se": np.sqrt(np.asarray(filled.filled_vi, dtype=float)),
            "y": upright[of],
            "filled": True,
        }
    )
    return pd.concat([own, added], ignore_index=True)


# --------------------------------------------------------------------------- options
def _filled(fit: MetaResult, given: TrimFillResult | bool | None) -> TrimFillResult | None:
    if given is None or given is False:
        return None
    result = trim_and_fill_of(fit) if given is True else given
    if not isinstance(result, TrimFillResult):
        raise OptionError(
            f"trim_and_fill={given!r} - expected True or what trim_and_fill() returns - write "
            "trim_and_fill=True"
        )
    theirs = result.fit.effects
    if theirs is not fit.effects and not np.array_equal(theirs.yi, fit.effects.yi):
        raise DataError(
            f"trim_and_fill was given for other studies (k = {theirs.k}) than the fit has (k = {fit.k}) - "
            "expected a result for this fit - call trim_and_fill(fit) with the same fit"
        )
    return result


def _regression(
    fit: MetaResult, given: SmallStudyTest | bool | None, scale: FunnelScale
) -> SmallStudyTest | None:
    if given is None or given is False:
        return None
    if given is True:
        given = egger_test(fit) if scale.base == "se" else egger_test(fit, predictor="sqrt(1/n)")
    if not isinstance(given, SmallStudyTest):
        raise OptionError(f"egger={given!r} - expected True or what egger_test() returns - write egger=True")
    if given.ci is None:
        raise OptionError(
            f"egger - {given.name} is no regression, so that it has no line - expected what egger_test() or "
            "peters_test() returns - write egger=True"
        )
    if given.k > fit.k or (given.predictor in ("se", "var") and given.k != fit.k):
        raise DataError(
            f"egger was given for other studies (k = {given.k}) than the fit has (k = {fit.k}) - expected a "
            "test of this fit - call egger_test(fit) with the same fit"
        )
    if scale.predictor(given.predictor, np.ones(1)) is None:
        raise OptionError(
            f"egger - a regression on {given.predictor or 'ranks'!r} is no line on an axis of "
            f"{scale.name!r} - "
            'expected a predictor that follows from y ("se" and "var" from standard errors, "1/n" and '
            '"sqrt(1/n)" from sizes) - choose another y=, or print the test without its line'
        )
    return given


def _levels(fit: MetaResult, given: float | Sequence[float] | None, scale: FunnelScale) -> tuple[float, ...]:
    if given is None:
        return (fit.options.level,) if scale.base == "se" else ()
    levels = _numbers(given)
    if levels is None or len(levels) > len(DASHES) or not all(0 < v < 1 for v in levels):
        raise OptionError(
            f"level={given!r} - expected up to {len(DASHES)} numbers between 0 and 1 - write level=0.95 or "
            "level=(0.95, 0.99)"
        )
    if levels and scale.base != "se":
        raise OptionError(
            f"level - pseudo limits do not follow from {scale.name!r} - expected an axis of standard errors "
            '- write y="se", or leave level out'
        )
    return tuple(sorted(levels))


def _numbers(given: Any) -> tuple[float, ...] | None:
    """One number or several as a tuple; None for anything else."""
    values = (given,) if is_number(given) else tuple(given) if isinstance(given, Iterable) else (None,)
    return tuple(float(v) for v in values) if all(map(is_number, values)) else None


def _contours(given: bool | Sequence[float], scale: FunnelScale, reading: Reading) -> tuple[float, ...]:
    if given is False or given is None:
        return ()
    levels = CONTOURS if given is True else _numbers(given)
    if levels is None or not 1 <= len(levels) <= 3 or not all(0 < v < 1 for v in levels):
        raise OptionError(
            f"contour={given!r} - expected True or up to three P values between 0 and 1 - write "
            "contour=(0.1, 0.05, 0.01)"
        )
    if scale.base != "se":
        raise OptionError(
            f"contour - significance does not follow from {scale.name!r} - expected an axis of standard "
            'errors - write y="se", or leave contour out'
        )
    if reading.scale.null is None:
        raise OptionError(
            f"contour - a {reading.measure.name} has no value of no effect to test against - expected a "
            "measure that compares groups - leave contour out"
        )
    return tuple(sorted(levels, reverse=True))


def _centre(fit: MetaResult, filled: TrimFillResult | None, around: str | float) -> tuple[float, str]:
    """Round what the limits stand, and which of ``estimate``, ``adjusted``, ``given`` that is."""
    if is_number(around) and math.isfinite(float(around)):
        y, se = fit.effects.yi, fit.effects.sei
        if abs(float(around) - fit.estimate) > 30 * (np.ptp(y) + se.max()):
            raise OptionError(
                f"around={around!r} - so far from the studies ({y.min():.4g} to {y.max():.4g}) that they "
                "would be one point - expected a value near them on the analysis scale (log for ratios) - "
                "leave it out for the pooled effect"
            )
        return float(around), "given"
    if around not in ("auto", "estimate", "adjusted") or (around == "adjusted" and filled is None):
        raise OptionError(
            f'around={around!r} - expected "auto", "estimate", a number on the analysis scale, or "adjusted" '
            "together with trim_and_fill - leave it out"
        )
    if filled is not None and around != "estimate" and len(filled.filled_yi):
        return float(filled.adjusted.estimate), "adjusted"
    return fit.estimate, "estimate"
