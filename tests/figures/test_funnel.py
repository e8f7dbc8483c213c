"""The funnel plot: points, limits, contours, filled studies and lines where the numbers say."""

import warnings

import numpy as np
import pytest
from check_figure import check_figure
from companion_cases import bcg, collection, fractures, lines, many, plain, texts
from scipy.stats import norm

import k2meta as k2


def test_points_stand_at_effects_and_standard_errors():
    fit = bcg()
    figure = k2.funnel_plot(fit)
    expected = np.column_stack([fit.effects.yi, fit.effects.sei])
    assert np.array_equal(collection(figure, "k2:points").get_offsets(), expected)
    low, high = figure.parts["plot"].get_ylim()
    assert high == 0.0 < low  # standard errors grow downward from 0


def test_limits_leave_heterogeneity_out_unless_asked():
    fit = bcg()
    for tau2, options in ((0.0, {}), (fit.tau2, {"with_tau2": True})):
        figure = k2.funnel_plot(fit, **options)
        for gid, sign in (("k2:bg:limit:0:lo", -1), ("k2:bg:limit:0:hi", 1)):
            (line,) = lines(figure, gid)
            expected = fit.estimate + sign * norm.ppf(0.975) * np.sqrt(line[:, 1] ** 2 + tau2)
            np.testing.assert_allclose(line[:, 0], expected, rtol=1e-9, atol=1e-12)


def test_several_levels_have_a_legend_and_dashes_of_their_own():
    figure = k2.funnel_plot(bcg(), level=(0.99, 0.9))
    dashes = set()
    for place, level in enumerate((0.9, 0.99)):
        (line,) = lines(figure, f"k2:bg:limit:{place}:hi")
        z = (line[-1, 0] - bcg().estimate) / line[-1, 1]
        assert norm.cdf(z) - norm.cdf(-z) == pytest.approx(level, rel=1e-9)
        drawn = [m for m in figure.parts["plot"].lines if m.get_gid() == f"k2:bg:limit:{place}:hi"]
        dashes.add(str(drawn[0]._dash_pattern))
    assert len(dashes) == 2
    assert "90%" in texts(figure)
    assert "99%" in texts(figure)


def test_contours_are_where_a_study_would_be_significant():
    figure = k2.funnel_plot(bcg(), contour=True)
    patches = {p.get_gid(): p for p in figure.parts["plot"].patches}
    greys = set()
    low, high = sorted(figure.parts["plot"].get_xlim())
    for p in (0.1, 0.05, 0.01):
        area = patches[f"k2:bg:contour:{p:g}"].get_xy()
        inside = (area[:, 0] > low + 1e-9) & (area[:, 0] < high - 1e-9) & (area[:, 1] > 1e-9)
        edge = area[inside & (area[:, 1] < figure.parts["plot"].get_ylim()[0] - 1e-9)]
        np.testing.assert_allclose(2 * norm.sf(np.abs(edge[:, 0]) / edge[:, 1]), p, rtol=1e-9)
    for gid in ("k2:bg:contour:0.05", "k2:bg:contour:0.01", "k2:bg:contour:outside"):
        greys.add(patches[gid].get_facecolor())
    assert len(greys) == 3
    words = texts(figure)
    for text in ("P > 0.10", "0.05 < P ≤ 0.10", "0.01 < P ≤ 0.05", "P ≤ 0.01"):
        assert text in words


def test_filled_studies_are_open_points_round_the_adjusted_effect():
    fit = many()
    filled = k2.trim_and_fill(fit)
    assert filled.k0 > 3
    figure = k2.funnel_plot(fit, trim_and_fill=filled)
    points = collection(figure, "k2:points:filled")
    expected = np.column_stack([filled.filled_yi, np.sqrt(filled.filled_vi)])
    assert np.array_equal(points.get_offsets(), expected)
    assert np.allclose(points.get_facecolor(), 1.0)
    assert figure.k2meta["centre"] == filled.adjusted.estimate
    assert lines(figure, "k2:bg:unadjusted")[0][0, 0] == fit.estimate
    assert f"{filled.k0} filled on the left" in texts(figure)
    assert int(figure.table()["filled"].sum()) == filled.k0
    assert k2.funnel_plot(fit, trim_and_fill=filled, around="estimate").k2meta["centre"] == fit.estimate


def test_no_study_filled_is_said():
    fit = plain([0.2, 0.1, 0.3, 0.0, 0.4, -0.1, 0.5], [0.01, 0.02, 0.02, 0.04, 0.04, 0.09, 0.09])
    assert k2.trim_and_fill(fit, side="left").k0 == 0
    assert "no study filled" in texts(k2.funnel_plot(fit, trim_and_fill=k2.trim_and_fill(fit, side="left")))


def test_eggers_line_and_its_test():
    fit = bcg()
    test = k2.egger_test(fit)
    figure = k2.funnel_plot(fit, egger=True)
    (line,) = lines(figure, "k2:curve:egger")
    np.testing.assert_allclose(line[:, 0], test.estimate + test.slope * line[:, 1], rtol=1e-9, atol=1e-12)
    assert "Egger’s test: t = −1.40, df = 11 (P = 0.19)" in texts(figure)
    assert "Egger检验：t = −1.40，ν = 11（P = 0.19）" in texts(k2.funnel_plot(fit, egger=test, lang="zh"))


