"""Whatever comes to the door: an error of ours, or effects with every row accounted for."""

import math
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import k2meta.measures  # noqa: F401
from k2meta.errors import DataWarning, K2MetaError
from k2meta.measures.registry import MEASURES
from k2meta.studies.checks import checked_effects
from k2meta.studies.door import effect_sizes
from k2meta.studies.reading import read_table

COMMON = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

garbage = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 40),
    st.integers(),
    st.floats(),
    st.floats(0.01, 20),
    st.text(max_size=4),
    st.binary(max_size=3),
    st.sampled_from(
        [pd.NA, pd.NaT, np.nan, np.float32(2), np.int8(3), Decimal("1.5"), Decimal("Infinity"), 1j, (), []]
    ),
)
# mostly numbers, so that many examples get past the first checks
plausible = st.one_of(st.integers(0, 30), st.floats(0.1, 30), st.just(None), garbage)
stand_ins = [
    "se1",
    "ci_low1",
    "ci_high1",
    "median1",
    "q1_1",
    "q3_1",
    "min1",
    "max1",
    "nonevents1",
    "se",
    "var",
    "p",
]


FITTING = {
    "events": st.integers(0, 15),
    "nonevents": st.integers(0, 15),
    "n": st.integers(15, 60),
    "sd": st.floats(1, 9),
    "time": st.floats(1, 99),
    "r": st.floats(-0.9, 0.9),
    "p": st.floats(0.001, 0.9),
    "ci_low": st.floats(0.1, 0.4),
    "estimate": st.floats(0.4, 0.8),
    "ci_high": st.floats(0.8, 3),
}


def fitting(role):
    """Values a role may well have."""
    return FITTING.get(role.rstrip("12"), st.floats(0.5, 30))


@st.composite
def calls(draw):
    measure = draw(st.sampled_from(sorted(MEASURES)))
    k = draw(st.sampled_from([0, 1, 1, 2, 3, 4, 5]))
    kinds = [*[fitting] * 6, lambda _: plausible, lambda _: garbage, lambda _: st.integers(0, 9)]
    cells = draw(st.sampled_from(kinds))
    roles = [*MEASURES[measure].roles, *draw(st.lists(st.sampled_from(stand_ins), max_size=3, unique=True))]
    if measure == "GEN":
        roles = [
            "estimate",
            *draw(st.sampled_from([["se"], ["var"], ["ci_low", "ci_high"], ["p"], ["se", "p"]])),
        ]
    rows = {role: draw(st.lists(cells(role), min_size=k, max_size=k)) for role in roles}
    for _ in range(draw(st.integers(0, 2)) if k else 0):  # a few cells are spoilt
        rows[draw(st.sampled_from(roles))][draw(st.integers(0, k - 1))] = draw(st.one_of(st.none(), garbage))
    rows["study"] = draw(st.lists(garbage, min_size=k, max_size=k))
    exclude = draw(st.sampled_from([None] * 8 + [{0: "retracted"}, [None] * k, {"x": "y"}]))
    options = {"missing": draw(st.sampled_from(["raise", "drop"])), "exclude": exclude}
    options |= {
        "drop00": draw(st.booleans()),
        "to": draw(st.sampled_from(["only0", "all", "if0all", "none"])),
    }
    if measure == "GEN":
        options["scale"] = draw(st.sampled_from([None, "log"]))
    return rows, measure, options, k


@given(calls(), st.booleans())
@COMMON
def test_rows_are_accounted_for(call, framed):
    rows, measure, options, k = call
    data = (
        pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in rows.items()})
        if framed
        else rows
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DataWarning)
        try:
            effects = effect_sizes(data, measure, **options)
        except K2MetaError:
            return
    assert effects.k >= 1
    assert sorted([*effects.row.tolist(), *(out.row for out in effects.excluded)]) == list(range(k))
    assert all(out.reason for out in effects.excluded)
    assert np.isfinite(effects.yi).all()
    assert (effects.vi > 0).all()
    assert np.isfinite(effects.vi).all()
    assert len(effects.labels) == k == len(effects.to_frame(excluded=True)) == len(effects.data)
    assert all(math.isfinite(one.value) for one in effects.conversions)


@pytest.mark.parametrize("measure", sorted(set(MEASURES) - {"GEN"}))
def test_every_measure_gives_effects_for_ordinary_rows(measure):
    values = {"events": 8, "n": 40, "mean": 5.0, "sd": 2.0, "time": 30.0, "r": 0.4}
    rows = {role: [values[role.rstrip("12")] + (role.endswith("1"))] * 3 for role in MEASURES[measure].roles}
    effects = effect_sizes(rows, measure)
    assert effects.k == 3
    assert effects.excluded == ()
    assert set(effects.roles) == set(MEASURES[measure].roles)


@given(st.lists(garbage, max_size=4), st.lists(garbage, max_size=4), st.booleans())
@COMMON
def test_ready_effects_are_ours_or_refused(yi, spread, squared):
    try:
        effects = checked_effects(yi, **{"vi" if squared else "sei": spread})
    except K2MetaError:
        return
    assert effects.k == len(yi) == len(spread)
    assert np.isfinite(effects.yi).all()
    assert (effects.vi > 0).all()


@given(st.one_of(st.binary(max_size=80), st.text('ab1,;\t\n\r" .-\ufeff中é', max_size=80).map(str.encode)))
@settings(COMMON, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_read_or_refused(tmp_path, content):
    file = tmp_path / "any.csv"
    file.write_bytes(content)
    try:
        table = read_table(file)
    except K2MetaError:
        return
    assert len(table) >= 1
    assert all(name == name.strip() for name in table.columns)
