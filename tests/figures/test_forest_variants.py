"""Cumulative and leave-one-out forests, bands, prediction styles, several models, sorted groups."""

from __future__ import annotations

import inspect
import re

import forest_cases as cases
import numpy as np
import pytest
from check_figure import check_figure

import k2meta as k2


def artists(figure, gid):
    return figure.findobj(lambda a: a.get_gid() == gid)


def printed(figure):
    return "".join(t.get_text() for t in figure.texts)


@pytest.fixture(scope="module")
def fit():
    return k2.meta_analysis(cases.bcg())


@pytest.fixture(scope="module")
def steps(fit):
    return k2.cumulative_meta_analysis(fit, order="year")


@pytest.fixture(scope="module")
def groups():
    return k2.subgroup_analysis(cases.bcg(), "allocation")


@pytest.fixture(scope="module")
def common_groups():
    return k2.subgroup_analysis(cases.bcg(), "allocation", model="common")


# ------------------------------------------------------------------ cumulative and leave-one-out
def test_cumulative_rows_are_the_steps_and_the_last_is_a_diamond(fit, steps):
    figure = k2.forest_plot(steps)
    rows = figure.k2meta["rows"]
    assert [row["kind"] for row in rows] == ["study"] * 12 + ["pooled"]
    assert [row["label"] for row in rows] == [f"+ {name}" for name in steps.study]
    np.testing.assert_array_equal([row["x"] for row in rows[:-1]], steps.estimate[:-1])
    np.testing.assert_array_equal([row["lo"] for row in rows[:-1]], steps.ci_low[:-1])
    assert (rows[-1]["x"], rows[-1]["hi"]) == (fit.estimate, fit.ci.high)
    np.testing.assert_allclose(fit.estimate, steps.estimate[-1], rtol=1e-9)
    (squares,) = artists(figure, "k2:study-square")
    assert len(set(squares.get_sizes())) == 1
    np.testing.assert_allclose(squares.get_offsets()[:, 0], steps.estimate[:-1], rtol=1e-9)
    (diamond,) = artists(figure, "k2:diamond:12")
    xs = diamond.get_xy()[:, 0]
    assert (xs.min(), xs.max()) == (fit.ci.low, fit.ci.high)


def test_a_first_step_of_a_vast_interval_is_cut_with_an_arrow(steps):
    figure = k2.forest_plot(steps)
    widths = steps.ci_high - steps.ci_low
    assert widths.argmax() == 1  # two studies, one degree of freedom
    assert figure.k2meta["axis"]["high"] < steps.ci_high[1]
    assert artists(figure, "k2:arrow:1:hi")
    assert not artists(figure, "k2:arrow:2:hi")


def test_refits_print_p_tau2_and_i2_where_asked(fit, steps):
    assert list(k2.forest_plot(steps).table().columns) == ["kind", "group", "study", "effect"]
    table = k2.forest_plot(steps, columns=["effect", "p", "tau2", "i2"]).table()
    assert table.i2.tolist() == ["–", *(f"{v:.1f}%" for v in steps.i2[1:])]
    assert table.tau2.iloc[-1] == f"{fit.tau2:.3f}"
    assert table.p.iloc[0] == f"{steps.p_value[0]:.2f}"
    left = k2.leave_one_out(fit)
    assert list(k2.forest_plot(left).table().columns)[-2:] == ["p", "i2"]
    table = k2.forest_plot(left, columns=["effect", "tau2"]).table()
    assert list(table.columns)[2:] == ["study", "effect", "tau2"]
    assert table.tau2.iloc[0] == f"{left.tau2[0]:.3f}"
    with pytest.raises(k2.OptionError, match="column 'tau2'"):
        k2.forest_plot(fit, columns=["tau2"])


def test_one_group_has_no_p_value_to_print():
    steps = k2.cumulative_meta_analysis(k2.meta_analysis(cases.effects("PFT", 5)))
    assert "i2" in k2.forest_plot(steps, columns=["effect", "i2"]).table()
    with pytest.raises(k2.OptionError, match="column 'p'"):
        k2.forest_plot(steps, columns=["effect", "p"])


def test_refits_carry_their_numbers_in_the_data(steps):
    data = k2.forest_data(steps)
    np.testing.assert_array_equal(data.p_value[:-1], steps.p_value[:-1])
    np.testing.assert_array_equal(data.tau2[:-1], steps.tau2[:-1])
    assert data.i2.iloc[-1] == steps.fit.i2
    assert data.natural.iloc[0] == pytest.approx(np.exp(steps.estimate[0]), rel=1e-14)


