"""Faults against the truth record: places, areas and texts that are not what the data say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from .problem import ERROR, WARNING, Problem

PLACE = 1e-9  # in data units
AREA = 1e-6  # relative
ALT_LIMITS = (40, 600)


def _by_gid(figure: Figure) -> dict[str, list[Artist]]:
    found: dict[str, list[Artist]] = {}
    for artist in figure.findobj(lambda item: (item.get_gid() or "").startswith("k2:")):
        found.setdefault(artist.get_gid(), []).append(artist)
    return found


def _alternative_texts(record: Mapping[str, Any]) -> Iterator[Problem]:
    """ALT_TEXT: one text, or one in each language, of useful length."""
    alt = record.get("alt") or ""
    texts = {lang: alt.get(lang) or "" for lang in ("en", "zh")} if isinstance(alt, Mapping) else {"": alt}
    texts |= {lang: record[f"alt_{lang}"] or "" for lang in ("en", "zh") if f"alt_{lang}" in record}
    for lang, text in texts.items():
        low = ALT_LIMITS[0] if lang != "zh" else ALT_LIMITS[0] // 2  # a Chinese character says more
        if not low <= len(text.strip()) <= ALT_LIMITS[1]:
            yield Problem("ALT_TEXT", ERROR, f"alternative text {lang} has {len(text.strip())} characters")


def _squares(rows: Sequence[Mapping[str, Any]], squares: Any) -> Iterator[Problem]:
    """AREA_NOT_WEIGHT, X_WRONG: one square for each study, in its place, of its area."""
    shown = [r for r in rows if r["kind"] == "study" and np.isfinite(r.get("weight", np.nan))]
    if not shown or squares is None:
        return
    weights = np.array([row["weight"] for row in shown], dtype=float)
    places = np.asarray(squares.get_offsets(), dtype=float)[:, 0]
    areas = np.broadcast_to(np.asarray(squares.get_sizes(), dtype=float), weights.shape)
    if len(places) != len(shown):
        yield Problem("X_WRONG", ERROR, f"{len(places)} squares for {len(shown)} studies")
        return
    positive = weights > 0
    ratio = areas[positive] / weights[positive]
    if len(ratio) and ratio.max() / ratio.min() - 1 > AREA:
        fold = ratio.max() / ratio.min()
        yield Problem(
            "AREA_NOT_WEIGHT", ERROR, f"area over weight varies {fold:.2f}-fold between the squares"
        )
    away = np.abs(places - np.array([row["x"] for row in shown], dtype=float)).max()
    if away > PLACE:
        yield Problem("X_WRONG", ERROR, f"a square stands {away:.2g} from its estimate")


def _interval(
    i: int, row: Mapping[str, Any], by: Mapping[str, list[Any]], stem: str = "k2:"
) -> Iterator[Problem]:
    """CI_WRONG, CI_CUT_SILENTLY: the line ends where the interval ends, or at the axis with an arrow."""
    for line in by.get(f"{stem}ci:{i}", []):
        ends = np.sort(np.asarray(line.get_xdata(), dtype=float))[[0, -1]]
        low, high = sorted(line.axes.get_xlim())
        wanted = np.array([max(row["lo"], low), min(row["hi"], high)])
        if np.abs(ends - wanted).max() > PLACE:
            data = f"{row['lo']:.4g} to {row['hi']:.4g}"
            yield Problem("CI_WRONG", ERROR, f"row {i}: drawn {ends[0]:.4g} to {ends[1]:.4g}, data {data}")
        for cut, side in ((row["lo"] < low, "lo"), (row["hi"] > high, "hi")):
            if cut and f"{stem}arrow:{i}:{side}" not in by:
                yield Problem("CI_CUT_SILENTLY", ERROR, f"row {i}: cut at the {side} end with no arrow")


def _diamond(
    i: int, row: Mapping[str, Any], by: Mapping[str, list[Any]], stem: str = "k2:"
) -> Iterator[Problem]:
    """DIAMOND_WRONG: its ends are the interval, its middle is the estimate."""
    for polygon in by.get(f"{stem}diamond:{i}", []):
        x = np.asarray(polygon.get_xy(), dtype=float)[:, 0]
        off = max(abs(x.min() - row["lo"]), abs(x.max() - row["hi"]), np.abs(x - row["x"]).min())
        if off > PLACE:
            yield Problem("DIAMOND_WRONG", ERROR, f"row {i}: the diamond is {off:.2g} off its interval")


def against_record(figure: Figure) -> Iterator[Problem]:
    """Run every check that needs ``figure.k2meta``; NO_RECORD when there is none."""
    record = getattr(figure, "k2meta", None)
    if not record:
        yield Problem(
            "NO_RECORD", WARNING, "fig.k2meta is missing: weights, places and alt text go unchecked"
        )
        return
    yield from _alternative_texts(record)
    by = _by_gid(figure)
    panels = record.get("panels") or [{"rows": record["rows"]}]
    for number, panel in enumerate(panels):
        # the gids of further panels name them: k2:p1:ci:0
        stem = f"k2:p{number}:" if number else "k2:"
        rows = panel["rows"]
        yield from _squares(rows, by.get(f"{stem}study-square", [None])[0])
        for i, row in enumerate(rows):
            yield from _interval(i, row, by, stem)
            yield from _diamond(i, row, by, stem)


def weights_add_up(figure: Figure) -> Iterator[Problem]:
    """NUMBERS: printed weights of the record's table add to 100.0."""
    table = getattr(figure, "table", None)
    if not callable(table):
        return
    frame = table()
    for column in frame.columns:
        if not re.search(r"weight", str(column), re.IGNORECASE):
            continue
        printed = [re.fullmatch(r"(\d+\.\d+)%?", str(value).strip()) for value in frame[column]]
        shown = [float(match.group(1)) for match in printed if match]
        if shown and len(shown) > 1 and abs(sum(shown) % 100) > 1e-6 and abs(sum(shown) % 100 - 100) > 1e-6:
            yield Problem("NUMBERS", ERROR, f"column {column}: weights add to {sum(shown):.1f}, not 100.0")
