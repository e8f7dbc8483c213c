"""A companion from its chart in both languages to the figure that is returned."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib

from k2meta import __version__
from k2meta.errors import nearest
from k2meta.figures.axes.axis import Axis
from k2meta.figures.chart.chart import AxisSpec, Chart
from k2meta.figures.chart.chart_layout import ChartLayout, lay_out_chart
from k2meta.figures.lettering.faces import latin_face, require_glyphs
from k2meta.figures.lettering.number_styles import NumberStyle, get_number_style
from k2meta.figures.looks.model import Line, Runs, plain_text
from k2meta.figures.looks.themes import Theme, get_theme, page_width
from k2meta.figures.page.canvas import K2Figure
from k2meta.figures.words.catalogue import LANGUAGES
from k2meta.figures.words.symbols import symbol_line

__all__ = ["base_record", "chart_figure", "choose_theme"]

Build = Callable[[str], Chart]


def choose_theme(function: Callable[..., Any], theme: str | Theme, overrides: Mapping[str, Any]) -> Theme:
    """Return the theme with a caller's further keywords as settings.

    Raises
    ------
    TypeError
        When a keyword is neither the function's nor a setting; the message names the nearest.
    """
    look = get_theme(theme)
    settings = [item.name for item in dataclasses.fields(look)]
    for name in overrides:
        if name not in settings:
            own = [
                known
                for known, parameter in inspect.signature(function).parameters.items()
                if parameter.kind is parameter.KEYWORD_ONLY
            ]
            close = nearest(name, [*own, *settings])
            hint = f"; did you mean {close!r}?" if close else ""
            raise TypeError(f"{function.__name__}() has no keyword {name!r}{hint}")
    return look.replace(**overrides) if overrides else look


def chart_figure(build: Build, theme: Theme, width: str | float, lang: str) -> K2Figure:
    """Build a companion in its language, lay it out and draw it.

    Parameters
    ----------
    build : callable
        ``build(lang)`` returns the chart in that language; called for both, as the record holds the
        alternative text and the caption in each.
    theme : Theme
    width : str or float
        As in :func:`~k2meta.figures.looks.themes.page_width`.
    lang : {"en", "zh"}

    Returns
    -------
    K2Figure
    """
    charts = {each: build(each) for each in LANGUAGES}
    charts[lang] = chart = _with_symbols(charts[lang], get_number_style(theme.numbers), lang)
    with latin_face(theme.latin):
        require_glyphs(_texts(chart))
        layout = lay_out_chart(chart, theme, page_width(width, theme), lang)
    table = chart.table
    if table is None:
        import pandas as pd

        table = pd.DataFrame([dict(row) for row in chart.rows])
    return K2Figure(layout.page, _record(charts, lang, layout, theme), table)


def _with_symbols(chart: Chart, style: NumberStyle, lang: str) -> Chart:
    """Set the statistical symbols of notes and titles italic, as those of forest plots are."""

    def axis(own: AxisSpec) -> AxisSpec:
        return dataclasses.replace(own, title=line((own.title,))[0])

    def line(segments: Line) -> Line:
        return symbol_line(segments, style, lang)

    panels = (
        dataclasses.replace(panel, x=axis(panel.x), y=axis(panel.y), title=line((panel.title,))[0])
        for panel in chart.panels
    )
    return dataclasses.replace(
        chart,
        panels=tuple(panels),
        statistics=tuple(map(line, chart.statistics)),
        notes=tuple(map(line, chart.notes)),
    )


def _texts(chart: Chart) -> list[str]:
    texts: list[Runs] = [entry.text for entry in chart.legend]
    for panel in chart.panels:
        texts += [panel.title, panel.x.title, panel.y.title]
    texts += [runs for line in (*chart.statistics, *chart.notes) for runs in line]
    return [plain_text(runs) for runs in texts] + [label.text for p in chart.panels for label in p.labels]


def _axis(axis: Axis, title: Runs, scale: str) -> dict[str, Any]:
    ticks = [{"position": tick.position, "label": tick.label} for tick in axis.ticks]
    return {"low": axis.low, "high": axis.high, "scale": scale, "title": plain_text(title), "ticks": ticks}


def _record(charts: Mapping[str, Chart], lang: str, layout: ChartLayout, theme: Theme) -> dict[str, Any]:
    chart = charts[lang]
    axes = {
        own.panel.name: {
            "x": _axis(own.x, own.panel.x.title, own.panel.x.scale.kind),
            "y": _axis(own.y, own.panel.y.title, own.panel.y.scale.kind),
        }
        for own in layout.axes
    }
    return {
        **chart.record,
        **base_record(
            chart.kind,
            chart.title,
            lang,
            alts={each: own.alt for each, own in charts.items()},
            captions={each: own.caption for each, own in charts.items()},
            theme=theme,
            size=layout.size,
        ),
        "rows": [dict(row) for row in chart.rows],
        "axes": axes,
        "axis": axes[layout.axes[0].panel.name]["x"],
        "unlabelled": list(layout.unlabelled),
    }


def base_record(
    kind: str,
    title: str,
    lang: str,
    *,
    alts: Mapping[str, str],
    captions: Mapping[str, str],
    theme: Theme,
    size: float,
) -> dict[str, Any]:
    """Return what the truth record of every companion holds, whatever it shows.

    Parameters
    ----------
    kind, title : str
    lang : {"en", "zh"}
    alts, captions : mapping of str to str
        Alternative texts and captions by language.
    theme : Theme
    size : float
        Type size, pt.
    """
    return {
        "kind": kind,
        "title": title,
        "lang": lang,
        "alt": alts[lang],
        **{f"alt_{each}": alt for each, alt in alts.items()},
        "captions": dict(captions),
        "dropped": [],
        "size": size,
        "theme": theme.name,
        "versions": {"k2meta": __version__, "matplotlib": matplotlib.__version__},
    }
