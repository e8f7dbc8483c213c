"""The theme ``cma``: for journals of the Chinese Medical Association, as a table of three rules."""

from types import MappingProxyType

from k2meta.figures.looks.themes import Theme, register_theme

__all__ = ["CMA"]

CMA = register_theme(
    Theme(
        name="cma",
        numbers="cma",
        widths=MappingProxyType({"1col": 85.0, "1.5col": 130.0, "2col": 174.0}),
        min_size=6.5,  # the Chinese size 小六号
        latin="serif",
        square="black",
        top_rule=1.0,
        head_rule=0.5,
        foot_rule=1.0,
        favours_arrows=False,
    )
)
