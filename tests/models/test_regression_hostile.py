"""Meta-regression asked in the words of R, and predictions asked in every shape."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.errors import DataError, OptionError

BCG = k2.effect_sizes(k2.load_dataset("bcg").assign(**{"two words": range(13)}), "RR")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("~ sqrt(latitude)", r"no function sqrt; write np\.sqrt"),
        ("~ factor(allocation)", r"no function factor; write C\("),
        ("~ as.factor(year)", r"'as\.factor\(year\)' is no expression of Python; write C\("),
        ("~ I(year^2)", r"'\^' in 'I\(year \^ 2\)' is no power of numbers; write \*\*"),
        ("~ year / 10", r"arithmetic inside I\(\)"),
    ],
)
def test_formulas_of_r_are_told_in_the_words_here(formula, words) -> None:
    with pytest.raises(OptionError, match=words):
        k2.meta_regression(formula, BCG)


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("~ latitude**2", "latitude"),
        ("~ year + latitude^2", "latitude"),
        ("~ log(latitude)**2", r"log\(latitude\)"),
        ("~ `two words`**2", "`two words`"),
    ],
)
def test_a_power_that_would_do_nothing_is_refused(formula, name) -> None:
    with pytest.raises(OptionError, match=rf"raises {name} to a power.* Write I\({name}\*\*2\)"):
        k2.meta_regression(formula, BCG)


def test_powers_of_sums_and_of_numbers_stay() -> None:
    crossed = k2.meta_regression("~ (latitude + year)**2", BCG)
    assert crossed.terms == ("Intercept", "latitude", "year", "latitude:year")
    curve = k2.meta_regression("~ latitude + I(latitude**2)", BCG)
    assert curve.design[:, 2].tolist() == (curve.design[:, 1] ** 2).tolist()


def test_single_values_hold_for_every_row_of_a_prediction() -> None:
    fit = k2.meta_regression("~ latitude + allocation", BCG)
    once = fit.predict({"latitude": [10, 50], "allocation": "random"})
    full = fit.predict(pd.DataFrame({"latitude": [10, 50], "allocation": ["random"] * 2}))
    assert np.array_equal(once, full)
    assert len(fit.predict({"latitude": 10, "allocation": "random"})) == 1


@pytest.mark.parametrize("new", [5, "latitude", [10, 20], np.ones((2, 2)), None.__class__])
def test_predictions_for_what_is_no_table_are_refused(new) -> None:
    with pytest.raises(DataError, match=r"new is a .*Expected a DataFrame or dict"):
        k2.meta_regression("~ latitude", BCG).predict(new)


@pytest.mark.parametrize("absent", [None, np.nan, pd.NA])
def test_a_missing_level_is_missing_and_no_level(absent) -> None:
    fit = k2.meta_regression("~ latitude + allocation", BCG)
    with pytest.raises(DataError, match="'allocation' is missing in row 1 of new"):
        fit.predict({"latitude": 10, "allocation": ["random", absent]})


def test_terms_come_one_by_one() -> None:
    fit = k2.meta_regression("~ latitude + allocation", BCG)
    with pytest.raises(OptionError, match=r"a term is a list.*test_terms\('latitude', 'allocation'\)"):
        fit.test_terms(["allocation"])


def test_one_study_and_one_coefficient_in_the_singular() -> None:
    one = k2.meta_analysis(yi=[0.1], vi=[0.2]).effects
    with pytest.raises(DataError, match="has 1 coefficient for 1 study"):
        k2.meta_regression("~ 1", one)


def test_a_new_level_of_numbers_is_named() -> None:
    data = k2.load_dataset("bcg").assign(late=lambda frame: (frame["year"] > 1960).astype(int))
    fit = k2.meta_regression("~ C(late)", k2.effect_sizes(data, "RR"))
    with pytest.raises(DataError, match=r"^new has 2 in a factor of '~ C\(late\)', a level that no"):
        fit.predict({"late": [0, 2]})
