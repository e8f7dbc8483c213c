"""The forest plot shows the result's numbers: in its data, in its marks, in print, in its table."""

from __future__ import annotations

import re

import forest_cases as cases
import numpy as np
import pytest

import k2meta as k2
from k2meta.figures.looks.themes import get_theme, theme_names


def artists(figure, gid):
    return figure.findobj(lambda a: a.get_gid() == gid)


def texts(figure):
    return [t.get_text() for t in figure.texts]


@pytest.fixture(scope="module")
def fit():
    return k2.meta_analysis(cases.bcg())


@pytest.fixture(scope="module")
def groups():
    return k2.subgroup_analysis(cases.bcg(), "allocation")


# ------------------------------------------------------------------ data
def test_data_are_the_numbers_of_the_fit(fit):
    data = k2.forest_data(fit)
    studies = data[data.kind == "study"]
    np.testing.assert_array_equal(studies.estimate, fit.effects.yi)
    np.testing.assert_array_equal(studies.weight, fit.weights)
    half = (studies.ci_high - studies.ci_low) / 2 / fit.effects.sei
    np.testing.assert_allclose(half, 1.959963984540054, rtol=1e-12)
    pooled = data[data.kind == "pooled"].iloc[0]
    assert (pooled.estimate, pooled.ci_low, pooled.ci_high) == (fit.estimate, fit.ci.low, fit.ci.high)
    np.testing.assert_allclose(pooled.natural, np.exp(fit.estimate), rtol=1e-15)
    interval = fit.prediction_interval()
    predicted = data[data.kind == "prediction"].iloc[0]
    assert (predicted.ci_low, predicted.ci_high) == (interval.low, interval.high)


def test_marks_stand_at_the_numbers(fit):
    figure = k2.forest_plot(fit)
    rows = figure.k2meta["rows"]
    data = k2.forest_data(fit)
    assert [row["x"] for row in rows] == data.estimate.tolist()
    assert [row["lo"] for row in rows] == data.ci_low.tolist()
    for i, row in enumerate(rows):
        if row["kind"] == "study":
            (line,) = artists(figure, f"k2:ci:{i}")
            assert line.get_xdata()[0] == row["lo"]
            assert line.get_xdata()[-1] == row["hi"]
        elif row["kind"] == "pooled":
            (diamond,) = artists(figure, f"k2:diamond:{i}")
            xs = diamond.get_xy()[:, 0]
            assert (xs.min(), xs.max()) == (row["lo"], row["hi"])
            assert row["x"] in xs
        else:
            (bar,) = artists(figure, f"k2:pi:{i}")
            assert tuple(bar.get_xdata()) == (row["lo"], row["hi"])


def test_areas_are_proportional_to_weights(fit):
    (squares,) = artists(k2.forest_plot(fit), "k2:study-square")
    np.testing.assert_allclose(
        squares.get_sizes() / fit.weights, squares.get_sizes()[0] / fit.weights[0], rtol=1e-12
    )


def test_print_is_the_formatted_number_and_stands_in_the_table(fit):
    figure = k2.forest_plot(fit)
    table, printed = figure.table(), "\n".join(texts(figure))
    data = k2.forest_data(fit)
    for cell, row in zip(table[table.kind != "prediction"].effect, data.itertuples(), strict=False):
        assert cell == f"{row.natural:.2f} ({row.natural_low:.2f} to {row.natural_high:.2f})"
        assert cell in printed
    weights = [float(v) for v in table[table.kind == "study"].weight]
    assert sum(weights) == pytest.approx(100, rel=1e-12)
    np.testing.assert_allclose(weights, fit.weights, atol=0.1)
    total = table[table.kind == "pooled"].iloc[0]
    assert total.n1 == str(int(fit.effects.role("n1").sum()))


def test_statistics_lines_say_what_the_fit_says(fit):
    printed = "".join(texts(k2.forest_plot(fit)))
    assert f"= {fit.q:.2f}, df = 12" in printed
    assert f"= {fit.i2:.1f}%" in printed
    assert f"= {fit.tau2:.3f}" in printed


