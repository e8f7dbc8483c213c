"""Faults of colour: pale text, and colours that some readers cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from .drawn import Drawn
from .problem import WARNING, Problem, Profile

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1, on linear RGB.
VIEWS = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "grey": [LUMINANCE] * 3,
    "normal": np.eye(3),
}
# sRGB (D65) to XYZ, and the white point: IEC 61966-2-1.
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
AREA_CORNERS = 8
DISTINCT = 10.0  # delta E (CIE 1976) that readers tell apart


def linear(colour: object) -> np.ndarray:
    """Return linear RGB of a colour."""
    rgb = np.array(to_rgba(colour)[:3])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one: object, other: object) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    low, high = sorted(float(LUMINANCE @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def _lab(rgb: np.ndarray) -> np.ndarray:
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: object, other: object, view: str = "normal") -> float:
    """Return delta E of two colours as a viewer of that kind sees them."""
    matrix = np.asarray(VIEWS[view])
    return float(np.linalg.norm(_lab(matrix @ linear(one)) - _lab(matrix @ linear(other))))


def text_contrast(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """TEXT_CONTRAST: text reaches 4.5:1 on white (or is near white, for dark ground)."""
    for text in drawn.texts:
        colour = to_rgba(text.artist.get_color())
        pale = contrast(colour, "white") < 4.5 and contrast(colour, "black") < 12
        if colour[3] > 0 and pale:
            ratio = contrast(colour, "white")
            yield Problem("TEXT_CONTRAST", WARNING, f"{text.words!r}: contrast {ratio:.1f}:1 with white")
            return


def _inks(artist: Any) -> Iterator[tuple[Any, Any]]:
    """Yield fill and edge of what an artist draws; None where there is no ink."""
    if isinstance(artist, Line2D):
        yield None, artist.get_color()
        return
    fills, edges = (np.atleast_2d(c) for c in (artist.get_facecolor(), artist.get_edgecolor()))
    edged = np.max(artist.get_linewidth(), initial=0.0) > 0 and edges.size > 0
    for i in range(max(len(fills), len(edges))):
        fill = fills[i % len(fills)] if fills.size else None
        edge = edges[i % len(edges)] if edged else None
        yield (*(ink if ink is not None and ink[3] > 0 else None for ink in (fill, edge)),)


def mark_contrast(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """MARK_CONTRAST: a mark, or the line round it, reaches 3:1 on white; white ones lie on others.

    Shaded areas under a curve are no marks: they have more corners than a diamond or an arrowhead.
    """
    for artist in {id(mark.artist): mark.artist for mark in drawn.marks}.values():
        if isinstance(artist, Polygon) and len(artist.get_xy()) > AREA_CORNERS:
            continue
        for inks in _inks(artist):
            ratios = [contrast(ink, "white") for ink in inks if ink is not None]
            if ratios and 1.15 < max(ratios) < 3:
                name = f"{type(artist).__name__} {artist.get_gid() or ''}"
                yield Problem("MARK_CONTRAST", WARNING, f"{name}: contrast {max(ratios):.1f}:1 with white")
                break


def _outline(artist: Any) -> str:
    """What distinguishes marks besides their colour: the outline of points, the dashes of lines."""
    if isinstance(artist, PathCollection):
        vertices = artist.get_paths()[0].vertices
        return str(np.round(vertices / np.ptp(vertices, axis=0).max(), 2).ravel().tolist())
    if isinstance(artist, Line2D):
        return f"line {artist._dash_pattern}"
    return type(artist).__name__


def _mark_colours(drawn: Drawn) -> dict[tuple[float, ...], set[str]]:
    """Return each colour that marks have, with the outlines it occurs in."""
    found: dict[tuple[float, ...], set[str]] = {}
    for artist in {id(mark.artist): mark.artist for mark in drawn.marks}.values():
        colours = artist.get_facecolor() if hasattr(artist, "get_facecolor") else to_rgba(artist.get_color())
        for colour in np.unique(np.atleast_2d(colours), axis=0):
            if len(colour) == 4 and colour[3] > 0 and contrast(colour, "white") > 1.15:
                name = tuple(float(part) for part in np.round(colour[:3], 3))
                found.setdefault(name, set()).add(_outline(artist))
    return dict(sorted(found.items()))


def distinct_colours(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """COLOUR_ONLY: colours that differ for most readers differ for colour-blind ones and in grey.

    Marks that also differ in shape, or lines in their dashes, can be told apart without colour.
    """
    colours = _mark_colours(drawn)
    if len(colours) > 8:
        return
    for one, other in combinations(colours, 2):
        if difference(one, other) < DISTINCT or not colours[one] & colours[other]:
            continue
        for view in ("protan", "deutan", "tritan", "grey"):
            gap = difference(one, other, view)
            if gap < DISTINCT:
                names = f"{to_hex(one)} and {to_hex(other)}"
                yield Problem("COLOUR_ONLY", WARNING, f"{names} look alike to {view} (dE {gap:.0f})")
                break


CHECKS = (text_contrast, mark_contrast, distinct_colours)