@pytest.mark.parametrize(
    ("name", "back"),
    [("variance", np.sqrt), ("precision", lambda y: 1 / y), ("1/variance", lambda y: y**-0.5)],
)
def test_limits_on_other_scales(name, back):
    fit = bcg()
    figure = k2.funnel_plot(fit, y=name, egger=True)
    pieces = lines(figure, "k2:bg:limit:0:hi")
    line = np.vstack(pieces)[1:-1]  # the ends are cut at the edges, on a chord
    expected = fit.estimate + norm.ppf(0.975) * back(line[:, 1])
    np.testing.assert_allclose(line[:, 0], expected, rtol=1e-9)
    bottom, top = figure.parts["plot"].get_ylim()
    assert (top < bottom) == (name == "variance")


def test_sample_sizes_have_no_limits_and_their_own_regression():
    fit = bcg()
    figure = k2.funnel_plot(fit, y="1/sqrt(n)", egger=True)
    assert not lines(figure, "k2:bg:limit:0:hi")
    test = k2.egger_test(fit, predictor="sqrt(1/n)")
    line = np.vstack(lines(figure, "k2:curve:egger"))
    np.testing.assert_allclose(line[:, 0], test.estimate + test.slope * line[:, 1], rtol=1e-9, atol=1e-12)
    assert k2.funnel_data(fit, y="sqrt(1/n)").equals(k2.funnel_data(fit, y="1/sqrt(n)"))


def test_other_regressions_bear_their_names():
    fit = bcg("OR")
    test = k2.peters_test(fit)
    figure = k2.funnel_plot(fit, y="1/n", egger=test)
    assert f"Peters’ test: t = {test.statistic:.2f}".replace("-", "−") in texts(figure)
    (line,) = lines(figure, "k2:curve:egger")
    np.testing.assert_allclose(line[:, 0], test.estimate + test.slope * line[:, 1], rtol=1e-9, atol=1e-12)
    with pytest.raises(k2.OptionError, match="is no line"):
        k2.funnel_plot(fit, egger=k2.harbord_test(fit))


def test_one_contour_may_be_a_number():
    assert k2.funnel_plot(bcg(), contour=0.05).k2meta["contours"] == [0.05]


def test_few_studies_are_pointed_out():
    assert "fewer than 10 studies" in texts(k2.funnel_plot(fractures(), footnote=False)).replace("\n", " ")
    assert "10项" in texts(k2.funnel_plot(fractures(), lang="zh"))
    assert "fewer than 10" not in texts(k2.funnel_plot(bcg()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y": "weight"}, "y"),
        ({"contour": True, "y": "n"}, "does not follow from 'n'"),
        ({"contour": (0.1, 0.05, 0.01, 0.001)}, "up to three"),
        ({"contour": 5}, "up to three"),
        ({"contour": "0.05"}, "up to three"),
        ({"level": 95}, "between 0 and 1"),
        ({"level": True}, "between 0 and 1"),
        ({"level": 1j}, "between 0 and 1"),
        ({"level": 0.9, "y": "n"}, "pseudo limits do not follow from 'n'"),
        ({"around": float("nan")}, "a number on the analysis scale"),
        ({"egger": k2.begg_test(bcg())}, "is no regression"),
        ({"around": "adjusted"}, "together with trim_and_fill"),
        ({"trim_and_fill": "L0"}, "expected True or what trim_and_fill"),
        ({"egger": 0.05}, "expected True or what egger_test"),
        ({"labels": ["Nobody"]}, "'Nobody' is no study"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(k2.OptionError, match=message):
        k2.funnel_plot(bcg(), **options)


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(k2.DataError, match="sample size of each study"):
        k2.funnel_plot(many(), y="n")
    with pytest.raises(k2.DataError, match="other studies"):
        k2.funnel_plot(bcg(), trim_and_fill=k2.trim_and_fill(many()))
    with pytest.raises(k2.DataError, match=r"egger was given for other studies \(k = 12\)"):
        k2.funnel_plot(bcg(), egger=k2.egger_test(bcg().effects.subset(np.arange(13) > 0)))
    with pytest.raises(k2.OptionError, match="is no line on an axis of 'se'"):
        k2.funnel_plot(bcg(), egger=k2.egger_test(bcg(), predictor="1/n"))
    with pytest.raises(TypeError, match="did you mean 'contour'"):
        k2.funnel_plot(bcg(), contours=True)
    with pytest.raises(k2.DataError, match="funnel_plot\\(\\) was given a list"):
        k2.funnel_plot([1, 2])


@pytest.mark.parametrize("fit", [plain([0.2], [0.1]), plain([0.2] * 3, [0.1] * 3), plain([0, 0], [0.1, 0.2])])
def test_degenerate_sets_are_drawn(fit):
    assert check_figure(k2.funnel_plot(fit, contour=True, egger=True), files=False) == []


CASES = [
    (bcg, "plain", "1col", "en", {"contour": True, "egger": True, "trim_and_fill": True}),
    (bcg, "lancet", "2col", "zh", {"contour": True, "trim_and_fill": True, "labels": "all"}),
    (many, "nature", "1col", "zh", {"y": "precision", "level": (0.95, 0.99), "egger": True}),
    (many, "jama", "2col", "en", {"contour": (0.05,), "trim_and_fill": True}),
    (fractures, "cma", "1col", "zh", {"labels": "auto"}),
    (fractures, "bmj", "2col", "en", {"y": "n", "egger": True}),
]


@pytest.mark.parametrize(("make", "theme", "width", "lang", "options"), CASES)
def test_no_fault(make, theme, width, lang, options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        figure = k2.funnel_plot(make(), theme=theme, width=width, lang=lang, **options)
    assert check_figure(figure, files=False) == []


def test_no_fault_in_files():
    options = {"contour": True, "egger": True, "trim_and_fill": True, "lang": "zh"}
    assert (
        check_figure(k2.funnel_plot(bcg(), **options), factory=lambda: k2.funnel_plot(bcg(), **options)) == []
    )
