"""pimeta's side; a batch is a loop over the first outcomes."""

import sys

import numpy as np
import pimeta
from serving import Batch, read_bcg, serve

folder = sys.argv[1]
y, v = (np.array(values) for values in read_bcg(folder))
batch = Batch(folder, 200)


def pool_many(method):
    return float(
        np.mean([pimeta.rma(a, b, method=method).tau2 for a, b in zip(*batch.arrays(), strict=True)])
    )


serve(
    {
        "reml_z": lambda: pimeta.rma(y, v, method="REML").tau2,
        "reml_kh": lambda: pimeta.rma(y, v, method="REML", test="knha").tau2,
        "pm_z": lambda: pimeta.rma(y, v, method="PM").tau2,
        "leave_one_out": lambda: float(pimeta.leave1out(y, v, method="REML").tau2[0]),
        "batch_load": lambda: float(batch.arrays()[0].shape[0]),
        "batch_DL": lambda: pool_many("DL"),
        "batch_REML": lambda: pool_many("REML"),
    },
    pimeta.__version__,
)
