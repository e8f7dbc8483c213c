"""The bubble plot: studies and what a meta-regression makes of them, along one moderator."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.errors import OptionError
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.companions.bubble_chart import BubbleJob, bubble_chart
from k2meta.figures.companions.bubble_line import (
    choose_moderator,
    column_name,
    is_grouping,
    levels_of,
    require_regression,
)
from k2meta.figures.looks.themes import Theme, page_width
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.reading import read_scale
from k2meta.models.regression_result import MetaRegressionResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bubble_data", "bubble_plot"]

PANEL, COLUMN = 42.0, 13.0  # mm of page that a panel and a column of one take at least


def bubble_data(
    fit: MetaRegressionResult, moderator: str | None = None, *, by: str | None = None
) -> pd.DataFrame:
    """Return the points of a bubble plot.

    Parameters
    ----------
    fit : MetaRegressionResult
    moderator : str, optional
        A variable of the formula; may be left out where there is one only.
    by : str, optional
        A categorical variable of the formula.

    Returns
    -------
    DataFrame
        ``study``, the moderator, the variable of ``by``, ``estimate`` (analysis scale: log for ratios),
        ``se``, ``weight`` (percent). A variable of one of these names is in the column
        ``"moderator <name>"``.

    Raises
    ------
    DataError
        When ``fit`` is no meta-regression, or has no moderators.
    OptionError
        When a variable is not in the model, or not categorical where it must be.

    Notes
    -----
    R counterpart: ``metafor::regplot``.

    References
    ----------
    Thompson SG, Higgins JPT (2002). Stat Med 21:1559-1573. doi:10.1002/sim.1187

    Examples
    --------
    >>> import k2meta as k2
    >>> bcg = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    >>> k2.bubble_data(k2.meta_regression("~ latitude", bcg)).columns.tolist()
    ['study', 'latitude', 'estimate', 'se', 'weight']
    """
    import pandas as pd

    fit = require_regression(fit, "bubble_data")
    name = choose_moderator(fit, moderator)
    variables = [name] if by is None else [name, _panels_by(fit, name, by)]
    own = fit.moderators
    columns: dict[str, Any] = {"study": [str(label) for label in fit.study]}
    columns |= {column_name(each): own[each].to_numpy() for each in variables}
    columns |= {"estimate": fit.effects.yi, "se": fit.effects.sei, "weight": np.asarray(fit.weights)}
    return pd.DataFrame(columns)


@in_both_languages
def bubble_plot(
    fit: MetaRegressionResult,
    moderator: str | None = None,
    *,
    by: str | None = None,
    prediction: bool = True,
    xlabel: str | None = None,
    labels: str | int | Iterable[str] | None = None,
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a bubble plot of a meta-regression.

    Parameters
    ----------
    fit : MetaRegressionResult
    moderator : str, optional
        A variable of the formula for the horizontal axis; may be left out where there is one only. Categories
        become columns, with all studies of a category at one place.
    by : str, optional
        A categorical variable of the formula: one panel for each of its categories.
    prediction : bool
        Whether the prediction band is drawn, where the model has one.
    xlabel : str, optional
        Title of the horizontal axis; the moderator's name by default.
    labels : {"auto", "all", "none"}, int or list of str
        Which studies bear their names, those furthest from the line first; none by default.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError
        When ``fit`` is no meta-regression, or has no moderators.
    OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`k2meta.forest_plot`; also when a variable is not in the model.

    Warns
    -----
    LayoutWarning
        A study's name found no room, or the figure is taller than a page.

    Notes
    -----
    The area of a bubble is proportional to the study's weight. The line runs from the lowest to the highest
    value that studies have. Moderators other than ``moderator`` and ``by`` are averaged over the studies:
    each term of the model is held at its mean.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_regression("~ latitude", k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    >>> k2.bubble_plot(fit, xlabel="Latitude (degrees)").k2meta["kind"]
    'bubble'
    """
    look = choose_theme(bubble_plot, theme, theme_overrides)
    fit = require_regression(fit, "bubble_plot")
    name = choose_moderator(fit, moderator)
    data = bubble_data(fit, name, by=by)
    columns = len(levels_of(fit, name)) if is_grouping(fit, name) else 0
    job = BubbleJob(
        fit=fit,
        data=data,
        name=name,
        by=by,
        across=max(1, math.floor(page_width(width, look) / max(PANEL, columns * COLUMN))),
        prediction=bool(prediction) and fit.options.model == "random",
        reading=read_scale(fit.effects),
        look=look,
        xlabel=name if xlabel is None else str(xlabel),
        labels=labels,
        title=title,
        footnote=footnote,
    )
    return chart_figure(lambda each: bubble_chart(job, each), look, width, lang)


def _panels_by(fit: MetaRegressionResult, name: str, by: str) -> str:
    chosen = choose_moderator(fit, by)
    if chosen == name:
        raise OptionError(f"by={by!r} - is on the horizontal axis already - expected another moderator")
    if not is_grouping(fit, chosen):
        raise OptionError(
            f"by={by!r} - holds numbers - expected a categorical moderator - write C({by}) in the formula"
        )
    return chosen
