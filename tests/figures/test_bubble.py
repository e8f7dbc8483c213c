"""The bubble plot: bubbles like weights, the line and bands that the model predicts, columns and panels."""

import warnings

import numpy as np
import pandas as pd
import pytest
from check_figure import check_figure
from companion_cases import bcg, bcg_effects, collection, lines, texts

import k2meta as k2
from k2meta.figures.companions.bubble_line import line_along


def by_latitude(**options):
    return k2.meta_regression("~ latitude", bcg_effects(), **options)


def by_both(**options):
    return k2.meta_regression("~ latitude + allocation", bcg_effects(), **options)


def simulated(k=80, seed=0):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "dose": rng.integers(1, 90, k) * 1.0,
            "year": rng.integers(1990, 1994, k),
            "group": rng.choice(
                ["low", "middle and rather long name", "中剂量组", "Pneumonoultramicroscopic"], k
            ),
            "blind": rng.random(k) > 0.5,
        }
    )
    se = rng.uniform(0.1, 0.5, k)
    yi = rng.normal(0, 0.3, k) + se * rng.normal(size=k) + 0.004 * data["dose"]
    effects = k2.effect_sizes(None, "GEN", estimate=yi, se=se, study=[f"Study {i + 1}" for i in range(k)])
    return effects, data


def test_bubbles_stand_at_their_numbers_with_areas_like_weights():
    fit = by_latitude()
    figure = k2.bubble_plot(fit)
    points = collection(figure, "k2:points")
    order = np.argsort(-fit.weights, kind="stable")
    expected = np.column_stack([fit.moderators["latitude"], fit.effects.yi])[order]
    assert np.array_equal(points.get_offsets(), expected)
    ratio = points.get_sizes() / fit.weights[order]
    assert np.ptp(ratio) <= 1e-9 * ratio.max()


def test_line_and_bands_are_what_the_model_predicts():
    fit = by_latitude()
    figure = k2.bubble_plot(fit)
    (line,) = lines(figure, "k2:curve:fit")
    expected = fit.predict({"latitude": line[:, 0]})
    np.testing.assert_allclose(line[:, 1], expected["estimate"], rtol=1e-9)
    for side in ("low", "high"):
        (edge,) = lines(figure, f"k2:bg:pi:{side}")
        predicted = fit.predict({"latitude": edge[:, 0]})
        np.testing.assert_allclose(edge[:, 1], predicted[f"pi_{side}"], rtol=1e-9)
    (band,) = [p for p in figure.parts["plot"].patches if p.get_gid() == "k2:bg:ci"]
    corners = band.get_xy()[:-1]
    predicted = fit.predict({"latitude": corners[:, 0]})
    near = np.minimum(
        np.abs(corners[:, 1] - predicted["ci_low"]), np.abs(corners[:, 1] - predicted["ci_high"])
    )
    assert near.max() < 1e-12
    ends = fit.moderators["latitude"]
    assert (line[0, 0], line[-1, 0]) == (ends.min(), ends.max())  # no line where no study is


def test_other_moderators_are_averaged():
    fit = by_both()
    line = line_along(fit, "latitude", [20.0])
    rows = fit.moderators.assign(latitude=20.0)
    assert line["estimate"][0] == pytest.approx(fit.predict(rows)["estimate"].mean(), rel=1e-12)
    (drawn,) = lines(k2.bubble_plot(fit, "latitude"), "k2:curve:fit")
    assert drawn[0, 1] == pytest.approx(line_along(fit, "latitude", [13.0])["estimate"][0], rel=1e-12)
    assert "other moderators at the average" in texts(k2.bubble_plot(fit, "latitude")).replace("\n", " ")


def test_categories_are_columns_without_jitter():
    fit = k2.meta_regression("~ allocation", bcg_effects())
    figure = k2.bubble_plot(fit)
    levels = list(fit.moderators["allocation"].cat.categories)
    x = collection(figure, "k2:points").get_offsets()[:, 0]
    order = np.argsort(-fit.weights, kind="stable")
    assert x.tolist() == [float(levels.index(v)) for v in fit.moderators["allocation"].to_numpy()[order]]
    means = fit.predict({"allocation": levels})["estimate"]
    for place in range(3):
        (mean,) = lines(figure, f"k2:curve:mean:{place}")
        np.testing.assert_allclose(mean[:, 1], means[place], rtol=1e-9)
    ticks = figure.k2meta["axes"]["plot"]["x"]["ticks"]
    assert [tick["label"] for tick in ticks] == levels


def test_panels_share_axis_and_areas_and_have_lines_of_their_own():
    fit = by_both()
    figure = k2.bubble_plot(fit, "latitude", by="allocation", width="2col")
    levels = list(fit.moderators["allocation"].cat.categories)
    limits, ratios, seen = set(), [], 0
    for number, level in enumerate(levels):
        part = f"plot{number}"
        limits.add(figure.parts[part].get_ylim())
        points = collection(figure, f"k2:points:{number}", part)
        rows = [row for row in figure.k2meta["rows"] if row["panel"] == part]
        ratios += (points.get_sizes() / [row["weight"] for row in rows]).tolist()
        seen += len(rows)
        (line,) = lines(figure, "k2:curve:fit", part)
        expected = fit.predict({"latitude": line[:, 0], "allocation": [level] * len(line)})
        np.testing.assert_allclose(line[:, 1], expected["estimate"], rtol=1e-9)
    assert seen == fit.k
    assert len(limits) == 1
    assert np.ptp(ratios) <= 1e-9 * max(ratios)


