"""What every registered effect measure promises, whatever the data."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from k2meta.errors import OptionError
from k2meta.measures import MEASURES, Measure, MeasureOptions, get_measure, transform

# The table of measures the design promises; D2ORN and D2ORL are R's codes for both readings of D2OR.
DESIGN = """
    RR OR RD AS PETO PHI YUQ YUY RTET OR2DN OR2DL MD SMD SMDH SMD1 ROM VR CVR RPB RBIS D2OR
    IRR IRD IRSD COR UCOR ZCOR PR PLN PLO PAS PFT IR IRLN IRS IRFT MN MNLN
    MC SMCC SMCR SMCRH ROMC GEN
""".split()  # noqa: SIM905  (the design's own table, to be read as one)
EXTRA = ["D2ORN", "D2ORL"]

SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CODES = list(MEASURES)
ROWS = st.integers(1, 6)


def column(draw: st.DrawFn, k: int, low: float, high: float) -> np.ndarray:
    return np.array(draw(st.lists(st.floats(low, high), min_size=k, max_size=k)))


def whole(draw: st.DrawFn, k: int, low: int, high: int) -> np.ndarray:
    return np.array(draw(st.lists(st.integers(low, high), min_size=k, max_size=k)), dtype=float)


@st.composite
def inputs(draw: st.DrawFn, record: Measure) -> dict[str, np.ndarray]:
    """Ordinary rows for a measure: no zero cells, n >= 6, positive means, |r| < 0.95."""
    k = draw(ROWS)
    n1, n2 = whole(draw, k, 6, 500), whole(draw, k, 6, 500)
    values = {
        "n1": n1,
        "n2": n2,
        "n": n1,
        "events1": np.round(1 + column(draw, k, 0, 1) * (n1 - 2)),
        "events2": np.round(1 + column(draw, k, 0, 1) * (n2 - 2)),
        "events": np.round(1 + column(draw, k, 0, 1) * (n1 - 2)),
        "time1": column(draw, k, 1, 1e4),
        "time2": column(draw, k, 1, 1e4),
        "time": column(draw, k, 1, 1e4),
        "mean1": column(draw, k, 0.5, 50),
        "mean2": column(draw, k, 0.5, 50),
        "mean": column(draw, k, 0.5, 50),
        "sd1": column(draw, k, 0.25, 20),
        "sd2": column(draw, k, 0.25, 20),
        "sd": column(draw, k, 0.25, 20),
        "r": column(draw, k, -0.95, 0.95),
        "estimate": column(draw, k, -5, 5),
        "variance": column(draw, k, 1e-6, 9),
    }
    return {role: values[role] for role in record.roles}


def compute(code: str, rows: dict[str, np.ndarray], **options: object) -> tuple[np.ndarray, np.ndarray]:
    return MEASURES[code].compute(rows, MeasureOptions(**options))  # type: ignore[arg-type]


def swapped(rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    other = {"1": "2", "2": "1"}
    return {role: rows[role[:-1] + other[role[-1]] if role[-1] in other else role] for role in rows}


def close(ours: np.ndarray, wanted: np.ndarray, vi: np.ndarray) -> None:
    """Equal to 1e-11 of the value, or of its standard error where the value is nearly nothing."""
    np.testing.assert_array_less(
        np.abs(ours - wanted), 1e-11 * np.maximum(np.abs(wanted), np.sqrt(vi)) + 1e-300
    )


def test_the_registry_is_complete() -> None:
    assert sorted(MEASURES) == sorted(DESIGN + EXTRA)


@pytest.mark.parametrize("code", CODES)
def test_records_are_filled(code: str) -> None:
    record = get_measure(code.lower())
    assert record.code == code
    assert record.name
    assert record.name_zh
    assert record.name != record.name_zh
    assert record.vtypes[0] == "LS"
    assert record.bounds[0] < record.bounds[1]
    assert "References" in (record.compute.__doc__ or "") or code == "GEN"
    assert record.is_ratio == (record.scale == "log" and record.null == 0.0)
    if record.null is not None:
        assert record.to_natural(np.array(record.null)) == (1.0 if record.is_ratio else record.null)
    assert record.describe() == record.name
    assert record.describe("zh") == record.name_zh
    assert (record.describe(natural=False) == record.name) == (record.scale == "identity")


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
@SETTINGS
def test_effects_are_finite_with_positive_variance(code: str, data: st.DataObject) -> None:
    rows = data.draw(inputs(MEASURES[code]))
    for vtype in MEASURES[code].vtypes:
        yi, vi = compute(code, rows, vtype=vtype)
        assert yi.dtype == vi.dtype == np.float64
        assert yi.shape == vi.shape == next(iter(rows.values())).shape
        if code == "RTET":  # a table on the edge of what 53 bits of the margins can tell apart
            assume(np.isfinite(yi).all())
        assert np.isfinite(yi).all()
        assert (vi > 0).all()


@pytest.mark.parametrize(
    "code", [c for c in CODES if c not in ("SMD1", "SMCR", "SMCRH") and "1" in "".join(MEASURES[c].roles)]
)
@given(data=st.data())
@SETTINGS
def test_swapping_the_arms_changes_the_sign_only(code: str, data: st.DataObject) -> None:
    rows = data.draw(inputs(MEASURES[code]))
    yi, vi = compute(code, rows)
    back, variance = compute(code, swapped(rows))
    close(-back, yi, vi)
    np.testing.assert_allclose(variance, vi, rtol=1e-10)


@pytest.mark.parametrize(
    "code",
    ["MD", "SMD", "SMDH", "SMD1", "RPB", "RBIS", "D2OR", "D2ORN", "D2ORL", "MC", "SMCC", "SMCR", "SMCRH"],
)
@given(data=st.data(), shift=st.integers(-100, 100))
@SETTINGS
def test_a_shift_of_the_outcome_changes_nothing(code: str, data: st.DataObject, shift: int) -> None:
    rows = data.draw(inputs(MEASURES[code]))
    moved = rows | {role: np.round(rows[role], 3) + shift for role in ("mean1", "mean2")}
    rows = rows | {role: np.round(rows[role], 3) for role in ("mean1", "mean2")}
    yi, vi = compute(code, rows)
    again, variance = compute(code, moved)
    np.testing.assert_allclose(again, yi, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(variance, vi, rtol=1e-9)


UNIT_FREE = [
    "SMD",
    "SMDH",
    "SMD1",
    "ROM",
    "VR",
    "CVR",
    "RPB",
    "RBIS",
    "D2OR",
    "SMCC",
    "SMCR",
    "SMCRH",
    "ROMC",
]


@pytest.mark.parametrize("code", [*UNIT_FREE, "MD", "MC", "MN"])
@given(data=st.data(), power=st.integers(-27, 27))
@SETTINGS
def test_a_change_of_unit(code: str, data: st.DataObject, power: int) -> None:
    """Standardized and ratio measures do not see the unit; differences and means go with it."""
    rows = data.draw(inputs(MEASURES[code]))
    unit = 2.0**power
    scaled = {
        role: values * unit if role.startswith(("mean", "sd")) else values for role, values in rows.items()
    }
    factor = 1.0 if code in UNIT_FREE else unit
    for vtype in MEASURES[code].vtypes:
        yi, vi = compute(code, rows, vtype=vtype)
        again, variance = compute(code, scaled, vtype=vtype)
        np.testing.assert_allclose(again, yi * factor, rtol=1e-12)
        np.testing.assert_allclose(variance, vi * factor**2, rtol=1e-12)


@pytest.mark.parametrize("code", [c for c in CODES if "time" in "".join(MEASURES[c].roles)])
@given(data=st.data(), power=st.integers(-9, 9))
@SETTINGS
def test_a_change_of_the_time_unit(code: str, data: st.DataObject, power: int) -> None:
    rows = data.draw(inputs(MEASURES[code]))
    unit = 4.0**power
    scaled = {role: values * unit if role.startswith("time") else values for role, values in rows.items()}
    yi, vi = compute(code, rows)
    again, variance = compute(code, scaled)
    shift = {"IRLN": -np.log(unit)}.get(code, 0.0)
    factor = {"IRD": 1 / unit, "IR": 1 / unit, "IRSD": unit**-0.5, "IRS": unit**-0.5, "IRFT": unit**-0.5}.get(
        code, 1.0
    )
    close(again, yi * factor + shift, variance)
    np.testing.assert_allclose(variance, vi * factor**2, rtol=1e-12)


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
@SETTINGS
def test_studies_do_not_see_each_other(code: str, data: st.DataObject) -> None:
    """Order and company do not matter, except for averages (AV) and to="if0all"."""
    rows = data.draw(inputs(MEASURES[code]))
    yi, vi = compute(code, rows)
    back, variance = compute(code, {role: values[::-1] for role, values in rows.items()})
    np.testing.assert_allclose(back[::-1], yi, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(variance[::-1], vi, rtol=1e-12)
    for i in range(yi.size):
        alone, own = compute(code, {role: values[i : i + 1] for role, values in rows.items()})
        assert alone[0] == pytest.approx(yi[i], rel=1e-13, abs=1e-15)
        assert own[0] == pytest.approx(vi[i], rel=1e-12)


def natural_values(record: Measure) -> st.SearchStrategy[float]:
    low, high = record.bounds
    return st.floats(max(low, -1e6) + 1e-6, min(high, 1e6) - 1e-6)


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
@SETTINGS
def test_to_natural_undoes_to_analysis(code: str, data: st.DataObject) -> None:
    record = MEASURES[code]
    x = np.array([data.draw(natural_values(record))])
    back = record.to_natural(record.to_analysis(x))
    # 1 - r^2 carries the relative error of r near +-1, 1 - p that of p near 1
    np.testing.assert_allclose(back, x, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("code", CODES)
@given(data=st.data())
@SETTINGS
def test_natural_scale_is_monotone_and_inside_its_bounds(code: str, data: st.DataObject) -> None:
    record = MEASURES[code]
    values = np.sort(np.array(data.draw(st.lists(st.floats(-50, 50), min_size=2, max_size=8))))
    natural = record.natural(values)
    assert (np.diff(natural) >= 0).all()
    if record.scale != "identity" and code != "PLN":  # a log proportion above 0 is no proportion
        assert (natural >= record.bounds[0]).all()
        assert (natural <= record.bounds[1]).all()


@given(events=st.integers(0, 500), rest=st.integers(0, 500))
@SETTINGS
def test_double_arcsine_goes_back_exactly(events: int, rest: int) -> None:
    assume(events + rest > 0)
    n = np.array([float(events + rest)])
    yi, _ = compute("PFT", {"events": np.array([float(events)]), "n": n})
    np.testing.assert_allclose(MEASURES["PFT"].natural(yi, n), events / n, rtol=1e-10, atol=1e-12)


@given(events=st.integers(0, 500), time=st.floats(1e-3, 1e6))
@SETTINGS
def test_freeman_tukey_rate_goes_back_exactly(events: int, time: float) -> None:
    t = np.array([time])
    yi, _ = compute("IRFT", {"events": np.array([float(events)]), "time": t})
    np.testing.assert_allclose(MEASURES["IRFT"].natural(yi, t), events / t, rtol=1e-10, atol=1e-15 / time)
    assert transform.harmonic_mean(np.array([time, time])) == pytest.approx(time)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("to", ["only0", "all", "if0all", "none"])
def test_nothing_warns_and_nothing_is_half_an_effect(code: str, to: str) -> None:
    """Zeros, missing values, means of 0 and single patients: NaN in both numbers, silently."""
    record = MEASURES[code]
    awkward = np.array([0.0, 1.0, np.nan, 1.0, 0.0, -1.0, 1e300, 5.0])
    sizes = np.array([0.0, 1.0, 2.0, np.nan, 3.0, 4.0, 1e300, 5.0])
    rows = {role: sizes if role.startswith(("n", "time")) else awkward for role in record.roles}
    before = np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for vtype in record.vtypes:
            yi, vi = compute(code, rows, to=to, vtype=vtype)
            assert np.array_equal(np.isnan(yi), np.isnan(vi))
            assert not np.isinf(yi).any()
            assert not np.isinf(vi).any()
    assert np.geterr() == before


@pytest.mark.parametrize("code", ["RR", "OR", "RD", "PETO", "IRR"])
def test_double_zero_studies(code: str) -> None:
    record = MEASURES[code]
    rows = {
        role: np.array([0.0, 3.0]) if role.startswith("events") else np.array([20.0, 25.0])
        for role in record.roles
    }
    assert np.isfinite(compute(code, rows)[0]).all()
    yi, vi = compute(code, rows, drop00=True)
    assert np.isnan(yi).tolist() == np.isnan(vi).tolist() == [True, False]


@pytest.mark.parametrize("code", ["AS", "PHI", "RTET", "IRSD", "PAS", "PFT", "IRS", "IRFT"])
def test_measures_that_need_no_correction_get_none(code: str) -> None:
    assert MEASURES[code].default_add == 0.0
    assert all(MEASURES[c].default_add == 0.5 for c in ("RR", "OR", "RD", "PETO", "IRR", "PR", "PLO", "IRLN"))


@pytest.mark.parametrize("code", CODES)
def test_unknown_options_list_the_choices(code: str) -> None:
    record = MEASURES[code]
    rows = {role: np.array([5.0]) for role in record.roles}
    with pytest.raises(
        OptionError, match=r"unknown zero-cell rule to = 'only'; did you mean 'only0'\? Known: only0, all"
    ):
        compute(code, rows, to="only")
    with pytest.raises(
        OptionError, match=f"unknown vtype for {code} 'LS9'.*Known: {', '.join(record.vtypes)}"
    ):
        compute(code, rows, vtype="LS9")
    for amount in (-0.5, np.nan, np.inf):
        with pytest.raises(OptionError, match="must be a finite number >= 0"):
            compute(code, rows, add=amount)


def test_unknown_measure_and_language() -> None:
    with pytest.raises(OptionError, match="did you mean 'SMD'"):
        get_measure("SMDD")
    with pytest.raises(OptionError, match="Known: en, zh"):
        get_measure("RR").describe("fr")
