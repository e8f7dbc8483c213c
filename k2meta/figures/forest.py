"""The forest plot."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.errors import nearest, unknown_option
from k2meta.figures.bilingual import BOTH, given_in, stacked_model
from k2meta.figures.canvas import K2Figure
from k2meta.figures.catalogue import LANGUAGES
from k2meta.figures.faces import latin_face, require_glyphs
from k2meta.figures.figure_set import FigureSet
from k2meta.figures.forest_entries import base_fit, forest_entries
from k2meta.figures.forest_entry import ForestOptions, ForestResult
from k2meta.figures.forest_model import build_model
from k2meta.figures.forest_panels import build_panels
from k2meta.figures.forest_refits import refit_numbers
from k2meta.figures.forest_requests import as_results, forest_options, forest_requests
from k2meta.figures.forest_truth import forest_record, forest_table
from k2meta.figures.layout import lay_out
from k2meta.figures.model import FigureModel, plain_text
from k2meta.figures.reading import read_scale
from k2meta.figures.themes import Theme, get_theme, page_width
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["forest_data", "forest_plot"]


def forest_data(
    result: ForestResult,
    *,
    sort: str = "data",
    models: Sequence[MetaResult] = (),
    prediction: bool | None = None,
    excluded: bool = True,
    overall: bool = True,
) -> pd.DataFrame:
    """Return the numbers of a forest plot, one row for each row with a mark or a reason for none.

    Parameters
    ----------
    result : MetaResult, SubgroupResult or LeaveOneOutResult
    sort, models, prediction, excluded, overall
        As in :func:`forest_plot`.

    Returns
    -------
    DataFrame
        ``kind`` (``"study"``, ``"excluded"``, ``"pooled"``, ``"prediction"``), ``label``, ``group``,
        ``estimate, ci_low, ci_high`` (analysis scale: log for ratios), ``natural, natural_low,
        natural_high`` (the scale people read), ``weight`` (percent, full precision), ``reason``.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.forest_data(fit)["kind"].tolist()
    ['study', 'study', 'study', 'pooled', 'prediction']
    """
    import pandas as pd

    results = as_results(result)
    given = {"sort": sort, "models": models, "prediction": prediction}
    options = forest_options(results, {**given, "excluded": excluded, "overall": overall})
    frames = [_data(own, chosen) for own, chosen in zip(results, options, strict=True)]
    if len(frames) > 1:
        for number, frame in enumerate(frames):
            frame.insert(0, "panel", number)
    return pd.concat(frames, ignore_index=True)


def _data(result: ForestResult, options: ForestOptions) -> pd.DataFrame:
    """Return the numbers of one panel."""
    import pandas as pd

    reading = read_scale(base_fit(result).effects)
    refits = isinstance(result, (LeaveOneOutResult, CumulativeResult))
    rows = []
    for entry in forest_entries(result, options):
        if entry.kind not in ("study", "excluded", "pooled", "prediction"):
            continue
        study = entry.position if entry.position >= 0 and not refits else None
        x, low, high = reading.natural([entry.x, entry.lo, entry.hi], study)
        rows.append(
            {
                "kind": entry.kind,
                "label": entry.label,
                "group": entry.group,
                "estimate": entry.x,
                "ci_low": entry.lo,
                "ci_high": entry.hi,
                "natural": x,
                "natural_low": low,
                "natural_high": high,
                "weight": entry.share if entry.kind == "study" else entry.weight,
                "reason": entry.reason,
            }
        )
        if isinstance(result, (LeaveOneOutResult, CumulativeResult)):
            rows[-1].update(zip(("p_value", "tau2", "i2"), refit_numbers(result, entry), strict=True))
    return pd.DataFrame(rows)


@overload
def forest_plot(result: ForestResult, *, pages: None = None, **options: Any) -> K2Figure: ...
@overload
def forest_plot(result: ForestResult, *, pages: Literal["auto"], **options: Any) -> FigureSet: ...


def forest_plot(
    result: ForestResult,
    *,
    theme: str | Theme = "plain",
    width: str | float = "2col",
    lang: str = "en",
    arms: tuple[str, str] | None = None,
    columns: Sequence[str] | None = None,
    extra: Mapping[str, Sequence[object]] | None = None,
    heads: Mapping[str, str] | None = None,
    favours: tuple[str, str] | None = None,
    effect: str | None = None,
    title: str = "",
    models: Sequence[MetaResult] = (),
    sort: str = "data",
    prediction: bool | None = None,
    excluded: bool = True,
    overall: bool = True,
    xlim: tuple[float, float] | None = None,
    ticks: Sequence[float] | None = None,
    decimals: int | None = None,
    statistics: bool = True,
    footnote: bool = True,
    pages: Literal["auto"] | None = None,
    band: Any = None,
    **theme_overrides: Any,
) -> K2Figure | FigureSet:
    """Draw a forest plot.

    Parameters
    ----------
    result : MetaResult, SubgroupResult or LeaveOneOutResult
        What to show. Every printed and plotted number is taken from it.
    theme : str or Theme
        ``"plain"``, ``"revman"``, ``"jama"``, ``"bmj"``, ``"lancet"``, ``"nature"`` or ``"cma"``. A theme
        changes looks only, never a number.
    width : str or float
        ``"1col"`` (85 mm in most themes), ``"1.5col"``, ``"2col"`` (174 mm), or millimetres.
    lang : {"en", "zh", "en+zh"}
        ``"en+zh"`` gives a figure in each language, or with ``bilingual="stack"`` one with Chinese over
        English. ``arms``, ``heads``, ``favours``, ``effect`` and ``title`` may then be given in both:
        ``favours={"en": ("K2", "control"), "zh": ("维生素K2", "对照")}``.
    arms : pair of str, optional
        Names over the columns of arm 1 (treatment) and arm 2 (control).
    columns : sequence of str, optional
        Which to show: ``"study"``, ``"arms"``, ``"weight"``, ``"effect"``, ``"user"``, single ones by
        role (``"n1"``), or names in ``extra``. All by default.
    extra : mapping of str to sequence, optional
        Further columns: one value for each pooled study, or for each row of the data.
    heads : mapping of str to str, optional
        Other heads for columns, by the same names; a line feed breaks them.
    favours : pair of str, optional
        Who is favoured left and right of the null (``("vitamin K2", "control")``). Nothing by default:
        it depends on whether the outcome is wanted.
    effect : str, optional
        Name of the effect, where the measure's own will not do (``"Hazard ratio"`` for ``"GEN"``).
    title : str
        Title of the file, for its metadata and captions; nothing is drawn.
    models : sequence of MetaResult
        Further fits of the same studies; each gets a diamond in a row of its own.
    sort : {"data", "effect", "weight", "name"}
    prediction : bool, optional
        Show the prediction interval. By default for random effects with three studies or more.
    excluded : bool
        Keep studies that take no part as rows, with the reason in a footnote.
    overall : bool
        End a subgroup figure with the effect of all studies. Without it, weights add to 100 in each group.
    xlim : pair of float, optional
        Limits on the natural scale (ratios, proportions). Intervals beyond get arrows.
    ticks : sequence of float, optional
        Ticks on the natural scale.
    decimals : int, optional
        Decimals of effects.
    statistics : bool
        Print heterogeneity and tests.
    footnote : bool
        Print the line that names model, estimator and interval methods.
    pages : {"auto"}, optional
        ``"auto"`` returns a list of figures no taller than a page, with repeated heads and one scale of
        squares. By default one figure, with a :class:`LayoutWarning` when it is taller than a page.
    **theme_overrides
        Any setting of the theme (``size=7``, ``square="black"``, ``left=("study", "arms")``).

    Returns
    -------
    K2Figure or FigureSet
        ``fig.save("forest.pdf", "forest.svg")``; ``fig.table()``, ``fig.alt_text``, ``fig.k2meta``. For pages
        and for two languages a list of figures, whose ``save`` writes each to a file of its own.

    Raises
    ------
    OptionError
        An option is not known; the message lists the known ones.
    LayoutError
        The page is too narrow; the message gives the millimetres needed.
    MissingGlyphError
        A label has a character that no face draws.
    TypeError
        A keyword is not known; the message names the nearest.

    Warns
    -----
    LayoutWarning
        Columns were left out for want of width, or the figure is taller than a page.

    Notes
    -----
    The area of a square is proportional to the weight, without exception. The axis is the analysis scale with
    labels on the natural scale. R counterparts: ``metafor::forest``, ``meta::forest``.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> fig = k2.forest_plot(fit, width="1col")
    >>> fig.table()["effect"].tolist()[0]
    '0.10 (−0.18 to 0.38)'
    """
    given = locals()
    look = _theme(theme, theme_overrides)
    if pages not in (None, "auto"):
        raise unknown_option("pages", pages, ("auto", "None"))
    if lang not in (*LANGUAGES, BOTH):
        raise unknown_option("lang", lang, (*LANGUAGES, BOTH))
    results = as_results(result)
    languages = LANGUAGES if lang == BOTH else (lang,)
    built = [_model(results, look, given_in(given, each)) for each in languages]
    if len(built) == 2 and look.bilingual == "stack":
        built = [stacked_model(*reversed(built))]
    figures = FigureSet()
    for model in built:
        with latin_face(look.latin):
            require_glyphs(_texts(model))
            layout = lay_out(model, look, page_width(width, look), pages=pages == "auto")
        for number, page in enumerate(layout.pages):
            record = forest_record(model, layout, number, look)
            figures.append(K2Figure(page, record, forest_table(layout, page)))
    return figures if pages == "auto" or len(built) > 1 else figures[0]


def _model(results: Sequence[ForestResult], look: Theme, given: Mapping[str, Any]) -> FigureModel:
    requests = forest_requests(results, look, given)
    return build_panels(results, requests) if len(results) > 1 else build_model(results[0], requests[0])


def _theme(theme: str | Theme, overrides: Mapping[str, Any]) -> Theme:
    look = get_theme(theme)
    settings = [item.name for item in dataclasses.fields(look)]
    for name in overrides:
        if name not in settings:
            known = [n for n in _keywords() if n not in ("result", "theme_overrides")]
            close = nearest(name, [*known, *settings])
            hint = f"; did you mean {close!r}?" if close else ""
            raise TypeError(f"forest_plot() has no keyword {name!r}{hint}")
    return look.replace(**overrides) if overrides else look


def _keywords() -> list[str]:
    return list(inspect.signature(forest_plot).parameters)


def _texts(model: FigureModel) -> list[str]:
    """Every text that may be printed."""
    texts = [plain_text(model.continued), *map(plain_text, model.arms.values())]
    for panel in model.panels:
        texts += [plain_text(runs) for runs in (panel.axis_title, *panel.favours, *panel.plot_head)]
    texts += [plain_text(line) for c in (*model.columns, *model.merged) for line in c.head]
    texts += [plain_text(runs) for line in (*model.statistics, *model.footnotes) for runs in line]
    for row in model.rows:
        texts += [plain_text(runs) for runs in (*row.cells.values(), *row.segments)]
    return [line for text in texts for line in text.split("\n")]
