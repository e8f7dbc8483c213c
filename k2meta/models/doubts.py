"""Effects that can be pooled but hardly should be."""

from __future__ import annotations

import warnings

import numpy as np

from k2meta.errors import DataWarning
from k2meta.studies.effects import Effects

__all__ = ["warn_without_events"]


def warn_without_events(effects: Effects) -> None:
    """Warn when ratios are pooled of studies that all saw no event: the correction alone made them.

    Warns
    -----
    DataWarning
        When a measure on the log or logit scale comes from counts of which none is above 0.
    """
    if not effects.k or not effects.roles or effects.scale not in ("log", "logit"):
        return
    counts = [
        values for role in ("events1", "events2", "events") if (values := effects.role(role)) is not None
    ]
    if not counts or any(np.any(values) for values in counts):
        return
    named = ", ".join(map(repr, effects.study[:5])) + (" ..." if effects.k > 5 else "")
    warnings.warn(
        DataWarning(
            f"no events in any arm of the {effects.k} studies ({named}): every {effects.measure} comes from "
            f"the correction (add = {effects.options.get('add', 0):g}) alone and says nothing. Expected an "
            "event in at least one study. Use RD, or leave such studies out with drop00=True."
        ),
        stacklevel=3,
    )
