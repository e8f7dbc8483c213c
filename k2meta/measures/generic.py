"""GEN: effects and variances that were computed elsewhere."""

from __future__ import annotations

from k2meta.measures.building import RawEffects, Rows, Settings, measure

__all__: list[str] = []


@measure("GEN", "generic", ("effect", "效应量"), "estimate variance", default_add=0.0)
def _generic(rows: Rows, settings: Settings) -> RawEffects:  # noqa: ARG001
    """Effects as given: y = estimate, v = variance, both on the analysis scale.

    R counterpart: ``metafor::escalc(measure = "GEN", yi, vi)``.
    """
    return rows["estimate"], rows["variance"]
