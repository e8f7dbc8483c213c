"""PyMetaAnalysis's side; a batch is a loop over the first outcomes."""

import sys
from importlib.metadata import version

import meta_analyze as ma
import numpy as np
from serving import Batch, read_bcg, serve

folder = sys.argv[1]
y, v = (np.array(values) for values in read_bcg(folder))
batch = Batch(folder, 60)


def fit(yi, vi, method="REML", ci_method="normal"):
    return ma.meta_analysis(effect=yi, variance=vi, model="random", tau2_method=method, ci_method=ci_method)


pooled = fit(y, v)


def pool_many(method):
    return float(np.mean([fit(a, b, method).tau2 for a, b in zip(*batch.arrays(), strict=True)]))


serve(
    {
        "reml_z": lambda: fit(y, v).tau2,
        "reml_kh": lambda: fit(y, v, ci_method="hartung-knapp").tau2,
        "pm_z": lambda: fit(y, v, "PM").tau2,
        "leave_one_out": lambda: pooled.leave_one_out().results[0].tau2,
        "batch_load": lambda: float(batch.arrays()[0].shape[0]),
        "batch_DL": lambda: pool_many("DL"),
        "batch_REML": lambda: pool_many("REML"),
    },
    version("PyMetaAnalysis"),
)
