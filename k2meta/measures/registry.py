"""The registry of effect measures: one record for each, found by its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from k2meta.errors import unknown_option
from k2meta.records import FloatArray

__all__ = ["MEASURES", "Measure", "MeasureOptions", "get_measure", "register"]

Roles = Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class MeasureOptions:
    """Choices that change how a measure is computed.

    Attributes
    ----------
    add : float
        Amount added to the cells of 2 x 2 tables and to counts (continuity correction).
    to : {"only0", "all", "if0all", "none"}
        Which studies receive it: those with a zero cell, all, all if any has a zero, none.
    drop00 : bool
        Whether studies without (or with only) events in both arms get no effect.
    vtype : str
        Variance formula, where a measure has several (``"LS"``, ``"UB"``, ``"LS2"``, ``"AV"`` ...).
    """

    add: float = 0.5
    to: str = "only0"
    drop00: bool = False
    vtype: str = "LS"


Compute = Callable[[Roles, MeasureOptions], tuple[FloatArray, FloatArray]]


def _identity(values: FloatArray) -> FloatArray:
    return values


@dataclass(frozen=True, slots=True)
class Measure:
    """One effect measure.

    Attributes
    ----------
    code : str
        The field's code, ``"RR"``, ``"SMD"`` ...
    family : str
        ``"binary"``, ``"continuous"``, ``"rates"``, ``"correlation"``, ``"paired"``,
        ``"proportion"``, ``"single rate"``, ``"single mean"``, ``"generic"``.
    name, name_zh : str
        Its name in English and in Chinese.
    roles : tuple of str
        The columns it needs, in order.
    compute : callable
        ``compute(roles, options) -> (yi, vi)``, each (k,); NaN where no effect exists.
    scale : str
        ``"identity"``, ``"log"``, ``"logit"``, ``"fisher-z"``, ``"arcsine"``, ``"freeman-tukey"``,
        ``"square-root"``: the analysis scale.
    null : float or None
        No effect, on the analysis scale; None for single-group measures.
    to_natural, to_analysis : callable
        Between the analysis scale and the scale people read (ratios, proportions).
    bounds : tuple of float
        Lowest and highest possible value on the natural scale.
    """

    code: str
    family: str
    name: str
    name_zh: str
    roles: tuple[str, ...]
    compute: Compute
    scale: str = "identity"
    null: float | None = 0.0
    to_natural: Callable[[FloatArray], FloatArray] = _identity
    to_analysis: Callable[[FloatArray], FloatArray] = _identity
    bounds: tuple[float, float] = (-np.inf, np.inf)
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_ratio(self) -> bool:
        """Whether effects are ratios, analysed as logarithms."""
        return self.scale == "log" and self.null is not None


_MEASURES: dict[str, Measure] = {}
MEASURES: Mapping[str, Measure] = MappingProxyType(_MEASURES)


def register(measure: Measure) -> Measure:
    """Add a measure to the registry and return it."""
    _MEASURES[measure.code] = measure
    return measure


def get_measure(code: str) -> Measure:
    """Look a measure up by its code (upper or lower case).

    Raises
    ------
    OptionError
        When no measure has this code; the message lists them all.
    """
    try:
        return _MEASURES[code.upper()]
    except (KeyError, AttributeError):
        raise unknown_option("measure", code, _MEASURES) from None
