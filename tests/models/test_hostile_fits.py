"""Fits and stacks given what they cannot use: the value and its place are told; nothing is coerced."""

import warnings

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.errors import DataError, DataWarning, OptionError

Y, V = [0.1, 0.3, 0.5], [0.02, 0.03, 0.05]
ROWS = {"study": ["A", "B", "C"], "events1": [2, 9, 4], "n1": [23, 66, 30], "events2": [6, 17, 8]}
ROWS = {**ROWS, "n2": [24, 66, 31]}


def refusal(call, error=DataError):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weights": [1, -1, 2]}, ["weights[1] is -1", "study 'Study 2'"]),
        ({"weights": [1, None, 2]}, ["weights[1] is nan", "study 'Study 2'"]),
        ({"weights": ["1", "2", "3"]}, ["weights[0] is the text '1'"]),
        ({"weights": [True, True, False]}, ["true/false"]),
        ({"study": "labels"}, ["study is 'labels'", "list of labels"]),
        ({"study": ["A"]}, ["1 labels for 3 rows"]),
    ],
)
def test_data_of_a_fit(options, words):
    text = refusal(lambda: k2.meta_analysis(yi=Y, vi=V, **options))
    assert all(word in text for word in words), text


@pytest.mark.parametrize("level", ["0.95", b"0.95", None, float("nan"), True, 95, [0.95]])
def test_levels_are_numbers(level):
    assert "level is" in refusal(lambda: k2.meta_analysis(yi=Y, vi=V, level=level), OptionError)


@pytest.mark.parametrize("name", ["model", "tau2", "test", "convention", "prediction"])
@pytest.mark.parametrize("value", [["REML"], {"a": 1}, (), b"z"])
def test_choices_of_any_kind_are_refused_with_the_list(name, value):
    text = refusal(lambda: k2.meta_analysis(yi=Y, vi=V, **{name: value}), OptionError)
    assert repr(value) in text


@pytest.mark.parametrize("name", ["HK", "HKSJ", "knha", "Hartung-Knapp", "hartung_knapp"])
def test_other_names_of_knapp_hartung_are_known(name):
    assert "called 'knapp-hartung' here" in refusal(
        lambda: k2.meta_analysis(yi=Y, vi=V, test=name), OptionError
    )


def test_labels_beside_effects_are_not_ignored():
    effects = k2.effect_sizes(ROWS, "RR")
    text = refusal(lambda: k2.meta_analysis(effects, study=["x", "y", "z"]))
    assert "effect_sizes" in text


@pytest.mark.parametrize("measure", ["RR", "OR"])
def test_ratios_without_any_event_are_doubted(measure):
    silent = {**ROWS, "events1": [0, 0, 0], "events2": [0, 0, 0]}
    effects = k2.effect_sizes(silent, measure)
    with pytest.warns(DataWarning, match="no events in any arm of the 3 studies.*'A', 'B', 'C'.*add = 0.5"):
        k2.meta_analysis(effects)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        k2.meta_analysis(k2.effect_sizes({**silent, "events1": [0, 1, 0]}, measure))
        k2.meta_analysis(k2.effect_sizes(silent, "RD"))
        with pytest.raises(DataError, match="no events in either arm"):
            k2.mantel_haenszel(silent, measure)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([["1", "2"]], [[1, 1]]), ["yi[0, 0] is the text '1'"]),
        (([[0.1, "0,2"]], [[1, 1]]), ["yi[0, 1] is the text '0,2'", "decimal point"]),
        (([[1, 2], [1]], [[1, 2], [1]]), ["yi holds lists of unequal length"]),
        ((np.array([[1 + 2j, 1]]), [[1, 1]]), ["complex"]),
        ((np.array([[True, False]]), [[1, 1]]), ["true/false"]),
        ((np.full((2, 2), np.datetime64("2001-01-01")), np.ones((2, 2))), ["dates"]),
        ((np.ma.array([[1.0, 2.0]], mask=[[False, True]]), [[1, 1]]), ["yi[0, 1] is nan", "keep="]),
        ((pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), [[1.0], [1.0]]), ["yi[1, 0] is nan"]),
    ],
)
def test_stacks_are_read_strictly(arguments, words):
    text = refusal(lambda: k2.meta_analysis_many(*arguments))
    assert all(word in text for word in words), text


@pytest.mark.parametrize("workers", [0, -1, "2", 1.5, True])
def test_threads_are_whole_numbers(workers):
    text = refusal(lambda: k2.meta_analysis_many([Y], [V], workers=workers), OptionError)
    assert f"workers is {workers!r}" in text


def test_count_methods_refuse_what_they_would_ignore():
    assert "mantel_haenszel()" in refusal(lambda: k2.peto(ROWS, measure="RR"), OptionError)
    assert "correct is 'no'" in refusal(lambda: k2.mantel_haenszel(ROWS, correct="no"), OptionError)
