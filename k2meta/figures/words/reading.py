"""How effects are read: the scale of the axis, and numbers on the scale people know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

import k2meta.measures  # fills the registry
from k2meta.figures.looks.model import Scale
from k2meta.measures.registry import Measure, get_measure
from k2meta.measures.transform import harmonic_mean
from k2meta.records import FloatArray
from k2meta.studies.effects import Effects

__all__ = ["Reading", "read_scale"]

_ = k2meta.measures


@dataclass(frozen=True, slots=True)
class Reading:
    """The way from the analysis scale to printed numbers.

    Attributes
    ----------
    measure : Measure
    scale : Scale
    decimals : int
        For effects and their limits.
    sizes : ndarray, shape (k,), or None
        Study sizes, where the back transformation depends on them (Freeman-Tukey).
    """

    measure: Measure
    scale: Scale
    decimals: int
    sizes: FloatArray | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether effects are ratios read on a log axis around 1."""
        return self.scale.kind == "log" and self.scale.null is not None

    def natural(self, values: Sequence[float], study: int | None = None) -> list[float]:
        """Carry values over to the natural scale.

        Parameters
        ----------
        values : sequence of float
            On the analysis scale.
        study : int or None
            Position of the study they belong to; None for pooled values, which take the harmonic mean
            of the sizes where sizes matter.
        """
        array = np.array(values, dtype=float)
        with np.errstate(over="ignore", invalid="ignore"):  # a limit may be exp(1000)
            if self.sizes is None:
                natural = self.scale.to_natural(array)
            else:
                size = float(harmonic_mean(self.sizes)) if study is None else float(self.sizes[study])
                natural = self.measure.natural(array, np.full(array.shape, size))
        return [float(value) for value in natural]

    def within_bounds(self, low: float, high: float, study: int | None = None) -> tuple[float, float]:
        """Limits no further than the last possible value, where an angle or a root has one.

        A Freeman-Tukey interval may run past the angle of a proportion of 1, which depends on the size: its
        limit is 1 all the same.

        Parameters
        ----------
        low, high : float
            On the analysis scale.
        study : int or None
            As in :meth:`natural`.
        """
        if self.scale.kind not in ("arcsine", "freeman-tukey", "square-root"):
            return low, high
        forth = self.measure.to_analysis_sized
        first, last = self.scale.ends
        if self.sizes is not None and forth is not None:
            size = float(harmonic_mean(self.sizes)) if study is None else float(self.sizes[study])
            ends = np.array(self.scale.bounds, dtype=float)
            first, last = (float(v) for v in forth(ends, np.full(2, size)))
        return max(low, first), min(high, last)


def _decimals(measure: Measure, scale: Scale, effects: Effects, sizes: FloatArray | None) -> int:
    if measure.family == "proportion":
        return 3
    if scale.kind == "log" and scale.null is not None:
        return 2
    half = 1.96 * effects.sei
    if scale.kind != "identity":  # rates and means on a transformed scale: what the interval is as printed
        ends = [effects.yi - half, effects.yi + half]
        with np.errstate(all="ignore"):
            low, high = (
                np.asarray(measure.natural(end, sizes) if sizes is not None else scale.to_natural(end))
                for end in ends
            )
        half = (high - low) / 2
    known = half[np.isfinite(half)]
    # differences that are known to a hundredth or better (bone density in g/cm2, say) get more decimals
    middle = float(np.median(known)) if known.size else 1.0
    if middle >= 100:  # three digits of the interval's half are as much as such data say
        return 0
    return min(max(2, math.ceil(0.5 - math.log10(middle))), 6) if middle > 0 else 2


def _at_middle_size(scale: Scale, measure: Measure, sizes: FloatArray | None) -> Scale:
    """The scale with ticks where pooled values of their size stand, if values depend on a size at all.

    A pooled value is read at the harmonic mean of the sizes; so is the axis, or a diamond would not stand
    over the number printed for it. Studies of other sizes stand at their exact value and are read at their
    own size.
    """
    back, forth = measure.to_natural_sized, measure.to_analysis_sized
    if sizes is None or back is None or forth is None or not len(sizes):
        return scale
    middle = harmonic_mean(sizes)
    return replace(
        scale,
        to_natural=lambda values: back(values, np.full(np.shape(values), middle)),
        to_analysis=lambda values: forth(values, np.full(np.shape(values), middle)),
    )


def read_scale(effects: Effects, decimals: int | None = None) -> Reading:
    """Find the scale on which effects are plotted and read.

    Parameters
    ----------
    effects : Effects
    decimals : int, optional
        Decimals of effects: 2, or 3 for proportions, or what precise differences need.
    """
    measure = get_measure(effects.measure)
    logged = measure.code == "GEN" and effects.options.get("scale") == "log"
    if logged:
        ratio = get_measure("RR")
        scale = Scale("log", 0.0, ratio.to_natural, ratio.to_analysis, ratio.bounds)
    else:
        scale = Scale(measure.scale, measure.null, measure.to_natural, measure.to_analysis, measure.bounds)
    with np.errstate(all="ignore"):
        low, high = (float(v) for v in scale.to_analysis(np.array(scale.bounds, dtype=float)))
    sizes = effects.role(measure.size_role) if measure.size_role else None
    scale = replace(_at_middle_size(scale, measure, sizes), ends=(low, high))
    if decimals is None:
        decimals = _decimals(measure, scale, effects, sizes)
    return Reading(measure, scale, decimals, sizes)
