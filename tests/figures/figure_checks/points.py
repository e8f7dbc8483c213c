"""Faults of companions against their record: points, axes, and a legend that names every look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from .problem import ERROR, Problem

PLACE = 1e-9  # in data units, or relative where values are large
AREA = 1e-6  # relative
MANY_LOOKS = 12  # more colours than this are a scale, which no legend of samples explains
LEGEND = "k2:bg:legend"


def _collections(figure: Figure, gid: str) -> list[PathCollection]:
    return figure.findobj(lambda item: isinstance(item, PathCollection) and item.get_gid() == gid)


def look_of(points: PathCollection, index: int) -> tuple[Any, ...]:
    """Return what tells one point from another for a reader: outline, fill and edge, not size."""
    path = points.get_paths()[0]
    extent = np.ptp(path.vertices, axis=0).max()
    outline = tuple(np.round(path.vertices / extent, 2).ravel().tolist())
    return (outline, _colour(points.get_facecolor(), index), _edge(points, index))


def _colour(colours: np.ndarray, index: int) -> tuple[float, ...]:
    if not len(colours):
        return ()
    colour = np.round(colours[index % len(colours)], 2)
    return tuple(colour.tolist()) if colour[3] > 0 else ()


def _edge(points: PathCollection, index: int) -> tuple[float, ...]:
    widths = np.atleast_1d(points.get_linewidth())
    return _colour(points.get_edgecolor(), index) if widths[index % len(widths)] > 0 else ()


def _points_by_gid(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["kind"] == "point":
            found.setdefault(row["gid"], []).append(row)
    return found


def _places(figure: Figure, gid: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """POINT_WRONG: one collection of this name, in the panel of its rows, each point at its numbers."""
    found = _collections(figure, gid)
    if len(found) != 1:
        yield Problem("POINT_WRONG", ERROR, f"{len(found)} collections are named {gid}, expected one")
        return
    offsets = np.asarray(found[0].get_offsets(), dtype=float)
    if len(offsets) != len(rows):
        yield Problem("POINT_WRONG", ERROR, f"{gid}: {len(offsets)} points drawn, {len(rows)} in the record")
        return
    panels = {row["panel"] for row in rows}
    if found[0].axes is not None and panels != {_name(figure, found[0].axes)}:
        yield Problem("POINT_WRONG", ERROR, f"{gid} stands in another panel than {', '.join(panels)}")
    drawn = offsets[[row["index"] for row in rows]]
    wanted = np.array([(row["x"], row["y"]) for row in rows], dtype=float)
    off = np.abs(drawn - wanted) / np.maximum(1, np.abs(wanted))
    if not (off <= PLACE).all():
        worst = rows[int(np.nan_to_num(off, nan=np.inf).max(axis=1).argmax())]
        yield Problem("POINT_WRONG", ERROR, f"{gid}: {worst['label']!r} does not stand at its numbers")


def _name(figure: Figure, axes: Artist) -> str:
    parts = getattr(figure, "parts", {})
    return next((name for name, own in parts.items() if own is axes), "?")


def _areas(figure: Figure, by_gid: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Problem]:
    """AREA_NOT_WEIGHT: in each panel, the areas are in the ratio of the weights, across collections."""
    ratios: dict[str, list[float]] = {}
    for gid, rows in by_gid.items():
        for points in _collections(figure, gid)[:1]:
            sizes = points.get_sizes()
            for row in rows:
                if np.isfinite(row.get("weight", np.nan)) and row["weight"] > 0:
                    area = float(sizes[row["index"] % len(sizes)])
                    ratios.setdefault(row["panel"], []).append(area / row["weight"])
    for panel, own in ratios.items():
        if max(own) > min(own) * (1 + AREA):
            fold = max(own) / min(own) if min(own) else np.inf
            yield Problem("AREA_NOT_WEIGHT", ERROR, f"{panel}: area over weight varies {fold:.3g}-fold")


def _axes(figure: Figure, record: Mapping[str, Any]) -> Iterator[Problem]:
    """AXIS_WRONG: each panel spans what the record says, and a label stands at the value it names."""
    for name, axes in (record.get("axes") or {}).items():
        drawn = figure.parts.get(name)
        if drawn is None:
            yield Problem("AXIS_WRONG", ERROR, f"the record has a panel {name!r} that is not drawn")
            continue
        for side, limits in (("x", drawn.get_xlim()), ("y", drawn.get_ylim())):
            wanted = sorted((axes[side]["low"], axes[side]["high"]))
            if not np.allclose(sorted(limits), wanted, rtol=PLACE, atol=PLACE):
                text = f"{name}: {side} runs from {limits[0]:.4g} to {limits[1]:.4g}"
                yield Problem("AXIS_WRONG", ERROR, f"{text}, the record says {wanted}")


def _legend(figure: Figure, by_gid: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Problem]:
    """LEGEND: where points look different, the legend has a sample of each look."""
    looks: dict[tuple[Any, ...], str] = {}
    for gid, rows in by_gid.items():
        for points in _collections(figure, gid)[:1]:
            looks |= {look_of(points, row["index"]): gid for row in rows}
    if not 1 < len(looks) <= MANY_LOOKS:
        return
    samples = {look_of(points, 0) for points in _collections(figure, LEGEND)}
    missing = sorted({gid for look, gid in looks.items() if look not in samples})
    if missing:
        yield Problem("LEGEND", ERROR, f"no sample in the legend looks like the points {', '.join(missing)}")


def against_points(figure: Figure) -> Iterator[Problem]:
    """Run the checks of a figure whose record has points."""
    record = getattr(figure, "k2meta", None) or {}
    if "kind" not in record:
        return
    by_gid = _points_by_gid(record.get("rows", ()))
    for gid, rows in by_gid.items():
        yield from _places(figure, gid, rows)
    yield from _areas(figure, by_gid)
    yield from _axes(figure, record)
    yield from _legend(figure, by_gid)
