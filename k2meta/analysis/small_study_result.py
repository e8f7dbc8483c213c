"""What a test for small-study effects answers, and when it should not be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from k2meta.errors import DataError
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray, Interval
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SmallStudyTest", "effects_of", "general_cautions", "measure_cautions"]

_NAN = math.nan


@dataclass(frozen=True, slots=True)
class SmallStudyTest:
    """A test for small-study effects: whether smaller studies show other effects than larger ones.

    When it cannot be computed, ``statistic`` and ``p_value`` are NaN and ``note`` says why.

    Attributes
    ----------
    name : str
        The test, in words.
    statistic : float
        t or z of the predictor's coefficient; for Begg's test Kendall's z.
    df : float
        Degrees of freedom; ``inf`` for a normal statistic.
    p_value : float
        Two-sided.
    distribution : str
        ``"t"``, ``"normal"``, or ``"exact"`` (permutation distribution of Kendall's score).
    estimate : float
        Effect, on the analysis scale, that the line predicts where the predictor is 0: that of an endlessly
        large study. For Begg's test Kendall's tau.
    ci : Interval or None
        Confidence interval of that limit.
    slope, slope_se : float
        Coefficient of the predictor and its standard error; in the predictor's own unit.
    predictor : str
        ``"se"``, ``"var"``, ``"1/n"``, ``"sqrt(1/n)"``, or ``"1/sqrt(V)"``.
    k : int
        Number of studies that took part.
    cautions : tuple of str
        Reasons not to rely on this test with these data.
    note : str
        Why there is no answer.
    tau2 : float
        Residual between-study variance, where the model has one.
    dispersion : float
        Residual variance by which the sampling variances are multiplied, where the model has one.
    """

    name: str
    statistic: float
    df: float
    p_value: float
    distribution: str
    estimate: float = _NAN
    ci: Interval | None = None
    slope: float = _NAN
    slope_se: float = _NAN
    predictor: str = ""
    k: int = 0
    cautions: tuple[str, ...] = ()
    note: str = ""
    tau2: float = _NAN
    dispersion: float = _NAN

    @property
    def computed(self) -> bool:
        """Whether there is an answer."""
        return not math.isnan(self.p_value)

    def to_frame(self) -> pd.DataFrame:
        """One row with every number; cautions joined by semicolons."""
        import pandas as pd

        low, high = (_NAN, _NAN) if self.ci is None else (self.ci.low, self.ci.high)
        row = {
            "test": self.name,
            "k": self.k,
            "predictor": self.predictor,
            "slope": self.slope,
            "slope_se": self.slope_se,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
            "distribution": self.distribution,
            "estimate": self.estimate,
            "ci_low": low,
            "ci_high": high,
            "tau2": self.tau2,
            "dispersion": self.dispersion,
            "cautions": "; ".join(self.cautions),
            "note": self.note,
        }
        return pd.DataFrame([row])

    def summary(self) -> str:
        """The answer with its cautions, as text."""
        if not self.computed:
            lines = [f"{self.name}: not available ({self.note})"]
        else:
            symbol = "t" if self.distribution == "t" else "z"
            df = f", df = {self.df:g}" if self.distribution == "t" else ""
            exact = " (exact)" if self.distribution == "exact" else ""
            lines = [
                f"{self.name} (k = {self.k}): {symbol} = {self.statistic:.4f}{df}, "
                f"p = {self.p_value:.4g}{exact}"
            ]
            if self.ci is None:
                lines.append(f"Kendall's tau = {self.estimate:.4f}")
            else:
                lines.append(
                    f"Limit as {self.predictor} -> 0: {self.estimate:.4f} "
                    f"[{self.ci.low:.4f}, {self.ci.high:.4f}]; "
                    f"slope {self.slope:.4f} (SE {self.slope_se:.4f})"
                )
        return "\n".join([*lines, *(f"Caution: {text}" for text in self.cautions)])

    def __repr__(self) -> str:
        return f"<SmallStudyTest {self.name}: p={self.p_value:.4g}, k={self.k}>"


def effects_of(source: object) -> Effects:
    """The effects behind what a caller gave: effects, or a fit of them.

    Raises
    ------
    DataError
        For anything else.
    """
    if isinstance(source, MetaResult):
        return source.effects
    if isinstance(source, Effects):
        return source
    raise DataError(
        f"effects is a {type(source).__name__}. Expected what effect_sizes(), meta_analysis(), "
        "mantel_haenszel() or peto() returns; of a subgroup analysis take .overall or one of .groups."
    )


def general_cautions(yi: FloatArray, vi: FloatArray) -> tuple[str, ...]:
    """What speaks against any test of funnel plot asymmetry with these effects.

    Notes
    -----
    Ten studies at least, and not all of similar size: Sterne et al. (2011), doi:10.1136/bmj.d4002. A fourfold
    range of variances and I2 up to 50 percent: Ioannidis & Trikalinos (2007), doi:10.1503/cmaj.060410.
    """
    found = []
    k = yi.size
    if k < 10:
        found.append(
            f"k = {k}: with fewer than 10 studies the power is too low to tell chance from asymmetry"
        )
    if k > 1 and vi.max() < 4.0 * vi.min():
        found.append("the studies are of similar size: their variances differ less than fourfold")
    i2 = _i2(yi, vi)
    if i2 > 50.0:
        found.append(f"I2 = {i2:.0f}%: with substantial heterogeneity such methods mislead")
    return tuple(found)


def _i2(yi: FloatArray, vi: FloatArray) -> float:
    if yi.size < 2:
        return 0.0
    w = vi.min() / vi
    residual = yi - (w * yi).sum() / w.sum()
    q = float((w * residual**2).sum() / vi.min())
    return 100.0 * max(0.0, 1.0 - (yi.size - 1.0) / q) if q > 0 else 0.0


# The difference itself stands in the formula of its variance.
_STANDARDISED = ("SMD", "SMD1", "SMDH", "RPB", "RBIS", "D2OR", "D2ORN", "D2ORL", "SMCC", "SMCR", "SMCRH")
_STABILISED = ("AS", "IRSD", "PAS", "PFT", "IRS", "IRFT", "ZCOR")


def measure_cautions(effects: Effects) -> tuple[str, ...]:
    """What speaks against setting these effects against their own standard errors."""
    from k2meta.measures import get_measure

    code, family = effects.measure, get_measure(effects.measure).family
    # the variance of Peto's log odds ratio comes from the margins alone: this is Harbord's test
    if code in _STABILISED or code == "PETO":
        return ()
    if code == "OR":
        return (
            "the standard error of a log odds ratio depends on the odds ratio, which alone makes a funnel "
            "asymmetric; use harbord_test() or peters_test()",
        )
    if code in _STANDARDISED:
        return (
            "the standard error of a standardised mean difference depends on the difference, which alone "
            "makes a funnel asymmetric; use predictor='sqrt(1/n)'",
        )
    if family in ("binary", "rates"):
        return (
            f"the standard error of {code} depends on the effect and on the event rates, which alone makes a "
            "funnel asymmetric"
            + ("; compare harbord_test() with measure 'OR'" if family == "binary" else ""),
        )
    if code in ("COR", "UCOR") or family in ("proportion", "single rate"):
        return (f"the standard error of {code} depends on its value, which alone makes a funnel asymmetric",)
    if code == "GEN" and effects.is_ratio:
        return (
            "the standard error of a log ratio may depend on the ratio, which alone makes a funnel "
            "asymmetric",
        )
    return ()
