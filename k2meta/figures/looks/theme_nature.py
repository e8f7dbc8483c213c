"""The theme ``nature``: type from 5 to 7 pt, black text, pages of at most 170 mm."""

from types import MappingProxyType

from k2meta.figures.looks.themes import Theme, register_theme

__all__ = ["NATURE"]

NATURE = register_theme(
    Theme(
        name="nature",
        numbers="nature",
        widths=MappingProxyType({"1col": 89.0, "1.5col": 136.0, "2col": 183.0}),
        max_height=170.0,
        size=7.0,
        min_size=5.0,
        max_size=7.0,
        favours_arrows=False,
    )
)
