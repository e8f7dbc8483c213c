"""The table-style forest plot of the ``forestplot`` package, kept from disturbing anything else.

This is the one file that imports ``forestplot``. Version 0.4.1 switches numpy's error messages and all
warnings off for the whole process when it is imported, edits rcParams, draws through pyplot's current
figure, and merges rows whose labels are equal. Here it is imported and called inside contexts that put
all of that back, draws on a figure that pyplot never sees, and gets labels that are all different.

For a journal figure use :func:`k2meta.figures.forest.forest.forest_plot`.
"""

from __future__ import annotations

import inspect
import math
import re
import threading
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import offset_copy

from k2meta.errors import OptionError, nearest, unknown_option
from k2meta.figures.axes.axis import choose_axis
from k2meta.figures.lettering.drawing import drawing_context
from k2meta.figures.lettering.faces import face_stack, is_han, measure, require_glyphs
from k2meta.figures.lettering.numbers import format_interval, format_number, is_number, percentages
from k2meta.figures.looks.model import one_line
from k2meta.figures.words.catalogue import LANGUAGES, effect_name, level_text, model_name, say
from k2meta.figures.words.reading import Reading, read_scale
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["TableFigure", "table_forest_data", "table_forest_plot"]

# Equal width, as forestplot pads columns with blanks; then our own faces for what it lacks.
MONOSPACE = "DejaVu Sans Mono"
OURS = ("dataframe", "estimate", "varlabel", "ll", "hl", "ax", "return_df", "preprocess", "logscale")
# What forestplot reads out of its **kwargs; it passes over any other name without a word.
LOOKS = (
    *("bbox_to_anchor", "col_spacing", "despine", "extrapad", "fontfamily", "fontsize"),
    *("grouplab_fontweight", "grouplab_size", "leg_fontsize", "leg_loc", "leg_markersize", "leg_ncol"),
    *("linecolor", "lw", "marker", "markeralpha", "markercolor", "markersize", "nticks", "offset"),
    *("pval_title", "pval_title_fontsize", "pval_title_fontweight", "row_color", "sortascend", "symbols"),
    *("tableheader_fontweight", "thresholds", "variable_header", "xlabel_fontweight", "xlabel_size"),
    *("xlim", "xline", "xlinecolor", "xlinestyle", "xlinewidth", "xtick_size", "xticklabels"),
    *("ylabel_angle", "ylabel_loc"),
)
PAD_PT = 6.0
COLUMN_GAP_PT = 12.0
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_lock = threading.Lock()  # the contexts below swap process-wide settings for the time of a call


class TableFigure(Figure):
    """A figure that draws and saves under the package's settings, whatever the user's style."""

    def draw(self, renderer: Any) -> None:
        """Draw with unhinted text and embedded TrueType."""
        with drawing_context():
            super().draw(renderer)

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Save as matplotlib does, under the same settings."""
        with drawing_context():
            super().savefig(fname, **kwargs)


class _OwnPyplot:
    """What forestplot uses of pyplot while it draws, bound to one figure that pyplot does not know."""

    MaxNLocator = MaxNLocator

    def __init__(self, axes: Axes) -> None:
        self._axes = axes

    def gcf(self) -> Any:
        return self._axes.figure

    def plot(self, *args: Any, **kwargs: Any) -> Any:
        return self._axes.plot(*args, **kwargs)


@contextmanager
def _unchanged() -> Iterator[None]:
    """Put numpy's error state, warning filters and rcParams back; a label with two dollars is no formula."""
    with np.errstate(), warnings.catch_warnings(), matplotlib.rc_context({"text.parse_math": False}):
        yield


