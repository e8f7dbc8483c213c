"""Converters against printed examples and against other roads to the same number."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from k2meta.errors import DataError, OptionError
from k2meta.studies.conversion import (
    sd_from_ci,
    sd_from_difference_ci,
    sd_from_difference_p,
    sd_from_difference_se,
    sd_from_difference_t,
    sd_from_se,
)
from k2meta.studies.conversion_arms import change_sd, combine_arms, combine_event_arms, correlation_from_sds
from k2meta.studies.conversion_estimates import log_ratio_from_ci, se_from_ci, se_from_p
from k2meta.studies.conversion_fitting import box_cox_mean_sd, quantile_estimation
from k2meta.studies.conversion_quantiles import (
    QUANTILE_METHODS,
    mean_from_quantiles,
    mean_sd_from_quantiles,
    quantiles_skewed,
    sd_from_quantiles,
)

NAN = math.nan


# -- printed examples of the Cochrane Handbook ----------------------------------------------------------


def test_handbook_sd_from_ci_of_a_mean():
    # Handbook 5.1, 7.7.3.2: 25 people, 95 % CI 30.0 to 34.2, t = 2.0639, "SD = 5.09"
    assert round(float(sd_from_ci(30.0, 34.2, 25)), 2) == 5.09


def test_handbook_sd_from_p_of_a_difference():
    # Handbook 5.1, 7.7.3.3: MD 3.8, P = 0.008, 25 and 22 people: t = 2.78, SE = 1.37, SD = 4.69 (from the
    # rounded SE)
    sd = float(sd_from_difference_p(3.8, 0.008, 25, 22))
    se = sd * math.sqrt(1 / 25 + 1 / 22)
    assert round(3.8 / se, 2) == 2.78
    assert round(se, 2) == 1.37
    assert round(float(sd_from_difference_se(1.37, 25, 22)), 2) == 4.69


def test_handbook_change_sd_with_correlation():
    # Handbook 5.1, 16.1.3.2: correlations 0.78 (SDs 6.4, 7.1, 4.5) and 0.82 (7.0, 6.9, 4.2)
    assert_allclose(np.round(correlation_from_sds([6.4, 7.0], [7.1, 6.9], [4.5, 4.2]), 2), [0.78, 0.82])


def test_handbook_paired_se_with_imputed_correlation():
    # Handbook 5.1, 16.4.6.4: SDs 2.38 and 2.21, correlation 0.68, 10 people: SE of the difference 0.583
    assert round(float(change_sd(2.38, 2.21, 0.68)) / math.sqrt(10), 3) == 0.583


def test_handbook_se_from_p_of_a_risk_difference():
    # Handbook 5.1, 7.7.7.2: risk difference 0.03, P = 0.008: Z = 2.652, SE = 0.011
    se = float(se_from_p(0.03, 0.008))
    assert round(0.03 / se, 3) == 2.652
    assert round(se, 3) == 0.011


# -- closed forms and round trips -----------------------------------------------------------------------


def test_sd_from_se_and_back():
    assert_allclose(sd_from_se([0.7, 0.6], [120, 121]), [0.7 * math.sqrt(120), 0.6 * 11], rtol=1e-15)


@pytest.mark.parametrize("n", [2, 10, 59, 60, 400])
def test_ci_uses_t_below_sixty_and_normal_from_there(n):
    sd, level = 3.0, 0.9
    c = stats.t.ppf(0.95, n - 1) if n < 60 else stats.norm.ppf(0.95)
    half = c * sd / math.sqrt(n)
    # the quantile of scipy.stats 1.13 is itself 2e-11 away
    assert_allclose(sd_from_ci(1 - half, 1 + half, n, level=level), sd, rtol=1e-10)
    # R: sqrt(25)*(56 - 44)/(2*qt(0.975, 24)) and sqrt(100)*12/(2*qt(0.975, 99))
    assert_allclose(sd_from_ci(44, 56, 25), 14.535598094673643, rtol=1e-13)
    assert_allclose(sd_from_ci(44, 56, 100, distribution="t"), 30.238628871721371, rtol=1e-13)


def test_se_from_ci_closed_forms():
    # R: 2/(2*qnorm(0.975)), 2/(2*qt(0.975, 38)), 2/(2*qnorm(0.95))
    assert_allclose(se_from_ci(1, 3), 0.51021345692465403, rtol=1e-13)
    assert_allclose(se_from_ci(1, 3, df=38), 0.49397494708618661, rtol=1e-13)
    assert_allclose(se_from_ci(1, 3, level=0.9), 0.60795683191176941, rtol=1e-13)


def test_difference_roads_meet():
    n1, n2, sd, md = 12, 30, 1.7, -2.5
    se = sd * math.sqrt(1 / n1 + 1 / n2)
    t = md / se
    p = 2 * stats.t.sf(abs(t), n1 + n2 - 2)
    half = stats.t.ppf(0.975, n1 + n2 - 2) * se
    for road in (
        sd_from_difference_se(se, n1, n2),
        sd_from_difference_t(md, t, n1, n2),
        sd_from_difference_p(md, p, n1, n2),
        sd_from_difference_ci(md - half, md + half, n1, n2),
    ):
        assert_allclose(road, sd, rtol=1e-10)


def test_log_ratio_round_trip():
    y, se = -0.65, 0.18
    z = stats.norm.ppf(0.975)
    got = log_ratio_from_ci(math.exp(y), math.exp(y - z * se), math.exp(y + z * se))
    assert_allclose(got, (y, se), rtol=1e-12)


def test_combining_arms_equals_pooling_the_people():
    rng = np.random.default_rng(3)
    arms = [rng.normal(m, 2, n) for m, n in ((1, 7), (4, 12), (-2, 5))]
    n, mean, sd = combine_arms(*zip(*[(a.size, a.mean(), a.std(ddof=1)) for a in arms], strict=True))
    people = np.concatenate(arms)
    assert n == people.size
    assert_allclose([mean, sd], [people.mean(), people.std(ddof=1)], rtol=1e-13)


def test_combining_two_arms_is_the_handbooks_formula():
    n1, m1, s1, n2, m2, s2 = 50, 26.5, 4.5, 50, 32.9, 5.8
    n, mean, sd = combine_arms([n1, n2], [m1, m2], [s1, s2])
    printed = math.sqrt(
        ((n1 - 1) * s1**2 + (n2 - 1) * s2**2 + n1 * n2 / (n1 + n2) * (m1**2 + m2**2 - 2 * m1 * m2))
        / (n1 + n2 - 1)
    )
    assert_allclose([n, mean, sd], [100, 29.7, printed], rtol=1e-13)


def test_combining_event_arms_adds():
    events, n = combine_event_arms([[2, 9], [1, 0]], [[23, 66], [5, 5]])
    assert events.tolist() == [11, 1]
    assert n.tolist() == [89, 10]


def test_change_sd_keeps_digits_when_correlation_is_one():
    assert_allclose(change_sd(1.0, 1.0 + 1e-9, 1.0), 1e-9, rtol=1e-6)
    assert_allclose(change_sd(10, 12, 0.5), math.sqrt(124), rtol=1e-15)


# -- quantiles ------------------------------------------------------------------------------------------

# R metafor 4.4, conv.fivenum(min 2, q1 6, median 9, q3 17, max 41, test = FALSE): Luo mean, Wan SD
FIVE = {"minimum": 2, "q1": 6, "q3": 17, "maximum": 41}
METAFOR = {
    7: {
        "range": (15.021544795358952, 14.29106691143328),
        "quartiles": (10.889285714285714, 10.103962147784886),
        "both": (14.361220613598714, 12.197514529609084),
    },
    30: {
        "range": (11.972897250696676, 9.5575055212413016),
        "quartiles": (10.782500000000001, 8.5626224066574625),
        "both": (12.3038216208361, 9.0600639639493821),
    },
    100: {
        "range": (10.403596372036779, 7.804399930371213),
        "quartiles": (10.75975, 8.2742542328822122),
        "both": (11.420082492316839, 8.0393270816267126),
    },
}
PARTS = {"range": ("minimum", "maximum"), "quartiles": ("q1", "q3"), "both": tuple(FIVE)}


@pytest.mark.parametrize("n", METAFOR)
@pytest.mark.parametrize("parts", PARTS)
def test_luo_and_wan_agree_with_metafor(n, parts):
    given = {name: FIVE[name] for name in PARTS[parts]}
    assert_allclose(mean_sd_from_quantiles(n, 9, **given, method="luo-wan"), METAFOR[n][parts], rtol=1e-12)


def test_shi_weights_range_and_quartiles():
    # Shi 2020, shortcut formula (eq. 10 there): SD = range / theta1 + IQR / theta2
    n = 20
    theta1 = (2 + 0.14 * n**0.6) * stats.norm.ppf((n - 0.375) / (n + 0.25))
    theta2 = (2 + 2 / (0.07 * n**0.6)) * stats.norm.ppf((0.75 * n - 0.125) / (n + 0.25))
    got = sd_from_quantiles(n, minimum=3, q1=8, q3=13, maximum=20)
    assert_allclose(got, 17 / theta1 + 5 / theta2, rtol=1e-12)
    # with one pair there is nothing to weigh
    assert_allclose(
        sd_from_quantiles(n, q1=8, q3=13, method="shi"),
        sd_from_quantiles(n, q1=8, q3=13, method="wan"),
        rtol=1e-15,
    )


@pytest.mark.parametrize(
    ("n", "printed"), [(5, 2.326), (10, 3.078), (20, 3.735), (30, 4.086), (40, 4.322), (50, 4.498)]
)
def test_wan_range_is_near_the_printed_expectation(n, printed):
    # Wan 2014, table 1: exact expected ranges xi(n); the formula used (eq. 9) is Blom's approximation of them
    exact = 2 * integrate.quad(lambda x: n * x * stats.norm.cdf(x) ** (n - 1) * stats.norm.pdf(x), -9, 9)[0]
    assert_allclose(exact, printed, atol=6e-4)
    assert_allclose(1 / sd_from_quantiles(n, minimum=0, maximum=1), printed, rtol=0.015)


def test_wan_means_are_the_old_fixed_weights():
    assert mean_from_quantiles(30, 9, minimum=2, maximum=41, method="wan") == (2 + 18 + 41) / 4
    assert_allclose(mean_from_quantiles(30, 9, q1=6, q3=17, method="wan"), 32 / 3, rtol=1e-15)
    assert_allclose(mean_from_quantiles(30, 9, **FIVE, method="wan"), (2 + 12 + 18 + 34 + 41) / 8, rtol=1e-15)


def test_symmetric_quantiles_give_the_median_as_mean():
    for method in QUANTILE_METHODS:
        mean, _ = mean_sd_from_quantiles(80, 50, q1=45, q3=55, method=method)
        assert_allclose(mean, 50, rtol=1e-9)


def test_rows_may_print_different_things():
    mean, sd = mean_sd_from_quantiles(
        [100, 100, 100],
        [9, 9, 9],
        q1=[6, NAN, NAN],
        q3=[17, NAN, NAN],
        minimum=[NAN, 2, NAN],
        maximum=[NAN, 41, NAN],
    )
    assert_allclose(mean[:2], [METAFOR[100]["quartiles"][0], METAFOR[100]["range"][0]], rtol=1e-12)
    assert_allclose(sd[:2], [METAFOR[100]["quartiles"][1], METAFOR[100]["range"][1]], rtol=1e-12)
    assert np.isnan(mean[2])
    assert np.isnan(sd[2])


def test_quantile_estimation_agrees_with_the_authors_package():
    # README of the authors' R package estmeansd: min 2, median 4, max 9, n = 100 -> 4.347284, 1.502171
    # (its optimiser stops a little before the least sum of squares)
    assert_allclose(quantile_estimation(100, 4, NAN, NAN, 2, 9), (4.347284, 1.502171), rtol=1e-5)


def test_box_cox_agrees_with_the_authors_package_up_to_its_simulation():
    # the same README gives 4.210971 and 1.337348 with one seed of its Monte Carlo draws
    assert_allclose(box_cox_mean_sd(100, 4, NAN, NAN, 2, 9), (4.210971, 1.337348), rtol=6e-3)


@pytest.mark.parametrize(
    "law",
    [
        stats.norm(50, 6),
        stats.lognorm(0.8, scale=12),
        stats.gamma(2.5, scale=3),
        stats.weibull_min(1.6, scale=20),
        stats.beta(2, 5),
    ],
    ids=["normal", "lognormal", "gamma", "weibull", "beta"],
)
@pytest.mark.parametrize("both", [False, True], ids=["quartiles", "five numbers"])
def test_quantile_estimation_recovers_a_law_from_its_own_quantiles(law, both):
    n = 200
    q1, median, q3 = law.ppf([0.25, 0.5, 0.75])
    low, high = law.ppf([1 / n, 1 - 1 / n]) if both else (NAN, NAN)
    mean, sd = quantile_estimation(n, median, q1, q3, low, high)
    tolerance = 1e-5 if both else 0.05  # three numbers cannot tell families of similar shape apart
    assert_allclose([mean, sd], [law.mean(), law.std()], rtol=tolerance)


def test_box_cox_of_lognormal_quartiles_is_the_lognormal_mean():
    # quartiles symmetric on the log scale: the power is 0, and mean and SD are those of a log-normal law
    n, sigma, scale = 100, 0.5, 7.0
    z = stats.norm.ppf(0.75)
    q1, q3 = scale * math.exp(-z * sigma), scale * math.exp(z * sigma)
    s = float(sd_from_quantiles(n, q1=-z * sigma, q3=z * sigma))
    law = stats.lognorm(s, scale=scale)
    assert_allclose(box_cox_mean_sd(n, scale, q1, q3, NAN, NAN), (law.mean(), law.std()), rtol=1e-5)


def test_box_cox_of_symmetric_quartiles_is_the_normal_answer():
    got = box_cox_mean_sd(100, 50, 48, 52, NAN, NAN)
    assert_allclose(got, (50, float(sd_from_quantiles(100, q1=48, q3=52))), rtol=1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("method", QUANTILE_METHODS)
def test_units_do_not_matter(method, factor):
    base = np.array(mean_sd_from_quantiles(60, 9, **FIVE, method=method))
    scaled = {name: value * factor for name, value in FIVE.items()}
    assert_allclose(mean_sd_from_quantiles(60, 9 * factor, **scaled, method=method), base * factor, rtol=1e-8)


def test_skewness_is_told():
    assert quantiles_skewed(100, 9, q1=8, q3=30)
    assert quantiles_skewed(100, 9, minimum=8, maximum=90)
    assert not quantiles_skewed(100, 9, q1=6, q3=12.5)
    assert not quantiles_skewed(100, 9)


# -- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: sd_from_se(-1, 20), ["se is -1", "above 0"]),
        (lambda: sd_from_se(1, 1), ["n is 1", "at least 2"]),
        (lambda: sd_from_se("a", 1), ["se is the text 'a'", "Expected a number"]),
        (lambda: sd_from_ci(3, 1, 20), ["upper limit is 1", "more than the lower"]),
        (lambda: sd_from_ci(1, 3, 20, level=95), ["level is 95", "0.95"]),
        (lambda: sd_from_difference_se(1, 0, 20), ["n1 is 0"]),
        (lambda: sd_from_difference_p(1, 0, 10, 10), ["p is 0", "above 0 and below 1"]),
        (lambda: sd_from_difference_p(1, 1, 10, 10), ["p is 1"]),
        (lambda: sd_from_difference_t(0, 2, 10, 10), ["difference is 0"]),
        (lambda: se_from_p(0, 0.5), ["estimate is 0"]),
        (lambda: log_ratio_from_ci(0.5, -0.1, 0.7), ["low is -0.1", "ratio above 0"]),
        (lambda: log_ratio_from_ci(0.9, 0.1, 0.7), ["ratio is 0.9", "within its interval"]),
        (lambda: change_sd(1, 1, 1.2), ["r is 1.2"]),
        (lambda: change_sd(0, 1, 0.2), ["sd_baseline is 0"]),
        (lambda: correlation_from_sds(1, 1, 5), ["correlation that follows is -11.5", "SE among them"]),
        (lambda: combine_arms(5, 1, 1), ["one arm"]),
        (lambda: combine_arms([5, 1], [1, 1], [1, 1]), ["n is 1"]),
        (lambda: combine_event_arms([7, 1], [6, 5]), ["events is 7", "no more events than people"]),
        (lambda: mean_from_quantiles(20, 5, q1=6, q3=9), ["q1 is 6", "q1 <= median"]),
        (lambda: sd_from_quantiles(20, q1=6, q3=6), ["q3 - q1 is 0", "above 0"]),
        (lambda: box_cox_mean_sd(50, 5, -1, 9, NAN, NAN), ["-1", "above 0", "qe"]),
        (lambda: box_cox_mean_sd(50, 5, 5, 9, NAN, NAN), ["median equals"]),
        (lambda: quantile_estimation(2, 5, NAN, NAN, 1, 9), ["n is 2", "at least 3"]),
    ],
)
def test_impossible_inputs_are_refused(call, told):
    with pytest.raises(DataError) as caught:
        call()
    for words in told:
        assert words in str(caught.value)


def test_unknown_methods_are_listed():
    with pytest.raises(OptionError, match="luo-wan-shi"):
        mean_sd_from_quantiles(20, 5, q1=4, q3=6, method="luo")
    with pytest.raises(OptionError, match="normal"):
        sd_from_ci(1, 2, 20, distribution="z")


def test_missing_stays_missing():
    assert np.isnan(sd_from_se(NAN, 20))
    assert np.isnan(sd_from_ci(NAN, 3, 20))
    assert np.isnan(se_from_p(NAN, 0.5))
    assert np.isnan(box_cox_mean_sd(50, 5, NAN, NAN, NAN, NAN)).all()
