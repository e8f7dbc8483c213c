"""Numbers that are possible but hardly meant: SEs typed as SDs, variances typed as SEs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from k2meta.kernels.distributions import chi2_sf, normal_two_sided, t_two_sided
from k2meta.records import BoolArray, FloatArray
from k2meta.studies.columns import Column
from k2meta.studies.problems import Problem, shown

__all__ = ["doubtful_labels", "doubtful_sds", "doubtful_standard_errors"]

# An SE typed as SD gives a tiny p-value and a huge standardised difference, and ordinary numbers when read
# as SE. Genuine studies come near: Normand 1999 (Orpington) has 2.3 SDs and p = 2e-28, vitamin K2's effect
# on ucOC 2.0 SDs.
_ABSURD_P = 1e-20
_ABSURD_SMD = 2.5
_PLAIN_Z = 5.0
_ABSURD_Z = 10.0  # for ready-made estimates: p = 1.5e-23
_ALIKE = 1.6  # factor within which two SDs of one outcome are called alike
_FAR = 3.0  # factor beyond which an SD is out of line with the other studies'


_TOTALS = frozenset(
    {
        "total", "totals", "subtotal", "sub-total", "sum", "overall", "all studies", "pooled",
        "summary", "meta-analysis", "total (95% ci)", "subtotal (95% ci)", "合计", "总计", "小计", "总和",
    }
)  # fmt: skip


def doubtful_labels(labels: Sequence[str], use: BoolArray) -> list[Problem]:
    """Doubt rows that are called like a total: it would be pooled as a study of its own.

    Parameters
    ----------
    labels : sequence of str
    use : ndarray of bool
    """
    rows = tuple((row, repr(labels[row])) for row in map(int, np.flatnonzero(use)) if _is_total(labels[row]))
    if not rows:
        return []
    remedy = "Remove the row, or leave it out with exclude=; rename the study if it is one."
    return [Problem("a row called like a total is pooled as a study", rows, "one row for each study", remedy)]


def _is_total(label: str) -> bool:
    return label.strip().rstrip(":：").strip().casefold() in _TOTALS


def doubtful_sds(columns: Mapping[str, Column], use: BoolArray, same_unit: bool) -> list[Problem]:
    """Doubt SDs that look like standard errors.

    Two signs: the two arms differ by an absurd number of standard errors (read as SEs the numbers are
    ordinary), or a study's SDs are far below the other studies' while SD * sqrt(n) fits them.

    Parameters
    ----------
    columns : mapping of str to Column
        Roles of a two-group comparison of means.
    use : ndarray of bool
    same_unit : bool
        Whether all studies are measured in one unit (mean differences), so that SDs can be compared.
    """
    if not {"mean1", "sd1", "n1", "mean2", "sd2", "n2"} <= set(columns):
        return []
    m1, s1, n1, m2, s2, n2 = (columns[role].values for role in ("mean1", "sd1", "n1", "mean2", "sd2", "n2"))
    with np.errstate(all="ignore"):
        difference = np.abs(m1 - m2)
        z = difference / np.sqrt(s1**2 / n1 + s2**2 / n2)
        z_if_se = difference / np.hypot(s1, s2)
        smd = difference / np.sqrt((s1**2 + s2**2) / 2)
        p = np.asarray(t_two_sided(z, n1 + n2 - 2), dtype=np.float64)
    absurd = use & (p < _ABSURD_P) & (smd > _ABSURD_SMD) & (z_if_se < _PLAIN_Z)
    found = []
    remedy = "If the paper prints SEs, give them as se1 and se2 and leave sd1 and sd2 empty in these rows."
    if absurd.any():
        rows = tuple(
            (
                int(i),
                f"read as SDs, {shown(s1[i])} and {shown(s2[i])} put the arms {z[i]:.1f} standard errors "
                f"apart (p = {p[i]:.0e}); read as SEs, {z_if_se[i]:.1f}",
            )
            for i in np.flatnonzero(absurd)
        )
        what = f"SEs typed as SDs? {columns['sd1'].where}, {columns['sd2'].where}"
        found.append(Problem(what, rows, f"arms less than {_ABSURD_SMD:g} SDs apart", remedy))
    outlying = _outlying_sds(s1, n1, s2, n2, use & ~absurd) if same_unit else np.zeros_like(use)
    if outlying.any():
        rows = tuple(
            (int(i), f"{shown(s1[i])} and {shown(s2[i])}; times sqrt(n) {s1[i] * n1[i] ** 0.5:.3g} and "
             f"{s2[i] * n2[i] ** 0.5:.3g}")
            for i in np.flatnonzero(outlying)
        )  # fmt: skip
        what = (
            f"SEs typed as SDs? {columns['sd1'].where}, {columns['sd2'].where} far below the other studies'"
        )
        found.append(Problem(what, rows, "SDs like those of the other studies", remedy))
    return found


def _outlying_sds(
    s1: FloatArray, n1: FloatArray, s2: FloatArray, n2: FloatArray, use: BoolArray
) -> BoolArray:
    """Studies whose log SD is out of line, and in line again after adding log sqrt(n)."""
    out = np.zeros_like(use)
    rows = np.flatnonzero(use)
    if rows.size < 4:  # three others are the least that can agree on what is usual
        return out
    with np.errstate(all="ignore"):
        spread = (np.log(s1) + np.log(s2)) / 2
        as_se = spread + (np.log(n1) + np.log(n2)) / 4
    for i in rows:
        others = spread[rows[rows != i]]
        usual = float(np.median(others))
        agree = float(np.ptp(others)) < np.log(_FAR)  # else there is no line to be out of
        out[i] = agree and spread[i] < usual - np.log(_FAR) and abs(as_se[i] - usual) < np.log(_ALIKE)
    return out


def doubtful_standard_errors(
    yi: FloatArray, sei: FloatArray, use: BoolArray, source: str, where: str
) -> list[Problem]:
    """Doubt standard errors that look like variances, and variances that look like standard errors.

    Parameters
    ----------
    yi, sei : ndarray, shape (n_rows,)
        On the analysis scale.
    use : ndarray of bool
    source : {"se", "var"}
        What was typed.
    where : str
        The role and column, for the message.
    """
    found = []
    with np.errstate(all="ignore"):
        z = np.abs(yi) / sei
        z_if_variance = np.abs(yi) / np.sqrt(sei)
    if source == "se":
        absurd = use & (z > _ABSURD_Z) & (z_if_variance < _ABSURD_Z) & (sei < 1)
        # one slip among large effects: absurd as typed, in line with the other studies as a variance
        high = max(_ABSURD_Z, 2 * float(np.median(z[use]))) if use.any() else _ABSURD_Z
        absurd |= use & (z > 5 * high) & (z_if_variance < high) & (sei < 1)
        if absurd.any():
            rows = tuple(
                (int(i), f"{shown(sei[i])} gives z = {z[i]:.1f} (p = {float(normal_two_sided(z[i])):.0e}); "
                 f"read as a variance, z = {z_if_variance[i]:.1f}")
                for i in np.flatnonzero(absurd)
            )  # fmt: skip
            remedy = "If these are variances give them as var=; if they are right, nothing needs to be done."
            expected = f"effects less than {_ABSURD_Z:g} standard errors from 0"
            found.append(Problem(f"variances typed as SEs? {where}", rows, expected, remedy))
    problem = _too_alike(yi, sei, use, source, where)
    return found + ([problem] if problem else [])


def _too_alike(yi: FloatArray, sei: FloatArray, use: BoolArray, source: str, where: str) -> Problem | None:
    """Effects that agree far better than their standard errors allow."""
    keep = use & np.isfinite(yi) & np.isfinite(sei) & (sei > 0)
    k = int(keep.sum())
    if k < 5:  # fewer studies agree by chance
        return None
    with np.errstate(all="ignore"):
        w = 1 / sei[keep] ** 2
        q = float((w * (yi[keep] - (w * yi[keep]).sum() / w.sum()) ** 2).sum())
    if not np.isfinite(q) or q >= k - 1 or q == 0:
        return None
    # the upper tail of chi2 is all but 1 here, so 1 - sf loses nothing that matters to a threshold
    lower_tail = 1 - float(chi2_sf(q, k - 1))
    if lower_tail > 1e-4:
        return None
    worst = int(np.flatnonzero(keep)[0])
    told = (
        f"the effects of all {k} studies agree too well: Q = {q:.2g} on {k - 1} df, P(Q or less) = "
        f"{lower_tail:.0e}"
    )
    guess = "SEs typed as variances" if source == "var" else "SDs typed as SEs"
    remedy = (
        "If these are standard errors give them as se=."
        if source == "var"
        else "If these are SDs divide by sqrt(n)."
    )
    return Problem(f"{guess}? {where}", ((worst, told),), f"Q near {k - 1}", remedy)
