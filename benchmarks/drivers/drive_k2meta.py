"""k2meta's side of each workload."""

import sys

import numpy as np
from serving import Batch, read_bcg, serve

import k2meta as k2

folder = sys.argv[1]
y, v = (np.array(values) for values in read_bcg(folder))
fit = k2.meta_analysis(yi=y, vi=v, test="z")
batch = Batch(folder)


def pool_many(tau2: str) -> float:
    yi, vi = batch.arrays()
    return float(k2.meta_analysis_many(yi, vi, tau2=tau2, test="z").tau2.mean())


serve(
    {
        "reml_z": lambda: k2.meta_analysis(yi=y, vi=v, test="z").tau2,
        "reml_kh": lambda: k2.meta_analysis(yi=y, vi=v).tau2,
        "pm_z": lambda: k2.meta_analysis(yi=y, vi=v, tau2="PM", test="z").tau2,
        "leave_one_out": lambda: k2.leave_one_out(fit).tau2[0],
        "batch_load": lambda: float(batch.arrays()[0].shape[0]),
        "batch_DL": lambda: pool_many("DL"),
        "batch_REML": lambda: pool_many("REML"),
    },
    k2.__version__,
)
