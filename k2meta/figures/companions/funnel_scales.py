"""Vertical axes of a funnel plot: what stands upright, and the way back to standard errors or sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from k2meta.analysis.small_study_lines import total_sizes
from k2meta.errors import unknown_option
from k2meta.records import FloatArray
from k2meta.studies.effects import Effects

__all__ = ["FUNNEL_SCALES", "FunnelScale", "get_funnel_scale"]

Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class FunnelScale:
    """One choice of the vertical axis.

    Attributes
    ----------
    name : str
        Its words are ``"funnel: y " + name``.
    base : {"se", "n"}
        Whether it shows standard errors or sample sizes.
    forward, back : callable
        From the base to the axis, and the other way.
    descending : bool
        Whether large studies, on top, have the small values.
    """

    name: str
    base: str
    forward: Function
    back: Function
    descending: bool

    def of_studies(self, effects: Effects) -> FloatArray:
        """Values of the studies, shape (k,)."""
        return self.forward(effects.sei if self.base == "se" else total_sizes(effects, f"y={self.name!r}"))

    def predictor(self, name: str, y: FloatArray) -> FloatArray | None:
        """Values of a predictor of :func:`k2meta.egger_test` along the axis; None for one it cannot show."""
        known: dict[tuple[str, str], Function] = {
            ("se", "se"): lambda se: se,
            ("se", "var"): np.square,
            ("n", "1/n"): np.reciprocal,
            ("n", "sqrt(1/n)"): lambda n: 1.0 / np.sqrt(n),
        }
        function = known.get((self.base, name))
        return None if function is None else function(self.back(y))


def _same(values: FloatArray) -> FloatArray:
    return np.asarray(values, dtype=float)


def _root_inverse(values: FloatArray) -> FloatArray:
    return 1.0 / np.sqrt(_same(values))


def _inverse(values: FloatArray) -> FloatArray:
    return 1.0 / _same(values)


def _inverse_square(values: FloatArray) -> FloatArray:
    return 1.0 / np.square(_same(values))


FUNNEL_SCALES: Mapping[str, FunnelScale] = MappingProxyType(
    {
        scale.name: scale
        for scale in (
            FunnelScale("se", "se", _same, _same, True),
            FunnelScale("variance", "se", np.square, np.sqrt, True),
            FunnelScale("precision", "se", _inverse, _inverse, False),
            FunnelScale("1/variance", "se", _inverse_square, _root_inverse, False),
            FunnelScale("n", "n", _same, _same, False),
            FunnelScale("1/n", "n", _inverse, _inverse, True),
            FunnelScale("1/sqrt(n)", "n", _root_inverse, _inverse_square, True),
        )
    }
)
_OTHER_NAMES = {"sqrt(1/n)": "1/sqrt(n)", "var": "variance"}


def get_funnel_scale(name: str) -> FunnelScale:
    """Look a scale up by its name.

    Raises
    ------
    OptionError
        For an unknown name; the message lists them.
    """
    scale = FUNNEL_SCALES.get(_OTHER_NAMES.get(name, name)) if isinstance(name, str) else None
    if scale is None:
        raise unknown_option("y", name, FUNNEL_SCALES)
    return scale
