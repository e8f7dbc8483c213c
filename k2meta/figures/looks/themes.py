"""Themes: how figures look. A theme never changes a number, an interval method or a model.

A theme is one frozen record in a file of its own, ``theme_<name>.py``, found by its name: to add one, write
such a file that calls :func:`register_theme`.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from k2meta.errors import OptionError, nearest, unknown_option
from k2meta.figures.lettering.faces import LATIN_KINDS, LatinKind
from k2meta.figures.lettering.numbers import is_number

__all__ = ["Theme", "get_theme", "page_width", "register_theme", "theme_names", "type_sizes"]

MM = 72 / 25.4
STEP = 0.25  # pt
_THEMES: dict[str, Theme] = {}


def _default_widths() -> Mapping[str, float]:
    return MappingProxyType({"1col": 85.0, "1.5col": 130.0, "2col": 174.0})


_RANGES = {
    "max_height": (20.0, 2000.0),
    "size": (3.0, 72.0),
    "min_size": (3.0, 72.0),
    "row_pitch": (1.2, 5.0),
    "label_share": (0.1, 0.8),
    "head_rule": (0.0, 5.0),
    "top_rule": (0.0, 5.0),
    "foot_rule": (0.0, 5.0),
    "row_rule": (0.0, 5.0),
    "max_size": (3.0, 72.0),
}
_CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "latin": tuple(LATIN_KINDS),
        "mark": ("square", "diamond", "circle"),
        "head_rule_span": ("page", "left"),
        "favours_words": ("favours", "favors", "bracketed"),
        "rob_palette": ("safe", "cochrane"),
        "prediction_style": ("bar", "line", "density"),
        "bilingual": ("files", "stack"),
    }
)
_COLOURS = ("square", "interval", "total", "subtotal", "prediction")
_FLAGS = (
    *("whiskers", "plot_head", "merge_arms", "short_heads"),
    *("favours_arrows", "favours_above", "favours_bold"),
)


def _check_colour(name: str, value: object) -> None:
    from matplotlib.colors import is_color_like

    if not is_color_like(value):
        raise OptionError(
            f'{name}={value!r} - no colour - expected a name that matplotlib knows or "#RRGGBB" - write '
            f'{name}="#0072B2", say'
        )


@dataclass(frozen=True, slots=True)
class Theme:
    """The looks of a figure.

    Attributes
    ----------
    name : str
    numbers : str
        Name of the number style (:mod:`k2meta.figures.lettering.numbers`): brackets, separators, decimals,
        P values.
    widths : mapping of str to float
        Named page widths in mm.
    max_height : float
        Page height in mm above which a figure is better split into pages.
    size, min_size, max_size : float
        Type size in pt, the smallest to which it may shrink, and the largest that may be asked for.
    left, right : tuple of str
        Columns on each side of the plot: ``"study"``, ``"arms"``, ``"weight"``, ``"effect"``, ``"user"``.
    merge_arms : bool
        Whether each arm's columns are merged from the start (``15/45``), not only on narrow pages.
    short_heads : bool
        Whether merged events and totals are headed ``n/N`` instead of ``Events/total``.
    row_pitch : float
        Row height in type sizes.
    label_share : float
        Study labels wider than this share of the page are wrapped from the start.
    square, interval, total, subtotal, prediction : str
        Colours of study marks, study intervals, overall diamonds, subtotal diamonds, prediction bars.
    mark : {"square", "diamond", "circle"}
        Shape of the study marks; its area is proportional to the weight, whatever the shape.
    diamond_edge : str
        Colour of the edge of diamonds, ``"none"`` for none; a diamond filled white is an open one.
    whiskers : bool
        Whether study intervals end in small strokes.
    head_rule, top_rule, foot_rule, row_rule : float
        Width in pt of the rules under the head, above it, under axis and rows, and under each row; 0 draws
        none.
    head_rule_span : {"page", "left"}
        Whether the rule under the head runs across the page or under the columns left of the plot.
    plot_head : bool
        Whether measure and model stand over the plot as well.
    favours_arrows : bool
        Whether arrows point away from the null beside the favours labels.
    favours_above : bool
        Whether the favours labels stand over the plot instead of under its axis.
    favours_words : {"favours", "favors", "bracketed"}
        ``Favours K2``, ``Favors K2`` or ``Favours [K2]``.
    favours_bold : bool
        Whether they are bold.
    prediction_style : {"bar", "line", "density"}
        A prediction interval as a bar in its row, as a line through the diamond, or as the density of true
        effects in new studies, dark inside the interval.
    rob_palette : {"safe", "cochrane"}
        Colours of risk-of-bias dots; each has a glyph besides.
    bilingual : {"files", "stack"}
        What ``lang="en+zh"`` gives: a figure in each language, or one with Chinese over English.
    latin : {"sans", "serif"}
        Kind of the Latin face: ``k2meta Arimo`` or ``k2meta Tinos``.
    """

    name: str
    numbers: str = "plain"
    widths: Mapping[str, float] = field(default_factory=_default_widths)
    max_height: float = 235.0
    size: float = 8.0
    min_size: float = 6.0
    max_size: float = 72.0
    left: tuple[str, ...] = ("study", "user", "arms")
    right: tuple[str, ...] = ("effect", "weight")
    merge_arms: bool = False
    short_heads: bool = False
    row_pitch: float = 1.55
    label_share: float = 0.40
    square: str = "#0072B2"
    interval: str = "black"
    total: str = "black"
    subtotal: str = "black"
    prediction: str = "black"
    mark: str = "square"
    diamond_edge: str = "none"
    whiskers: bool = False
    head_rule: float = 0.6
    top_rule: float = 0.0
    foot_rule: float = 0.0
    row_rule: float = 0.0
    head_rule_span: str = "page"
    plot_head: bool = False
    favours_arrows: bool = True
    favours_above: bool = False
    favours_words: str = "favours"
    favours_bold: bool = False
    prediction_style: str = "bar"
    rob_palette: str = "safe"
    bilingual: str = "files"
    latin: LatinKind = "sans"

    def __post_init__(self) -> None:
        """Refuse settings that could not be drawn.

        Raises
        ------
        OptionError
            Naming the setting, what was given and what was expected.
        """
        _check_sizes(self)
        _check_choices(self)

    def replace(self, **changes: Any) -> Theme:
        """Return a variant.

        Raises
        ------
        TypeError
            When a field does not exist; the message names the nearest.

        Examples
        --------
        >>> get_theme("plain").replace(size=7.0).size
        7.0
        """
        known = [item.name for item in dataclasses.fields(self)]
        for name in changes:
            if name not in known:
                close = nearest(name, known)
                hint = f"; did you mean {close!r}?" if close else ""
                raise TypeError(f"a theme has no setting {name!r}{hint} Settings: {', '.join(known)}")
        return dataclasses.replace(self, **changes)


def _check_sizes(theme: Theme) -> None:
    for name, (low, high) in _RANGES.items():
        value = getattr(theme, name)
        if not is_number(value) or not low <= value <= high:
            raise OptionError(
                f"{name}={value!r} - expected a number from {low:g} to {high:g} - see Theme for its unit"
            )
    if theme.size < theme.min_size:
        raise OptionError(
            f"size={theme.size:g} - under the smallest type size, min_size={theme.min_size:g} - expected "
            "at least that - give a lower min_size as well, if the journal allows it"
        )
    if theme.size > theme.max_size:
        raise OptionError(
            f"size={theme.size:g} - over the largest type size, max_size={theme.max_size:g} - expected at "
            "most that - give a higher max_size as well, if the journal allows it"
        )


def _check_choices(theme: Theme) -> None:
    for name in ("left", "right"):
        if not isinstance(getattr(theme, name), (tuple, list)):
            raise OptionError(
                f'{name}={getattr(theme, name)!r} - expected blocks of columns - write {name}=("study", '
                '"arms"), say'
            )
    for name, allowed in _CHOICES.items():
        if getattr(theme, name) not in allowed:
            raise unknown_option(name, getattr(theme, name), allowed)
    for name in _FLAGS:
        if not isinstance(getattr(theme, name), bool):
            raise OptionError(
                f"{name}={getattr(theme, name)!r} - expected True or False - write {name}=True, say"
            )
    for name in _COLOURS:
        _check_colour(name, getattr(theme, name))
    if theme.diamond_edge != "none":
        _check_colour("diamond_edge", theme.diamond_edge)


def register_theme(theme: Theme) -> Theme:
    """Add a theme to the registry and return it."""
    _THEMES[theme.name] = theme
    return theme


@cache
def _load_all() -> None:
    import k2meta.figures.looks as package

    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("theme_"):
            importlib.import_module(f"{package.__name__}.{module.name}")


def theme_names() -> tuple[str, ...]:
    """Names of the themes.

    Examples
    --------
    >>> theme_names()
    ('bmj', 'cma', 'jama', 'lancet', 'nature', 'plain', 'revman')
    """
    _load_all()
    return tuple(sorted(_THEMES))


def get_theme(theme: str | Theme) -> Theme:
    """Look a theme up by name; a theme is returned as it is.

    Raises
    ------
    OptionError
        When there is no theme of this name; the message lists them.
    """
    if isinstance(theme, Theme):
        return theme
    _load_all()
    try:
        return _THEMES[theme]
    except (KeyError, TypeError):
        raise unknown_option("theme", theme, theme_names()) from None


def page_width(width: str | float, theme: Theme) -> float:
    """Page width in mm.

    Parameters
    ----------
    width : str or float
        A named width of the theme (``"1col"``, ``"2col"``) or millimetres.

    Raises
    ------
    OptionError
        For an unknown name, or a width that is not between 20 and 2,000 mm.

    Examples
    --------
    >>> page_width("2col", get_theme("plain")), page_width(120, get_theme("plain"))
    (174.0, 120.0)
    """
    if isinstance(width, str):
        if width not in theme.widths:
            raise unknown_option("width", width, (*theme.widths, "a number of millimetres"))
        return float(theme.widths[width])
    if not is_number(width):
        raise OptionError(
            f"width={width!r} - expected a number of millimetres or one of {', '.join(theme.widths)} - write "
            "width=174, say"
        )
    value = float(width)
    if not 20 <= value <= 2000:
        raise OptionError(
            f"width - {value:g} mm is no page width - expected 20 to 2000 mm or one of "
            f"{', '.join(theme.widths)} - give millimetres, not inches or points"
        )
    return value


def type_sizes(theme: Theme) -> Iterator[float]:
    """Type sizes to try, from the theme's own down to its smallest, in quarter points.

    Examples
    --------
    >>> list(type_sizes(get_theme("plain").replace(size=6.5)))
    [6.5, 6.25, 6.0]
    """
    size = theme.size
    while size > theme.min_size + 1e-9:
        yield size
        size -= STEP
    yield theme.min_size
