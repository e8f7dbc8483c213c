"""The trials' own printed numbers: counts, chi-squared, and dispersions without a label."""

import itertools

import numpy as np
import pytest
from scipy import stats

from k2meta.auditing.digits import parse_number
from k2meta.auditing.trials import (
    check_counts,
    check_dispersions,
    check_statistics,
    check_trials,
    t_test_bounds,
)


def test_contested_trial_prints_neither_its_rr_nor_its_or():
    rows = list(check_counts())
    assert {row.source for row in rows} == {"Ishida 2004"}
    ours = {(row.convention[:2], row.quantity): row.recomputed_low for row in rows}
    assert ours["RR", "estimate"] == pytest.approx(9 / 17)
    assert ours["OR", "estimate"] == pytest.approx((9 * 49) / (57 * 17))
    assert {row.verdict for row in rows} == {"contradicted"}
    assert {row.printed for row in rows} == {"0.44", "0.20", "0.99"}


def test_chi_squared_of_shiraki_fits_four_degrees_of_freedom():
    row = next(row for row in check_statistics() if row.source == "Shiraki 2000")
    assert row.verdict == "contradicted"
    assert "P fits 4 df" in row.note
    assert stats.chi2.sf(10.935, 4) == pytest.approx(0.0273, abs=5e-5)


def test_chi_squared_of_iwamoto_is_not_that_of_its_counts():
    row = next(row for row in check_statistics() if row.source == "Iwamoto 2001" and row.quantity == "chi2")
    expected = stats.chi2_contingency([[2, 21], [6, 18]], correction=False).statistic
    assert row.recomputed_low == pytest.approx(expected)
    assert row.verdict == "contradicted"


def test_standard_errors_printed_without_a_label_are_recognised():
    rows = {(row.source, row.outcome, row.subgroup): row for row in check_dispersions()}
    shiraki = rows["Shiraki 2000", "lumbar_spine", "6 months"]
    assert shiraki.verdict == "consistent"
    assert shiraki.convention.endswith("read as SE")
    assert "read as SD, P would be 1.6e-113" in shiraki.note
    assert rows["Orimo 1998", "metacarpal", "5.5 months"].verdict == "not checkable"
    assert "e-22" in rows["Orimo 1998", "metacarpal", "5.5 months"].note


def test_assumed_arm_sizes_contradict_nothing():
    rows = [row for row in check_dispersions() if "arm sizes assumed" in row.note]
    assert {row.source for row in rows} == {"Rønn 2021", "Je 2011"}
    assert "contradicted" not in {row.verdict for row in rows}


@pytest.mark.parametrize("reading", ["SD", "SE"])
@pytest.mark.parametrize(
    ("means", "dispersions", "sizes"),
    [
        (("1.2", "0.4"), ("2.0", "2.1"), (30, 31)),
        (("0.01", "-0.008"), ("0.03", "0.04"), (22, 23)),
        (("3", "3"), ("1", "1"), (9, 8)),
    ],
)
def test_t_test_bounds_are_the_extremes(means, dispersions, sizes, reading):
    m = [parse_number(text) for text in means]
    m = [number.widened(max(n.decimals for n in m)) for number in m]
    d = [parse_number(text) for text in dispersions]
    low, high = t_test_bounds(tuple(m), tuple(d), sizes, reading)
    grids = [np.linspace(number.low, number.high, 7) for number in (*m, *d)]
    scale = [1.0, 1.0] if reading == "SD" else np.sqrt(sizes)
    p = [
        stats.ttest_ind_from_stats(a, s * scale[0], sizes[0], b, t * scale[1], sizes[1]).pvalue
        for a, b, s, t in itertools.product(*grids)
    ]
    assert low == pytest.approx(min(p), rel=1e-9)
    assert high == pytest.approx(max(p), rel=1e-9)


def test_chinese_notes_and_all_rows():
    rows = check_trials("zh")
    assert len(rows) == len(check_trials())
    assert any("组别例数为假设" in row.note for row in rows)