def test_ticks_stand_where_their_labels_say(fit):
    axis = k2.forest_plot(fit).k2meta["axis"]
    for tick in axis["ticks"]:
        assert np.exp(tick["position"]) == pytest.approx(float(tick["label"]), rel=1e-12)
    assert "1" in [tick["label"] for tick in axis["ticks"]]


# ------------------------------------------------------------------ kinds of results
def test_subgroups_have_subtotals_weights_and_tests(groups):
    figure = k2.forest_plot(groups)
    table = figure.table()
    members = (
        table[table.kind == "study"]
        .groupby("group", sort=False)
        .weight.apply(lambda w: w.astype(float).sum())
    )
    subtotals = table[(table.kind == "pooled") & (table.group != "")].set_index("group").weight.astype(float)
    np.testing.assert_allclose(members.loc[subtotals.index], subtotals, rtol=1e-12)
    assert subtotals.sum() == pytest.approx(100, rel=1e-12)
    printed = "".join(texts(figure))
    assert "Test for subgroup differences" in printed
    for sub in groups.groups.values():
        assert f"= {sub.q:.2f}, df = {int(sub.q_df)}" in printed
    rows = {row["group"]: row for row in figure.k2meta["rows"] if row["kind"] == "pooled"}
    for name, sub in groups.groups.items():
        assert (rows[name]["x"], rows[name]["lo"]) == (sub.estimate, sub.ci.low)


def test_subgroups_without_overall_weigh_each_group_by_itself(groups):
    table = k2.forest_plot(groups, overall=False).table()
    sums = table[table.kind == "study"].groupby("group").weight.apply(lambda w: w.astype(float).sum())
    np.testing.assert_allclose(sums, 100, rtol=1e-12)
    assert (table.group != "").all()


def test_leave_one_out_shows_each_refit(fit):
    left = k2.leave_one_out(fit)
    figure = k2.forest_plot(left)
    rows = [row for row in figure.k2meta["rows"] if row["kind"] == "study"]
    assert [row["x"] for row in rows] == left.estimate.tolist()
    assert figure.table().study.iloc[0] == "Omitting Aronson 1948"
    assert "p" in figure.table()
    (squares,) = artists(figure, "k2:study-square")
    assert len(set(squares.get_sizes())) == 1


@pytest.mark.parametrize("pool", ["mantel_haenszel", "peto"])
def test_stratified_pooling(pool):
    options = {} if pool == "peto" else {"measure": "RR"}
    fit = getattr(k2, pool)(k2.load_dataset("bcg"), study="study", **options, **cases.BINARY)
    figure = k2.forest_plot(fit, theme="revman")
    assert {"mantel_haenszel": "M-H", "peto": "Peto"}[pool] in "".join(texts(figure))
    assert not any(row["kind"] == "prediction" for row in figure.k2meta["rows"])
    assert "τ²" not in "".join(texts(figure))


def test_further_models_get_diamonds_of_their_own(fit):
    common = k2.meta_analysis(fit.effects, model="common")
    rows = k2.forest_plot(fit, models=[common]).k2meta["rows"]
    assert [row["x"] for row in rows if row["kind"] == "pooled"] == [fit.estimate, common.estimate]
    other = k2.meta_analysis(fit.effects.subset(np.arange(13) < 5))
    with pytest.raises(k2.OptionError, match="other studies"):
        k2.forest_plot(fit, models=[other])


def test_excluded_studies_stay_as_rows_with_their_reason():
    data = k2.load_dataset("bcg")
    data.loc[3, ["events1", "events2"]] = 0
    data["n1"] = data["n1"].astype(float)
    data.loc[5, "n1"] = np.nan
    found = k2.effect_sizes(
        data, "OR", study="study", drop00=True, missing="drop", exclude={7: "retracted"}, **cases.BINARY
    )
    fit = k2.meta_analysis(found)
    for lang, words in (("en", ("Not estimable", "Excluded")), ("zh", ("不可估计", "已排除"))):
        figure = k2.forest_plot(fit, lang=lang)
        table = figure.table()
        lost = table[table.kind == "excluded"]
        assert lost.index.tolist() == [3, 5, 7]  # in the place the data give them
        assert lost.effect.tolist() == [words[0], words[1], words[1]]
        assert lost.n1.iloc[1] == "–"
        assert len(figure.k2meta["rows"]) == 10 + 2
        assert "retracted" in "".join(texts(figure))
    hidden = k2.forest_plot(fit, excluded=False)
    assert "excluded" not in set(hidden.table().kind)