def _draw_with_forestplot(frame: pd.DataFrame, axes: Axes, options: dict[str, Any]) -> None:
    """Import forestplot and let it draw on the axes given."""
    # a context of its own: the import silences all warnings inside it
    with _lock, drawing_context(), _unchanged():
        from forestplot import forestplot, graph_utils
    known = (*inspect.signature(forestplot).parameters, *LOOKS)
    for name in options:
        if name not in known:
            close = nearest(name, ("lang", "width", *(own for own in known if own not in (*OURS, "kwargs"))))
            hint = f"; did you mean {close!r}?" if close else ""
            raise TypeError(f"table_forest_plot() has no keyword {name!r}{hint}")
    with _lock, drawing_context(), _unchanged():
        # Ticks are at the categories, one for each row, so their labels cannot be misplaced.
        warnings.filterwarnings("ignore", message=r"set_ticklabels\(\) should only", category=UserWarning)
        pyplot = graph_utils.plt
        graph_utils.plt = _OwnPyplot(axes)
        try:
            forestplot(
                frame, estimate="estimate", varlabel="label", ll="ci_low", hl="ci_high", ax=axes, **options
            )
        except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError) as fault:
            raise OptionError(
                f"forestplot does not draw this ({type(fault).__name__}: {fault}) - expected its own "
                f"options, and columns among {', '.join(frame.columns)} - leave out the last one added"
            ) from fault
        finally:
            graph_utils.plt = pyplot


def _distinct(labels: Sequence[str]) -> list[str]:
    """Make labels different by no-break spaces at their end, which do not show.

    forestplot uses labels as the places of rows, so rows that share one would be drawn over each other.
    """
    seen: Counter[str] = Counter()
    result = []
    for label in labels:
        result.append(label + NO_BREAK_SPACE * seen[label])
        seen[label] += 1
    return result


def _row(
    label: str, kind: str, numbers: Sequence[float], reading: Reading, weight: str, lang: str
) -> dict[str, Any]:
    estimate, low, high = numbers
    style = "cma" if lang == "zh" else "plain"
    effect = format_interval(low, high, reading.decimals, style, estimate)
    return {
        "label": one_line(label),
        "kind": kind,
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "effect": effect,
        "weight": weight,
    }


def table_forest_data(result: MetaResult, lang: str = "en") -> pd.DataFrame:
    """Return the rows of the table-style forest plot, on the natural scale.

    Parameters
    ----------
    result : MetaResult
    lang : {"en", "zh"}

    Returns
    -------
    DataFrame
        One row for each study (those excluded too, at their place in the data), then the pooled
        effect: ``label`` (all different), ``kind`` (``"study"``, ``"excluded"``, ``"pooled"``),
        ``estimate, ci_low, ci_high`` (natural scale; NaN when excluded), ``effect`` and ``weight`` as
        printed.

    Raises
    ------
    OptionError
        When the result is not one fit.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3], vi=[0.02, 0.03], study=["A", "A"], model="common")
    >>> len(set(table_forest_data(fit)["label"]))
    3
    """
    import pandas as pd

    if not isinstance(result, MetaResult):
        raise OptionError(
            f"result is a {type(result).__name__} - expected one fit, as meta_analysis() returns it - use "
            "forest_plot, which shows subgroups and refits too"
        )
    effects, reading = result.effects, read_scale(result.effects)
    quantile = float(normal_ppf(0.5 + result.options.level / 2))
    shares = iter(percentages(list(result.weights)))
    rows: list[dict[str, Any]] = []
    included = 0
    for record in effects.to_frame(excluded=True).to_dict("records"):
        label, reason = str(record["study"]), record.get("excluded") or ""
        if reason:
            row = _row(label, "excluded", (math.nan, math.nan, math.nan), reading, "", lang)
            rows.append(row | {"effect": say("not estimable", lang), "reason": reason})
            continue
        margin = quantile * record["sei"]
        ends = (record["yi"], record["yi"] - margin, record["yi"] + margin)
        weight = f"{format_number(next(shares), 1)}%"
        rows.append(_row(label, "study", reading.natural(ends, included), reading, weight, lang))
        included += 1
    pooled = reading.natural((result.estimate, result.ci.low, result.ci.high))
    name = model_name(result.options.model, lang, result.options.pooling)
    rows.append(_row(name, "pooled", pooled, reading, "100.0%", lang))
    frame = pd.DataFrame(rows)
    frame["label"] = _distinct(list(frame["label"]))
    return frame


