"""Fits that the companions of the forest plot are drawn from in tests."""

from __future__ import annotations

import numpy as np

import k2meta as k2

ROLES = {role: role for role in ("events1", "n1", "events2", "n2")}


def bcg_effects(measure: str = "RR"):
    """Vaccination against tuberculosis: 13 trials."""
    return k2.effect_sizes(k2.load_dataset("bcg"), measure, study="study", **ROLES)


def bcg(measure: str = "RR", **options):
    """The same, pooled."""
    return k2.meta_analysis(bcg_effects(measure), **options)


def fractures(measure: str = "RR"):
    """Fractures under vitamin K2 in osteoporosis: three trials."""
    rows = k2.load_dataset("k2_fractures")
    rows = rows[rows["worked_example"] == "fracture_osteoporotic"]
    return k2.meta_analysis(k2.effect_sizes(rows, measure, study="study", **ROLES))


def many(k: int = 66, seed: int = 3):
    """Simulated studies, the small ones with larger effects."""
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.08, 0.7, k)
    yi = rng.normal(0.3, 0.15, k) + se * rng.normal(0, 1, k) + 0.4 * se
    return k2.meta_analysis(yi=yi, sei=se, study=[f"Study {i + 1}" for i in range(k)])


def plain(yi, vi):
    """Effects and variances, pooled."""
    return k2.meta_analysis(yi=yi, vi=vi, study=[f"Study {i + 1}" for i in range(len(yi))])


def collection(figure, gid: str, part: str = "plot"):
    """The collection of points of a name."""
    (found,) = [c for c in figure.parts[part].collections if c.get_gid() == gid]
    return found


def lines(figure, gid: str, part: str = "plot"):
    """The lines of a name, each as an array of points."""
    return [line.get_xydata() for line in figure.parts[part].lines if line.get_gid() == gid]


def texts(figure) -> str:
    """Every word of a figure, pieces of one baseline joined."""
    rows: dict[float, list] = {}
    for text in figure.texts:
        rows.setdefault(round(text.get_position()[1], 2), []).append(text)
    ordered = [sorted(row, key=lambda t: t.get_position()[0]) for _, row in sorted(rows.items())]
    return "\n".join("".join(t.get_text() for t in row) for row in ordered)
