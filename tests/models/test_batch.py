"""The batch call gives what the single call gives."""

from __future__ import annotations

import numpy as np
import pytest

import k2meta as k2
from k2meta.kernels.tau2 import TAU2_ESTIMATORS

RNG = np.random.default_rng(4)
Y = RNG.normal(size=(40, 9))
V = 10.0 ** RNG.uniform(-2, 1, size=(40, 9))


@pytest.mark.parametrize("code", sorted(TAU2_ESTIMATORS))
@pytest.mark.parametrize("test", ["z", "knapp-hartung"])
def test_batch_equals_single(code: str, test: str) -> None:
    weights = 1 / np.sqrt(V)
    many = k2.meta_analysis_many(Y, V, tau2=code, test=test, weights=weights)
    for i in range(0, 40, 7):
        one = k2.meta_analysis(yi=Y[i], vi=V[i], tau2=code, test=test, weights=weights[i])
        assert many.tau2[i] == pytest.approx(one.tau2, rel=1e-11, abs=1e-13)
        for name in ("estimate", "se", "statistic", "p_value", "q", "i2", "df"):
            assert getattr(many, name)[i] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-12), name
        assert many.ci_low[i] == pytest.approx(one.ci.low, rel=1e-9, abs=1e-12)
    assert many.converged


def test_masks_equal_subsets_and_hide_missing_values() -> None:
    keep = RNG.random(Y.shape) < 0.6
    keep[3] = False
    keep[4] = np.arange(9) == 2
    y, v = np.where(keep, Y, np.nan), np.where(keep, V, -1.0)
    many = k2.meta_analysis_many(y, v, keep=keep)
    assert np.isnan(many.estimate[3])
    assert many.k[3] == 0
    assert many.k[4] == 1
    for i in (0, 1, 2, 4, 17):
        one = k2.meta_analysis(yi=Y[i][keep[i]], vi=V[i][keep[i]])
        assert many.estimate[i] == pytest.approx(one.estimate, rel=1e-10)
        assert many.tau2[i] == pytest.approx(one.tau2, rel=1e-10, abs=1e-13)
        assert many.ci_high[i] == pytest.approx(one.ci.high, rel=1e-10)


def test_leading_shape_is_kept_and_threads_do_not_matter() -> None:
    y, v = Y.reshape(5, 8, 9), V.reshape(5, 8, 9)
    many = k2.meta_analysis_many(y, v)
    assert many.estimate.shape == (5, 8)
    assert len(many.to_frame()) == 40
    big_y, big_v = np.tile(Y, (400, 1)), np.tile(V, (400, 1))
    one = k2.meta_analysis_many(big_y, big_v, workers=1)
    two = k2.meta_analysis_many(big_y, big_v, workers=2)
    assert np.array_equal(one.tau2, two.tau2)
    assert one.tau2[:40] == pytest.approx(many.tau2.ravel(), rel=1e-12, abs=1e-15)


def test_variances_broadcast() -> None:
    many = k2.meta_analysis_many(Y, V[0], tau2="DL")
    assert many.tau2[5] == pytest.approx(k2.meta_analysis(yi=Y[5], vi=V[0], tau2="DL").tau2, rel=1e-12)


def test_dask_arrays_give_the_same() -> None:
    import dask.array as dask_array

    many = k2.meta_analysis_many(
        dask_array.from_array(Y, chunks=(11, 9)), dask_array.from_array(V, chunks=(11, 9))
    )
    assert many.tau2 == pytest.approx(k2.meta_analysis_many(Y, V).tau2, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("y", "v", "options", "words"),
    [
        (np.where(Y[2, 3] == Y, np.nan, Y), V, {}, r"yi\[2, 3\] is nan"),
        (Y, np.where(V[0, 1] == V, 0.0, V), {}, r"vi\[0, 1\] is 0.0; expected a finite number > 0"),
        (Y, V[:, :5], {}, "broadcasts"),
        (Y, V, {"keep": np.ones(Y.shape)}, "booleans"),
        (Y, V, {"keep": np.ones((2, 2), dtype=bool)}, "expected \\(40, 9\\)"),
        (np.zeros((3, 0)), np.zeros((3, 0)), {}, "at least one study"),
        ([["a"]], [[1.0]], {}, "Expected a number"),
        (Y, V, {"weights": -V}, "weights"),
    ],
)
def test_bad_input_is_named_by_position(y, v, options, words: str) -> None:
    with pytest.raises(k2.DataError, match=words):
        k2.meta_analysis_many(y, v, **options)
