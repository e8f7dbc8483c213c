"""The theme ``revman``: the columns and marks that readers of Cochrane reviews know."""

from types import MappingProxyType

from k2meta.figures.looks.themes import Theme, register_theme

__all__ = ["REVMAN"]

REVMAN = register_theme(
    Theme(
        name="revman",
        numbers="revman",
        widths=MappingProxyType({"1col": 85.0, "1.5col": 130.0, "2col": 174.0}),
        left=("study", "user", "arms", "weight", "effect"),
        right=(),
        square="#0000CC",
        plot_head=True,
        favours_arrows=False,
        favours_words="bracketed",
    )
)
