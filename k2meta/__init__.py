"""Meta-analysis a biostatistician can defend.

Study rows in; pooled effects, heterogeneity, subgroups, journal figures (English and Chinese)
and an audit of published numbers out. ``import k2meta as k2`` loads nothing but this file:
each public name loads what it needs when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# One row for each public name: name -> module. The API test freezes this table.
_PUBLIC = {
    "list_datasets": "k2meta.studies.datasets",
    "load_dataset": "k2meta.studies.datasets",
    "read_table": "k2meta.studies.reading",
    "effect_sizes": "k2meta.studies.door",
    "Effects": "k2meta.studies.effects",
    "meta_analysis": "k2meta.models.univariate",
    "meta_analysis_many": "k2meta.models.batch",
    "mantel_haenszel": "k2meta.models.stratified",
    "peto": "k2meta.models.stratified",
    "MetaResult": "k2meta.models.result",
    "subgroup_analysis": "k2meta.analysis.subgroups",
    "leave_one_out": "k2meta.analysis.influence",
    "forest_plot": "k2meta.figures.forest",
    "forest_data": "k2meta.figures.forest",
    "audit": "k2meta.auditing.printed",
    "reproduce": "k2meta.auditing.reproduction",
    "K2MetaError": "k2meta.errors",
    "DataError": "k2meta.errors",
    "OptionError": "k2meta.errors",
    "ConvergenceError": "k2meta.errors",
    "LayoutError": "k2meta.errors",
    "MissingGlyphError": "k2meta.errors",
    "OutputError": "k2meta.errors",
    "K2MetaWarning": "k2meta.errors",
    "DataWarning": "k2meta.errors",
    "LayoutWarning": "k2meta.errors",
}

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604  (the names are strings, from the table above)

if TYPE_CHECKING:
    from k2meta.analysis.influence import leave_one_out as leave_one_out
    from k2meta.analysis.subgroups import subgroup_analysis as subgroup_analysis
    from k2meta.models.univariate import meta_analysis as meta_analysis


def __getattr__(name: str) -> Any:
    try:
        module = _PUBLIC[name]
    except KeyError:
        from k2meta.errors import nearest

        close = nearest(name, _PUBLIC)
        hint = f"; did you mean {close!r}?" if close else ""
        raise AttributeError(f"module 'k2meta' has no attribute {name!r}{hint}") from None
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
