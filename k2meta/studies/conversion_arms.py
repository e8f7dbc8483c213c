"""Arms combined into one; SDs of changes from baseline."""

from __future__ import annotations

from typing import Any

import numpy as np

from k2meta.errors import DataError
from k2meta.records import FloatArray
from k2meta.studies.conversion_inputs import arrays, require, require_sds, require_size

__all__ = [
    "change_sd",
    "combine_arms",
    "combine_event_arms",
    "correlation_from_sds",
]


def change_sd(sd_baseline: Any, sd_final: Any, r: Any) -> FloatArray:
    r"""Return the SD of changes from the SDs before and after and their (assumed) correlation.

    :math:`SD_{change} = \sqrt{SD_b^2 + SD_f^2 - 2 r SD_b SD_f}`.

    Parameters
    ----------
    sd_baseline, sd_final : array_like
        Standard deviations, > 0.
    r : array_like
        Correlation of baseline and final values, in [-1, 1]; vary it in a sensitivity analysis when assumed.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When an SD is not above 0 or r is outside [-1, 1].

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.8.

    Examples
    --------
    >>> round(float(change_sd(6.4, 7.1, 0.8)), 2)
    4.32
    """
    sd_baseline, sd_final, r = arrays(sd_baseline=sd_baseline, sd_final=sd_final, r=r)
    require_sds(sd_baseline=sd_baseline, sd_final=sd_final)
    require(np.abs(r) <= 1, "r", r, "a correlation between -1 and 1", "Check that it is no percentage.")
    out: FloatArray = np.sqrt((sd_baseline - sd_final) ** 2 + 2 * (1 - r) * sd_baseline * sd_final)
    return out


def correlation_from_sds(sd_baseline: Any, sd_final: Any, sd_change: Any) -> FloatArray:
    r"""Return the correlation of baseline and final values from the three SDs of a study that prints them.

    :math:`r = (SD_b^2 + SD_f^2 - SD_{change}^2) / (2 SD_b SD_f)`.

    Parameters
    ----------
    sd_baseline, sd_final, sd_change : array_like
        Standard deviations, > 0.

    Returns
    -------
    ndarray

    Raises
    ------
    DataError
        When an SD is not above 0, or the three cannot belong together (r outside [-1, 1]).

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.8.

    Examples
    --------
    >>> round(float(correlation_from_sds(6.4, 7.1, 4.5)), 2)
    0.78
    """
    sd_baseline, sd_final, sd_change = arrays(sd_baseline=sd_baseline, sd_final=sd_final, sd_change=sd_change)
    require_sds(sd_baseline=sd_baseline, sd_final=sd_final, sd_change=sd_change)
    r: FloatArray = (sd_baseline**2 + sd_final**2 - sd_change**2) / (2 * sd_baseline * sd_final)
    remedy = "These three SDs cannot belong to one group: look for an SE among them."
    require(np.abs(r) <= 1, "the correlation that follows", r, "a value between -1 and 1", remedy)
    return r


def combine_arms(n: Any, mean: Any, sd: Any, axis: int = -1) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Combine arms (or subgroups) into one group, as if their people had been measured together.

    :math:`N = \sum n_j`, :math:`M = \sum n_j m_j / N`,
    :math:`SD^2 = \{\sum (n_j - 1) s_j^2 + \sum n_j (m_j - M)^2\} / (N - 1)`. For two arms this is the
    Handbook's formula; it is exact for any number of them.

    Parameters
    ----------
    n, mean, sd : array_like
        Sizes, means and SDs; the arms lie along ``axis``.
    axis : int
        Axis of the arms.

    Returns
    -------
    n, mean, sd : ndarray
        Of the combined group; the axis is gone.

    Raises
    ------
    DataError
        When an arm has fewer than 2 people or an SD that is not above 0.

    References
    ----------
    Cochrane Handbook, version 6, section 6.5.2.10 and table 6.5.a.

    Examples
    --------
    >>> n, mean, sd = combine_arms([10, 15], [5.0, 7.0], [2.0, 3.0])
    >>> float(n), round(float(mean), 6), round(float(sd) ** 2, 6)
    (25.0, 6.2, 7.75)
    """
    n, mean, sd = arrays(n=n, mean=mean, sd=sd)
    if n.size == 0 or n.ndim == 0:
        given = "no arm" if n.size == 0 else "one arm"
        raise DataError(f"combine_arms was given {given}. Expected lists with one entry for each arm.")
    require_size(n)
    require_sds(sd=sd)
    total = n.sum(axis=axis)
    centre = (n * mean).sum(axis=axis) / total
    between = n * (mean - np.expand_dims(centre, axis)) ** 2
    squares = ((n - 1) * sd**2 + between).sum(axis=axis)
    return np.asarray(total), np.asarray(centre), np.asarray(np.sqrt(squares / (total - 1)))


def combine_event_arms(events: Any, n: Any, axis: int = -1) -> tuple[FloatArray, FloatArray]:
    """Combine arms with counts of events into one group: the counts add.

    Parameters
    ----------
    events, n : array_like
        Events and sizes; the arms lie along ``axis``.
    axis : int
        Axis of the arms.

    Returns
    -------
    events, n : ndarray
        Of the combined group.

    Raises
    ------
    DataError
        When a count is negative or exceeds its group.

    References
    ----------
    Cochrane Handbook, version 6, section 23.3.4.

    Examples
    --------
    >>> [float(x) for x in combine_event_arms([2, 9], [23, 66])]
    [11.0, 89.0]
    """
    events, n = arrays(events=events, n=n)
    if n.size == 0 or n.ndim == 0:
        given = "no arm" if n.size == 0 else "one arm"
        raise DataError(f"combine_event_arms was given {given}. Expected lists with one entry for each arm.")
    require(events >= 0, "events", events, "0 or more", "Look for a sign or a missing-value code.")
    require(n > 0, "n", n, "a size above 0", "Check the column.")
    require(
        (events <= n) | np.isnan(n),
        "events",
        events,
        "no more events than people",
        "Look for swapped columns.",
    )
    return np.asarray(events.sum(axis=axis)), np.asarray(n.sum(axis=axis))
