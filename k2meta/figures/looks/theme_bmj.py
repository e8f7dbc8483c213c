"""The theme ``bmj``: after figures in The BMJ, in its purple, with events over totals."""

from types import MappingProxyType

from k2meta.figures.looks.themes import Theme, register_theme

__all__ = ["BMJ"]

BMJ = register_theme(
    Theme(
        name="bmj",
        numbers="bmj",
        widths=MappingProxyType({"1col": 84.0, "1.5col": 130.0, "2col": 173.0}),
        right=("weight", "effect"),
        merge_arms=True,
        short_heads=True,
        square="#6A51A3",
        total="#6A51A3",
        subtotal="#6A51A3",
        favours_arrows=False,
        favours_bold=True,
    )
)
