"""The radial plot: slopes are effects, and the arc reads them."""

import warnings

import numpy as np
import pytest
from check_figure import check_figure
from companion_cases import bcg, collection, fractures, lines, many, plain, texts

import k2meta as k2


def on_page(figure, gid):
    """Lines of a name in pt from the top left corner of the page."""
    return [line.get_xydata() for line in figure.findobj() if line.get_gid() == gid]


def rays(figure, points):
    """Effects whose rays go through points of the page."""
    plot = figure.page.plot
    x0, y0 = plot.x(0.0), plot.y(0.0)
    right, up = plot.x(1.0) - x0, y0 - plot.y(1.0)
    return (y0 - points[:, 1]) / up / ((points[:, 0] - x0) / right)


@pytest.mark.parametrize(("model", "tau2"), [("random", True), ("common", False)])
def test_points_lie_on_rays_of_their_effects(model, tau2):
    fit = bcg(model=model)
    points = collection(k2.radial_plot(fit), "k2:points").get_offsets()
    root = np.sqrt(fit.effects.vi + (fit.tau2 if tau2 else 0.0))
    np.testing.assert_allclose(points[:, 0], 1 / root, rtol=1e-12)
    np.testing.assert_allclose(points[:, 1] / points[:, 0], fit.effects.yi, rtol=1e-12)


def test_line_has_the_pooled_effect_as_slope_and_the_band_lies_round_it():
    fit = bcg()
    figure = k2.radial_plot(fit, level=0.9)
    (line,) = lines(figure, "k2:curve:slope")
    assert line[0].tolist() == [0.0, 0.0]
    assert line[1, 1] / line[1, 0] == pytest.approx(fit.estimate, rel=1e-12)
    for name, sign in (("upper", 1), ("lower", -1)):
        (edge,) = lines(figure, f"k2:bg:band:{name}")
        np.testing.assert_allclose(
            edge[:, 1], fit.estimate * edge[:, 0] + sign * 1.6448536269514722, rtol=1e-9
        )
    assert "±1.64" in texts(figure)


@pytest.mark.parametrize("centre", [False, True])
@pytest.mark.parametrize("width", ["1col", "2col"])
def test_ticks_of_the_arc_are_where_the_rays_of_their_labels_meet_it(centre, width):
    fit = bcg()
    figure = k2.radial_plot(fit, centre=centre, width=width)
    labels = {
        t.get_gid(): t.get_text() for t in figure.texts if (t.get_gid() or "").startswith("k2:text:arc:")
    }
    assert len(labels) >= 3
    for gid, label in labels.items():
        (tick,) = on_page(figure, gid.replace("text:arc", "bg:arc-tick"))
        effects = rays(figure, tick) + (fit.estimate if centre else 0.0)
        np.testing.assert_allclose(effects, np.log(float(label)), rtol=1e-9, atol=1e-9)
    (arc,) = on_page(figure, "k2:curve:arc")
    plot = figure.page.plot
    radius = np.hypot(arc[:, 0] - plot.x(0.0), arc[:, 1] - plot.y(0.0))
    assert np.ptp(radius) < 1e-9 * radius.max()  # round on the page


def test_bracket_ends_at_the_limits_of_the_pooled_effect():
    fit = bcg()
    figure = k2.radial_plot(fit)
    (bracket,) = on_page(figure, "k2:curve:ci")
    ends = rays(figure, bracket[[0, -1]])
    np.testing.assert_allclose(ends, [fit.ci.low, fit.ci.high], rtol=1e-9)


@pytest.mark.parametrize("fit", [bcg(), bcg("OR", model="common"), many(200), fractures()])
def test_no_point_lies_beyond_the_arc(fit):
    figure = k2.radial_plot(fit)
    plot = figure.page.plot
    points = collection(figure, "k2:points").get_offsets()
    away = [np.hypot(plot.x(x) - plot.x(0.0), plot.y(y) - plot.y(0.0)) for x, y in points]
    (arc,) = on_page(figure, "k2:curve:arc")
    assert max(away) < np.hypot(arc[0, 0] - plot.x(0.0), arc[0, 1] - plot.y(0.0)) - 5


def test_effects_far_from_zero_are_measured_from_the_pooled_effect():
    rng = np.random.default_rng(1)
    fit = plain(100 + rng.normal(0, 1, 10), np.full(10, 0.5))
    assert k2.radial_plot(fit).k2meta["centre"] == fit.estimate
    assert k2.radial_plot(fit, centre=False).k2meta["centre"] == 0.0
    assert k2.radial_plot(bcg()).k2meta["centre"] == 0.0


@pytest.mark.parametrize(
    "fit",
    [plain([0.2], [0.1]), plain([0.2] * 3, [0.1] * 3), plain([0, 0], [0.1, 0.2]), plain([0, 50], [1, 9])],
)
def test_degenerate_sets_are_drawn(fit):
    assert check_figure(k2.radial_plot(fit, labels="all"), files=False) == []


def test_wrong_options_are_refused():
    with pytest.raises(k2.OptionError, match="level=95"):
        k2.radial_plot(bcg(), level=95)
    with pytest.raises(TypeError, match="did you mean 'centre'"):
        k2.radial_plot(bcg(), center=True)
    with pytest.raises(k2.DataError, match="radial_plot\\(\\) was given a DataFrame"):
        k2.radial_plot(bcg().to_frame())


@pytest.mark.parametrize(
    ("make", "theme", "width", "lang", "options"),
    [
        (bcg, "plain", "1col", "en", {"labels": 4}),
        (lambda: bcg("OR", model="common"), "lancet", "2col", "zh", {"labels": "all"}),
        (many, "nature", "1col", "zh", {"centre": True}),
        (many, "jama", "2col", "en", {"labels": 5}),
        (fractures, "cma", "1col", "zh", {"labels": "auto"}),
        (lambda: bcg("RD"), "bmj", "2col", "en", {}),
    ],
)
def test_no_fault(make, theme, width, lang, options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        figure = k2.radial_plot(make(), theme=theme, width=width, lang=lang, **options)
    assert check_figure(figure, files=False) == []


def test_no_fault_in_files():
    def factory():
        return k2.radial_plot(bcg(), lang="zh")

    assert check_figure(factory(), factory=factory) == []
