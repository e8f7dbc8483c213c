"""The same numbers by exact rational or 60-digit arithmetic, where R's own digits run out."""

from __future__ import annotations

from decimal import Decimal, getcontext, localcontext
from fractions import Fraction

import numpy as np
import pytest

from k2meta.measures import MEASURES, MeasureOptions
from k2meta.measures.small_sample import bias_factor, unbiased_variance_share

RELATIVE = 2e-14


def exact(code: str, rows: dict[str, float], **options: str) -> tuple[float, float]:
    columns = {name: np.array([float(value)]) for name, value in rows.items()}
    yi, vi = MEASURES[code].compute(columns, MeasureOptions(**options))
    return float(yi[0]), float(vi[0])


TABLES = [
    (99_999_000, 10**8, 99_998_000, 10**8),
    (120, 10**8, 150, 10**8),
    (31_234_567, 10**8, 30_001_234, 99_000_000),
    (3, 7, 2, 9),
]


@pytest.mark.parametrize("cells", TABLES)
def test_rational_variances_of_two_by_two_tables(cells: tuple[int, int, int, int]) -> None:
    a, n1, c, n2 = (Fraction(x) for x in cells)
    rows = dict(zip(("events1", "n1", "events2", "n2"), cells, strict=True))
    wanted = {
        "RR": 1 / a - 1 / n1 + 1 / c - 1 / n2,
        "OR": 1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c),
        "RD": a * (n1 - a) / n1**3 + c * (n2 - c) / n2**3,
    }
    for code, value in wanted.items():
        assert exact(code, rows)[1] == pytest.approx(float(value), rel=RELATIVE)
    total = n1 + n2
    variance = (a + c) * (total - a - c) * n1 * n2 / total**2 / (total - 1)
    yi, vi = exact("PETO", rows)
    assert vi == pytest.approx(float(1 / variance), rel=RELATIVE)
    observed_less_expected = (a - (a + c) * n1 / total) / variance
    assert yi == pytest.approx(float(observed_less_expected), rel=1e-12, abs=1e-12 * vi**0.5)


@pytest.mark.parametrize("cells", TABLES)
def test_logarithms_of_two_by_two_tables(cells: tuple[int, int, int, int]) -> None:
    with localcontext() as context:
        context.prec = 50
        a, n1, c, n2 = (Decimal(x) for x in cells)
        risk, odds = (a / n1 / (c / n2)).ln(), (a / (n1 - a) / (c / (n2 - c))).ln()
    rows = dict(zip(("events1", "n1", "events2", "n2"), cells, strict=True))
    for code, value in (("RR", risk), ("OR", odds)):
        yi, vi = exact(code, rows)
        assert yi == pytest.approx(float(value), rel=RELATIVE, abs=1e-12 * vi**0.5)


def test_one_proportion_near_one() -> None:
    x, n = Fraction(99_999_990), Fraction(10**8)
    rows = {"events": 99_999_990, "n": 10**8}
    assert exact("PR", rows)[1] == pytest.approx(float(x * (n - x) / n**3), rel=RELATIVE)
    assert exact("PLN", rows)[1] == pytest.approx(float((n - x) / (x * n)), rel=RELATIVE)
    assert exact("PLO", rows)[0] == pytest.approx(float((Decimal(99_999_990) / 10).ln()), rel=RELATIVE)


def gamma_step(z: Decimal) -> Decimal:
    """Gamma(z + 1/2)/Gamma(z), shifted up to where the asymptotic series has 50 digits."""
    factor = Decimal(1)
    while z < 2000:
        factor *= z / (z + Decimal("0.5"))
        z += 1
    # log of the ratio over sqrt(z): sum of (2^(1-2j) - 2) B_2j ... by its first eight terms
    terms = [(-1, 8), (1, 192), (-1, 640), (17, 14336), (-31, 18432), (691, 180224), (-5461, 425984)]
    series = sum(Decimal(p) / q / z ** (2 * j + 1) for j, (p, q) in enumerate(terms))
    return factor * z.sqrt() * series.exp()


