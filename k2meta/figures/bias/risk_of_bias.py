"""The traffic light of the risk of bias: one dot for each study and domain."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from k2meta.errors import LayoutWarning, OptionError, unknown_option
from k2meta.figures.bias.bias_layout import OVERALL, BiasLayout, lay_out_bias
from k2meta.figures.bias.bias_legend import legend_texts
from k2meta.figures.bias.bias_marks import PALETTES
from k2meta.figures.bias.bias_reading import RiskOfBias, read_risk_of_bias
from k2meta.figures.bias.bias_sentences import bias_alt, bias_caption
from k2meta.figures.bias.bias_tools import BiasTool
from k2meta.figures.bias.words_risk_of_bias import domain_name, judgement_name
from k2meta.figures.chart.chart_figure import base_record, choose_theme
from k2meta.figures.lettering.faces import latin_face, require_glyphs
from k2meta.figures.looks.model import plain_text, run
from k2meta.figures.looks.themes import MM, Theme, page_width
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import FigureSet, in_both_languages
from k2meta.figures.words.catalogue import LANGUAGES, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RiskOfBias", "read_risk_of_bias", "risk_of_bias_data", "risk_of_bias_plot"]


def risk_of_bias_data(
    data: object,
    *,
    tool: str | BiasTool = "rob2",
    study: str | None = None,
    overall: str | bool | None = None,
    domains: Sequence[str] | None = None,
    missing: str = "error",
) -> pd.DataFrame:
    """Return the judgements of a risk-of-bias figure, one row for each study and domain.

    Parameters
    ----------
    data, tool, study, overall, domains, missing
        As in :func:`risk_of_bias_plot`.

    Returns
    -------
    DataFrame
        ``study``, ``code`` (``"D1"`` ..., ``"overall"``), ``domain`` (its name), ``group`` (``"bias"``,
        ``"applicability"``, ``"overall"``), ``judgement`` (``"low"``, ``"some concerns"`` ...; empty where
        blank).

    Examples
    --------
    >>> import k2meta as k2
    >>> table = {"study": ["Trial A", "Trial B"], "Selection": ["Low", "High"], "Funding": ["+", "Unclear"]}
    >>> k2.risk_of_bias_data(table, tool="custom")["judgement"].tolist()
    ['low', 'low', 'high', 'unclear']
    """
    import pandas as pd

    found = read_risk_of_bias(data, tool, study=study, overall=overall, domains=domains, missing=missing)
    rows = []
    for i, name in enumerate(found.studies):
        for domain, cell in zip(found.domains, found.judgements[i], strict=True):
            rows.append((name, domain.code, domain_name(domain, found.tool, "en"), domain.group, cell))
        if found.overall is not None:
            rows.append((name, OVERALL, say("rob: overall", "en"), OVERALL, found.overall[i]))
    return pd.DataFrame(rows, columns=["study", "code", "domain", "group", "judgement"])


@overload
def risk_of_bias_plot(data: object, *, pages: None = None, **options: Any) -> K2Figure: ...
@overload
def risk_of_bias_plot(data: object, *, pages: Literal["auto"], **options: Any) -> FigureSet: ...


@in_both_languages
def risk_of_bias_plot(
    data: object,
    *,
    tool: str | BiasTool = "rob2",
    theme: str | Theme = "plain",
    width: str | float = "2col",
    lang: str = "en",
    palette: str | None = None,
    study: str | None = None,
    overall: str | bool | None = None,
    domains: Sequence[str] | None = None,
    missing: str = "error",
    title: str = "",
    pages: Literal["auto"] | None = None,
    **theme_overrides: Any,
) -> K2Figure | FigureSet:
    """Draw the traffic light of the risk of bias: one row for each study, one dot for each domain.

    Parameters
    ----------
    data : DataFrame, mapping of columns, path of a CSV file, or RiskOfBias
        Wide: one row for each study, one column for each domain, headed by the domain's code (``D1``) or
        name, and perhaps ``overall``. Long: columns ``study``, ``domain``, ``judgement``. Judgements in
        English or Chinese (``"Low"``, ``"low risk"``, ``"L"``, ``"+"``, ``"低"``).
    tool : str or BiasTool
        ``"rob1"``, ``"rob2"``, ``"rob2-cluster"``, ``"rob2-crossover"``, ``"robins-i"``, ``"robins-e"``,
        ``"quadas2"``, ``"quips"``, ``"nos-cohort"``, ``"nos-case-control"``, or ``"custom"``: domains of any
        number and any names.
    theme : str or Theme
        A theme changes looks only.
    width : str or float
        ``"1col"`` (85 mm), ``"1.5col"``, ``"2col"`` (174 mm), or millimetres.
    lang : {"en", "zh", "en+zh"}
        ``"en+zh"`` gives a figure in each language.
    palette : {"safe", "cochrane"}, optional
        By default the theme's ``rob_palette``. ``"safe"`` is told apart by colour-blind readers and in grey
        print. Every dot has a glyph and a dark edge in either.
    study : str, optional
        Column of the study labels; by default the one headed ``study``, else the first.
    overall : str or bool, optional
        Column of the overall judgements; by default ``overall``, if there is one. False leaves it out.
        An overall judgement is never derived.
    domains : sequence of str, optional
        Columns of the domains, in the tool's order, where their heads are others.
    missing : {"error", "blank"}
        Whether an empty cell is an error or a place without a dot.
    title : str
        Title of the file, for its metadata; nothing is drawn.
    pages : {"auto"}, optional
        ``"auto"`` returns a list of figures no taller than a page, each with head and legend.
    **theme_overrides
        Any setting of the theme (``size=7``).

    Returns
    -------
    K2Figure or FigureSet
        ``fig.save("rob.pdf")``; ``fig.table()``, ``fig.alt_text``, ``fig.caption()``, ``fig.k2meta``.

    Raises
    ------
    DataError
        A judgement is none of the tool's, a cell is empty, a column is missing: the message names the study,
        the domain, the value and what is allowed.
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
    DataWarning
        An overall judgement is better than the worst domain, against the tool's guidance.
    LayoutWarning
        The figure is taller than a page.

    Notes
    -----
    R counterpart: ``robvis::rob_traffic_light``. Tools: RoB 2, doi:10.1136/bmj.l4898; RoB 1,
    doi:10.1136/bmj.d5928; ROBINS-I, doi:10.1136/bmj.i4919; ROBINS-E, doi:10.1016/j.envint.2024.108602;
    QUADAS-2, doi:10.7326/0003-4819-155-8-201110180-00009; QUIPS, doi:10.7326/0003-4819-158-4-201302190-00009.

    Examples
    --------
    >>> import k2meta as k2
    >>> table = {"study": ["Trial A"], "D1": ["Low"], "D2": ["Some concerns"], "D3": ["Low"], "D4": ["Low"],
    ...          "D5": ["Low"], "overall": ["Some concerns"]}
    >>> k2.risk_of_bias_plot(table, tool="rob2", lang="zh").table()["D2"].tolist()
    ['有一定风险']
    """
    look = choose_theme(risk_of_bias_plot, theme, theme_overrides)
    palette = look.rob_palette if palette is None else palette
    if palette not in PALETTES:
        raise unknown_option("palette", palette, PALETTES)
    if pages not in (None, "auto"):
        raise unknown_option("pages", pages, ("auto", "None"))
    found = read_risk_of_bias(data, tool, study=study, overall=overall, domains=domains, missing=missing)
    found = _printable(found)
    with latin_face(look.latin):
        require_glyphs(_texts(found, lang))
        layout = lay_out_bias(found, look, page_width(width, look), lang, palette, pages=pages == "auto")
    if pages is None and layout.pages[0].height > look.max_height * MM + 1e-6:
        warnings.warn(
            f"the figure is {layout.pages[0].height / MM:.0f} mm high, over the {look.max_height:g} mm of a "
            'page - split it with pages="auto"',
            LayoutWarning,
            stacklevel=2,
        )
    numbers = range(len(layout.pages))
    drawn = FigureSet(_figure(found, layout, n, look, lang, palette, title) for n in numbers)
    return drawn if pages == "auto" else drawn[0]


def _printable(found: RiskOfBias) -> RiskOfBias:
    """Labels as they are printed: line feeds as blanks, marks without width not at all."""
    import dataclasses

    labels = tuple(plain_text(run(label)) for label in found.studies)
    if not all(label.strip() for label in labels):
        raise OptionError("a study label has nothing to print - expected a name - give one")
    return dataclasses.replace(found, studies=labels)


def _texts(found: RiskOfBias, lang: str) -> list[str]:
    words = [
        say(key, lang) for key in ("study", "continued", "rob: overall", "rob: bias", "rob: applicability")
    ]
    return [*words, *found.studies, *found.tool.codes, *legend_texts(found, lang)]


# --------------------------------------------------------------------------- figure
def _figure(
    found: RiskOfBias, layout: BiasLayout, number: int, theme: Theme, lang: str, palette: str, title: str
) -> K2Figure:
    page = layout.pages[number]
    cells = {i: _cells(found, i) for i in page.rows}
    record: dict[str, Any] = {
        **base_record(
            "risk of bias",
            title or say("rob: title", lang),
            lang,
            alts={each: bias_alt(found, each, number + 1, len(layout.pages)) for each in LANGUAGES},
            captions={each: bias_caption(found, each) for each in LANGUAGES},
            theme=theme,
            size=layout.size,
        ),
        "tool": found.tool.key,
        "k": found.k,
        "rows": [
            {
                "kind": "dot",
                "label": found.studies[i],
                "domain": code,
                "value": cell,
                "row": i,
                "gid": f"k2:dot:{i}:{code}" if cell else "",
            }
            for i, own in cells.items()
            for code, cell in own.items()
        ],
        "counts": {
            code: dict(Counter(_cells(found, i)[code] for i in range(found.k))) for code in _codes(found)
        },
        "axis": {},
        "wrapped": layout.wrapped,
        "palette": palette,
        "page": number + 1,
        "pages": len(layout.pages),
    }
    return K2Figure(page, record, _table(found, cells, lang))


def _codes(found: RiskOfBias) -> tuple[str, ...]:
    return (*found.tool.codes, *((OVERALL,) if found.overall is not None else ()))


def _cells(found: RiskOfBias, study: int) -> dict[str, str]:
    own = list(found.judgements[study])
    if found.overall is not None:
        own.append(found.overall[study])
    return dict(zip(_codes(found), own, strict=True))


def _table(found: RiskOfBias, cells: Mapping[int, Mapping[str, str]], lang: str) -> pd.DataFrame:
    """Return the judgements in the words of the legend, one row for each study of the page."""
    import pandas as pd

    rows = [
        {"study": found.studies[i], **{c: judgement_name(cell, found.tool, lang) for c, cell in own.items()}}
        for i, own in cells.items()
    ]
    return pd.DataFrame(rows, columns=["study", *_codes(found)])
