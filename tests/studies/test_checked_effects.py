"""The fast door for ready effects: same refusals, no pandas, microseconds."""

import subprocess
import sys
import timeit

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from k2meta.errors import DataError
from k2meta.studies.checks import checked_effects, kind_of


@pytest.mark.parametrize(
    ("yi", "vi"),
    [
        ([0.1, 0.3], [0.02, 0.04]),
        ((0.1, 0.3), (0.02, 0.04)),
        (np.array([0.1, 0.3]), np.array([0.02, 0.04])),
        (pd.Series([0.1, 0.3], index=[5, 6]), pd.Series([0.02, 0.04])),
        (pd.Series([0.1, 0.3], dtype="Float64"), [np.float64(0.02), 0.04]),
    ],
)
def test_arrays_of_any_kind(yi, vi):
    effects = checked_effects(yi, vi, study=["A", "A"])
    assert effects.yi.tolist() == [0.1, 0.3]
    assert effects.vi.tolist() == [0.02, 0.04]
    assert effects.study == ("A", "A")
    assert effects.measure == "GEN"
    assert effects.row.tolist() == [0, 1]


def test_standard_errors_are_squared():
    assert_allclose(checked_effects([1, 2], sei=[2, 3]).vi, [4, 9], rtol=1e-15)


def test_the_caller_keeps_its_arrays():
    y = np.array([0.1, 0.3])
    effects = checked_effects(y, np.ones(2))
    y[0] = 9
    assert effects.yi[0] == 0.1
    with pytest.raises(ValueError, match="read-only"):
        effects.yi[0] = 1
    assert effects.study == ("Study 1", "Study 2")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"yi": [1.0], "vi": [1.0], "sei": [1.0]}, ["both vi and sei"]),
        ({"yi": [1.0]}, ["neither vi and sei"]),
        ({"yi": [], "vi": []}, ["k = 0"]),
        ({"yi": [1.0, 2.0], "vi": [1.0]}, ["2 in yi and 1 in vi"]),
        ({"yi": [1.0, np.nan], "vi": [1.0, 1.0]}, ["missing value in yi", "'Study 2' (row 1)"]),
        ({"yi": [1.0, None], "sei": [1.0, 1.0]}, ["missing value in yi"]),
        ({"yi": [1.0, np.inf], "vi": [1.0, 1.0]}, ["infinite value in yi", "inf"]),
        ({"yi": [1.0, 2.0], "vi": [1.0, 0.0]}, ["variance not above 0 in vi", "(row 1): 0", "above 0"]),
        ({"yi": [1.0, 2.0], "vi": [-0.5, 1.0]}, ["variance not above 0 in vi", "-0.5"]),
        ({"yi": [1.0, 2.0], "sei": [1.0, -2.0]}, ["SE not above 0 in sei", "-2"]),
        ({"yi": ["a", 2.0], "vi": [1.0, 1.0]}, ["text in yi", "'a'"]),
        ({"yi": "abc", "vi": [1.0]}, ["yi is 'abc'"]),
        ({"yi": 1.0, "vi": 1.0}, ["yi is 1", "list or an array"]),
        ({"yi": [[1.0]], "vi": [[1.0]]}, ["something that is no number in yi", "[1.0]"]),
        ({"yi": np.ones((2, 2)), "vi": np.ones((2, 2))}, ["shape (2, 2)"]),
        ({"yi": [True], "vi": [1.0]}, ["true/false in yi"]),
        ({"yi": [1.0], "sei": [1e-200]}, ["square of the SE 1e-200", "out of the range"]),
        ({"yi": [1.0], "vi": [1.0], "study": ["a", "b"]}, ["2 labels for 1 rows"]),
        ({"yi": [1.0, -1.0], "vi": [1.0, -1.0], "study": ["a", "Jiang"]}, ["'Jiang' (row 1)"]),
    ],
)
def test_refusals(given, told):
    with pytest.raises(DataError) as caught:
        checked_effects(**given)
    for words in told:
        assert words in str(caught.value)


def test_fast():
    y, v = np.linspace(-1, 1, 13), np.linspace(0.1, 1, 13)
    best = min(timeit.repeat(lambda: checked_effects(y, v), number=500, repeat=7)) / 500
    assert best < 60e-6


def test_no_pandas_is_loaded():
    code = (
        "import sys; from k2meta.studies.checks import checked_effects; checked_effects([1.0], [1.0]);"
        "from k2meta.studies.door import effect_sizes;"
        "effect_sizes(None, 'MD', mean1=[1.0], sd1=[1.0], n1=[9], mean2=[1.0], sd2=[1.0], n2=[9]);"
        "bad = [m for m in ('pandas', 'matplotlib', 'scipy.stats', 'scipy.optimize') if m in sys.modules]; "
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("role", "kind"),
    [("events", "count"), ("n2", "size"), ("sd1", "sd"), ("r", "r"), ("mean1", "number"), ("time2", "time")],
)
def test_kinds_of_roles(role, kind):
    assert kind_of(role) == kind
