"""How each theme prints numbers: brackets, separators, decimal points, P values, symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from k2meta.errors import unknown_option

__all__ = ["NUMBER_STYLES", "NumberStyle", "get_number_style"]


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How one theme prints numbers.

    Attributes
    ----------
    name : str
    opening, separator, closing : str
        Around and between the limits of an interval.
    point : str
        The decimal point.
    leading_zero : bool
        Whether P is ``0.26`` or ``.26``.
    p_symbol : str
        ``"P"`` or ``"p"``.
    p_italic : bool
    p_spaced : bool
        ``P = 0.26`` or ``P=0.26``.
    p_floors : tuple of float
        P under one of them prints as ``< floor``, the lowest that holds.
    p_small_digits : int
        0: P under 0.01 gets 3 decimals. Otherwise so many significant digits.
    i2_decimals : int
    tau2_significant : int
        Significant digits of tau2 (at least 2 decimals); 0 for 2 decimals always.
    symbols : {"greek", "words"}
        ``τ²`` or ``Tau²``.
    symbol_italic : bool
        Whether statistical symbols are italic.
    absolute_z : bool
        Whether a normal statistic prints without its sign.
    grouping : str
        Between the thousands of numbers of five digits and more before the point; empty for nothing.
    heterogeneity : str
        How the line of heterogeneity begins: a key of the catalogue.
    line : {"semicolons", "commas", "subscript"}
        ``τ² = 0.12; χ² = 5.30, df = 4 (P = 0.26); I² = 24%``; the same with P after a comma; or, without
        tau2, ``χ²₄ = 5.30 (P = .26), I² = 24%``. English only: Chinese has one form.
    """

    name: str
    opening: str = " ("
    separator: str = " to "
    closing: str = ")"
    point: str = "."
    leading_zero: bool = True
    p_symbol: str = "P"
    p_italic: bool = True
    p_spaced: bool = True
    p_floors: tuple[float, ...] = (0.001,)
    p_small_digits: int = 0
    i2_decimals: int = 1
    tau2_significant: int = 3
    symbols: str = "greek"
    symbol_italic: bool = True
    absolute_z: bool = False
    grouping: str = ""
    heterogeneity: str = "heterogeneity"
    line: str = "semicolons"


NUMBER_STYLES: Mapping[str, NumberStyle] = MappingProxyType(
    {
        "plain": NumberStyle("plain"),
        "revman": NumberStyle(
            "revman",
            opening=" [",
            separator=", ",
            closing="]",
            p_italic=False,
            p_floors=(0.00001, 0.0001),
            p_small_digits=1,
            i2_decimals=0,
            tau2_significant=0,
            symbols="words",
            symbol_italic=False,
            absolute_z=True,
        ),
        "jama": NumberStyle("jama", separator="-", leading_zero=False, i2_decimals=0, line="subscript"),
        "bmj": NumberStyle(
            "bmj",
            p_italic=False,
            p_spaced=False,
            i2_decimals=0,
            symbol_italic=False,
            heterogeneity="test for heterogeneity",
            line="commas",
        ),
        "lancet": NumberStyle(
            "lancet",
            separator="\N{EN DASH}",
            point="\N{MIDDLE DOT}",
            p_symbol="p",
            p_italic=False,
            p_spaced=False,
            p_floors=(0.0001,),
            i2_decimals=0,
            symbol_italic=False,
        ),
        "nature": NumberStyle("nature", separator=", "),
        "cma": NumberStyle("cma", opening="（", separator="～", closing="）", p_spaced=False),
    }
)


def get_number_style(style: str | NumberStyle) -> NumberStyle:
    """Return a number style by its name, or the style itself.

    Raises
    ------
    OptionError
        When no style has this name.
    """
    if isinstance(style, NumberStyle):
        return style
    if style not in NUMBER_STYLES:
        raise unknown_option("number style", style, NUMBER_STYLES)
    return NUMBER_STYLES[style]
