"""Trim and fill: how many studies a lopsided funnel lacks, and the fit with their mirror images."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from k2meta.analysis.refits import checked_fit
from k2meta.analysis.small_study_lines import slope_on_se
from k2meta.analysis.small_study_result import general_cautions
from k2meta.errors import ConvergenceError, DataError, OptionError, unknown_option
from k2meta.models.batch import pool_stack
from k2meta.models.result import MetaResult
from k2meta.models.univariate import fit_effects
from k2meta.records import FloatArray, IntArray, readonly
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrimFillResult", "trim_and_fill"]

ESTIMATORS = ("L0", "R0", "Q0")
SIDES = ("left", "right")

_NAN = math.nan


@dataclass(frozen=True, eq=False, slots=True)
class TrimFillResult:
    """Trim and fill; effects on the analysis scale.

    Attributes
    ----------
    fit : MetaResult
        The fit as it was.
    k0 : int
        Estimated number of missing studies.
    se_k0 : float
        Its standard error; NaN where the formula's variance is negative (estimates far below 0 before they
        are rounded up to 0).
    p_value : float
        Of no missing study on that side; NaN but for R0.
    side : {"left", "right"}
        Where studies are missing.
    estimator : {"L0", "R0", "Q0"}
    adjusted : MetaResult
        The fit with the filled studies, by the same choices; ``fit`` itself when none is missing.
    centre : float
        Pooled effect of the trimmed set, which is the axis of the mirror.
    filled_yi, filled_vi : ndarray, shape (k0,)
        Effects and variances of the filled studies.
    filled_of : ndarray of int, shape (k0,)
        Positions in ``fit`` of the studies that they mirror.
    iterations : int
    cautions : tuple of str
        Reasons not to rely on the method with these data.
    """

    fit: MetaResult
    k0: int
    se_k0: float
    p_value: float
    side: str
    estimator: str
    adjusted: MetaResult
    centre: float
    filled_yi: FloatArray
    filled_vi: FloatArray
    filled_of: IntArray
    iterations: int
    cautions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        readonly(self.filled_yi)
        readonly(self.filled_vi)
        self.filled_of.setflags(write=False)

    @property
    def measure(self) -> str:
        """Code of the effect measure."""
        return self.fit.measure

    @property
    def filled(self) -> pd.DataFrame:
        """The filled studies, one row each: ``study, yi, vi, mirrors``."""
        import pandas as pd

        return pd.DataFrame(
            {
                "study": _filled_labels(self.k0),
                "yi": self.filled_yi,
                "vi": self.filled_vi,
                "mirrors": [self.fit.study[i] for i in self.filled_of],
            }
        )

    def to_frame(self, natural: bool = False) -> pd.DataFrame:
        """Two rows, before and after, with the columns of :meth:`MetaResult.to_frame`."""
        import pandas as pd

        frame = pd.concat([self.fit.to_frame(natural), self.adjusted.to_frame(natural)], ignore_index=True)
        frame.insert(0, "filled", [0, self.k0])
        return frame

    def summary(self) -> str:
        """Missing studies and the adjusted effect, as text."""
        missing = f"missing studies on the {self.side} ({self.estimator}): {self.k0} (SE {self.se_k0:.4f})"
        p = "" if math.isnan(self.p_value) else f", p = {self.p_value:.4g}"
        lines = [f"Trim and fill, {missing}{p}", self.adjusted.summary()]
        return "\n".join([*lines, *(f"Caution: {text}" for text in self.cautions)])

    def __repr__(self) -> str:
        return (
            f"<TrimFillResult {self.estimator}: {self.k0} missing on the {self.side}, estimate "
            f"{self.fit.estimate:.4g} -> {self.adjusted.estimate:.4g}>"
        )


def trim_and_fill(fit: MetaResult, estimator: str = "L0", side: str | None = None) -> TrimFillResult:
    """Estimate how many studies a funnel lacks on one side, and pool with their mirror images.

    Parameters
    ----------
    fit : MetaResult
        From :func:`k2meta.meta_analysis`. Its model, tau2 estimator, test and level are used throughout.
    estimator : {"L0", "R0", "Q0"}
        Of the number of missing studies.
    side : {"left", "right"}, optional
        Where studies may be missing. By default the side to which a regression of the effects on their
        standard errors (Egger's, with the tau2 estimator of the fit) does not lean.

    Returns
    -------
    TrimFillResult

    Raises
    ------
    DataError
        Fewer than 3 studies; or no ``side`` given where all standard errors are equal.
    OptionError
        An unknown estimator or side; or a fit of pooled counts.
    ConvergenceError
        When the estimated number goes back and forth for ever, or Q0 does not exist.

    Notes
    -----
    Without the k0 most extreme studies of the fuller side the pooled effect is the centre; ranks of the
    distances of all studies from it give k0 anew, until it stays. With T the sum of the ranks on the fuller
    side and g the length of the run of its highest ranks: ``R0 = g - 1``,
    ``L0 = (4T - k(k+1)) / (2k - 1)``, ``Q0 = k - 1/2 - sqrt(2 k^2 - 4T + 1/4)``. P value of R0:
    ``0.5^(R0 + 1)``. Standard errors, from the numbers before they are rounded: ``sqrt(2 max(0, R0) + 2)``,
    ``4 s / (2k - 1)`` for L0 and ``2 s / sqrt((k - 1/2)^2 - Q0 (2k - Q0 - 1))``, s being that of T with so
    many missing. Of studies with one effect the least precise ones are trimmed first, so that the order
    of the rows has no part in the answer; of equal distances the one on the fuller side has the higher rank.

    The method assumes that the most extreme effects are those not published. It is a sensitivity analysis;
    it misleads with heterogeneity (Terrin et al. 2003). R counterpart: ``trimfill(res)`` in metafor, which
    fits the filled set with normal tests at 95 % and estimates a fixed tau2, whatever the fit has.

    References
    ----------
    Duval S, Tweedie R (2000). Biometrics 56:455-463. doi:10.1111/j.0006-341X.2000.00455.x
    Duval S, Tweedie R (2000). J Am Stat Assoc 95:89-98. doi:10.1080/01621459.2000.10473905
    Terrin N, Schmid CH, Lau J, Olkin I (2003). Stat Med 22:2113-2126. doi:10.1002/sim.1461

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"))
    >>> result = k2.trim_and_fill(fit)
    >>> result.k0, result.side, round(result.adjusted.estimate, 4)
    (1, 'right', -0.6571)
    """
    _check(fit, estimator, side)
    side = _leaning(fit) if side is None else side
    sign = -1.0 if side == "right" else 1.0
    weights = fit.user_weights
    keys = (fit.effects.vi, sign * fit.effects.yi)
    order = np.lexsort(keys if weights is None else (weights, *keys))
    y, v = sign * fit.effects.yi[order], fit.effects.vi[order]
    ordered_weights = None if weights is None else weights[order]
    k0, se, centre, iterations = _trim(fit, y, v, ordered_weights, estimator)
    mirrored = order[fit.k - k0 :]
    filled_yi = 2.0 * sign * centre - fit.effects.yi[mirrored]
    adjusted = _adjusted(fit, filled_yi, mirrored, estimator, side) if k0 else fit
    return TrimFillResult(
        fit=fit,
        k0=k0,
        se_k0=se,
        p_value=0.5 ** (k0 + 1) if estimator == "R0" else _NAN,
        side=side,
        estimator=estimator,
        adjusted=adjusted,
        centre=sign * centre,
        filled_yi=filled_yi,
        filled_vi=fit.effects.vi[mirrored].copy(),
        filled_of=mirrored.astype(np.int64),
        iterations=iterations,
        cautions=general_cautions(fit.effects.yi, fit.effects.vi),
    )


def _check(fit: object, estimator: str, side: str | None) -> None:
    fit = checked_fit(fit, "meta_analysis()")
    if fit.options.by_counts:
        raise OptionError(
            f"trim and fill was asked of a fit by {fit.options.pooling} pooling. Expected inverse variance: "
            "a mirrored study has no counts. Use meta_analysis(fit.effects, model='common')."
        )
    if estimator not in ESTIMATORS:
        raise unknown_option("estimator of the number of missing studies", estimator, ESTIMATORS)
    if side is not None and side not in SIDES:
        raise unknown_option("side", side, SIDES)
    if fit.k < 3:
        raise DataError(
            f"trim and fill was asked for k = {fit.k}. Expected at least 3 studies: fewer have no funnel. "
            "Show the fit without it."
        )


def _leaning(fit: MetaResult) -> str:
    """The side away from which the effects of less precise studies lean."""
    slope = slope_on_se(fit)
    if math.isnan(slope):
        raise DataError(
            "no side was given, and none can be told: all studies have the same standard error, or all that "
            "have weight, so that no funnel can lean. Expected side='left' or 'right'. Give it, or leave "
            "trim and fill."
        )
    return "right" if slope < 0.0 else "left"


def _trim(
    fit: MetaResult, y: FloatArray, v: FloatArray, weights: FloatArray | None, estimator: str
) -> tuple[int, float, float, int]:
    """Number of missing studies with its standard error, the centre, and the iterations taken.

    ``y`` ascends; the fuller side is the right one.
    """
    k = y.size
    k0, seen = 0, [0]
    while True:
        centre = _centre(fit, y, v, weights, k - k0)
        raw, se = _missing(y - centre, estimator) if y[0] < y[-1] else (0.0, _NAN)
        # R and Python alike round halves to even numbers
        following = min(max(round(raw), 0), k - 1)
        if following == k0:
            return k0, se, centre, len(seen)
        if following in seen:
            loop = " and ".join(map(str, sorted(seen[seen.index(following) :])))
            raise ConvergenceError(
                f"{estimator} goes back and forth between {loop} missing studies: no number agrees with "
                "the effect that it leaves. Expected one that does. Use another estimator, or the other side."
            )
        k0 = following
        seen.append(k0)


def _centre(fit: MetaResult, y: FloatArray, v: FloatArray, weights: FloatArray | None, kept: int) -> float:
    fixed = fit.tau2 if fit.options.tau2 == "fixed" else None
    some = None if weights is None else weights[None, :kept]
    answers = pool_stack(y[None, :kept], v[None, :kept], None, fit.options, fixed, some)
    centre = float(answers["estimate"][0])
    if math.isnan(centre):
        raise DataError(
            f"the {kept} studies that are left after trimming cannot be pooled with the weights of the fit. "
            "Expected enough weights above 0 among them. Give weights to more studies, or none of your own."
        )
    return centre


def _missing(distance: FloatArray, estimator: str) -> tuple[float, float]:
    """Estimated number of missing studies, not rounded, and its standard error."""
    k = float(distance.size)
    rank = np.empty(distance.size)
    rank[np.argsort(np.abs(distance), kind="stable")] = np.arange(1.0, k + 1.0)
    if estimator == "R0":
        others = rank[distance <= 0.0]
        run = k - (float(others.max()) if others.size else 0.0)
        return run - 1.0, math.sqrt(2.0 * max(0.0, run - 1.0) + 2.0)
    total = float(rank[distance > 0.0].sum())
    if estimator == "L0":
        k0 = (4.0 * total - k * (k + 1.0)) / (2.0 * k - 1.0)
        return k0, 4.0 * _sd_of_ranks(k, k0) / (2.0 * k - 1.0)
    root = 2.0 * k * k - 4.0 * total + 0.25
    if root < 0.0:
        raise ConvergenceError(
            "Q0 does not exist here: nearly all ranks of the distances from the centre lie on one side, so "
            "that its square root is of a negative number. Use estimator='L0' or 'R0'."
        )
    k0 = k - 0.5 - math.sqrt(root)
    spread = (k - 0.5) ** 2 - k0 * (2.0 * k - k0 - 1.0)
    return k0, 2.0 * _sd_of_ranks(k, k0) / math.sqrt(spread) if spread > 0.0 else _NAN


def _sd_of_ranks(k: float, k0: float) -> float:
    """Standard deviation of the sum of ranks when k0 studies are missing; NaN where the formula has none."""
    cubic = k * (k + 1.0) * (2.0 * k + 1.0) + 10.0 * k0**3 + 27.0 * k0**2 + 17.0 * k0
    cubic += -18.0 * k * k0**2 - 18.0 * k * k0 + 6.0 * k**2 * k0
    return math.sqrt(cubic / 24.0) if cubic >= 0.0 else _NAN


def _filled_labels(k0: int) -> list[str]:
    return [f"Filled {i + 1}" for i in range(k0)]


def _adjusted(
    fit: MetaResult, filled_yi: FloatArray, mirrored: IntArray, estimator: str, side: str
) -> MetaResult:
    """The fit with the filled studies behind the others, by the same choices."""
    from k2meta.measures import get_measure

    k0, effects = mirrored.size, fit.effects
    everyone = np.concatenate([np.arange(fit.k), mirrored])
    study = (*effects.study, *_filled_labels(k0))
    roles: dict[str, Any] = {}
    size_role = get_measure(effects.measure).size_role
    if size_role is not None:
        # back transformations need the sizes; a filled study has that of the one it mirrors
        sizes = effects.role(size_role)
        roles = {} if sizes is None else {size_role: sizes[everyone]}
    enlarged = Effects(
        yi=readonly(np.concatenate([effects.yi, filled_yi])),
        vi=readonly(effects.vi[everyone]),
        study=study,
        measure=effects.measure,
        row=np.arange(everyone.size),
        roles=MappingProxyType(roles),
        labels=study,
        options=effects.options,
    )
    weights = None if fit.user_weights is None else readonly(fit.user_weights[everyone])
    fixed = fit.tau2 if fit.options.tau2 == "fixed" else None
    studies = "study" if k0 == 1 else "studies"
    note = f"{k0} {studies} filled in on the {side} by trim and fill ({estimator})"
    options = replace(fit.options, notes=(*fit.options.notes, note))
    return fit_effects(enlarged, options, fixed, weights)
