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
    "leave_one_out": "k2meta.analysis.leaving_out",
    "cumulative_meta_analysis": "k2meta.analysis.cumulative",
    "meta_regression": "k2meta.models.regression",
    "influence": "k2meta.analysis.deletion",
    "gosh": "k2meta.analysis.subsets",
    "specification_curve": "k2meta.analysis.specifications",
    # small studies
    "egger_test": "k2meta.analysis.small_study",
    "begg_test": "k2meta.analysis.small_study",
    "harbord_test": "k2meta.analysis.small_study",
    "peters_test": "k2meta.analysis.small_study",
    "lfk_index": "k2meta.analysis.asymmetry",
    "trim_and_fill": "k2meta.analysis.trim_fill",
    # figures
    "forest_plot": "k2meta.figures.forest.forest",
    "forest_data": "k2meta.figures.forest.forest",
    "table_forest_plot": "k2meta.figures.forest.forestplot_adapter",
    "K2Figure": "k2meta.figures.page.canvas",
    "funnel_plot": "k2meta.figures.companions.funnel",
    "funnel_data": "k2meta.figures.companions.funnel",
    "doi_plot": "k2meta.figures.companions.doi",
    "doi_data": "k2meta.figures.companions.doi",
    "baujat_plot": "k2meta.figures.companions.baujat",
    "baujat_data": "k2meta.figures.companions.baujat",
    "labbe_plot": "k2meta.figures.companions.labbe",
    "labbe_data": "k2meta.figures.companions.labbe",
    "radial_plot": "k2meta.figures.companions.radial",
    "radial_data": "k2meta.figures.companions.radial",
    "bubble_plot": "k2meta.figures.companions.bubble",
    "bubble_data": "k2meta.figures.companions.bubble",
    "gosh_plot": "k2meta.figures.companions.subset_cloud",
    "gosh_data": "k2meta.figures.companions.subset_cloud",
    "drapery_plot": "k2meta.figures.companions.drapery",
    "drapery_data": "k2meta.figures.companions.drapery",
    "influence_plot": "k2meta.figures.companions.influence_panel",
    "influence_data": "k2meta.figures.companions.influence_panel",
    "profile_plot": "k2meta.figures.companions.profile",
    "profile_data": "k2meta.figures.companions.profile",
    "qq_plot": "k2meta.figures.companions.normal_quantiles",
    "qq_data": "k2meta.figures.companions.normal_quantiles",
    "specification_plot": "k2meta.figures.companions.specification",
    "specification_data": "k2meta.figures.companions.specification",
    "risk_of_bias_plot": "k2meta.figures.bias.risk_of_bias",
    "risk_of_bias_summary_plot": "k2meta.figures.bias.risk_of_bias_summary",
    "risk_of_bias_data": "k2meta.figures.bias.risk_of_bias",
    "prisma_plot": "k2meta.figures.flow.prisma",
    "prisma_data": "k2meta.figures.flow.prisma",
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
    from k2meta.analysis.asymmetry import lfk_index as lfk_index
    from k2meta.analysis.cumulative import cumulative_meta_analysis as cumulative_meta_analysis
    from k2meta.analysis.deletion import influence as influence
    from k2meta.analysis.leaving_out import leave_one_out as leave_one_out
    from k2meta.analysis.small_study import begg_test as begg_test
    from k2meta.analysis.small_study import egger_test as egger_test
    from k2meta.analysis.small_study import harbord_test as harbord_test
    from k2meta.analysis.small_study import peters_test as peters_test
    from k2meta.analysis.specifications import specification_curve as specification_curve
    from k2meta.analysis.subgroups import subgroup_analysis as subgroup_analysis
    from k2meta.analysis.subsets import gosh as gosh
    from k2meta.analysis.trim_fill import trim_and_fill as trim_and_fill
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
    from k2meta.figures.bias.risk_of_bias import risk_of_bias_data as risk_of_bias_data
    from k2meta.figures.bias.risk_of_bias import risk_of_bias_plot as risk_of_bias_plot
    from k2meta.figures.bias.risk_of_bias_summary import (
        risk_of_bias_summary_plot as risk_of_bias_summary_plot,
    )
    from k2meta.figures.companions.baujat import baujat_data as baujat_data
    from k2meta.figures.companions.baujat import baujat_plot as baujat_plot
    from k2meta.figures.companions.bubble import bubble_data as bubble_data
    from k2meta.figures.companions.bubble import bubble_plot as bubble_plot
    from k2meta.figures.companions.doi import doi_data as doi_data
    from k2meta.figures.companions.doi import doi_plot as doi_plot
    from k2meta.figures.companions.drapery import drapery_data as drapery_data
    from k2meta.figures.companions.drapery import drapery_plot as drapery_plot
    from k2meta.figures.companions.funnel import funnel_data as funnel_data
    from k2meta.figures.companions.funnel import funnel_plot as funnel_plot
    from k2meta.figures.companions.influence_panel import influence_data as influence_data
    from k2meta.figures.companions.influence_panel import influence_plot as influence_plot
    from k2meta.figures.companions.labbe import labbe_data as labbe_data
    from k2meta.figures.companions.labbe import labbe_plot as labbe_plot
    from k2meta.figures.companions.normal_quantiles import qq_data as qq_data
    from k2meta.figures.companions.normal_quantiles import qq_plot as qq_plot
    from k2meta.figures.companions.profile import profile_data as profile_data
    from k2meta.figures.companions.profile import profile_plot as profile_plot
    from k2meta.figures.companions.radial import radial_data as radial_data
    from k2meta.figures.companions.radial import radial_plot as radial_plot
    from k2meta.figures.companions.specification import specification_data as specification_data
    from k2meta.figures.companions.specification import specification_plot as specification_plot
    from k2meta.figures.companions.subset_cloud import gosh_data as gosh_data
    from k2meta.figures.companions.subset_cloud import gosh_plot as gosh_plot
    from k2meta.figures.flow.prisma import prisma_data as prisma_data
    from k2meta.figures.flow.prisma import prisma_plot as prisma_plot
    from k2meta.figures.forest.forest import forest_data as forest_data
    from k2meta.figures.forest.forest import forest_plot as forest_plot
    from k2meta.figures.forest.forestplot_adapter import table_forest_plot as table_forest_plot
    from k2meta.figures.page.canvas import K2Figure as K2Figure
    from k2meta.models.batch import meta_analysis_many as meta_analysis_many
    from k2meta.models.regression import meta_regression as meta_regression
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
