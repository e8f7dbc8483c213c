"""Cochrane Database of Systematic Reviews 2025, CD001155.pub3: alendronate in postmenopausal women.

doi:10.1002/14651858.CD001155.pub3. Pooled results as printed in the review's summary; risk ratios,
limits and weights of single studies from Cochrane's data export, six decimals. Etidronate
(CD003376.pub4, doi:10.1002/14651858.CD003376.pub4) likewise.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import k2meta as k2
from k2meta.errors import DataError

PUBLISHED = k2.load_dataset("alendronate_published")


def _groups(name):
    rows = k2.load_dataset(name)
    return {
        key: part.reset_index(drop=True) for key, part in rows.groupby(["analysis", "prevention"], sort=True)
    }


ALL = {
    (name, *key): part
    for name in ("alendronate", "etidronate")
    for key, part in _groups(f"{name}_fractures").items()
}
SILENT = {key for key, part in ALL.items() if part["weight_printed"].isna().all()}


@pytest.mark.parametrize("i", range(len(PUBLISHED)))
def test_pooled_results_as_printed(as_printed, i):
    row = PUBLISHED.iloc[i]
    part = ALL["alendronate", row["analysis"], row["prevention"]]
    fit = k2.mantel_haenszel(part, "RR", convention="revman5")
    for value, name in ((fit.estimate, "estimate"), (fit.ci.low, "ci_low"), (fit.ci.high, "ci_high")):
        as_printed(math.exp(value), f"{row[name]:.2f}")


def test_nine_results_are_compared():
    assert len(PUBLISHED) == 9
    assert len(ALL) - len(SILENT) == 27


@pytest.mark.parametrize("key", sorted(set(ALL) - SILENT), ids="-".join)
def test_weights_and_study_results_as_exported(key):
    part = ALL[key]
    fit = k2.mantel_haenszel(part, "RR", convention="revman5")
    weights = part["weight_printed"].to_numpy(float)
    included = np.flatnonzero(np.isfinite(weights))
    np.testing.assert_array_equal(fit.effects.row, included)  # double-zero studies have no weight
    assert {study.row for study in fit.effects.excluded} == set(range(len(part))) - set(included)
    assert np.abs(fit.weights - weights[included]).max() <= 0.5e-6 * (1 + 1e-6)
    yi, margin = fit.effects.yi, 1.959963984540054 * fit.effects.sei
    for values, name in ((yi, "rr"), (yi - margin, "ci_low"), (yi + margin, "ci_high")):
        exported = part[f"{name}_printed"].to_numpy(float)[included]
        assert np.abs(np.exp(values) - exported).max() <= 0.5e-6 * (1 + 1e-6)


@pytest.mark.parametrize("key", sorted(SILENT), ids="-".join)
def test_comparisons_without_events_say_so(key):
    with pytest.raises(DataError, match="no events in either arm"):
        k2.mantel_haenszel(ALL[key], "RR", convention="revman5")


def test_without_the_correction_metafor_prints_another_number(as_printed):
    # hip fractures, primary prevention: Cochrane prints 0.76; the uncorrected pooling gives 0.75
    part = ALL["alendronate", "1.3", "primary"]
    as_printed(math.exp(k2.mantel_haenszel(part, "RR", convention="metafor").estimate), "0.75")
    weights = k2.mantel_haenszel(part, "RR", convention="revman5").weights
    for value, text in zip(weights, ("84.24", "5.27", "10.49"), strict=True):
        as_printed(value, text)
