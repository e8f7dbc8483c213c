"""The Baujat plot: which studies make the heterogeneity, and which move the answer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import k2meta.figures.companions.words_baujat as _words  # adds its words to the catalogue
from k2meta.analysis.leaving_out import leave_one_out
from k2meta.errors import DataError
from k2meta.figures.chart.chart import AxisSpec, Chart, Panel
from k2meta.figures.chart.chart_effects import undrawn_note
from k2meta.figures.chart.chart_figure import chart_figure, choose_theme
from k2meta.figures.chart.chart_parts import (
    PLURAL,
    always,
    areas,
    choose_labels,
    fit_note,
    method_words,
    point_rows,
    require_fit,
    shown,
)
from k2meta.figures.looks.display import Marks
from k2meta.figures.looks.model import run
from k2meta.figures.looks.themes import Theme
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import say
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["baujat_data", "baujat_plot"]

_ = _words
GID = "k2:points"
ALL_NAMED = 10  # so few studies can all be named
NEAR = 0.1  # share of the furthest study's distance within which marks crowd the origin
AIR = 1.06


def baujat_data(fit: MetaResult) -> pd.DataFrame:
    """Return contribution to heterogeneity and influence of each study.

    Parameters
    ----------
    fit : MetaResult
        With two studies or more.

    Returns
    -------
    DataFrame
        ``study``, ``contribution`` (squared Pearson residual), ``influence`` (infinite where the others have
        one effect and Knapp-Hartung gives it no variance, NaN where they cannot be pooled), ``weight``
        (percent).

    Raises
    ------
    DataError
        When ``fit`` is not a fit, or has one study.

    Notes
    -----
    ``contribution_i = (y_i - mu)^2 / (v_i + tau2)``; ``influence_i = (mu - mu_(-i))^2 / Var(mu_(-i))``.

    R counterpart: ``metafor::baujat``.

    References
    ----------
    Baujat B, Mahé C, Pignon JP, Hill C (2002). Stat Med 21:2641-2652. doi:10.1002/sim.1221

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"], tau2="DL")
    >>> k2.baujat_data(fit).round(3)["contribution"].tolist()
    [0.588, 0.091, 1.127]
    """
    import pandas as pd

    fit = require_fit(fit, "baujat_data", 2)
    without = leave_one_out(fit)
    yi, vi = np.asarray(fit.effects.yi), np.asarray(fit.effects.vi)
    change = fit.estimate - without.estimate
    with np.errstate(divide="ignore", invalid="ignore"):
        influence = np.where(change == 0, 0.0, change**2 / without.se**2)
    return pd.DataFrame(
        {
            "study": [str(label) for label in fit.effects.study],
            "contribution": (yi - fit.estimate) ** 2 / (vi + fit.tau2),
            "influence": influence,
            "weight": np.asarray(fit.weights),
        }
    )


@in_both_languages
def baujat_plot(
    fit: MetaResult,
    *,
    labels: str | int | Iterable[str] | None = "auto",
    theme: str | Theme = "plain",
    width: str | float = "1col",
    lang: str = "en",
    title: str = "",
    footnote: bool = True,
    **theme_overrides: Any,
) -> K2Figure:
    """Draw a Baujat plot.

    Parameters
    ----------
    fit : MetaResult
    labels : {"auto", "all", "none"}, int or list of str
        Which studies bear their names: automatically all of up to 10; of up to 30, those that stand apart
        from the origin; of more, the ten that stand furthest from it.
    theme, width, lang, title, footnote, **theme_overrides
        As in :func:`k2meta.forest_plot`.

    Returns
    -------
    K2Figure or FigureSet

    Raises
    ------
    DataError
        When ``fit`` is not a fit, has one study, or no study has a finite influence.
    OptionError, LayoutError, MissingGlyphError, TypeError
        As in :func:`k2meta.forest_plot`.

    Warns
    -----
    LayoutWarning
        A study's name found no room, or the figure is taller than a page.

    Notes
    -----
    The area of a mark is proportional to the study's weight. See :func:`baujat_data` for the axes.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.9], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.baujat_plot(fit).k2meta["kind"]
    'baujat'
    """
    look = choose_theme(baujat_plot, theme, theme_overrides)
    data = baujat_data(require_fit(fit, "baujat_plot", 2))
    if not np.isfinite(data["influence"]).any():
        raise DataError(
            "baujat_plot() has no study with a finite influence - without any of them the others cannot be "
            "pooled, or have no variance - expected one at least - pool by inverse variance with test='z'"
        )
    build = partial(_chart, fit=fit, data=data, look=look, wanted=labels, title=title, footnote=footnote)
    return chart_figure(build, look, width, lang)


def _chart(
    lang: str, *, fit: MetaResult, data: pd.DataFrame, look: Theme, wanted: Any, title: str, footnote: bool
) -> Chart:
    x, y = (data[name].to_numpy() for name in ("contribution", "influence"))
    names = data["study"].tolist()
    known = np.isfinite(y)
    size = areas(data["weight"].to_numpy())
    marks = Marks(
        tuple(x[known].tolist()),
        tuple(y[known].tolist()),
        tuple(np.array(size)[known].tolist()),
        "circle",
        look.square,
        GID,
    )
    finite = np.where(known, y, 0.0)
    right, top = float(x[known].max()), float(finite.max())
    importance = x / max(float(x.max()), 1e-300) + finite / max(top, 1e-300)
    strongest = int(np.nanargmax(y))
    if wanted == "auto" and ALL_NAMED < len(x) <= PLURAL:
        wanted = int((importance >= NEAR * importance.max()).sum())
    radii = [math.sqrt(a / math.pi) for a in size]
    panel = Panel(
        AxisSpec(0.0, AIR * right or 1.0, run(say("baujat: x", lang)), fixed=True),
        AxisSpec(0.0, AIR * top or 1.0, run(say("baujat: y", lang)), fixed=True),
        always(marks),
        choose_labels(wanted, names, importance, list(zip(x.tolist(), y.tolist(), strict=True)), radii),
    )
    kept = data[known]
    return Chart(
        "baujat",
        (panel,),
        title or say("baujat: title", lang),
        say(
            *("baujat: alt", lang),
            k=fit.k,
            first=names[int(np.argmax(x))],
            q=shown(float(x.max())),
            last=names[strongest],
            influence=shown(top) if known[strongest] else "∞",
        ),
        say("baujat: caption", lang, k=fit.k, method=method_words(fit, lang)),
        notes=(
            *undrawn_note([name for name, is_known in zip(names, known, strict=True) if not is_known], lang),
            ((*run(say("baujat: note", lang) + ("。" if lang == "zh" else ". ")),), *fit_note(fit, lang))
            if footnote
            else (),
        ),
        rows=point_rows(marks, kept["study"].tolist(), weights=kept["weight"].tolist()),
        table=data,
    )
