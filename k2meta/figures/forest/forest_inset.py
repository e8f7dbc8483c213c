"""A forest plot inside somebody else's figure: in the box of an Axes or of a SubFigure, never beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase, SubFigure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from k2meta.errors import OptionError, unknown_option
from k2meta.figures.lettering.drawing import drawing_context
from k2meta.figures.looks.display import Page
from k2meta.figures.looks.themes import MM
from k2meta.figures.page.draw import draw_page

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["K2Inset", "box_size", "check_box", "draw_inset"]

Box = Axes | SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class K2Inset:
    """A forest plot drawn into a box of the caller's figure, with its truth record.

    The plot is as large as its box was then; it does not follow later changes of the size. The figure stays
    the caller's: it is drawn and saved under the caller's settings (journals ask for
    ``matplotlib.rcParams["pdf.fonttype"] = 42``).

    Attributes
    ----------
    figure : Figure or SubFigure
        What it was drawn into.
    k2meta : dict
        The truth record, as in :class:`k2meta.figures.page.canvas.K2Figure`.
    parts : dict
        The axes that hold the marks, by name; ``figure.axes`` does not list them.
    page : Page
        The display list that was drawn.
    title, lang, alt_text : str
    """

    figure: FigureBase
    k2meta: dict[str, Any]
    parts: dict[str, Axes]
    page: Page
    title: str
    lang: str
    alt_text: str
    _table: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Return the numbers as printed, one row for each row of the figure."""
        return self._table.copy()

    def caption(self, lang: str | None = None) -> str:
        """Write a legend for the figure, in its own language by default."""
        captions: Mapping[str, str] = self.k2meta["captions"]
        chosen = lang or self.lang
        if chosen not in captions:
            raise unknown_option("language", chosen, captions)
        return captions[chosen]

    def __repr__(self) -> str:
        return f"<K2Inset {self.title!r}, {len(self.k2meta['rows'])} rows>"


def check_box(ax: object) -> Box:
    """Refuse what is no box of a figure."""
    if isinstance(ax, (Axes, SubFigure)):
        return ax
    hint = "fig.subfigures(1, 2)[0], say" if isinstance(ax, Figure) else "plt.subplots()[1], say"
    raise OptionError(
        f"ax is a {type(ax).__name__} - expected an Axes or a SubFigure, in whose box the plot is drawn - "
        f"give {hint}, or leave ax out for a figure of its own"
    )


def box_size(ax: Box) -> tuple[float, float]:
    """Width and height of the box in mm, after the figure's layout engine has settled it."""
    parent = ax if isinstance(ax, SubFigure) else ax.figure
    root = parent
    while isinstance(root, SubFigure):
        root = root.figure
    if isinstance(root, Figure) and root.get_layout_engine() is not None:
        root.draw_without_rendering()  # constrained layouts move boxes when the figure is first drawn
    bounds = ax.bbox
    points = 72 / parent.dpi
    return float(bounds.width * points / MM), float(bounds.height * points / MM)


def draw_inset(ax: Box, page: Page, record: Mapping[str, Any], table: pd.DataFrame) -> K2Inset:
    """Draw a page into a box, from its upper left corner; axes of the caller's are switched off."""
    parent = ax if isinstance(ax, SubFigure) else ax.figure
    frame = _Frame(ax, cast(Figure, parent), page)
    with drawing_context():
        parts = draw_page(cast(Figure, frame), page)
    if isinstance(ax, Axes):
        ax.set_axis_off()
    return K2Inset(
        cast(FigureBase, parent),
        dict(record),
        parts,
        page,
        record["title"],
        record["lang"],
        record["alt"],
        table,
    )


class _UnhintedText(Text):
    """A text as wide as it was measured: hinting would make widths depend on the resolution."""

    def draw(self, renderer: Any) -> None:
        with matplotlib.rc_context({"text.hinting": "none"}):
            super().draw(renderer)


class _Frame:
    """A rectangle of a figure that takes artists as a whole figure does.

    Axes are added as plain artists: ``figure.axes``, ``plt.gca()`` and layout engines do not see them, so
    that nothing in the caller's figure changes but the box.
    """

    def __init__(self, ax: Box, parent: Figure, page: Page) -> None:
        self.parent = parent
        outer, inner = parent.bbox, ax.bbox
        scale = parent.dpi / 72
        width, height = page.width * scale / outer.width, page.height * scale / outer.height
        left = (inner.x0 - outer.x0) / outer.width
        top = (inner.y1 - outer.y0) / outer.height
        self.bounds = (left, top - height, width, height)
        self.transFigure: Transform = (
            Affine2D().scale(width, height).translate(left, top - height) + parent.transSubfigure
        )

    def add_axes(self, rect: tuple[float, float, float, float]) -> Axes:
        """Make axes at a place given in shares of the frame."""
        left, bottom, width, height = self.bounds
        place = (left + rect[0] * width, bottom + rect[1] * height, rect[2] * width, rect[3] * height)
        axes = Axes(self.parent, place)
        self.parent.add_artist(axes)
        return axes

    def text(self, x: float, y: float, words: str, **settings: Any) -> Text:
        """Add a text of unhinted width."""
        text = _UnhintedText(x, y, words, **settings)
        self.parent.add_artist(text)
        return text

    def add_artist(self, artist: Any) -> Any:
        """Add an artist whose transform is set."""
        return self.parent.add_artist(artist)