def test_further_columns_follow_the_order_of_the_steps(fit, steps):
    years = k2.load_dataset("bcg")["year"].tolist()
    table = k2.forest_plot(steps, extra={"Year": years}).table()
    shown = [int(cell) for cell in table.Year]
    assert shown == [years[i] for i in steps.order] == sorted(years)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Studies in the order of year.", "Cumulative forest plot of 13 studies", "all of one size")),
        ("zh", ("研究按year的顺序纳入。", "13项研究的累积森林图", "方块大小相同")),
    ],
)
def test_a_cumulative_figure_says_what_it_is(steps, lang, words):
    figure = k2.forest_plot(steps, lang=lang)
    assert words[0] in printed(figure)
    assert words[1] in figure.alt_text
    assert words[2] in figure.caption()
    assert "df = 12" not in printed(figure)  # every refit has degrees of freedom of its own


def test_one_study_alone_is_a_diamond():
    figure = k2.forest_plot(k2.cumulative_meta_analysis(k2.meta_analysis(cases.effects("RR", 1))))
    assert [row["kind"] for row in figure.k2meta["rows"]] == ["pooled"]
    assert check_figure(figure, files=False, dpi=100) == []


# ------------------------------------------------------------------ bands
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_band_stands_where_it_was_asked_for_and_is_explained(fit, lang):
    figure = k2.forest_plot(fit, band=(0.8, 1.25), lang=lang)
    (band,) = artists(figure, "k2:bg:band")
    xs = band.get_xy()[:, 0]
    np.testing.assert_allclose([xs.min(), xs.max()], np.log([0.8, 1.25]), rtol=1e-9)
    words = "Light grey band: 0.8 to 1.25" if lang == "en" else "浅灰色带：0.8～1.25"
    assert words in printed(figure)
    assert words in figure.caption(lang)
    (line,) = artists(figure, "k2:ci:0")
    assert band.get_zorder() < line.get_zorder()
    assert figure.k2meta["panels"][0]["bands"][0] == pytest.approx(list(np.log([0.8, 1.25])), rel=1e-12)


def test_a_band_of_leave_one_out_stands_beside_its_own(fit):
    figure = k2.forest_plot(k2.leave_one_out(fit), band=(0.8, 1.25))
    bands = [artists(figure, gid)[0] for gid in ("k2:bg:band", "k2:bg:band1")]
    spans = sorted((b.get_xy()[:, 0].min(), b.get_xy()[:, 0].max()) for b in bands)
    np.testing.assert_allclose(spans, [[fit.ci.low, fit.ci.high], np.log([0.8, 1.25])], rtol=1e-9)
    assert len({b.get_facecolor() for b in bands}) == 2
    assert "Grey band: 95% CI of all studies." in printed(figure)


def test_a_band_is_seen_on_the_axis_and_checked(fit):
    axis = k2.forest_plot(fit, band=(0.02, 30)).k2meta["axis"]
    assert axis["low"] <= np.log(0.02)
    assert axis["high"] >= np.log(30)
    for wrong in ((1.25, 0.8), (-1, 1), (0.8,), "equivalence"):
        with pytest.raises(k2.OptionError, match="band="):
            k2.forest_plot(fit, band=wrong)


# ------------------------------------------------------------------ prediction intervals
def _height(figure, gid):
    (artist,) = artists(figure, gid)
    return float(np.asarray(artist.get_ydata())[0])


def test_a_prediction_interval_is_a_bar_a_line_or_a_density(fit):
    interval = fit.prediction_interval()
    common = k2.meta_analysis(fit.effects, model="common")
    for style in ("bar", "line", "density"):
        figure = k2.forest_plot(fit, prediction_style=style, models=[common])
        (line,) = artists(figure, "k2:pi:14")
        np.testing.assert_allclose(line.get_xdata(), [interval.low, interval.high], rtol=1e-9)
        assert bool(artists(figure, "k2:pi-end:14:lo")) == (style == "bar")
        assert bool(artists(figure, "k2:pi-density:14")) == (style == "density")
        (diamond,) = artists(figure, "k2:diamond:13")
        middle = diamond.get_xy()[:, 1].mean()
        assert (abs(_height(figure, "k2:pi:14") - middle) < 1) == (style == "line")
    with pytest.raises(k2.OptionError, match="prediction_style"):
        k2.forest_plot(fit, prediction_style="blob")


def test_the_density_is_that_of_the_interval(fit):
    figure = k2.forest_plot(fit, prediction_style="density")
    (curve,) = artists(figure, "k2:pi-density:14")
    (tails,) = artists(figure, "k2:pi-tails:14")
    interval = fit.prediction_interval()
    xs, ys = curve.get_xy()[:-1].T
    np.testing.assert_allclose([xs.min(), xs.max()], [interval.low, interval.high], rtol=1e-9)
    base = ys.max()  # points run downwards
    peak, ends = base - ys.min(), base - ys[[1, -2]]
    sd = np.sqrt(fit.tau2 + fit.se**2)
    expected = (1 + ((interval.high - fit.estimate) / sd) ** 2 / fit.df) ** (-(fit.df + 1) / 2)
    np.testing.assert_allclose(ends / peak, expected, rtol=1e-3)
    assert np.ptp(tails.get_xy()[:, 0]) > np.ptp(xs)