def _axis_options(frame: pd.DataFrame, reading: Reading, width: float) -> dict[str, Any]:
    """Return limits and ticks that hold every interval, and the line of no effect."""
    scale = reading.scale
    ends = frame[["ci_low", "ci_high"]].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = scale.to_analysis(ends[np.isfinite(ends)])
    known = known[np.isfinite(known)]
    places = [*map(float, known), *([] if scale.null is None else [scale.null])]
    low, high = (min(places), max(places)) if places else (-1.0, 1.0)
    axis = choose_axis(
        low, high, scale, width=width, em=10.0, label_width=lambda text: measure(text, 10).width
    )
    natural = scale.to_natural(np.array([axis.low, axis.high, *(tick.position for tick in axis.ticks)]))
    null = None if scale.null is None else float(scale.to_natural(np.array([scale.null]))[0])
    return {
        "xlim": (float(natural[0]), float(natural[1])),
        "xticks": [float(value) for value in natural[2:]],
        "xticklabels": [tick.label for tick in axis.ticks],
        "xline": null,
        "logscale": scale.kind == "log",
    }


def table_forest_plot(
    result: MetaResult, *, lang: str = "en", width: float = 4.0, **options: Any
) -> TableFigure:
    """Draw forestplot's table-style figure of a result, without its side effects.

    Parameters
    ----------
    result : MetaResult
    lang : {"en", "zh"}
    width : float
        Width of the plot region in inches; the figure grows by what the columns need.
    **options
        Passed on to ``forestplot.forestplot`` (``annote``, ``annoteheaders``, ``rightannote``, ``sort``,
        ``color_alt_rows``, ``xticks``, ``markersize`` ...). Columns to annotate with are those of
        :func:`table_forest_data`.

    Returns
    -------
    TableFigure
        A figure that pyplot does not know, large enough for all its text.

    Raises
    ------
    TypeError
        When an option is none of forestplot's; the message names the nearest.
    OptionError
        When an option is one that this function sets itself, forestplot does not draw with an option, the
        result is not one fit, or ``lang`` or ``width`` cannot be.
    MissingGlyphError
        When a label cannot be printed.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "A"])
    >>> len(table_forest_plot(fit).axes)
    1
    """
    if not isinstance(lang, str) or lang not in LANGUAGES:
        raise unknown_option("lang", lang, LANGUAGES)
    if not is_number(width) or not 0.5 <= width <= 50:
        raise OptionError(
            f"width={width!r} - expected the width of the plot region, 0.5 to 50 inches - write width=4"
        )
    taken = [name for name in OURS if name in options]
    if taken:
        raise OptionError(
            f"option {taken[0]!r} of forestplot is set from the result; it cannot be given. "
            "Use forest_plot for a figure that can be changed freely"
        )
    frame, reading = table_forest_data(result, lang), read_scale(result.effects)
    require_glyphs(frame["label"])
    height = 0.3 * (len(frame) + 2)
    head = say(
        "effect, level",
        lang,
        effect=effect_name(reading.measure, lang),
        level=level_text(result.options.level),
    )
    defaults: dict[str, Any] = {
        "annote": ["effect", "weight"],
        "annoteheaders": [head, say("weight", lang)],
        "variable_header": say("study", lang),
        "xlabel": effect_name(reading.measure, lang),
        "form_ci_report": False,
        "ci_report": False,
        "table": True,
        "fontsize": 9,
        "fontfamily": [MONOSPACE, *face_stack(lang)],
    }
    chosen = {**defaults, **_axis_options(frame, reading, width * 72), **options}
    if "annote" in options and "annoteheaders" not in options:
        chosen["annoteheaders"] = options["annote"]
    if "xticks" in options and "xticklabels" not in options:
        chosen["xticklabels"] = None
    with drawing_context(), _unchanged():
        # forestplot takes pixels for points: they are the same at 72 dpi.
        figure = TableFigure(figsize=(width, height), dpi=72)
        FigureCanvasAgg(figure)  # forestplot measures labels through the canvas
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    _draw_with_forestplot(frame, axes, chosen)
    with drawing_context(), _unchanged():
        _finish(figure, axes, lang)
    return figure


