"""What is drawn in a panel of a bubble plot: bands, line or columns, the null, the bubbles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from k2meta.figures.looks.display import Item, Marks, PlotBox, Shape, Stroke
from k2meta.figures.page.clipping import clip_area, clip_curve

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CI", "EDGE", "EDGE_DASHES", "LINE", "NULL", "NULL_DASHES", "PI", "BubbleItems"]

CI, PI, LINE, EDGE, NULL = "#C9C9C9", "#EDEDED", "#222222", "#777777", "#777777"
EDGE_DASHES, NULL_DASHES = (3.0, 2.0), (1.0, 1.6)
COLUMN = 0.34  # half the width of a column's band, in columns


@dataclass(frozen=True, slots=True)
class BubbleItems:
    """A panel's items; ``x`` are the places of the rows of ``line``, columns where ``grouped``."""

    marks: Sequence[Marks]
    x: Sequence[float]
    line: pd.DataFrame
    grouped: bool
    null: float | None

    def __call__(self, plot: PlotBox, number: int) -> Iterator[Item]:
        """Items of the panel."""
        if self.grouped:
            for place in range(len(self.x)):
                yield from self._column(place, plot, number)
        elif len(self.x) > 1:
            yield from self._bands(plot, number)
        if self.null is not None:
            for piece in clip_curve([(plot.low, self.null), (plot.high, self.null)], plot):
                yield Stroke(piece, 0.6, NULL, "k2:bg:null", "plot", NULL_DASHES, number)
        yield from self.marks

    def _bands(self, plot: PlotBox, number: int) -> Iterator[Item]:
        for name, fill in (("pi", PI), ("ci", CI)):
            low, high = (self._points(f"{name}_{side}") for side in ("low", "high"))
            if not np.isfinite([y for _, y in (*low, *high)]).all():
                continue
            area = clip_area([*low, *reversed(high)], plot)
            if area:
                yield Shape(area, fill, f"k2:bg:{name}", space="plot", panel=number)
            for side, points in (("low", low), ("high", high)):
                if name == "pi":
                    for piece in clip_curve(points, plot):
                        yield Stroke(piece, 0.5, EDGE, f"k2:bg:{name}:{side}", "plot", EDGE_DASHES, number)
        for piece in clip_curve(self._points("estimate"), plot):
            yield Stroke(piece, 1.0, LINE, "k2:curve:fit", "plot", (), number)

    def _points(self, column: str) -> list[tuple[float, float]]:
        return list(zip(map(float, self.x), self.line[column].tolist(), strict=True))

    def _column(self, place: int, plot: PlotBox, number: int) -> Iterator[Item]:
        row, x = self.line.iloc[place], float(self.x[place])
        for name, fill, half in (("pi", PI, COLUMN), ("ci", CI, COLUMN)):
            low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
            if not np.isfinite([low, high]).all():
                continue
            area = clip_area([(x - half, low), (x + half, low), (x + half, high), (x - half, high)], plot)
            if area:
                yield Shape(area, fill, f"k2:bg:{name}:{place}", space="plot", panel=number)
            for side, y in (("low", low), ("high", high)):
                if name == "pi":
                    for piece in clip_curve([(x - half, y), (x + half, y)], plot):
                        gid = f"k2:bg:{name}:{side}:{place}"
                        yield Stroke(piece, 0.5, EDGE, gid, "plot", EDGE_DASHES, number)
        mean = float(row["estimate"])
        for piece in clip_curve([(x - COLUMN, mean), (x + COLUMN, mean)], plot):
            yield Stroke(piece, 1.0, LINE, f"k2:curve:mean:{place}", "plot", (), number)
