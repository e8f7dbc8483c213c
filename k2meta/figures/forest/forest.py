"""The forest plot."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from k2meta.analysis.subgroups import SubgroupResult
from k2meta.errors import OptionError, nearest, unknown_option
from k2meta.figures.bias.bias_legend import legend_texts
from k2meta.figures.forest.forest_entry import ForestResult
from k2meta.figures.forest.forest_inset import K2Inset, box_size, check_box, draw_inset
from k2meta.figures.forest.forest_model import build_model
from k2meta.figures.forest.forest_numbers import forest_data
from k2meta.figures.forest.forest_panels import build_panels
from k2meta.figures.forest.forest_requests import as_results, forest_requests
from k2meta.figures.forest.forest_truth import forest_record, forest_table
from k2meta.figures.forest.layout import lay_out
from k2meta.figures.lettering.faces import latin_face, require_glyphs
from k2meta.figures.looks.model import FigureModel, plain_text
from k2meta.figures.looks.themes import Theme, get_theme, page_width
from k2meta.figures.page.bilingual import BOTH, given_in, stacked_model
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import FigureSet
from k2meta.figures.page.keyword_checks import read_keywords
from k2meta.figures.words.catalogue import LANGUAGES
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

__all__ = ["forest_data", "forest_plot"]

Shown = ForestResult | Sequence[ForestResult]
Pair = tuple[float, float]


@overload
def forest_plot(result: Shown, *, ax: Axes | SubFigure, **options: Any) -> K2Inset: ...
@overload
def forest_plot(result: Shown, *, pages: Literal["auto"], **options: Any) -> FigureSet: ...
@overload
def forest_plot(result: Shown, **options: Any) -> K2Figure: ...


def forest_plot(
    result: Shown,
    *,
    theme: str | Theme = "plain",
    width: str | float = "2col",
    lang: str = "en",
    arms: tuple[str, str] | None = None,
    columns: Sequence[str] | None = None,
    extra: Mapping[str, Sequence[object]] | None = None,
    heads: Mapping[str, str] | None = None,
    favours: tuple[str, str] | Sequence[tuple[str, str] | None] | None = None,
    effect: str | Sequence[str | None] | None = None,
    title: str = "",
    models: Sequence[MetaResult | SubgroupResult] = (),
    sort: str | tuple[str, str] = "data",
    prediction: bool | None = None,
    excluded: bool = True,
    overall: bool = True,
    xlim: Pair | Sequence[Pair | None] | None = None,
    ticks: Sequence[float] | Sequence[Sequence[float] | None] | None = None,
    decimals: int | Sequence[int | None] | None = None,
    band: Pair | Sequence[Pair | None] | None = None,
    rob: object = None,
    statistics: bool = True,
    footnote: bool = True,
    pages: Literal["auto"] | None = None,
    ax: Axes | SubFigure | None = None,
    **theme_overrides: Any,
) -> K2Figure | FigureSet | K2Inset:
    """Draw a forest plot.

    Parameters
    ----------
    result : MetaResult, SubgroupResult, LeaveOneOutResult, CumulativeResult, or a list of them
        What to show. Every printed and plotted number is taken from it. Leave-one-out and cumulative
        results give one row for each refit, with squares of one size. A list of results of the same studies
        (``[risk_ratio, risk_difference]``) gives panels side by side: studies and arms once, then each
        effect with a plot and an axis of its own. A study that one panel lacks keeps its row.
    theme : str or Theme
        ``"plain"``, ``"revman"``, ``"jama"``, ``"bmj"``, ``"lancet"``, ``"nature"`` or ``"cma"``. A theme
        changes looks only, never a number.
    width : str or float
        ``"1col"``, ``"1.5col"`` or ``"2col"`` of the theme (85, 130 and 174 mm in ``"plain"``), or
        millimetres.
    lang : {"en", "zh", "en+zh"}
        ``"en+zh"`` gives a figure in each language, or with ``bilingual="stack"`` one with Chinese over
        English; words of your own then come as ``{"en": ..., "zh": ...}``.
    arms : pair of str, optional
        Names over the columns of arm 1 (treatment) and arm 2 (control).
    columns : sequence of str, optional
        Which to show: ``"study"``, ``"arms"``, ``"weight"``, ``"effect"``, ``"user"``, single ones by
        role (``"n1"``), or names in ``extra``; ``"weights"`` for those of every model; for refits also
        ``"p"``, ``"tau2"`` and ``"i2"``. By default all but ``"weights"`` and ``"tau2"``, and for
        cumulative results without ``"p"`` and ``"i2"`` too.
    extra : mapping of str to sequence, optional
        Further columns: one value for each pooled study, or for each row of the data.
    heads : mapping of str to str, optional
        Other heads for columns, by the same names; a line feed breaks them. With panels, ``"effect"`` is
        meant for all, ``"effect:1"`` for the second only.
    favours : pair of str, optional
        Who is favoured left and right of the null (``("vitamin K2", "control")``). Nothing by default:
        it depends on whether the outcome is wanted. One pair for all panels, or a list of pairs.
    effect : str, optional
        Name of the effect, where the measure's own will not do (``"Hazard ratio"`` for ``"GEN"``); with
        panels a list, None where the measure's own will do.
    title : str
        Title of the file, for its metadata and captions; nothing is drawn.
    models : sequence of MetaResult or SubgroupResult
        Further fits of the same studies; each gets a diamond in a row of its own, named. Subgroup results
        of the same groups give subtotals and a test for subgroup differences of their own as well.
    sort : str or pair of str
        Order of the studies in their group: ``"data"``, ``"effect"``, ``"weight"``, ``"name"``. A pair
        gives the order of the groups, too: ``("effect", "name")``.
    prediction : bool, optional
        Show the prediction interval. By default for random effects with three studies or more.
        ``prediction_style="line"`` draws it through the diamond, ``"density"`` as a distribution.
    excluded : bool
        Keep studies that take no part as rows, with the reason in a footnote.
    overall : bool
        End a subgroup figure with the effect of all studies. Without it, weights add to 100 in each group.
    xlim : pair of float, optional
        Limits on the natural scale (ratios, proportions). Intervals beyond get arrows. With panels a list
        of pairs.
    ticks : sequence of float, optional
        Ticks on the natural scale; with panels a list of sequences.
    decimals : int, optional
        Decimals of effects; with panels one for all or a list.
    band : pair of float, optional
        Effects regarded as unimportant (equivalence, minimal important difference), natural scale: a light
        grey band under everything, explained in a footnote. With panels a list of pairs.
    rob : DataFrame, RiskOfBias or pair of (DataFrame, tool), optional
        Judgements of the risk of bias by RoB 2, or by the tool of the pair (``(table, "rob1")``,
        ``(table, "custom")``), as :func:`k2meta.risk_of_bias_plot` reads them: a dot for each domain right
        of everything else, under letters, with a legend under the figure.
        ``rob_palette="cochrane"`` gives Cochrane's colours.
    statistics : bool
        Print heterogeneity and tests.
    footnote : bool
        Print the line that names model, estimator and interval methods.
    pages : {"auto"}, optional
        ``"auto"`` returns a list of figures no taller than a page, with repeated heads and one scale of
        squares. By default one figure, with a :class:`LayoutWarning` when it is taller than a page.
    ax : Axes or SubFigure, optional
        Draw into this box of a figure of yours, which keeps its size: the plot stands in its upper left
        corner, takes its whole width, and the type shrinks where the height asks for it. Axes are switched
        off. Nothing else in the figure changes; it is saved under your own settings.
    **theme_overrides
        Any setting of the theme (``size=7``, ``square="black"``, ``left=("study", "arms")``).

    Returns
    -------
    K2Figure, FigureSet or K2Inset
        ``fig.save("forest.pdf", "forest.svg")``; ``fig.table()``, ``fig.alt_text``, ``fig.k2meta``. For pages
        and for two languages a list of figures, whose ``save`` writes each to a file of its own. With
        ``ax`` a record with ``figure``, ``parts``, ``k2meta``, ``alt_text``, ``table()`` and ``caption()``.

    Raises
    ------
    OptionError
        An option is not known; the message lists the known ones. Or results that cannot be joined.
    DataError
        Panels share no study, or differ in the arms that are printed once.
    LayoutError
        The page is too narrow, or the box too small; the message gives the millimetres needed.
    MissingGlyphError
        A label has a character that no face draws.
    TypeError
        A keyword is not known; the message names the nearest.

    Warns
    -----
    LayoutWarning
        Columns were left out for want of width, or the figure is taller than a page.
    DataWarning
        ``rob`` judges other studies than those shown.

    Notes
    -----
    The area of a square is proportional to the weight, without exception. The axis is the analysis scale with
    labels on the natural scale. The record of further panels is in ``fig.k2meta["panels"]``, their axes in
    ``fig.parts["plot1"]`` and so on, and the gids of their marks begin with ``k2:p1:``. R counterparts:
    ``metafor::forest``, ``meta::forest``, ``meta::metacum``, ``metafor::leave1out``.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> fig = k2.forest_plot(fit, width="1col")
    >>> fig.table()["effect"].tolist()[0]
    '0.10 (−0.18 to 0.38)'
    >>> steps = k2.forest_plot(k2.cumulative_meta_analysis(fit), width="1col")
    >>> steps.table()["study"].tolist()
    ['+ A', '+ B', '+ C']
    """
    given = locals()
    look = _theme(theme, theme_overrides)
    read_keywords(forest_plot, (), {"pages": pages, "lang": lang})
    if pages not in (None, "auto"):
        raise unknown_option("pages", pages, ("auto", "None"))
    if lang not in (*LANGUAGES, BOTH):
        raise unknown_option("lang", lang, (*LANGUAGES, BOTH))
    results = as_results(result)
    languages = LANGUAGES if lang == BOTH else (lang,)
    built = [_model(results, look, given_in(given, each)) for each in languages]
    if len(built) == 2 and look.bilingual == "stack":
        built = [stacked_model(*reversed(built))]
    if ax is not None:
        return _inset(built, look, ax, width, pages)
    figures = FigureSet()
    for model in built:
        with latin_face(look.latin):
            require_glyphs(_texts(model))
            layout = lay_out(model, look, page_width(width, look), pages=pages == "auto")
        for number, page in enumerate(layout.pages):
            record = forest_record(model, layout, number, look)
            figures.append(K2Figure(page, record, forest_table(layout, page)))
    return figures if pages == "auto" or len(built) > 1 else figures[0]


def _inset(built: Sequence[FigureModel], look: Theme, ax: object, width: Any, pages: Any) -> K2Inset:
    """Draw into a box of the caller's, whose size is all there is."""
    box = check_box(ax)
    for name, value, nothing in (("width", width, "2col"), ("pages", pages, None)):
        if value != nothing:
            raise OptionError(f"{name}={value!r} beside ax - the box has its own size - leave {name} out")
    if len(built) > 1:
        raise OptionError(
            f'lang="{BOTH}" beside ax - two figures do not fit one box - write bilingual="stack", or draw '
            "each language into an ax of its own"
        )
    (model,) = built
    wide, high = box_size(box)
    with latin_face(look.latin):
        require_glyphs(_texts(model))
        layout = lay_out(model, look, wide, height=high)
    (page,) = layout.pages
    return draw_inset(box, page, forest_record(model, layout, 0, look), forest_table(layout, page))


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
    if model.bias is not None:
        texts += legend_texts(model.bias, model.lang)
    return [line for text in texts for line in text.split("\n")]
