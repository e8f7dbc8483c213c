"""The theme ``plain``: sober, for any journal without a style of its own."""

from k2meta.figures.looks.themes import Theme, register_theme

__all__ = ["PLAIN"]

PLAIN = register_theme(Theme(name="plain", numbers="plain"))
