"""The L'Abbé plot: observed risks, one scale for both axes, the curve of each measure."""

import numpy as np
import pytest
from check_figure import check_figure
from companion_cases import bcg, bcg_effects, collection, fractures, lines, many, texts

import k2meta as k2


def hart(measure="IRR"):
    return k2.meta_analysis(k2.effect_sizes(k2.load_dataset("hart1999"), measure))


def test_points_are_observed_risks_with_areas_like_weights():
    fit = bcg()
    data = fit.effects.to_frame()
    figure = k2.labbe_plot(fit)
    points = collection(figure, "k2:points")
    order = np.argsort(-fit.weights, kind="stable")
    expected = np.column_stack([data["events2"] / data["n2"], data["events1"] / data["n1"]])[order]
    assert np.array_equal(points.get_offsets(), expected)
    ratio = points.get_sizes() / fit.weights[order]
    assert np.ptp(ratio) <= 1e-9 * ratio.max()
    dots = collection(figure, "k2:bg:dots")
    assert np.array_equal(dots.get_offsets(), expected)


@pytest.mark.parametrize("width", ["1col", "2col"])
def test_both_axes_are_one(width):
    figure = k2.labbe_plot(bcg(), width=width)
    axes = figure.parts["plot"]
    assert axes.get_xlim() == axes.get_ylim()
    box = axes.get_window_extent()
    assert box.width == pytest.approx(box.height, rel=1e-9)
    x, y = (figure.k2meta["axes"]["plot"][name]["ticks"] for name in "xy")
    assert x == y
    (diagonal,) = lines(figure, "k2:bg:diagonal")
    assert np.array_equal(diagonal[:, 0], diagonal[:, 1])


EFFECTS = {
    "RR": lambda p, q: np.log(q / p),
    "OR": lambda p, q: np.log(q / (1 - q)) - np.log(p / (1 - p)),
    "RD": lambda p, q: q - p,
    "AS": lambda p, q: np.arcsin(np.sqrt(q)) - np.arcsin(np.sqrt(p)),
    "IRR": lambda p, q: np.log(q / p),
    "IRD": lambda p, q: q - p,
    "IRSD": lambda p, q: np.sqrt(q) - np.sqrt(p),
}


@pytest.mark.parametrize("measure", EFFECTS)
def test_every_point_of_the_curve_has_the_pooled_effect(measure):
    fit = hart(measure) if measure.startswith("IR") else bcg(measure)
    pieces = lines(k2.labbe_plot(fit), "k2:curve:pooled")
    curve = np.vstack(pieces)
    curve = curve[(curve > 1e-6).all(axis=1)][1:-1]  # where the edge cuts, the end lies on a chord
    assert len(curve) > 100
    np.testing.assert_allclose(EFFECTS[measure](*curve.T), fit.estimate, rtol=1e-9, atol=1e-12)


def test_petos_odds_ratio_takes_the_curve_of_the_odds_ratio():
    fit = k2.peto(k2.load_dataset("bcg"))
    curve = np.vstack(lines(k2.labbe_plot(fit), "k2:curve:pooled"))[1:-1]
    np.testing.assert_allclose(EFFECTS["OR"](*curve.T), fit.estimate, rtol=1e-9)


def test_rates_per_person_time():
    fit = hart()
    one, hundred = (collection(k2.labbe_plot(fit, per=per), "k2:points") for per in (1, 100))
    np.testing.assert_allclose(hundred.get_offsets(), 100 * one.get_offsets(), rtol=1e-12)
    assert "per 100 of person-time" in texts(k2.labbe_plot(fit, per=100))


@pytest.mark.parametrize("measure", ["RR", "OR", "IRR"])
def test_logarithmic_axes(measure):
    fit = hart() if measure == "IRR" else bcg(measure)
    figure = k2.labbe_plot(fit, log=True)
    data = k2.labbe_data(fit).iloc[np.argsort(-fit.weights, kind="stable")]
    points = collection(figure, "k2:points").get_offsets()
    np.testing.assert_allclose(np.exp(points), data[["control", "treated"]], rtol=1e-12)
    assert figure.parts["plot"].get_xlim() == figure.parts["plot"].get_ylim()
    curve = np.exp(np.vstack(lines(figure, "k2:curve:pooled")))[1:-1]
    np.testing.assert_allclose(EFFECTS[measure](*curve.T), fit.estimate, rtol=1e-9)
    for tick in figure.k2meta["axes"]["plot"]["x"]["ticks"]:
        assert np.exp(tick["position"]) == pytest.approx(float(tick["label"]), rel=1e-9)


def test_no_logarithm_of_no_events():
    fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("egger2001"), "RR"))
    with pytest.raises(k2.DataError, match="no events in a group of"):
        k2.labbe_plot(fit, log=True)


def test_studies_without_an_effect_are_counted():
    rows = {"events1": [0, 4, 6], "n1": [20, 30, 40], "events2": [0, 5, 9], "n2": [20, 30, 40]}
    fit = k2.meta_analysis(k2.effect_sizes(None, "RR", drop00=True, **rows))
    assert fit.k == 2
    for plot in (k2.labbe_plot, k2.funnel_plot, k2.radial_plot):
        words = texts(plot(fit, footnote=False))
        assert "1 study of the data is not pooled and has no point" in words


def test_what_has_no_two_risks_is_refused():
    with pytest.raises(k2.DataError, match="do not compare two risks"):
        k2.labbe_plot(many())
    bare = bcg_effects()
    bare = k2.meta_analysis(k2.effect_sizes(None, "GEN", estimate=bare.yi, var=bare.vi))
    with pytest.raises(k2.DataError, match="measure 'GEN'"):
        k2.labbe_data(bare)
    with pytest.raises(k2.OptionError, match="with rates only"):
        k2.labbe_plot(bcg(), per=1000)
    with pytest.raises(k2.OptionError, match="expected two names"):
        k2.labbe_plot(bcg(), arms="BCG")
    for arms in ("ab", 5, {"a": 1, "b": 2}, ("a", 2)):
        with pytest.raises(k2.OptionError, match=r"arms=.*expected two names"):
            k2.labbe_plot(bcg(), arms=arms)
    with pytest.raises(TypeError, match="did you mean 'arms'"):
        k2.labbe_plot(bcg(), arm=("a", "b"))


@pytest.mark.parametrize(
    ("make", "theme", "width", "lang", "options"),
    [
        (bcg, "plain", "1col", "en", {"arms": ("BCG", "none")}),
        (lambda: bcg("OR"), "lancet", "2col", "zh", {"labels": 5}),
        (lambda: bcg("RD"), "nature", "1col", "zh", {}),
        (hart, "jama", "1col", "en", {"labels": "all", "per": 1000}),
        (fractures, "cma", "1col", "zh", {"labels": "auto"}),
        (lambda: fractures("OR"), "bmj", "2col", "en", {"labels": "auto"}),
        (bcg, "lancet", "1col", "zh", {"labels": "all", "log": True}),
        (lambda: k2.mantel_haenszel(k2.load_dataset("hine1989"), "RD"), "plain", "1col", "en", {}),
    ],
)
def test_no_fault(make, theme, width, lang, options):
    figure = k2.labbe_plot(make(), theme=theme, width=width, lang=lang, **options)
    assert check_figure(figure, files=False) == []


def test_no_fault_in_files():
    def factory():
        return k2.labbe_plot(bcg(), lang="zh", arms=("卡介苗", "未接种"))

    assert check_figure(factory(), factory=factory) == []