def test_one_study_has_no_heterogeneity():
    fit = k2.meta_analysis(cases.effects("RR", 1))
    figure = k2.forest_plot(fit)
    printed = "".join(texts(figure))
    assert "Heterogeneity: Not applicable" in printed
    assert "τ²" not in printed
    assert [row["kind"] for row in figure.k2meta["rows"]] == ["study", "pooled"]


def test_single_groups_have_neither_null_line_nor_test():
    figure = k2.forest_plot(cases.result("PLO", 5))
    assert not artists(figure, "k2:bg:null")
    assert "overall effect" not in "".join(texts(figure))


def test_freeman_tukey_prints_the_raw_proportions():
    found = cases.effects("PFT", 4)
    table = k2.forest_plot(k2.meta_analysis(found)).table()
    raw = found.role("events") / found.role("n")
    assert [cell.split(" ")[0] for cell in table[table.kind == "study"].effect] == [f"{p:.3f}" for p in raw]


# ------------------------------------------------------------------ axis and arrows
def test_cut_intervals_get_arrows_and_lost_estimates_no_square(fit):
    figure = k2.forest_plot(fit, xlim=(0.3, 1.2))
    low, high = figure.parts["plot"].get_xlim()
    assert (low, high) == pytest.approx((np.log(0.3), np.log(1.2)), rel=1e-12)
    for i, row in enumerate(figure.k2meta["rows"]):
        assert bool(artists(figure, f"k2:arrow:{i}:lo")) == (row["lo"] < low)
        assert bool(artists(figure, f"k2:arrow:{i}:hi")) == (row["hi"] > high)
    (squares,) = artists(figure, "k2:study-square")
    hidden = squares.get_facecolor()[:, 3] == 0
    assert hidden.tolist() == [not low <= y <= high for y in fit.effects.yi]


def test_limits_and_ticks_of_the_reader(fit):
    axis = k2.forest_plot(fit, ticks=[0.1, 1, 10]).k2meta["axis"]
    assert [tick["label"] for tick in axis["ticks"]] == ["0.1", "1", "10"]
    with pytest.raises(k2.OptionError, match="natural scale"):
        k2.forest_plot(fit, xlim=(-1, 1))


# ------------------------------------------------------------------ choices
def test_columns_heads_and_further_columns(fit):
    year = k2.load_dataset("bcg")["year"].tolist()
    figure = k2.forest_plot(
        fit, columns=["effect", "Year", "n1"], extra={"Year": year}, heads={"effect": "RR"}, sort="effect"
    )
    table = figure.table()
    assert list(table.columns) == ["kind", "group", "study", "Year", "n1", "effect"]
    assert "RR" in texts(figure)
    printed = [float(cell.split(" ")[0]) for cell in table[table.kind == "study"].effect]
    assert printed == sorted(printed)
    assert table.loc[table.study == "TPT Madras 1980", "Year"].item() == "1980"
    with pytest.raises(k2.DataError, match="one for each pooled study"):
        k2.forest_plot(fit, extra={"Year": year[:3]})


def test_favours_labels_stand_on_their_sides(fit):
    figure = k2.forest_plot(fit, favours=("BCG", "control"))
    inverted = figure.transFigure.inverted()
    null = inverted.transform(figure.parts["plot"].transData.transform((0.0, 0.0)))[0]
    places = {}
    figure.canvas.draw()
    for text in figure.texts:
        if text.get_text().startswith("Favours"):
            box = text.get_window_extent().transformed(inverted)
            places[text.get_text()] = (box.x0, box.x1)
    assert places["Favours BCG"][1] < null < places["Favours control"][0]


