"""The L'Abbé plot: the risk in one group against the risk in the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import DataError, OptionError
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import require_fit, study_labels
from k2meta.figures.companions.labbe_chart import CURVES, LabbeJob, labbe_chart
from k2meta.figures.lettering.numbers import is_number
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.reading import read_scale
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["labbe_data", "labbe_plot"]


def labbe_data(fit: MetaResult) -> pd.DataFrame:
    """Return the points of a L'Abbé plot.

    Parameters
    ----------
    fit : MetaResult
        Of risk ratios, odds ratios (also Peto's), risk differences, arcsine differences, or of ratios or
        differences of rates, with the counts that they were made from.

    Returns
    -------
    DataFrame
        ``study``, ``control`` and ``treated`` (risks, or events per unit of person-time), ``weight``
        (percent).

    Raises
    ------
    DataError
        When ``fit`` is not a fit, its measure does not compare risks or rates, or the counts are not known.

    Notes
    -----
    ``events / n`` or ``events / time`` as observed. R counterpart: ``metafor::labbe``, which adds 1/2 to zero
    cells on logarithmic scales and plots transformed risks unless told otherwise.

    References
    ----------
    L'Abbé KA, Detsky AS, O'Rourke K (1987). Ann Intern Med 107:224-233. doi:10.7326/0003-4819-107-2-224

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    >>> k2.labbe_data(fit)[["control", "treated"]].round(3).iloc[0].tolist()
    [0.079, 0.033]
    """
    import pandas as pd

    fit = require_fit(fit, "labbe_data")
    base = _base(fit)
    control, treated = (_role(fit, f"events{arm}") / _role(fit, f"{base}{arm}") for arm in ("2", "1"))
    return pd.DataFrame(
        {
            "study": list(study_labels(fit)),
            "control": control,
            "treated": treated,
            "weight": np.asarray(fit.weights),
        }
    )


@in_both_languages
def labbe_plot(
    fit: MetaResult,
    *,
    arms: tuple[str, str] | None = None,
    per: float = 1,
    log: bool = False,
    labels: str | int | Iterable[str] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a L'Abbé plot: both axes alike, the diagonal of no effect, the curve of the pooled effect.

    Parameters
    ----------
    fit : MetaResult
        As in :func:`labbe_data`.
    arms : pair of str, optional
        Names of the groups, the treated one first.
    per : float
        Person-time that rates are given for (1000 for events per 1,000).
    log : bool
        Logarithmic axes, which tell small risks apart; not with a study without events in one group.
    labels : {"auto", "all", "none"}, int or list of str
        Which studies bear their names, those furthest from the diagonal first; none by default.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError
        When ``fit`` is not a fit, its measure does not compare risks or rates, or the counts are not known.
    OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`k2meta.forest_plot`.

    Warns
    -----
    LayoutWarning
        A study's name found no room, or the figure is taller than a page.

    Notes
    -----
    The area of a point is proportional to the study's weight. See :func:`labbe_data` for the axes.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "OR"))
    >>> k2.labbe_plot(fit, arms=("BCG", "no vaccine")).k2meta["kind"]
    'labbe'
    """
    look = choose_theme(labbe_plot, theme, theme_overrides)
    fit = require_fit(fit, "labbe_plot")
    data = labbe_data(fit)
    rates = _base(fit) == "time"
    if not is_number(per) or not (per > 0 and math.isfinite(per)) or (per != 1 and not rates):
        raise OptionError(
            f"per={per!r} - expected a positive number, with rates only - write per=1000 for events per 1,000"
        )
    if arms is not None and not _are_two_names(arms):
        raise OptionError(f'arms={arms!r} - expected two names - write arms=("vitamin K2", "placebo")')
    if log:
        _refuse_zero(data)
    job = LabbeJob(
        fit, data, read_scale(fit.effects), look, rates, float(per), bool(log), arms, labels, title, footnote
    )
    return chart_figure(lambda each: labbe_chart(job, each), look, width, lang)


def _are_two_names(arms: object) -> bool:
    # a text would be two names of one letter each
    names = [] if isinstance(arms, str) or not isinstance(arms, Sequence | np.ndarray) else list(arms)
    return len(names) == 2 and all(isinstance(name, str) for name in names)


def _base(fit: MetaResult) -> str:
    """Role of what events are divided by: ``"n"`` or ``"time"``."""
    if fit.measure not in CURVES:
        raise DataError(
            f"a L'Abbé plot was asked for effects of measure {fit.measure!r} - which do not compare two "
            f"risks or rates - expected one of {', '.join(CURVES)} - make the effects from counts, or draw "
            "another figure"
        )
    return "time" if fit.measure.startswith("IR") else "n"


def _role(fit: MetaResult, name: str) -> FloatArray:
    values = fit.effects.role(name)
    if values is None:
        raise DataError(
            f"a L'Abbé plot needs the counts of each study, and {name!r} is not known - expected "
            "effects made from rows with events and totals - call effect_sizes() with them instead of "
            "giving yi and vi"
        )
    return np.asarray(values, dtype=float)


def _refuse_zero(data: pd.DataFrame) -> None:
    """Say which studies have no place on logarithmic axes."""
    empty = data[(data["control"] <= 0) | (data["treated"] <= 0)]["study"].tolist()
    if empty:
        raise DataError(
            f"log=True - no events in a group of {', '.join(map(repr, empty[:5]))}"
            f"{' ...' if len(empty) > 5 else ''} - expected events in both groups of every study, as 0 has "
            "no logarithm - leave log out"
        )
