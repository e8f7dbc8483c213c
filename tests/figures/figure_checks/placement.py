"""Faults of place: text over text, marks over text, things off the page, sizes, wasted space."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from .drawn import NO_MARKER, Drawn, DrawnText, Mark
from .problem import ERROR, WARNING, Problem, Profile

PT_TO_MM = 25.4 / 72


def _beyond(box: Bbox, frame: Bbox) -> float:
    """How far a box leaves a frame, in pixels."""
    return max(frame.x0 - box.x0, frame.y0 - box.y0, box.x1 - frame.x1, box.y1 - frame.y1)


def text_on_the_page(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """TEXT_OUTSIDE, TEXT_CLIPPED: all text lies on the page and in its clip box."""
    for text in drawn.texts:
        over = _beyond(text.box, drawn.page)
        clip = text.artist.get_clip_box() if text.artist.get_clip_on() else None
        if over > 0.5:
            mm = over / drawn.px * PT_TO_MM
            yield Problem("TEXT_OUTSIDE", ERROR, f"{text.words!r} leaves the figure by {mm:.1f} mm")
        elif clip is not None and _beyond(text.box, clip) > 1:
            yield Problem("TEXT_CLIPPED", ERROR, f"{text.words!r} is cut by its clip box")


def _apart(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether a line along an edge of either convex box separates the two."""
    for corners in (one, other):
        edges = np.roll(corners, -1, axis=0) - corners
        for normal in np.column_stack([-edges[:, 1], edges[:, 0]]):
            a, b = one @ normal, other @ normal
            if a.max() <= b.min() + 1e-9 or b.max() <= a.min() + 1e-9:
                return True
    return False


def texts_apart(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """TEXT_OVERLAP: no two text boxes meet (a sweep from left to right)."""
    near: list[DrawnText] = []
    for text in sorted(drawn.texts, key=lambda item: item.box.x0):
        near = [other for other in near if other.box.x1 > text.box.x0]
        for other in near:
            level = text.box.y0 < other.box.y1 and other.box.y0 < text.box.y1
            if level and not _apart(text.corners, other.corners):
                yield Problem("TEXT_OVERLAP", ERROR, f"{other.words!r} overlaps {text.words!r}")
        near.append(text)


def _crosses(mark: Mark, text: DrawnText) -> bool:
    """Whether a mark runs through a text, rather than lying round it as a box or being its own."""
    box = text.box
    if mark.clip is not None:
        box = Bbox.intersection(box, mark.clip)
        if box is None or box.width < 1 or box.height < 1:
            return False
    own = (text.artist.get_bbox_patch(), getattr(text.artist, "arrow_patch", None))
    if any(mark.artist is part for part in own) or not mark.path.intersects_bbox(box, filled=mark.filled):
        return False
    x0, y0, x1, y1 = mark.bounds
    holds = x0 <= text.box.x0 and y0 <= text.box.y0 and x1 >= text.box.x1 and y1 >= text.box.y1
    return not (mark.filled and holds)


def marks_off_text(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """MARK_ON_TEXT: no line, marker or polygon on a text (the background ``k2:bg`` excepted)."""
    if not drawn.marks:
        return
    bounds = np.array([mark.bounds for mark in drawn.marks])
    for text in drawn.texts:
        x0, y0, x1, y1 = text.box.extents
        near = (bounds[:, 0] <= x1) & (bounds[:, 2] >= x0) & (bounds[:, 1] <= y1) & (bounds[:, 3] >= y0)
        mark = next((drawn.marks[i] for i in np.flatnonzero(near) if _crosses(drawn.marks[i], text)), None)
        if mark is not None:
            name = f"{type(mark.artist).__name__} {mark.gid or mark.artist.get_label()}"
            yield Problem("MARK_ON_TEXT", ERROR, f"{name} crosses {text.words!r}")


def marks_on_the_page(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """MARK_OUTSIDE, CI_CUT_SILENTLY: nothing off the page; intervals do not run into the clip box."""
    for mark in drawn.marks:
        if not np.isfinite(mark.bounds).all():
            continue
        if mark.clip is None and _beyond(Bbox.from_extents(*mark.bounds), drawn.page) > 1:
            yield Problem("MARK_OUTSIDE", ERROR, f"{type(mark.artist).__name__} {mark.gid} leaves the figure")
        interval = isinstance(mark.artist, Line2D | LineCollection) and mark.gid.startswith("k2:ci")
        past = mark.clip is not None and (
            mark.bounds[2] > mark.clip.x1 + 2 or mark.bounds[0] < mark.clip.x0 - 2
        )
        if interval and past:
            yield Problem("CI_CUT_SILENTLY", ERROR, f"{mark.gid} runs past the axis with no arrow")


def sizes(drawn: Drawn, profile: Profile) -> Iterator[Problem]:
    """FONT_SMALL, FONT_LARGE, LINE_THIN, WIDTH, HEIGHT: the publisher's limits."""
    type_sizes = sorted({round(text.artist.get_fontsize(), 2) for text in drawn.texts})
    small = [size for size in type_sizes if size < profile.smallest - 1e-6]
    large = [size for size in type_sizes if size > profile.largest + 1e-6]
    if small:
        yield Problem("FONT_SMALL", ERROR, f"type of {small[:5]} pt is under {profile.smallest} pt")
    if large:
        yield Problem("FONT_LARGE", WARNING, f"type of {large[:5]} pt is over {profile.largest} pt")
    drawn_lines = [line for line in drawn.lines if line.get_linestyle() not in NO_MARKER]
    thin = sorted(
        {
            round(float(w), 3)
            for w in (line.get_linewidth() for line in drawn_lines)
            if 0 < w < profile.thinnest
        }
    )
    if thin:
        yield Problem("LINE_THIN", ERROR, f"lines of {thin} pt are under {profile.thinnest} pt")
    width, height = (float(side) * 25.4 for side in drawn.figure.get_size_inches())
    if profile.widths:
        span = profile.widths[0] <= width <= profile.widths[-1]
        known = any(abs(width - allowed) < 0.5 for allowed in profile.widths)
        if not (span if profile.between else known):
            yield Problem("WIDTH", ERROR, f"width {width:.1f} mm is none of {profile.widths} mm")
    if height > profile.height:
        yield Problem(
            "HEIGHT", WARNING, f"height {height:.0f} mm is over {profile.height} mm: split into pages"
        )


def used_space(drawn: Drawn, _: Profile) -> Iterator[Problem]:
    """WASTED_SPACE: the rectangle round everything drawn fills most of the page."""
    boxes = [text.box.extents for text in drawn.texts]
    boxes += [mark.bounds for mark in drawn.marks if mark.clip is None and np.isfinite(mark.bounds).all()]
    boxes += [box.extents for box in drawn.axes_boxes]
    if not boxes:
        return
    low, high = np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]
    inside = np.minimum(high, drawn.page.max) - np.maximum(low, drawn.page.min)
    used = float(np.prod(inside) / (drawn.page.width * drawn.page.height))
    if used < 0.70:
        yield Problem("WASTED_SPACE", WARNING, f"only {used:.0%} of the figure's rectangle is used")


CHECKS = (text_on_the_page, texts_apart, marks_off_text, marks_on_the_page, sizes, used_space)
