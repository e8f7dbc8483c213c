"""The theme ``jama``: after figures in JAMA, with ``Favors`` over the plot and no numbers of the arms."""

from types import MappingProxyType

from k2meta.figures.looks.themes import Theme, register_theme

__all__ = ["JAMA"]

JAMA = register_theme(
    Theme(
        name="jama",
        numbers="jama",
        widths=MappingProxyType({"1col": 85.0, "1.5col": 130.0, "2col": 174.0}),
        left=("study", "user", "effect"),
        right=("weight",),
        square="#00008B",
        total="#ADD8E6",
        subtotal="#ADD8E6",
        diamond_edge="black",
        head_rule_span="left",
        favours_arrows=False,
        favours_above=True,
        favours_words="favors",
    )
)
