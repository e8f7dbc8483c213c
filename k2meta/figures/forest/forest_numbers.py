"""The numbers of a forest plot, without the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from k2meta.analysis.cumulative import CumulativeResult
from k2meta.analysis.leaving_out import LeaveOneOutResult
from k2meta.analysis.subgroups import SubgroupResult
from k2meta.figures.forest.forest_entries import base_fit, forest_entries
from k2meta.figures.forest.forest_entry import ForestOptions, ForestResult
from k2meta.figures.forest.forest_refits import refit_numbers
from k2meta.figures.forest.forest_requests import as_results, forest_options
from k2meta.figures.words.reading import read_scale
from k2meta.models.result import MetaResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["forest_data"]


def forest_data(
    result: ForestResult | Sequence[ForestResult],
    *,
    sort: str | tuple[str, str] = "data",
    models: Sequence[MetaResult | SubgroupResult] = (),
    prediction: bool | None = None,
    excluded: bool = True,
    overall: bool = True,
) -> pd.DataFrame:
    """Return the numbers of a forest plot, one row for each row with a mark or a reason for none.

    Parameters
    ----------
    result : MetaResult, SubgroupResult, LeaveOneOutResult, CumulativeResult, or a list of them
    sort, models, prediction, excluded, overall
        As in :func:`forest_plot`.

    Returns
    -------
    DataFrame
        ``kind`` (``"study"``, ``"excluded"``, ``"pooled"``, ``"prediction"``), ``label``, ``group``,
        ``estimate, ci_low, ci_high`` (analysis scale: log for ratios), ``natural, natural_low,
        natural_high`` (the scale people read), ``weight`` (percent, full precision), ``reason``; ``p_value,
        tau2, i2`` of every refit for leave-one-out and cumulative results; ``panel`` (0, 1 ...) before them
        for a list.

    Examples
    --------
    >>> import k2meta as k2
    >>> fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.02, 0.03, 0.02], study=["A", "B", "C"])
    >>> k2.forest_data(fit)["kind"].tolist()
    ['study', 'study', 'study', 'pooled', 'prediction']
    """
    import pandas as pd

    results = as_results(result)
    given = {"sort": sort, "models": models, "prediction": prediction}
    options = forest_options(results, {**given, "excluded": excluded, "overall": overall})
    frames = [_data(own, chosen) for own, chosen in zip(results, options, strict=True)]
    if len(frames) > 1:
        for number, frame in enumerate(frames):
            frame.insert(0, "panel", number)
    return pd.concat(frames, ignore_index=True)


def _data(result: ForestResult, options: ForestOptions) -> pd.DataFrame:
    """Return the numbers of one panel."""
    import pandas as pd

    reading = read_scale(base_fit(result).effects)
    refits = isinstance(result, (LeaveOneOutResult, CumulativeResult))
    rows = []
    for entry in forest_entries(result, options):
        if entry.kind not in ("study", "excluded", "pooled", "prediction"):
            continue
        study = entry.position if entry.position >= 0 and not refits else None
        x, low, high = reading.natural([entry.x, entry.lo, entry.hi], study)
        rows.append(
            {
                "kind": entry.kind,
                "label": entry.label,
                "group": entry.group,
                "estimate": entry.x,
                "ci_low": entry.lo,
                "ci_high": entry.hi,
                "natural": x,
                "natural_low": low,
                "natural_high": high,
                "weight": entry.share if entry.kind == "study" else entry.weight,
                "reason": entry.reason,
            }
        )
        if isinstance(result, (LeaveOneOutResult, CumulativeResult)):
            rows[-1].update(zip(("p_value", "tau2", "i2"), refit_numbers(result, entry), strict=True))
    return pd.DataFrame(rows)