@pytest.mark.parametrize(("style", "words"), [("line", "through the diamond"), ("density", "the curve is")])
def test_captions_tell_how_the_prediction_interval_is_drawn(fit, style, words):
    assert words in k2.forest_plot(fit, prediction_style=style).caption("en")


# ------------------------------------------------------------------ several models, groups, sorting
def test_each_model_has_its_subtotals_and_its_test_between_groups(groups, common_groups):
    figure = k2.forest_plot(groups, models=[common_groups])
    rows = [row for row in figure.k2meta["rows"] if row["kind"] == "pooled"]
    for name in groups.groups:
        shown = [row["x"] for row in rows if row["group"] == name]
        assert shown == [groups.groups[name].estimate, common_groups.groups[name].estimate]
    assert [r["x"] for r in rows if not r["group"]] == [
        groups.overall.estimate,
        common_groups.overall.estimate,
    ]
    text = re.sub(r"\s+", " ", printed(figure))
    for result, name in ((groups, "Random-effects model"), (common_groups, "Common-effect model")):
        assert f"Test for subgroup differences ({name}): " in text
        assert f"= {result.between.statistic:.2f}, df = 2" in text
    other = k2.subgroup_analysis(cases.bcg(), ["a", "b"] * 6 + ["a"])
    with pytest.raises(k2.OptionError, match="other groups"):
        k2.forest_plot(groups, models=[other])


def test_weights_of_every_model_stand_side_by_side(fit, groups, common_groups):
    common = k2.meta_analysis(fit.effects, model="common")
    table = k2.forest_plot(fit, models=[common], columns=["effect", "weights"]).table()
    for key, own in (("weight 1", fit), ("weight 2", common)):
        cells = table[table.kind == "study"][key].astype(float)
        np.testing.assert_allclose(cells, own.weights, atol=0.1)
        assert cells.sum() == pytest.approx(100, rel=1e-12)
    assert table[table.kind == "pooled"]["weight 1"].tolist() == ["100.0", ""]
    figure = k2.forest_plot(groups, models=[common_groups], columns=["effect", "weights"], lang="zh")
    table = figure.table()
    for number in (1, 2):
        cells = table[table[f"weight {number}"] != ""]
        sums = (
            cells[cells.kind == "study"]
            .groupby("group")[f"weight {number}"]
            .apply(lambda w: w.astype(float).sum())
        )
        subtotals = cells[(cells.kind == "pooled") & (cells.group != "")].set_index("group")[
            f"weight {number}"
        ]
        np.testing.assert_allclose(sums.loc[subtotals.index], subtotals.astype(float), rtol=1e-9)
    assert "随机效应" in printed(figure)
    assert check_figure(figure, files=False, dpi=100) == []
    with pytest.raises(k2.OptionError, match="overall=False"):
        k2.forest_plot(groups, columns=["weights"], overall=False)


def test_one_model_has_one_unnamed_test_between_groups(groups):
    common = k2.meta_analysis(cases.bcg(), model="common")
    text = printed(k2.forest_plot(groups, models=[common]))
    assert text.count("Test for subgroup differences") == 1
    assert "Test for subgroup differences: " in text


@pytest.mark.parametrize("order", ["data", "name", "effect", "weight"])
def test_groups_are_sorted_like_studies(groups, order):
    data = k2.forest_data(groups, sort=("effect", order))
    shown = list(dict.fromkeys(data[data.group != ""].group))
    weights = dict.fromkeys(groups.groups, 0.0)
    for label, weight in zip(groups.labels, groups.overall.weights, strict=True):
        weights[label] += weight
    keys = {
        "data": list(groups.groups).index,
        "name": str.casefold,
        "effect": lambda name: groups.groups[name].estimate,
        "weight": lambda name: -weights[name],
    }
    assert shown == sorted(groups.groups, key=keys[order])
    for name in shown:
        inside = data[(data.group == name) & (data.kind == "study")].estimate
        assert inside.is_monotonic_increasing
    with pytest.raises(k2.OptionError, match="order of groups"):
        k2.forest_data(groups, sort=("effect", "size"))


def test_rates_print_the_digits_that_tell_them_apart():
    for code in ("IRLN", "IRS", "IRFT"):
        rows = {"events": [12, 12, 10], "time": [760.0, 530.0, 572.0]}
        found = k2.effect_sizes(
            {**rows, "study": list("ABC")}, code, study="study", events="events", time="time"
        )
        cells = k2.forest_plot(k2.meta_analysis(found)).table().effect
        assert len({cell.split(" ")[0] for cell in cells[:3]}) == 3


def test_there_are_at_most_25_arguments():
    names = [n for n in inspect.signature(k2.forest_plot).parameters if n != "theme_overrides"]
    assert len(names) <= 25
    for name in names:
        assert f"\n    {name} : " in k2.forest_plot.__doc__
