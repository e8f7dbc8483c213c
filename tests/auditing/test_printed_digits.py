"""Reading printed numbers, and the range of values that rounds to them."""

import itertools
import math

import numpy as np
import pytest

from k2meta.auditing.bounds import (
    centre_bounds,
    implied_interval,
    mirror_bounds,
    p_bounds,
    t_degrees,
    z_bounds,
)
from k2meta.auditing.digits import parse_number, parse_p


@pytest.mark.parametrize(
    ("printed", "low", "high", "decimals"),
    [
        ("0.1", 0.05, 0.15, 1),
        ("0.10", 0.095, 0.105, 2),
        ("0.100", 0.0995, 0.1005, 3),
        ("2.0", 1.95, 2.05, 1),
        ("7", 6.5, 7.5, 0),
        (7, 6.5, 7.5, 0),
        (7.0, 6.5, 7.5, 0),
        ("−0.96", -0.965, -0.955, 2),
        ("0·52", 0.515, 0.525, 2),
        ("7,213", 7212.5, 7213.5, 0),
        ("1.5e-3", 0.00145, 0.00155, 4),
    ],
)
def test_printed_digits_give_the_rounding_range(printed, low, high, decimals):
    number = parse_number(printed)
    assert (number.low, number.high, number.decimals) == (low, high, decimals)


@pytest.mark.parametrize("text", ["", "9 trials", "n/a", None, float("nan"), "1 2 x", "0.5-0.6"])
def test_no_number_is_none(text):
    assert parse_number(text) is None


def test_widened_digits_narrow_the_range_and_say_so():
    number = parse_number("0.1").widened(2)
    assert (number.low, number.high, number.shown, number.assumed) == (0.095, 0.105, "0.10", True)
    assert parse_number("0.10").widened(2).assumed is False
    assert parse_number("0.123").widened(2).decimals == 3


def test_ties_round_either_way():
    assert parse_number("0.12").shows(0.125)
    assert parse_number("0.13").shows(0.125)
    assert not parse_number("0.12").shows(0.12501)


@pytest.mark.parametrize(
    ("text", "low", "high", "exact", "z"),
    [
        ("0.003", 0.0025, 0.0035, True, None),
        ("P = 0.003", 0.0025, 0.0035, True, None),
        ("<0.001", 0.0, 0.001, False, None),
        ("< .05", 0.0, 0.05, False, None),
        ("＜0.001", 0.0, 0.001, False, None),
        (">0.09 (all sites)", 0.09, 1.0, False, None),
        ("not significant", 0.05, 1.0, False, None),
        ("no significant change", 0.05, 1.0, False, None),
        ("NS", 0.05, 1.0, False, None),
        ("差异无统计学意义", 0.05, 1.0, False, None),
        ("0.004 (Z=3.86)", 0.0035, 0.0045, True, "3.86"),
        ("<0.00001 (Z = 15.59)", 0.0, 0.00001, False, "15.59"),
        (0.03, 0.025, 0.035, True, None),
    ],
)
def test_printed_p_values_and_statements(text, low, high, exact, z):
    p = parse_p(text)
    assert (p.low, p.high, p.exact) == (pytest.approx(low), pytest.approx(high), exact)
    assert (p.z.text if p.z else None) == z


@pytest.mark.parametrize("text", [None, float("nan"), "not printed", "within-arm only"])
def test_unreadable_p_is_none(text):
    assert parse_p(text) is None


def _numbers(*texts):
    return [parse_number(text) for text in texts]


@pytest.mark.parametrize(
    ("triple", "scale"),
    [
        (("0.52", "0.36", "0.74"), "log"),
        (("0.96", "0.83", "1.11"), "log"),
        (("0.01", "-0.19", "0.20"), "difference"),
        (("1.63", "0.10", "3.16"), "difference"),
        (("0.97", "0.95", "0.99"), "ratio"),
    ],
)
def test_corners_are_the_extremes_of_the_whole_box(triple, scale):
    """A dense grid over the box of rounding never leaves the range found from its corners."""
    estimate, low, high = _numbers(*triple)
    least, most = z_bounds(estimate, low, high, scale)
    forward = {"log": np.log, "difference": lambda x: x, "ratio": lambda x: x - 1.0}[scale]
    grid = [np.linspace(n.low, n.high, 21) for n in (estimate, low, high)]
    z = [
        abs(2 * 1.959963984540054 * forward(e) / (forward(u) - forward(lo)))
        for e, lo, u in itertools.product(*grid)
    ]
    assert least <= min(z) * (1 + 1e-12)
    assert most >= max(z) * (1 - 1e-12)
    assert most == pytest.approx(max(z), rel=1e-12)
    assert least == pytest.approx(min(z), rel=1e-9, abs=2e-2 if min(z) < 0.02 else 0.0)


def test_xu_2021_bounds_match_an_independent_calculation():
    estimate, low, high = _numbers("0.52", "0.36", "0.74")
    p_low, p_high = p_bounds(z_bounds(estimate, low, high, "log"))
    assert p_low == pytest.approx(2.02e-4, rel=5e-3)
    assert p_high == pytest.approx(6.56e-4, rel=5e-3)


def test_t_degrees_brackets_the_printed_p():
    from scipy import stats

    estimate, low, high = _numbers("0.52", "0.36", "0.74")
    first, last = t_degrees(estimate, low, high, "log", parse_p("0.003"))
    ratio = -math.log(0.52) / (math.log(0.74 / 0.36) / 2)
    inside = 2 * stats.t.sf(ratio * stats.t.ppf(0.975, (first + last) // 2), (first + last) // 2)
    assert 0.0025 <= inside <= 0.0035
    assert 1 < first < last < 200
    assert t_degrees(estimate, low, high, "log", parse_p("0.9")) is None


def test_centre_and_mirror_are_two_views_of_one_constraint():
    estimate, low, high = _numbers("0.44", "0.23", "0.88")
    centre = centre_bounds(low, high, "log")
    mirrored = mirror_bounds(estimate, high, "log")
    assert (centre[0] <= estimate.high) == (mirrored[0] <= low.high)
    assert centre[0] == pytest.approx(math.sqrt(0.225 * 0.875))
    assert mirrored[1] == pytest.approx(0.445**2 / 0.875)


def test_implied_interval_contains_the_point_calculation():
    estimate, p = parse_number("0.63"), parse_p("0.08")
    low, high = implied_interval(estimate, p, "log")
    assert low[0] < 0.376 < low[1]
    assert high[0] < 1.057 < high[1]
    assert implied_interval(estimate, parse_p("<0.05"), "log") is None