def test_printed_statistics_are_those_of_the_fit():
    fit = by_latitude()
    words = texts(k2.bubble_plot(fit, xlabel="Latitude (degrees)"))
    assert "Slope: −0.029 (−0.047 to −0.011) per unit of latitude (log scale)" in words
    assert f"F = {fit.qm:.2f}, df = 1, 11 (P = 0.005)" in words
    assert f"R² = {fit.r2:.1f}%" in words
    assert f"χ² = {fit.qe:.2f}, df = 11" in words
    whole = texts(k2.bubble_plot(by_both(), "allocation", lang="zh"))
    test = by_both().test_terms("allocation")
    assert f"allocation的检验：F = {test.statistic:.2f}，ν = 2，9" in whole


def test_common_effect_has_no_prediction_band():
    figure = k2.bubble_plot(by_latitude(model="common", test="z"))
    assert not lines(figure, "k2:bg:pi:low")
    assert "prediction" not in texts(figure)
    assert not lines(k2.bubble_plot(by_latitude(), prediction=False), "k2:bg:pi:low")


def test_wrong_requests_are_refused():
    with pytest.raises(k2.DataError, match="expected what meta_regression"):
        k2.bubble_plot(bcg())
    with pytest.raises(k2.DataError, match="has no moderator"):
        k2.bubble_plot(k2.meta_regression("~ 1", bcg_effects()))
    with pytest.raises(k2.OptionError, match="2 moderators"):
        k2.bubble_plot(by_both())
    with pytest.raises(k2.OptionError, match="latitude"):
        k2.bubble_plot(by_both(), "lattitude")
    with pytest.raises(k2.OptionError, match="on the horizontal axis already"):
        k2.bubble_plot(by_both(), "allocation", by="allocation")
    with pytest.raises(k2.OptionError, match="holds numbers"):
        k2.bubble_plot(by_both(), "allocation", by="latitude")
    with pytest.raises(TypeError, match="did you mean 'xlabel'"):
        k2.bubble_plot(by_latitude(), xlab="x")


CASES = [
    ("~ latitude", None, {}, "plain", "1col", "en"),
    ("~ allocation", None, {"labels": 3}, "lancet", "2col", "zh"),
    ("~ latitude + allocation", "latitude", {"by": "allocation", "labels": "all"}, "jama", "2col", "en"),
    ("~ latitude + allocation", "latitude", {"by": "allocation", "xlabel": "纬度"}, "nature", "1col", "zh"),
    ("~ dose", None, {}, "cma", "1col", "zh"),
    ("~ dose + I(dose**2)", "dose", {"labels": 5}, "bmj", "2col", "en"),
    ("~ log(dose) * blind", "dose", {"by": "blind"}, "plain", "1col", "en"),
    ("~ group", None, {}, "nature", "1col", "en"),
    ("~ group + blind", "group", {"by": "blind"}, "plain", "2col", "zh"),
    ("~ C(year)", "year", {}, "lancet", "1col", "en"),
    ("~ 0 + blind", None, {}, "plain", "1col", "zh"),
]


@pytest.mark.parametrize(("formula", "moderator", "options", "theme", "width", "lang"), CASES)
def test_no_fault(formula, moderator, options, theme, width, lang):
    bundled = "latitude" in formula or "allocation" in formula
    effects, data = (bcg_effects(), None) if bundled else simulated()
    fit = k2.meta_regression(formula, effects, data=data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)
        figure = k2.bubble_plot(fit, moderator, theme=theme, width=width, lang=lang, **options)
    assert check_figure(figure, files=False) == []


@pytest.mark.parametrize(("k", "cut"), [(3, True), (13, False)])
def test_bands_of_a_degree_of_freedom_are_cut_and_said_to_be(k, cut):
    effects = bcg_effects()
    fit = k2.meta_regression("~ latitude", effects.subset(np.arange(effects.k) < k))
    figure = k2.bubble_plot(fit)
    assert check_figure(figure, files=False) == []
    assert ("bands are cut at the edge" in texts(figure)) is cut


def test_no_fault_in_files():
    def factory():
        return k2.bubble_plot(by_both(), "latitude", by="allocation", lang="zh")

    assert check_figure(factory(), factory=factory) == []


def test_the_line_of_one_moderator_is_the_prediction_to_the_last_digit():
    effects = k2.effect_sizes(k2.load_dataset("bcg"), "RR")
    fit = k2.meta_regression("~ I(year + 1e6)", effects)
    drawn, told = line_along(fit, "year", [1948, 1980]), fit.predict({"year": [1948, 1980]})
    assert drawn[told.columns].to_numpy().tolist() == told.to_numpy().tolist()


@pytest.mark.parametrize("name", ["weight", "se", "estimate", "study"])
def test_a_moderator_called_like_a_column_keeps_its_values(name):
    data = k2.load_dataset("bcg")
    plain = k2.meta_regression("~ latitude", k2.effect_sizes(data, "RR"))
    effects = k2.effect_sizes(data, "RR")
    fit = k2.meta_regression(f"~ {name}", effects, data={name: data["latitude"].to_numpy()})
    points, expected = k2.bubble_data(fit), k2.bubble_data(plain)
    assert points[f"moderator {name}"].tolist() == data["latitude"].tolist()
    assert points[expected.columns.drop("latitude")].equals(expected.drop(columns="latitude"))
    drawn, wanted = k2.bubble_plot(fit, xlabel="x"), k2.bubble_plot(plain, xlabel="x")
    assert drawn.k2meta["lines"] == wanted.k2meta["lines"]
    told, expected_words = drawn.alt_text, wanted.alt_text
    assert told.replace(name, "?") == expected_words.replace("latitude", "?").replace(name, "?")