def _align_columns(axes: Axes, renderer: Any) -> None:
    """Set the columns left of the plot at measured places where Chinese spoils padding by blanks.

    forestplot makes one string of each row and counts characters; a Chinese one is wider than a digit.
    """
    labels = axes.get_yticklabels()
    if not any(is_han(char) for label in labels for char in label.get_text()):
        return
    cells = [re.split(r" {2,}", label.get_text().strip(" ")) for label in labels]
    old_left = _left_end(axes, labels[-1].get_window_extent(renderer).x0)
    places = axes.get_yticks()
    axes.set_yticks(places, [row[0] for row in cells])
    columns = range(1, max(map(len, cells)))
    texts = {
        (i, j): axes.text(
            0, places[i], row[j], va="center_baseline", fontproperties=labels[i].get_fontproperties()
        )
        for i, row in enumerate(cells)
        for j in columns
        if j < len(row)
    }
    first = max(label.get_window_extent(renderer).width for label in axes.get_yticklabels())
    widths = [
        max(t.get_window_extent(renderer).width for (_, j), t in texts.items() if j == c) for c in columns
    ]
    ends = [first + COLUMN_GAP_PT, *(width + COLUMN_GAP_PT for width in widths)]  # pixels are points here
    axes.get_yaxis().set_tick_params(pad=sum(ends))
    figure: Any = axes.figure
    left = axes.get_yticklabels()[-1].get_window_extent(renderer).x0 - axes.bbox.x0
    for (_, column), text in texts.items():
        shift = left + sum(ends[:column])
        text.set_transform(offset_copy(axes.get_yaxis_transform(), figure, shift, 0, "points"))
    new_left = _left_end(axes, axes.bbox.x0 + left)
    for line in axes.lines:  # the rules of the table
        x = np.asarray(line.get_xdata(), dtype=float)
        if len(x) == 2 and math.isclose(x[0], old_left, rel_tol=1e-6):
            line.set_xdata([new_left, _left_end(axes, axes.bbox.x0 + left + sum(ends) - COLUMN_GAP_PT)])


def _left_end(axes: Axes, pixel: float) -> float:
    """Return the data coordinate of a pixel column."""
    return float(axes.transData.inverted().transform((pixel, 0.0))[0])


def _make_opaque(artist: Any) -> None:
    """Mix colours with the white of the page: EPS has no transparency, and rows would turn dark."""
    if artist.get_alpha() not in (None, 1) and len(artist.get_facecolor()):
        *colour, share = np.atleast_2d(artist.get_facecolor())[0]
        artist.set_alpha(None)
        artist.set_color(tuple(1.0 - share * (1.0 - part) for part in colour))


def _finish(figure: TableFigure, axes: Axes, lang: str) -> None:
    """Set explicit faces, drop log minor ticks, and make the page hold everything drawn."""
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_fontfamily()[0] != MONOSPACE:
            text.set_fontfamily(face_stack(lang))
    for artist in (*axes.patches, *axes.collections):
        _make_opaque(artist)
        artist.set_zorder(-10 if artist in axes.patches else artist.get_zorder())  # shading behind intervals
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    canvas: Any = figure.canvas
    renderer = canvas.get_renderer()
    figure.draw(renderer)
    _align_columns(axes, renderer)
    box = figure.get_tightbbox(renderer)  # in inches
    pad = PAD_PT / 72
    width, height = figure.get_size_inches()
    figure.set_size_inches(*(page := (box.width + 2 * pad, box.height + 2 * pad)))
    axes.set_position(((pad - box.x0) / page[0], (pad - box.y0) / page[1], width / page[0], height / page[1]))
