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
    # data
    "list_datasets": "k2meta.studies.datasets",
    "load_dataset": "k2meta.studies.datasets",
    "analysis_rows": "k2meta.studies.datasets",
    "read_table": "k2meta.studies.reading",
    # converting what papers print
    "sd_from_se": "k2meta.studies.conversion",
    "sd_from_ci": "k2meta.studies.conversion",
    "sd_from_difference_se": "k2meta.studies.conversion",
    "sd_from_difference_ci": "k2meta.studies.conversion",
    "sd_from_difference_t": "k2meta.studies.conversion",
    "sd_from_difference_p": "k2meta.studies.conversion",
    "change_sd": "k2meta.studies.conversion_arms",
    "correlation_from_sds": "k2meta.studies.conversion_arms",
    "combine_arms": "k2meta.studies.conversion_arms",
    "combine_event_arms": "k2meta.studies.conversion_arms",
    "se_from_ci": "k2meta.studies.conversion_estimates",
    "se_from_p": "k2meta.studies.conversion_estimates",
    "log_ratio_from_ci": "k2meta.studies.conversion_estimates",
    "mean_from_quantiles": "k2meta.studies.conversion_quantiles",
    "sd_from_quantiles": "k2meta.studies.conversion_quantiles",
    "mean_sd_from_quantiles": "k2meta.studies.conversion_quantiles",
    "quantiles_skewed": "k2meta.studies.conversion_quantiles",
    # effects and pooling
    "effect_sizes": "k2meta.studies.door",
    "Effects": "k2meta.studies.effects",
    "meta_analysis": "k2meta.models.univariate",
    "meta_analysis_many": "k2meta.models.batch",
    "mantel_haenszel": "k2meta.models.stratified",
    "peto": "k2meta.models.stratified",
    "MetaResult": "k2meta.models.result",
    # questions put to a fit
    "subgroup_analysis": "k2meta.analysis.subgroups",
    "leave_one_out": "k2meta.analysis.influence",
    # figures
    "forest_plot": "k2meta.figures.forest",
    "forest_data": "k2meta.figures.forest",
    "table_forest_plot": "k2meta.figures.forestplot_adapter",
    # published papers
    "audit": "k2meta.auditing.printed",
    "reproduce": "k2meta.auditing.reproduction",
    # errors and warnings
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

__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:  # so that editors and type checkers see what __getattr__ serves
    from k2meta.analysis.influence import leave_one_out as leave_one_out
    from k2meta.analysis.subgroups import subgroup_analysis as subgroup_analysis
    from k2meta.auditing.printed import audit as audit
    from k2meta.auditing.reproduction import reproduce as reproduce
    from k2meta.errors import ConvergenceError as ConvergenceError
    from k2meta.errors import DataError as DataError
    from k2meta.errors import DataWarning as DataWarning
    from k2meta.errors import K2MetaError as K2MetaError
    from k2meta.errors import K2MetaWarning as K2MetaWarning
    from k2meta.errors import LayoutError as LayoutError
    from k2meta.errors import LayoutWarning as LayoutWarning
    from k2meta.errors import MissingGlyphError as MissingGlyphError
    from k2meta.errors import OptionError as OptionError
    from k2meta.errors import OutputError as OutputError
    from k2meta.figures.forest import forest_data as forest_data
    from k2meta.figures.forest import forest_plot as forest_plot
    from k2meta.figures.forestplot_adapter import table_forest_plot as table_forest_plot
    from k2meta.models.batch import meta_analysis_many as meta_analysis_many
    from k2meta.models.result import MetaResult as MetaResult
    from k2meta.models.stratified import mantel_haenszel as mantel_haenszel
    from k2meta.models.stratified import peto as peto
    from k2meta.models.univariate import meta_analysis as meta_analysis
    from k2meta.studies.conversion import sd_from_ci as sd_from_ci
    from k2meta.studies.conversion import sd_from_difference_ci as sd_from_difference_ci
    from k2meta.studies.conversion import sd_from_difference_p as sd_from_difference_p
    from k2meta.studies.conversion import sd_from_difference_se as sd_from_difference_se
    from k2meta.studies.conversion import sd_from_difference_t as sd_from_difference_t
    from k2meta.studies.conversion import sd_from_se as sd_from_se
    from k2meta.studies.conversion_arms import change_sd as change_sd
    from k2meta.studies.conversion_arms import combine_arms as combine_arms
    from k2meta.studies.conversion_arms import combine_event_arms as combine_event_arms
    from k2meta.studies.conversion_arms import correlation_from_sds as correlation_from_sds
    from k2meta.studies.conversion_estimates import log_ratio_from_ci as log_ratio_from_ci
    from k2meta.studies.conversion_estimates import se_from_ci as se_from_ci
    from k2meta.studies.conversion_estimates import se_from_p as se_from_p
    from k2meta.studies.conversion_quantiles import mean_from_quantiles as mean_from_quantiles
    from k2meta.studies.conversion_quantiles import mean_sd_from_quantiles as mean_sd_from_quantiles
    from k2meta.studies.conversion_quantiles import quantiles_skewed as quantiles_skewed
    from k2meta.studies.conversion_quantiles import sd_from_quantiles as sd_from_quantiles
    from k2meta.studies.datasets import analysis_rows as analysis_rows
    from k2meta.studies.datasets import list_datasets as list_datasets
    from k2meta.studies.datasets import load_dataset as load_dataset
    from k2meta.studies.door import effect_sizes as effect_sizes
    from k2meta.studies.effects import Effects as Effects
    from k2meta.studies.reading import read_table as read_table


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