@pytest.mark.parametrize("m", [2, 3, 4, 9, 20, 59, 60, 61, 62, 100, 999, 10_000, 10**6, 2 * 10**8, 10**9])
def test_hedges_factor_to_the_last_digits(m: int) -> None:
    with localcontext() as context:
        context.prec = 60
        z = Decimal(m - 1) / 2
        j = gamma_step(z) / (Decimal(m) / 2).sqrt()
        share = 1 - Decimal(m - 2) / (m * j * j)
    assert bias_factor(np.array([float(m)]))[0] == pytest.approx(float(j), rel=RELATIVE)
    assert unbiased_variance_share(np.array([float(m)]))[0] == pytest.approx(float(share), rel=1e-12)


def test_hedges_factor_identity() -> None:
    """J(m) J(m+1) = (m-1)/sqrt(m(m+1)) for every m, from the functional equation of gamma."""
    m = np.unique(np.round(np.geomspace(2, 1e9, 4000)))
    product = bias_factor(m) * bias_factor(m + 1)
    np.testing.assert_allclose(product, (m - 1) / np.sqrt(m) / np.sqrt(m + 1), rtol=RELATIVE)


def test_hedges_factor_needs_more_than_one_degree_of_freedom() -> None:
    assert np.isnan(bias_factor(np.array([1.0, 0.0, -3.0, np.nan]))).all()


def hypergeometric(a: Decimal, b: Decimal, c: Decimal, z: Decimal) -> Decimal:
    term = total = Decimal(1)
    for j in range(20_000):
        term *= (a + j) * (b + j) / ((c + j) * (1 + j)) * z
        total += term
        if term < Decimal(10) ** -45:
            return total
    raise AssertionError("series too slow")


@pytest.mark.parametrize(
    ("r", "n"),
    [
        ("0.999999", 20),
        ("-0.99999", 80),
        ("0.999", 300),
        ("0.3", 10**8),
        ("-0.0001", 5 * 10**7),
        ("0.95", 10**8),
        ("0.3", 6),
        ("0.125", 30),
        ("0.01", 101),
        ("0.01", 102),
        ("0.01", 103),
        ("-0.7", 50),
    ],
)
def test_olkin_pratt_estimator_and_its_variance(r: str, n: int) -> None:
    with localcontext() as context:
        context.prec = 60
        rho, size = Decimal(float(r)), Decimal(n)  # the double that is really given
        rest, half = 1 - rho * rho, Decimal("0.5")
        g = rho * hypergeometric(half, half, (size - 2) / 2, rest)
        variance = (
            g * g
            - 1
            + (size - 3) / (size - 2) * rest * hypergeometric(Decimal(1), Decimal(1), size / 2, rest)
        )
        large = (1 - g * g) ** 2 / (size - 1)
    rows = {"r": float(r), "n": n}
    yi, vi = exact("UCOR", rows, vtype="UB")
    assert yi == pytest.approx(float(g), rel=RELATIVE)
    assert vi == pytest.approx(float(variance), rel=1e-11)
    # G itself is rounded to a double, and 1 - G^2 feels that when G is near 1
    assert exact("UCOR", rows)[1] == pytest.approx(float(large), rel=1e-9 if abs(float(r)) > 0.999 else 1e-12)


def test_tetrachoric_variance_is_the_delta_method() -> None:
    """Derivatives of the estimate with respect to the cells, by differences: no formula shared."""
    cells = np.array([12.0, 28.0, 19.0, 21.0])

    def estimate(x: np.ndarray) -> float:
        return exact("RTET", {"events1": x[0], "n1": x[0] + x[1], "events2": x[2], "n2": x[2] + x[3]})[0]

    step = 1e-4
    slope = np.array(
        [(estimate(cells + step * e) - estimate(cells - step * e)) / (2 * step) for e in np.eye(4)]
    )
    share = cells / cells.sum()
    variance = cells.sum() * (np.sum(share * slope**2) - np.sum(share * slope) ** 2)
    vi = exact("RTET", {"events1": 12, "n1": 40, "events2": 19, "n2": 40})[1]
    assert vi == pytest.approx(variance, rel=1e-6)


