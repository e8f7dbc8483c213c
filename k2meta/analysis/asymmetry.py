"""The LFK index: how asymmetric a Doi plot is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from k2meta.analysis.small_study_result import effects_of
from k2meta.errors import DataError
from k2meta.kernels.distributions import normal_ppf
from k2meta.models.result import MetaResult
from k2meta.records import FloatArray, readonly
from k2meta.studies.effects import Effects

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LfkResult", "lfk_index"]

# What the authors of the index scale the smallest size to, and by what they multiply the mean.
_SMALLEST_SIZE = 100.0
_FACTOR = 2.5


@dataclass(frozen=True, eq=False, slots=True)
class LfkResult:
    """The LFK index with the points of its Doi plot.

    Attributes
    ----------
    index : float
        0 for a symmetric plot; negative when smaller studies lie to the left.
    classification : {"none", "minor", "major"}
        Up to 1, up to 2, above 2 either way.
    effect : ndarray, shape (k,)
        Effects on the analysis scale, in the order of the data.
    z : ndarray, shape (k,)
        Normal scores; the Doi plot shows their absolute values, 0 at the top.
    study : tuple of str
    measure : str
        Code of the effect measure.
    centre : float
        Effect of the study at the tip, whose score is next to 0.
    """

    index: float
    classification: str
    effect: FloatArray
    z: FloatArray
    study: tuple[str, ...]
    measure: str
    centre: float

    def __post_init__(self) -> None:
        readonly(self.effect)
        readonly(self.z)

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.study)

    def to_frame(self) -> pd.DataFrame:
        """One row a study: ``study, effect, z, abs_z``."""
        import pandas as pd

        return pd.DataFrame(
            {"study": list(self.study), "effect": self.effect, "z": self.z, "abs_z": np.abs(self.z)}
        )

    def __repr__(self) -> str:
        found = "no" if self.classification == "none" else self.classification
        return f"<LfkResult {self.index:.2f} ({found} asymmetry), k={self.k}>"


def lfk_index(effects: Effects | MetaResult) -> LfkResult:
    """Measure the asymmetry of a Doi plot.

    Parameters
    ----------
    effects : Effects or MetaResult
        What :func:`k2meta.effect_sizes` returns, or a fit.

    Returns
    -------
    LfkResult

    Raises
    ------
    DataError
        With fewer than 3 studies, or where all effects are equal: no limb can be longer than the other.

    Notes
    -----
    Sizes ``N_i = 100 max(v) / v_i``; studies in the order of their effects take the middle of their share of
    ``sum N``, less half a person: ``z_i = qnorm((sum_(j<i) N_j + N_i / 2 - 0.5) / sum N)``. With the effect
    ``c`` of the study whose z is nearest to 0, ``LFK = 5 / (2k) sum (z_i + range(z) / range(y) (y_i - c))``.
    Studies of equal effect are taken in the order of their precision, least first, so that the order of the
    rows has no part in the answer.

    The index is no test: its cut-offs belong to no error rate, and how often it exceeds them without any bias
    depends on the number of studies (Schwarzer et al. 2024). R counterpart: ``lfkindex(y, se)`` in metasens.

    References
    ----------
    Furuya-Kanamori L, Barendregt JJ, Doi SAR (2018). Int J Evid Based Healthc 16:195-203.
    doi:10.1097/XEB.0000000000000141
    Schwarzer G, Ruecker G, Semaca C (2024). Res Synth Methods 15:603-615. doi:10.1002/jrsm.1714

    Examples
    --------
    >>> import k2meta as k2
    >>> y, v = [-4.27, -1.71, -0.58, -0.19, 0.0], [0.158, 0.076, 0.018, 0.022, 0.040]
    >>> lfk = k2.lfk_index(k2.meta_analysis(yi=y, vi=v))
    >>> round(lfk.index, 2), lfk.classification
    (-3.31, 'major')
    """
    source = effects_of(effects)
    y, v = source.yi, source.vi
    if source.k < 3:
        raise DataError(
            f"the LFK index was asked for k = {source.k}. Expected at least 3 studies: fewer have no two "
            "limbs. Show the studies without it."
        )
    spread = float(y.max() - y.min())
    if spread == 0.0:
        raise DataError(
            f"all {source.k} effects are {y[0]:g}, so that a Doi plot has no limbs. Expected different "
            "effects. Show the studies without the index."
        )
    z = _normal_scores(y, v)
    centre = float(y[_tip(y, z)])
    per_effect = float(z.max() - z.min()) / spread
    index = _FACTOR * float((z + per_effect * (y - centre)).mean())
    size = abs(index)
    label = "none" if size <= 1.0 else "minor" if size <= 2.0 else "major"
    return LfkResult(index, label, y.copy(), z, source.study, source.measure, centre)


def _normal_scores(y: FloatArray, v: FloatArray) -> FloatArray:
    """Normal scores of the studies, in the order of the data."""
    order = np.lexsort((-v, y))
    size = _SMALLEST_SIZE * v.max() / v[order]
    # the shorter way from either end: ranks near the end would lose digits in 1 - p
    below = np.cumsum(size) - size / 2.0 - 0.5
    above = np.cumsum(size[::-1])[::-1] - size / 2.0 + 0.5
    total = size.sum()
    z = np.empty(y.size)
    z[order] = np.where(below <= above, normal_ppf(below / total), -normal_ppf(above / total))
    return z


def _tip(y: FloatArray, z: FloatArray) -> int:
    """The study nearest to the middle; of two alike the one with the lower effect."""
    return int(np.lexsort((y, np.abs(z)))[0])
