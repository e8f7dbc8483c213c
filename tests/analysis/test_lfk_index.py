"""The LFK index: its formula by another road, its classes, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import k2meta as k2
from k2meta.errors import DataError

PAIN = ([-4.27, -1.71, -0.58, -0.19, 0.0], [0.158, 0.076, 0.018, 0.022, 0.040])


def by_people(y, v):
    """The formula with each study as so many people, in whole hundredths."""
    size = np.round(100 * max(v) / np.asarray(v)).astype(int)
    at = np.repeat(np.asarray(y, dtype=float), size)
    ranks = stats.rankdata(at, method="average")
    z = np.array([stats.norm.ppf((ranks[at == effect][0] - 1.0) / at.size) for effect in y])
    tip = np.argmin(np.abs(z))
    slope = np.ptp(z) / np.ptp(y)
    return 2.5 * np.mean(z + slope * (np.asarray(y) - y[tip])), z


def test_sizes_are_people_in_the_order_of_effects() -> None:
    # variances whose ratios are whole numbers of people
    y, v = [0.9, 0.1, 0.4, -0.3, 0.2], [0.4, 0.1, 0.2, 0.4, 0.05]
    found = k2.lfk_index(k2.meta_analysis(yi=y, vi=v))
    index, z = by_people(y, v)
    # the average rank of n people is their middle plus 1/2, and the formula takes 1/2 off their middle
    np.testing.assert_allclose(found.z, z, rtol=1e-12)
    assert found.index == pytest.approx(index, rel=1e-12)


def test_example_of_the_paper() -> None:
    found = k2.lfk_index(k2.meta_analysis(yi=PAIN[0], vi=PAIN[1]))
    assert (round(found.index, 2), found.classification, found.k) == (-3.31, "major", 5)
    assert found.effect.tolist() == PAIN[0]
    assert (np.diff(found.z) > 0).all()
    assert found.centre == PAIN[0][int(np.argmin(np.abs(found.z)))]


def test_a_symmetric_plot_has_none() -> None:
    y = np.array([-0.6, -0.3, 0.0, 0.3, 0.6])
    found = k2.lfk_index(k2.meta_analysis(yi=y, vi=[0.4, 0.2, 0.05, 0.2, 0.4]))
    assert abs(found.index) < 0.01
    assert found.classification == "none"


@pytest.mark.parametrize(("last", "label"), [(0.75, "none"), (1.9, "none"), (3.0, "minor"), (20.0, "minor")])
def test_classes(last, label) -> None:
    y = np.array([-0.6, -0.3, 0.0, 0.3, last])
    found = k2.lfk_index(k2.meta_analysis(yi=y, vi=[0.4, 0.2, 0.05, 0.2, 0.4]))
    assert found.classification == label
    assert label == ("none" if abs(found.index) <= 1 else "minor" if abs(found.index) <= 2 else "major")


def test_a_fit_and_its_effects_have_one_index() -> None:
    effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    by_effects = k2.lfk_index(effects)
    assert by_effects.index == k2.lfk_index(k2.meta_analysis(effects)).index
    assert (by_effects.measure, by_effects.study) == ("RR", effects.study)
    assert by_effects.index == k2.lfk_index(k2.mantel_haenszel(effects)).index


def test_ties_do_not_depend_on_rows() -> None:
    y, v = np.array([0.1, 0.5, 0.5, 0.5, 0.9]), np.array([0.1, 0.3, 0.02, 0.1, 0.4])
    one = k2.lfk_index(k2.meta_analysis(yi=y, vi=v))
    turned = k2.lfk_index(k2.meta_analysis(yi=y[::-1], vi=v[::-1]))
    assert turned.index == pytest.approx(one.index, rel=1e-13)
    np.testing.assert_allclose(turned.z[::-1], one.z, rtol=1e-12)


def test_refusals() -> None:
    with pytest.raises(DataError, match=r"k = 2\. Expected at least 3"):
        k2.lfk_index(k2.meta_analysis(yi=[0.1, 0.2], vi=[0.1, 0.2]))
    with pytest.raises(DataError, match=r"all 4 effects are 0\.7"):
        k2.lfk_index(k2.meta_analysis(yi=[0.7] * 4, vi=[0.1, 0.2, 0.3, 0.4]))
    with pytest.raises(DataError, match="effects is a dict"):
        k2.lfk_index({})


def test_answers_are_frozen_and_shown() -> None:
    found = k2.lfk_index(k2.meta_analysis(yi=PAIN[0], vi=PAIN[1], study=list("abcde")))
    frame = found.to_frame()
    assert frame["study"].tolist() == list("abcde")
    np.testing.assert_array_equal(frame["abs_z"], np.abs(found.z))
    assert repr(found) == "<LfkResult -3.31 (major asymmetry), k=5>"
    with pytest.raises(ValueError, match="read-only"):
        found.z[0] = 0.0
