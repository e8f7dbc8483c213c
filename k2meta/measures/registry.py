"""The registry of effect measures: one record for each, found by its code."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from k2meta.errors import OptionError, unknown_option
from k2meta.records import FloatArray

__all__ = ["MEASURES", "Measure", "MeasureOptions", "get_measure", "register"]

Roles = Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class MeasureOptions:
    """Choices that change how a measure is computed.

    Attributes
    ----------
    add : float or None
        Amount added to the cells of 2 x 2 tables and to counts (continuity correction); None
        takes the measure's own ``Measure.default_add`` (0.5, but 0 for AS, PHI, RTET, IRSD, PAS,
        PFT, IRS and IRFT, which need no correction; R metafor does the same).
    to : {"only0", "all", "if0all", "none"}
        Which studies receive it: those with a zero cell, all, all if any has a zero, none.
    drop00 : bool
        Whether studies without (or with only) events in both arms get no effect.
    vtype : str
        Variance formula, where a measure has several (``"LS"``, ``"UB"``, ``"LS2"``, ``"AV"`` ...);
        ``Measure.vtypes`` lists them.
    """

    add: float | None = None
    to: str = "only0"
    drop00: bool = False
    vtype: str = "LS"


Compute = Callable[[Roles, MeasureOptions], tuple[FloatArray, FloatArray]]


def _identity(values: FloatArray) -> FloatArray:
    return values


# How the analysis scale is called in front of the measure's name.
_SCALE_WORDS = {
    "log": ("log", "对数"),
    "logit": ("logit", "logit 转换的"),
    "fisher-z": ("Fisher z of the", "Fisher z 转换的"),
    "arcsine": ("arcsine of the square root of the", "反正弦平方根转换的"),
    "freeman-tukey": ("Freeman-Tukey transformed", "Freeman-Tukey 双重转换的"),
    "square-root": ("square root of the", "平方根转换的"),
}


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
        Its name in English and in Chinese, on the natural scale ("risk ratio", never "log ...").
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
    vtypes : tuple of str
        Variance formulas it knows; ``"LS"`` is always the first and the default.
    default_add : float
        Continuity correction that ``MeasureOptions(add=None)`` stands for.
    size_role : str or None
        The role a size-dependent back transformation needs (``"n"`` for PFT, ``"time"`` for IRFT).
    to_natural_sized : callable or None
        ``to_natural_sized(values, size)``, the back transformation for a finite size.
    to_analysis_sized : callable or None
        ``to_analysis_sized(values, size)``, its inverse.
    notes : mapping of str to str
        What to keep in mind, ``"en"`` and ``"zh"``.
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
    vtypes: tuple[str, ...] = ("LS",)
    default_add: float = 0.5
    size_role: str | None = None
    to_natural_sized: Callable[[FloatArray, FloatArray], FloatArray] | None = None
    to_analysis_sized: Callable[[FloatArray, FloatArray], FloatArray] | None = None

    @property
    def is_ratio(self) -> bool:
        """Whether effects are ratios, analysed as logarithms."""
        return self.scale == "log" and self.null is not None

    def describe(self, lang: str = "en", *, natural: bool = True) -> str:
        """Name the measure for a heading or an axis.

        Parameters
        ----------
        lang : {"en", "zh"}
        natural : bool
            True for the scale people read, False for the analysis scale ("log risk ratio").

        Raises
        ------
        OptionError
            For another language.

        Examples
        --------
        >>> from k2meta.measures import get_measure
        >>> get_measure("RR").describe(), get_measure("RR").describe("zh", natural=False)
        ('risk ratio', '对数风险比')
        """
        if lang not in ("en", "zh"):
            raise unknown_option("language", lang, ("en", "zh"))
        chinese = lang == "zh"
        name = self.name_zh if chinese else self.name
        if natural or self.scale not in _SCALE_WORDS:
            return name
        word = _SCALE_WORDS[self.scale][chinese]
        return f"{word}{name}" if chinese else f"{word} {name}"

    def natural(self, values: FloatArray, size: FloatArray | None = None) -> FloatArray:
        """Transform from the analysis scale to the scale people read.

        Parameters
        ----------
        values : ndarray
            Effects or limits on the analysis scale.
        size : ndarray, optional
            Sizes of the studies (role ``size_role``): one each to transform study effects; for a
            pooled value give ``transform.harmonic_mean(sizes)``. Without it the limit for large
            sizes is used.

        Returns
        -------
        ndarray
            Values on the natural scale, inside ``bounds``.
        """
        if size is None or self.to_natural_sized is None:
            return self.to_natural(values)
        return self.to_natural_sized(values, size)

    def continuity(self, options: MeasureOptions) -> float:
        """Return the amount to add that the options stand for.

        Raises
        ------
        OptionError
            When it is negative or not finite.
        """
        add = self.default_add if options.add is None else float(options.add)
        if not (math.isfinite(add) and add >= 0.0):
            raise OptionError(
                f"add = {options.add!r}: the amount added to cells must be a finite number >= 0; "
                "give 0.5 (the usual correction), another amount, or 0 for none"
            )
        return add


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
