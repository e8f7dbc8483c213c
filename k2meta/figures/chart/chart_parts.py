"""Pieces that companions share: collections of points with their record, samples for legends, notes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from k2meta.errors import DataError, OptionError
from k2meta.figures.chart.chart import Draw, PointLabel, Sample
from k2meta.figures.lettering.numbers import format_number
from k2meta.figures.looks.display import Item, Marks, PlotBox, Shape, Stroke
from k2meta.figures.looks.model import Line, one_line
from k2meta.figures.words.fit_names import model_words
from k2meta.figures.words.fit_words import method_of
from k2meta.figures.words.method_notes import method_note
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray

__all__ = [
    "PLURAL",
    "always",
    "areas",
    "band_sample",
    "choose_labels",
    "fit_note",
    "line_sample",
    "mark_sample",
    "method_words",
    "point_rows",
    "require_fit",
    "shown",
    "study_labels",
]

LARGEST = 5.5  # diameter in pt of the mark of the largest weight
ONE_SIZE = 3.6  # diameter of marks without a weight
PLURAL = 30  # names are chosen automatically in figures with more points


def require_fit(fit: Any, function: str, least: int = 1) -> MetaResult:
    """Return the fit, or say what was expected instead.

    Raises
    ------
    DataError
        For anything but a fit, or a fit of too few studies.
    """
    if not isinstance(fit, MetaResult):
        raise DataError(
            f"{function}() was given a {type(fit).__name__} - expected what meta_analysis(), "
            "mantel_haenszel() or peto() returns - pool the effects first; of a subgroup analysis take "
            ".overall or one of .groups"
        )
    if fit.k < least:
        raise DataError(
            f"{function}() needs {least} studies or more, the fit has {fit.k} - there is nothing to draw "
            "with fewer"
        )
    return fit


def study_labels(fit: MetaResult) -> tuple[str, ...]:
    """Names of the pooled studies; ``Study 1`` and so on are already given where there were none."""
    return tuple(str(label) for label in fit.effects.study)


def shown(value: float, decimals: int = 2) -> str:
    """Write a number as figures print it, with a true minus sign."""
    return format_number(value, decimals)


def fit_note(fit: MetaResult, lang: str, *, interval: bool = True, i2: bool = False) -> Line:
    """Return the footnote that names model, estimator and interval method of a fit.

    Parameters
    ----------
    fit : MetaResult
    lang : {"en", "zh"}
    interval, i2 : bool
        Whether the figure shows anything that depends on how intervals and I2 are made.
    """
    method = method_of(fit, prediction=False, excluded=0)
    method = method if i2 else replace(method, i2_basis="")
    return method_note(method if interval else replace(method, test=""), lang)


def method_words(fit: MetaResult, lang: str) -> str:
    """Name model, estimator and test in a few words, for captions."""
    return model_words(fit, lang)


def always(*items: Item) -> Draw:
    """Make the ``draw`` of a panel whose items do not depend on its axes."""

    def draw(_plot: PlotBox, _number: int) -> tuple[Item, ...]:
        return items

    return draw


def areas(weights: Sequence[float] | FloatArray, largest: float = LARGEST) -> tuple[float, ...]:
    """Areas in pt2, exactly proportional to the weights.

    Parameters
    ----------
    weights : array_like, shape (k,)
    largest : float
        Diameter in pt of the mark of the largest weight, as a disc.
    """
    values = np.asarray(weights, dtype=float)
    top = float(np.max(values, initial=0.0))
    if not top > 0:
        return tuple(math.pi / 4 * ONE_SIZE**2 for _ in values)
    return tuple(float(w) for w in math.pi / 4 * largest**2 * (values / top))


def point_rows(
    marks: Marks,
    labels: Sequence[str],
    *,
    weights: Sequence[float] | FloatArray | None = None,
    panel: str = "plot",
    **more: Sequence[Any],
) -> list[dict[str, Any]]:
    """Return the truth record of a collection of points, one row each.

    Parameters
    ----------
    marks : Marks
    labels : sequence of str
    weights : array_like, optional
        Given where the areas are proportional to them.
    panel : str
    **more : sequence
        Further entries, one value for each point.
    """
    rows = []
    for index, (x, y, label) in enumerate(zip(marks.x, marks.y, labels, strict=True)):
        row: dict[str, Any] = {"kind": "point", "label": label, "x": x, "y": y, "panel": panel}
        row |= {"gid": marks.gid, "index": index}
        if weights is not None:
            row["weight"] = float(weights[index])
        rows.append(row | {key: values[index] for key, values in more.items()})
    return rows


def choose_labels(
    wanted: str | int | Iterable[str] | None,
    labels: Sequence[str],
    importance: FloatArray,
    places: Sequence[tuple[float, float]],
    radii: Sequence[float],
) -> tuple[PointLabel, ...]:
    """Decide which points bear their names, the most important first.

    Parameters
    ----------
    wanted : "auto", "all", "none", int or iterable of str
        Automatically: all of up to 30 points, otherwise the 10 most important.
    labels : sequence of str
    importance : ndarray, shape (k,)
        The higher, the earlier a name is placed.
    places : sequence of (x, y)
        In the units of the axes.
    radii : sequence of float
        Of the marks, pt.

    Raises
    ------
    OptionError
        When a named study does not exist, or the option is no known one.
    """
    order = np.argsort(-np.nan_to_num(importance, nan=-math.inf), kind="stable")
    labels = [one_line(label) for label in labels]
    if wanted is None or wanted == "none":
        return ()
    if wanted == "auto":
        chosen = order if len(labels) <= PLURAL else order[:10]
    elif wanted == "all":
        chosen = order
    elif isinstance(wanted, int) and not isinstance(wanted, bool) and wanted >= 0:
        chosen = order[:wanted]
    elif isinstance(wanted, (str, bool, float)) or not isinstance(wanted, Iterable):
        raise OptionError(
            f'labels={wanted!r} - expected "auto", "all", "none", a number of names or a list of studies - '
            'write labels="all", say'
        )
    else:
        names = [one_line(str(name)) for name in wanted]
        unknown = [name for name in names if name not in labels]
        if unknown:
            raise OptionError(
                f"labels - {unknown[0]!r} is no study of this figure - expected some of "
                f"{', '.join(labels[:5])}{' ...' if len(labels) > 5 else ''} - check the spelling"
            )
        chosen = np.array([i for i in order if labels[i] in names], dtype=int)
    known = [i for i in chosen if all(map(math.isfinite, places[i]))]
    return tuple(PointLabel(places[i][0], places[i][1], labels[i], radii[i]) for i in known)


# --------------------------------------------------------------------------- samples for legends
def mark_sample(
    shape: str, fill: str, *, edge: str = "none", edge_width: float = 0.0, diameter: float = 5.0
) -> Sample:
    """Make the sample of a point."""

    def draw(x: float, y: float, size: float) -> Iterator[Item]:
        area = math.pi / 4 * diameter**2
        yield Marks((x + size,), (y,), (area,), shape, fill, "k2:bg:legend", edge, edge_width, space="page")

    return draw


def line_sample(colour: str, width: float, dashes: tuple[float, ...] = ()) -> Sample:
    """Make the sample of a line."""

    def draw(x: float, y: float, size: float) -> Iterator[Item]:
        yield Stroke(((x, y), (x + 2 * size, y)), width, colour, "k2:bg:legend", dashes=dashes)

    return draw


def band_sample(fill: str, *, edge: str = "none", edge_width: float = 0.0) -> Sample:
    """Make the sample of a shaded area."""

    def draw(x: float, y: float, size: float) -> Iterator[Item]:
        half = 0.38 * size
        corners = ((x, y - half), (x + 2 * size, y - half), (x + 2 * size, y + half), (x, y + half))
        yield Shape(corners, fill, "k2:bg:legend", edge, edge_width)

    return draw