@pytest.mark.parametrize("theme", theme_names())
def test_a_theme_changes_no_number(fit, theme):
    rows = k2.forest_plot(fit, theme=theme).k2meta["rows"]
    assert [(r["x"], r["lo"], r["hi"]) for r in rows] == [
        (r["x"], r["lo"], r["hi"]) for r in k2.forest_plot(fit).k2meta["rows"]
    ]


def test_chinese_uses_nu_and_full_width_marks(fit):
    figure = k2.forest_plot(fit, lang="zh")
    printed = "".join(texts(figure))
    assert "异质性检验：" in printed
    assert "ν" in printed
    assert "df" not in printed
    assert any(t.get_text() == "P" and t.get_fontstyle() == "italic" for t in figure.texts)
    assert figure.k2meta["alt"] == figure.k2meta["alt_zh"] != figure.k2meta["alt_en"]
    assert figure.caption("en").startswith("Forest plot of")


def test_negative_limits_take_one_separator_in_the_whole_column():
    table = k2.forest_plot(cases.result("MD", 13), lang="zh").table()
    inside = [cell for cell in table.effect if cell]
    assert all("至" in cell and "～" not in cell for cell in inside)


# ------------------------------------------------------------------ errors and warnings
def test_unknown_keywords_name_the_nearest(fit):
    with pytest.raises(TypeError, match="did you mean 'favours'"):
        k2.forest_plot(fit, favors=("a", "b"))
    with pytest.raises(TypeError, match="did you mean 'square'"):
        k2.forest_plot(fit, squares="red")
    with pytest.raises(k2.OptionError, match="did you mean 'revman'"):
        k2.forest_plot(fit, theme="revmann")
    with pytest.raises(k2.OptionError, match="did you mean 'effect'"):
        k2.forest_plot(fit, columns=["efect"])
    with pytest.raises(k2.OptionError, match="1col"):
        k2.forest_plot(fit, width="3col")
    with pytest.raises(k2.OptionError, match="meta_analysis"):
        k2.forest_plot({"x": 1})


def test_too_narrow_a_page_says_what_it_needs(fit):
    with pytest.raises(k2.LayoutError, match=r"about (\d+) mm are needed") as problem:
        k2.forest_plot(fit, width=45)
    need = float(re.search(r"about (\d+) mm", str(problem.value)).group(1))
    with pytest.warns(k2.LayoutWarning, match="left out"):
        assert k2.forest_plot(fit, width=need + 1)


def test_the_ladder_shrinks_merges_drops(fit):
    assert k2.forest_plot(fit).k2meta["size"] == get_theme("plain").size
    smaller = k2.forest_plot(fit, width=120).k2meta
    assert smaller["size"] < 8
    assert smaller["dropped"] == []
    with pytest.warns(k2.LayoutWarning, match=r"events1\+n1") as caught:
        dropped = k2.forest_plot(fit, width="1col").k2meta
    assert len(caught) == 1
    assert dropped["dropped"] == ["events1+n1", "events2+n2"]
    merged = k2.forest_plot(fit, width=100).table()
    assert merged["events1+n1"].iloc[0] == "4/123"


def test_an_emoji_is_an_error_and_never_a_box():
    fit = k2.meta_analysis(yi=[0.1, 0.2], vi=[0.1, 0.1], study=["A", "B \N{PILE OF POO}"])
    with pytest.raises(k2.MissingGlyphError, match="1F4A9"):
        k2.forest_plot(fit)


# ------------------------------------------------------------------ pages
def test_a_tall_figure_warns_and_pages_split_it():
    fit = cases.result("OR", 60)
    with pytest.warns(k2.LayoutWarning, match='pages="auto"'):
        whole = k2.forest_plot(fit)
    pages = k2.forest_plot(fit, pages="auto")
    assert len(pages) > 1
    assert all(page.get_size_inches()[1] * 25.4 <= 235.01 for page in pages)
    labels = [row["label"] for page in pages for row in page.k2meta["rows"]]
    assert labels == [row["label"] for row in whole.k2meta["rows"]]
    ratio = [
        artists(page, "k2:study-square")[0].get_sizes()[0] / page.k2meta["rows"][0]["weight"]
        for page in pages
    ]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)
    assert len({page.parts["plot"].get_xlim() for page in pages}) == 1
    assert "(continued)" in texts(pages[1])
    assert "(continued)" not in texts(pages[0])