@pytest.mark.parametrize("vtype", ["ST", "CS"])
def test_phi_variance_is_the_delta_method(vtype: str) -> None:
    cells = np.array([12.0, 28.0, 19.0, 31.0])

    def estimate(x: np.ndarray) -> float:
        return float(
            (x[0] * x[3] - x[1] * x[2])
            / np.sqrt((x[0] + x[1]) * (x[2] + x[3]) * (x[0] + x[2]) * (x[1] + x[3]))
        )

    step = 1e-4
    slope = np.array(
        [(estimate(cells + step * e) - estimate(cells - step * e)) / (2 * step) for e in np.eye(4)]
    )

    def multinomial(part: slice) -> float:
        share, size = cells[part] / cells[part].sum(), cells[part].sum()
        return float(size * (np.sum(share * slope[part] ** 2) - np.sum(share * slope[part]) ** 2))

    wanted = multinomial(slice(4)) if vtype == "CS" else multinomial(slice(2)) + multinomial(slice(2, 4))
    rows = {"events1": 12, "n1": 40, "events2": 19, "n2": 50}
    assert exact("PHI", rows, vtype=vtype)[1] == pytest.approx(wanted, rel=1e-7)


def variance_ratios(n1: int, n2: int, spread: float, delta: float) -> dict[str, float]:
    """Mean variance over true variance of SMDH, each formula, from 200,000 simulated trials."""
    rng = np.random.default_rng(20091)
    draws = 200_000
    unit = np.sqrt((spread**2 + 1) / 2)
    rows = {
        "mean1": rng.normal(delta * unit, spread * n1**-0.5, draws),
        "sd1": spread * np.sqrt(rng.chisquare(n1 - 1, draws) / (n1 - 1)),
        "n1": np.full(draws, float(n1)),
        "mean2": rng.normal(0.0, n2**-0.5, draws),
        "sd2": np.sqrt(rng.chisquare(n2 - 1, draws) / (n2 - 1)),
        "n2": np.full(draws, float(n2)),
    }
    out = {}
    for vtype in MEASURES["SMDH"].vtypes:
        yi, vi = MEASURES["SMDH"].compute(rows, MeasureOptions(vtype=vtype))
        out[vtype] = float(vi.mean() / yi.var())
    return out


def test_bonett_as_printed_has_the_smaller_worst_error() -> None:
    """The variance of SMDH against the spread of simulated effects (see MEASURES.md)."""
    settings = [
        (5, 5, 1, 0),
        (5, 5, 1, 1),
        (8, 8, 1, 1),
        (8, 8, 0.5, 1),
        (10, 20, 2, 1),
        (10, 20, 0.5, 2),
        (6, 6, 1, 3),
    ]
    found = [variance_ratios(*setting) for setting in settings]
    worst = {vtype: max(abs(ratios[vtype] - 1) for ratios in found) for vtype in MEASURES["SMDH"].vtypes}
    assert worst["BONETT"] < 0.05 < worst["LS"] < 0.12 < worst["LS2"] < 0.14


def test_ratio_of_means_has_no_bias_correction() -> None:
    rows = {"mean1": 5.0, "sd1": 2.0, "n1": 10, "mean2": 4.0, "sd2": 1.5, "n2": 12}
    assert exact("ROM", rows)[0] == pytest.approx(np.log(1.25), rel=RELATIVE)


def test_decimal_context_is_left_alone() -> None:
    assert getcontext().prec == 28
