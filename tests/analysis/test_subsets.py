"""gosh: every subset equals its own fit; draws are fair, distinct and repeatable; bounds hold."""

from __future__ import annotations

import numpy as np
import pytest

import k2meta as k2
from k2meta.analysis import subsets
from k2meta.analysis.subsets import distinct_labels
from k2meta.errors import DataError, OptionError


def made(k: int, seed: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.02, 0.4, k)
    return rng.normal(0.3, np.sqrt(vi + 0.1)), vi


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tau2": "DL", "test": "z"},
        {"tau2": "PM"},
        {"tau2": 0.1},
        {"model": "common"},
        {"weights": np.array([1.0, 2.0, 3.0, 1.0, 0.5])},
        {"convention": "revman5"},
    ],
    ids=lambda o: "-".join(str(v) for v in o.values())[:16] or "default",
)
def test_each_subset_equals_its_own_fit(options: dict) -> None:
    yi, vi = made(5)
    cloud = k2.gosh(k2.meta_analysis(yi=yi, vi=vi, **options), "all")
    assert cloud.complete
    assert cloud.seed is None
    assert len({tuple(row) for row in cloud.included.tolist()}) == cloud.n == 31
    for i, mask in enumerate(cloud.included):
        own = options | ({"weights": options["weights"][mask]} if "weights" in options else {})
        one = k2.meta_analysis(yi=yi[mask], vi=vi[mask], **own)
        assert cloud.estimate[i] == pytest.approx(one.estimate, rel=1e-11, abs=1e-13)
        assert cloud.tau2[i] == pytest.approx(one.tau2, rel=1e-9, abs=1e-13)
        assert cloud.i2[i] == pytest.approx(one.i2, rel=1e-9, abs=1e-9)
        assert cloud.q[i] == pytest.approx(one.q, rel=1e-10, abs=1e-13)
        assert cloud.k[i] == mask.sum()


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "PETO"])
def test_subsets_of_counts_equal_their_own_fits(measure: str) -> None:
    rows = k2.load_dataset("bcg").iloc[:5]

    def pooled(data):
        return k2.peto(data) if measure == "PETO" else k2.mantel_haenszel(data, measure)

    cloud = k2.gosh(pooled(rows))
    for i, mask in enumerate(cloud.included):
        one = pooled(rows[mask])
        assert cloud.estimate[i] == pytest.approx(one.estimate, rel=1e-12)
        assert cloud.q[i] == pytest.approx(one.q, rel=1e-10, abs=1e-12)
        assert cloud.i2[i] == pytest.approx(one.i2, rel=1e-9, abs=1e-9)


def test_one_study_has_one_subset() -> None:
    cloud = k2.gosh(k2.meta_analysis(yi=[0.4], vi=[0.1]))
    assert cloud.to_frame().to_dict("list") == {
        "k": [1], "estimate": [0.4], "tau2": [0.0], "i2": [0.0], "q": [0.0],
    }  # fmt: skip


@pytest.mark.parametrize(("k", "n"), [(12, 500), (12, 3000), (12, 4094), (30, 2000), (70, 500), (120, 50)])
def test_drawn_subsets_are_distinct_and_repeatable(k: int, n: int) -> None:
    yi, vi = made(k)
    fit = k2.meta_analysis(yi=yi, vi=vi, model="common")
    cloud = k2.gosh(fit, n, seed=5)
    assert not cloud.complete
    assert cloud.seed == 5
    assert cloud.included.shape == (n, k)
    assert np.unique(cloud.included, axis=0).shape[0] == n
    assert cloud.k.min() >= 1
    assert np.array_equal(cloud.k, cloud.included.sum(axis=1))
    again = k2.gosh(fit, n, seed=5)
    assert np.array_equal(again.included, cloud.included)
    assert np.array_equal(again.estimate, cloud.estimate)
    assert not np.array_equal(k2.gosh(fit, n, seed=6).included, cloud.included)


