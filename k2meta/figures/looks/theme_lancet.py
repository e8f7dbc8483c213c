"""The theme ``lancet``: after figures in The Lancet: serif, raised points, open diamonds, fine rules."""

from types import MappingProxyType

from k2meta.figures.looks.themes import Theme, register_theme

__all__ = ["LANCET"]

LANCET = register_theme(
    Theme(
        name="lancet",
        numbers="lancet",
        widths=MappingProxyType({"1col": 75.0, "1.5col": 115.0, "2col": 154.0}),
        latin="serif",
        merge_arms=True,
        short_heads=True,
        square="black",
        total="white",
        subtotal="white",
        diamond_edge="black",
        head_rule=0.0,
        row_rule=0.25,
        favours_arrows=False,
    )
)
