"""The summary of the risk of bias: how much of the evidence got which judgement, domain by domain."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from k2meta.errors import DataError, LayoutWarning, unknown_option
from k2meta.figures.bias.bias_layout import OVERALL
from k2meta.figures.bias.bias_legend import legend_texts
from k2meta.figures.bias.bias_marks import PALETTES, gid_part
from k2meta.figures.bias.bias_reading import RiskOfBias, read_risk_of_bias
from k2meta.figures.bias.bias_sentences import bias_summary_alt, bias_summary_caption
from k2meta.figures.bias.bias_summary_layout import lay_out_summary, summary_rows
from k2meta.figures.bias.bias_tools import BiasTool
from k2meta.figures.bias.words_risk_of_bias import domain_name, judgement_name
from k2meta.figures.chart.chart_figure import base_record, choose_theme
from k2meta.figures.lettering.faces import latin_face, require_glyphs
from k2meta.figures.lettering.numbers import is_number
from k2meta.figures.looks.model import plain_text, run
from k2meta.figures.looks.themes import MM, Theme, page_width
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.page.figure_set import in_both_languages
from k2meta.figures.words.catalogue import LANGUAGES, say
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["risk_of_bias_shares", "risk_of_bias_summary_plot"]

BLANK = ""
Weights = MetaResult | Mapping[str, float] | Sequence[float] | None


def risk_of_bias_shares(
    data: object,
    *,
    tool: str | BiasTool = "rob2",
    weights: Weights = None,
    study: str | None = None,
    overall: str | bool | None = None,
    domains: Sequence[str] | None = None,
    missing: str = "error",
) -> pd.DataFrame:
    """Return the numbers of a risk-of-bias summary, one row for each domain and judgement.

    Parameters
    ----------
    data, tool, weights, study, overall, domains, missing
        As in :func:`risk_of_bias_summary_plot`.

    Returns
    -------
    DataFrame
        ``code``, ``domain``, ``judgement``, ``n`` (studies), ``percent`` (of the studies or of the weight,
        full precision). Judgements of the tool that nobody got have rows with 0.

    Examples
    --------
    >>> from k2meta.figures.bias.risk_of_bias_summary import risk_of_bias_shares
    >>> table = {"study": ["A", "B"], "Selection": ["Low", "High"]}
    >>> risk_of_bias_shares(table, tool="custom", weights=[3, 1])["percent"].tolist()
    [75.0, 25.0]
    """
    import pandas as pd

    found = read_risk_of_bias(data, tool, study=study, overall=overall, domains=domains, missing=missing)
    given = _weights(found, weights)
    whole = tuple(found.tool.judgements) if found.tool.key != "custom" else found.used()
    rows = []
    for code, cells in _columns(found).items():
        shares = _shares(cells, given, whole)
        for key in whole:
            rows.append((code, _name(found, code, "en"), key, cells.count(key), shares[key]))
    return pd.DataFrame(rows, columns=["code", "domain", "judgement", "n", "percent"])


@in_both_languages
def risk_of_bias_summary_plot(
    data: object,
    *,
    tool: str | BiasTool = "rob2",
    weights: Weights = None,
    theme: str | Theme = "plain",
    width: str | float = "2col",
    lang: str = "en",
    palette: str | None = None,
    study: str | None = None,
    overall: str | bool | None = None,
    domains: Sequence[str] | None = None,
    missing: str = "error",
    title: str = "",
    **theme_overrides: Any,
) -> K2Figure:
    """Draw the summary of the risk of bias: one bar of 100% for each domain, parted by judgement.

    Parameters
    ----------
    data, tool, theme, width, lang, palette, study, overall, domains, missing, title
        As in :func:`~k2meta.figures.bias.risk_of_bias.risk_of_bias_plot`.
    weights : MetaResult, mapping or sequence of float, optional
        What each study counts for: a fit of the same studies (its weights, found by study label), weights by
        study label, or (k,) weights in the order of the studies, none negative. By default each study counts
        the same.
    **theme_overrides
        Any setting of the theme (``size=7``).

    Returns
    -------
    K2Figure or FigureSet
        ``fig.table()`` holds the percentages as printed: whole, each rounded on its own (equal parts
        print alike; a bar may add to 99 or 101), ``<1%`` for what would round to 0.

    Raises
    ------
    DataError
        As in ``risk_of_bias_plot``; and when weights and studies do not belong together.
    OptionError
        An option is not known; the message lists the known ones.
    LayoutError
        The page is too narrow; the message gives the millimetres needed.
    MissingGlyphError
        A name has a character that no face draws.
    TypeError
        A keyword is not known; the message names the nearest.

    Warns
    -----
    LayoutWarning
        The figure is taller than a page.

    Notes
    -----
    The part of judgement j is the sum of w over studies judged j, over the sum of w over all studies; where
    ``missing="blank"``, what has no judgement stays empty at the right end. Parts differ by glyph and order,
    not by colour alone. R counterpart: ``robvis::rob_summary``.

    Examples
    --------
    >>> import k2meta as k2
    >>> table = {"study": ["A", "B", "C"], "Selection": ["Low", "Low", "High"]}
    >>> k2.risk_of_bias_summary_plot(table, tool="custom").table().iloc[0].tolist()
    ['Selection', '67%', '33%']
    """
    look = choose_theme(risk_of_bias_summary_plot, theme, theme_overrides)
    palette = look.rob_palette if palette is None else palette
    if palette not in PALETTES:
        raise unknown_option("palette", palette, PALETTES)
    named = title or say("rob: title summary", lang)
    found = read_risk_of_bias(data, tool, study=study, overall=overall, domains=domains, missing=missing)
    given = _weights(found, weights)
    used = found.used()
    columns = _columns(found)
    shares = {code: _shares(cells, given, used) for code, cells in columns.items()}
    printed = {code: _printed(own) for code, own in shares.items()}
    names = {code: plain_text(run(_name(found, code, lang))) for code in columns}
    axis = run(say("rob: axis weighted" if weights is not None else "rob: axis", lang))
    with latin_face(look.latin):
        require_glyphs([*names.values(), plain_text(axis), *legend_texts(found, lang)])
        rows = summary_rows(found, names, shares, printed, lang)
        page, size = lay_out_summary(found, rows, axis, look, page_width(width, look), lang, palette)
    if page.height > look.max_height * MM + 1e-6:
        warnings.warn(
            f"the figure is {page.height / MM:.0f} mm high, over the {look.max_height:g} mm of a page - "
            "take a wider page or shorter names",
            LayoutWarning,
            stacklevel=2,
        )
    weighted = weights is not None
    record: dict[str, Any] = {
        **base_record(
            "risk of bias summary",
            named,
            lang,
            alts={each: bias_summary_alt(found, each, weighted=weighted) for each in LANGUAGES},
            captions={each: bias_summary_caption(found, each, weighted=weighted) for each in LANGUAGES},
            theme=look,
            size=size,
        ),
        "tool": found.tool.key,
        "k": found.k,
        "weighted": weighted,
        "rows": _record_rows(names, shares, columns),
        "axis": {"low": 0.0, "high": 100.0, "scale": "identity", "title": plain_text(axis)},
        "palette": palette,
    }
    return K2Figure(page, record, _table(found, names, printed, used, lang))


# --------------------------------------------------------------------------- numbers
def _name(found: RiskOfBias, code: str, lang: str) -> str:
    if code == OVERALL:
        return say("rob: overall", lang)
    return domain_name(next(d for d in found.domains if d.code == code), found.tool, lang)


def _columns(found: RiskOfBias) -> dict[str, list[str]]:
    columns = {d.code: [row[i] for row in found.judgements] for i, d in enumerate(found.domains)}
    return columns if found.overall is None else {**columns, OVERALL: list(found.overall)}


def _shares(cells: Sequence[str], weights: Sequence[float], judgements: Sequence[str]) -> dict[str, float]:
    """Percent of the weight that each judgement got."""
    whole = math.fsum(weights)
    sums = {key: math.fsum(w for w, c in zip(weights, cells, strict=True) if c == key) for key in judgements}
    return {key: 100.0 * own / whole for key, own in sums.items()}


def _printed(shares: Mapping[str, float]) -> dict[str, str]:
    """Whole percentages, halves rounded up; what is there at all never prints as 0, nor a part as 100."""
    out = {}
    for key, share in shares.items():
        whole = min(math.floor(share + 0.5 + 1e-9), 100 if share > 100 - 1e-9 else 99)
        out[key] = "<1%" if share > 0 and whole == 0 else f"{whole}%"
    return out


def _weights(found: RiskOfBias, weights: Any) -> tuple[float, ...]:
    """One weight for each study of the table."""
    if weights is None:
        return (1.0,) * found.k
    if isinstance(weights, MetaResult):
        return _of_fit(found, weights)
    if isinstance(weights, Mapping):
        return _checked(found, [_by_label(found, weights, study) for study in found.studies])
    values = list(weights) if hasattr(weights, "__iter__") and not isinstance(weights, str) else []
    if len(values) != found.k:
        raise DataError(
            f"weights hold {len(values)} values for {found.k} studies - expected one for each study, in the "
            "order of the table - give them all, or a fit, or a mapping from study to weight"
        )
    return _checked(found, values)


def _by_label(found: RiskOfBias, weights: Mapping[str, float], study: str) -> float:
    if study not in weights:
        raise DataError(
            f"study {study!r} has no weight - expected one for each of the {found.k} studies - add it, with "
            "0 where it was not pooled"
        )
    return weights[study]


def _of_fit(found: RiskOfBias, fit: MetaResult) -> tuple[float, ...]:
    labels = list(fit.study)
    double = next((label for label in labels if labels.count(label) > 1), None)
    if double is not None:
        raise DataError(
            f"study {double!r} has several weights in the fit - expected one row for each study - pass "
            "weights={...}, with their sum"
        )
    stray = next((label for label in labels if label not in found.studies), None)
    if stray is not None:
        raise DataError(
            f"study {stray!r} of the fit is not in the risk-of-bias table - expected judgements of every "
            "pooled study, under the same label - add its row, or make the labels agree"
        )
    known = dict(zip(labels, map(float, fit.weights), strict=True))
    odd = next((study for study in found.studies if study not in known), None)
    if odd is not None:
        raise DataError(
            f"study {odd!r} of the risk-of-bias table was not pooled in the fit - expected the studies of "
            "the fit only - leave its row out, or pass weights={...} with 0 for it"
        )
    return _checked(found, [known[study] for study in found.studies])


def _checked(found: RiskOfBias, values: Sequence[Any]) -> tuple[float, ...]:
    for study, value in zip(found.studies, values, strict=True):
        if not is_number(value) or not math.isfinite(value) or value < 0:
            raise DataError(
                f"study {study!r}: weight {value!r} - expected a finite number, 0 or more - correct it"
            )
    if not math.fsum(values) > 0:
        raise DataError("all weights are 0 - expected one above 0 at least - check the weights")
    return tuple(float(value) for value in values)


# --------------------------------------------------------------------------- record
def _record_rows(
    names: Mapping[str, str], shares: Mapping[str, Mapping[str, float]], columns: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """One row for each part of a bar: where it begins and ends, in percent."""
    rows = []
    for code, own in shares.items():
        low = 0.0
        for key, share in own.items():
            if share <= 0:
                continue
            rows.append(
                {
                    "kind": "bar",
                    "label": names[code],
                    "domain": code,
                    "value": key,
                    "lo": low,
                    "hi": low + share,
                    "n": list(columns[code]).count(key),
                    "gid": f"k2:bar:{code}:{gid_part(key)}",
                }
            )
            low += share
    return rows


def _table(
    found: RiskOfBias,
    names: Mapping[str, str],
    printed: Mapping[str, Mapping[str, str]],
    used: Sequence[str],
    lang: str,
) -> pd.DataFrame:
    """Return the percentages as printed, one row for each bar."""
    import pandas as pd

    heads = {key: judgement_name(key, found.tool, lang) for key in used}
    rows = [
        {"domain": names[code], **{heads[k]: text for k, text in own.items()}}
        for code, own in printed.items()
    ]
    return pd.DataFrame(rows, columns=["domain", *heads.values()])