@pytest.mark.parametrize("k", [14, 21])
def test_every_study_is_drawn_as_often_as_left(k: int) -> None:
    included = subsets._drawn_subsets(k, 3000, np.random.default_rng(1))
    # each study is in 1500 of 3000, give or take 27; five times that is beyond chance
    assert np.abs(included.sum(axis=0) - 1500).max() < 5 * np.sqrt(3000) / 2
    together = included.astype(float).T @ included
    off = together[~np.eye(k, dtype=bool)]
    assert np.abs(off - 750).max() < 5 * np.sqrt(3000 * 3 / 16)


def test_defaults_take_all_up_to_fifteen_studies() -> None:
    for k, n, complete in ((15, 32767, True), (16, 32767, False)):
        yi, vi = made(k)
        cloud = k2.gosh(k2.meta_analysis(yi=yi, vi=vi, tau2="DL"))
        assert (cloud.n, cloud.complete) == (n, complete)
        assert ("all" if complete else "seed 0") in repr(cloud)
    more = k2.gosh(k2.meta_analysis(yi=yi, vi=vi, model="common"), subsets=10**9)
    assert (more.n, more.complete, more.seed) == (65535, True, None)


def test_a_subset_without_weight_is_not_a_number() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.3, 0.5], vi=[0.1, 0.2, 0.1], weights=[0, 1, 1], test="z")
    cloud = k2.gosh(fit)
    alone = (cloud.included == [True, False, False]).all(axis=1)
    assert np.isnan(cloud.estimate).tolist() == alone.tolist()


def test_chunks_and_threads_change_nothing(monkeypatch) -> None:
    yi, vi = made(9)
    fit = k2.meta_analysis(yi=yi, vi=vi)
    whole = k2.gosh(fit)
    monkeypatch.setattr(subsets, "CHUNK_NUMBERS", 100)
    parts = k2.gosh(fit)
    assert np.allclose(parts.estimate, whole.estimate, rtol=1e-12, atol=0)
    assert np.allclose(parts.tau2, whole.tau2, rtol=1e-9, atol=1e-14)


def test_frame_tells_who_is_in() -> None:
    fit = k2.meta_analysis(yi=[0.1, 0.3], vi=[0.1, 0.2], study=["A", "A"])
    cloud = k2.gosh(fit)
    frame = cloud.to_frame(included=True)
    assert frame.columns.tolist()[-2:] == ["in: A", "in: A (2)"]
    assert frame["in: A"].tolist() == [True, False, True]
    assert cloud.measure == "GEN"
    with pytest.raises(ValueError, match="read-only"):
        cloud.included[0, 0] = False


def test_labels_are_made_distinct() -> None:
    assert distinct_labels(("A", "B", "A", "A (2)", "A")) == ("A", "B", "A (3)", "A (2)", "A (4)")
    assert len(set(distinct_labels(("x",) * 40))) == 40


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"subsets": 0}, "subsets is 0"),
        ({"subsets": 10.5}, "subsets is 10.5"),
        ({"subsets": True}, "subsets is True"),
        ({"subsets": "every"}, "subsets is 'every'"),
        ({"seed": None}, "seed is None"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"subsets": "all"}, "half a gigabyte"),
        ({"subsets": 10**8}, "half a gigabyte"),
    ],
)
def test_bad_options_are_told(options: dict, words: str) -> None:
    yi, vi = made(30)
    with pytest.raises(OptionError, match=words):
        k2.gosh(k2.meta_analysis(yi=yi, vi=vi), **options)


def test_fits_without_subsets_are_told() -> None:
    with pytest.raises(DataError, match="fit is a str"):
        k2.gosh("bcg")
    with pytest.raises(OptionError, match="round the Mantel-Haenszel estimate"):
        k2.gosh(k2.mantel_haenszel(k2.load_dataset("bcg"), model="random"))
    rows = {
        "study": ["A", "B", "C"],
        "events1": [1, 0, 4],
        "n1": [20, 30, 40],
        "events2": [3, 2, 6],
        "n2": [20] * 3,
    }
    fit = k2.mantel_haenszel(rows, "RR", study="study", add=(0.0, 0.0), to=("none", "none"))
    with pytest.raises(DataError, match="'B': pooled without an effect of its own"):
        k2.gosh(fit)
