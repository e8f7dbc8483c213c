"""statsmodels' side: combine_effects knows Paule-Mandel and DerSimonian-Laird, no REML."""

import sys

import numpy as np
import statsmodels
from serving import Batch, read_bcg, serve
from statsmodels.stats.meta_analysis import combine_effects

folder = sys.argv[1]
y, v = (np.array(values) for values in read_bcg(folder))
batch = Batch(folder, 500)


def pool_many():
    return float(
        np.mean([combine_effects(a, b, method_re="chi2").tau2 for a, b in zip(*batch.arrays(), strict=True)])
    )


serve(
    {
        "pm_z": lambda: combine_effects(y, v, method_re="iterated").tau2,
        "batch_load": lambda: float(batch.arrays()[0].shape[0]),
        "batch_DL": pool_many,
    },
    statsmodels.__version__,
)
