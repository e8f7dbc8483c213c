"""A page with every kind of item on it, a cloud of pixels among them, for the tests of files."""

from __future__ import annotations

import numpy as np
import pandas as pd

from k2meta.figures.looks.display import (
    SHAPES,
    Marks,
    Page,
    PlotBox,
    Segments,
    Shape,
    Squares,
    Stroke,
    Text,
)
from k2meta.figures.page.canvas import K2Figure

ALT = "A cloud of points, made to hold the files to what they promise; it shows nothing of interest."
BOX = PlotBox(60.0, 20.0, 170.0, 120.0, -2.0, 2.0, 0.0, 1.0)


def items() -> list:
    rng = np.random.default_rng(7)
    x, y = rng.normal(0, 0.5, 4000), rng.uniform(0.1, 0.9, 4000)
    n = len(SHAPES)
    wave = np.linspace(-2, 2, 40)
    return [
        Shape(
            ((-3, 0.2), (-3, 0.3), (3, 0.3), (3, 0.2)), "#dddddd", "k2:bg:band", space="plot", clipped=True
        ),
        Marks(tuple(x), tuple(y), (1.5,) * 4000, "circle", "#0072B2", "k2:cloud", pixels=True),
        Stroke(
            tuple(zip(wave, 0.5 + 0.3 * np.sin(wave), strict=True)), 0.8, "black", "k2:curve", space="plot"
        ),
        Stroke(((60.0, 140.0), (230.0, 140.0)), 0.6, "black", "k2:bg:axis"),
        Stroke(((60.0, 20.0), (230.0, 140.0)), 0.6, "#555555", "k2:falling", dashes=(3.0, 2.0)),
        Segments((((-1.0, 0.1), (-1.0, 0.2)), ((1.0, 0.2), (1.0, 0.1))), 0.6, "black", "k2:ticks"),
        Squares((-1.5, 1.5), (0.8, 0.8), (36.0, 9.0), (True, True), "#D55E00"),
        *(
            Marks((-1.8 + 0.6 * i,), (0.95,), (25.0,), shape, "#009E73", f"k2:{shape}", "black", 0.5)
            for i, shape in enumerate(SHAPES[:n])
        ),
        Text(60.0, 160.0, "Estimate ", 8.0, gid="k2:text:line"),
        Text(60.0 + 33.35, 160.0, "P", 8.0, italic=True, gid="k2:text:line"),
        Text(60.0, 172.0, "研究 A：x < 1 & y", 8.0, bold=True, colour="#0072B2", gid="k2:text:mixed"),
        Text(40.0, 120.0, "Standard error", 8.0, gid="k2:text:y", angle=90.0),
    ]


def page(latin: str = "sans") -> Page:
    return Page(240.0, 180.0, (BOX,), tuple(items()), latin=latin)


def cloud(latin: str = "sans") -> K2Figure:
    record = {"title": "Cloud & points", "lang": "en", "alt": ALT, "rows": [], "captions": {"en": "Cloud."}}
    return K2Figure(page(latin), record, pd.DataFrame())