def test_pages_never_end_with_a_name_nor_begin_with_a_total():
    pages = k2.forest_plot(cases.result("OR", 60, kind="subgroups"), pages="auto", max_height=120.0)
    for page in pages[:-1]:
        assert page.table().kind.iloc[-1] != "group"
    for page in pages[1:]:
        assert page.table().kind.iloc[0] in ("study", "group")


# ------------------------------------------------------------------ reference lines
@pytest.mark.parametrize("kind", ["plain", "subgroups"])
@pytest.mark.parametrize("width", ["2col", 130])
def test_reference_lines_cross_no_text(kind, width):
    figure = k2.forest_plot(cases.result("OR", 13, kind=kind), width=width)
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.texts]
    for gid in ("k2:bg:null", "k2:bg:pooled:0"):
        (line,) = artists(figure, gid)
        ends = line.get_transform().transform(np.column_stack(line.get_data()))
        x, (bottom, top) = ends[0, 0], sorted(ends[:, 1])
        assert not [b for b in boxes if b.x0 < x < b.x1 and b.y0 < top and b.y1 > bottom]


def test_blocks_can_change_sides_but_studies_come_first(fit):
    table = k2.forest_plot(fit, left=("study", "effect"), right=("arms", "weight")).table()
    assert list(table.columns)[2:4] == ["study", "effect"]
    with pytest.raises(k2.OptionError, match="first place"):
        k2.forest_plot(fit, left=("arms", "study"))


def test_small_and_huge_limits_are_printed_as_numbers_not_as_zeros():
    data = {"study": ["A", "B"], "estimate": [0.05, 20.0], "se": [0.4, 0.4]}
    found = k2.effect_sizes(data, "GEN", study="study", estimate="estimate", se="se", scale="log")
    fit = k2.meta_analysis(found)
    assert np.exp(fit.ci.low) < 1e-9
    effect = k2.forest_plot(fit).table().effect.iloc[-1]
    assert effect.startswith("1.00 (")
    assert "0.00" not in effect
    assert "×10⁻" in effect
    assert "×10¹" in effect


def test_totals_count_the_people_of_studies_shown_as_not_estimable() -> None:
    """Cochrane prints 7,299 women for hip fractures in primary prevention: with the trials without events."""
    rows = k2.load_dataset("alendronate_fractures")
    rows = rows[(rows["outcome"] == "Hip fractures") & (rows["prevention"] == "primary")]
    fit = k2.mantel_haenszel(rows, "RR", study="study", convention="revman5")
    texts = " ".join(str(cell) for cell in k2.forest_plot(fit, theme="revman").table().iloc[-1])
    assert rows["n1"].sum() + rows["n2"].sum() == 7299
    assert f"{rows['n1'].sum():.0f}" in texts
    assert f"{rows['n2'].sum():.0f}" in texts
    without = k2.forest_plot(fit, theme="revman", excluded=False).table().iloc[-1]
    assert f"{rows['n1'].sum():.0f}" not in " ".join(str(cell) for cell in without)


def test_random_effects_round_mantel_haenszel_are_named_as_revman_does() -> None:
    fit = k2.mantel_haenszel(k2.load_dataset("bcg"), "RR", study="study", model="random")
    for lang, words in (("en", ("M-H, Random", "round the Mantel–Haenszel")), ("zh", ("M-H，随机", "围绕"))):
        figure = k2.forest_plot(fit, theme="revman", lang=lang)
        # a cell is drawn in runs, one for each face
        drawn = "".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))
        for word in words:
            assert word.replace(" ", "") in re.sub(r"\s", "", drawn), (lang, word)
