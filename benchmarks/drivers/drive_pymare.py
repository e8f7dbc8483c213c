"""PyMARE's side: its estimators take outcomes as columns."""

import sys

import numpy as np
import pymare
from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator
from serving import Batch, read_bcg, serve

folder = sys.argv[1]
y, v = (np.array(values)[:, None] for values in read_bcg(folder))
batch = Batch(folder)


def reml(yi, vi, correction):
    # the arrays' door; Dataset and meta_regression() add about half a millisecond to it
    estimator = VarianceBasedLikelihoodEstimator(method="reml", small_sample_correction=correction)
    return estimator.fit(y=yi, v=vi, X=np.ones((yi.shape[0], 1)))


def tau2_of(estimator):
    return float(np.mean(estimator.params_["tau2"]))


def pool_many(method):
    yi, vi = (values.T for values in batch.arrays())
    if method == "REML":
        return tau2_of(reml(yi, vi, "wald"))
    estimator = DerSimonianLaird(small_sample_correction="wald")
    return tau2_of(estimator.fit(y=yi, v=vi, X=np.ones((yi.shape[0], 1))))


serve(
    {
        "reml_z": lambda: tau2_of(reml(y, v, "wald")),
        "reml_kh": lambda: tau2_of(reml(y, v, "knapp-hartung")),
        "batch_load": lambda: float(batch.arrays()[0].shape[0]),
        "batch_DL": lambda: pool_many("DL"),
        "batch_REML": lambda: pool_many("REML"),
    },
    pymare.__version__,
)
