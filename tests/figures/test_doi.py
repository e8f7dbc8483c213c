"""The doi plot: its points, its limbs, its index and class."""

import numpy as np
import pytest
from check_figure import check_figure
from companion_cases import bcg, collection, fractures, lines, many, plain, texts

import k2meta as k2


def test_points_and_tip():
    fit = bcg()
    lfk = k2.lfk_index(fit)
    figure = k2.doi_plot(fit)
    expected = np.column_stack([fit.effects.yi, np.abs(lfk.z)])
    assert np.array_equal(collection(figure, "k2:points").get_offsets(), expected)
    (middle,) = lines(figure, "k2:bg:centre")
    assert np.all(middle[:, 0] == lfk.centre)
    low, high = figure.parts["plot"].get_ylim()
    assert high == 0.0 < low  # the most precise studies are on top
    assert figure.k2meta["lfk"] == lfk.index


def test_limbs_join_all_points_in_the_order_of_their_effects():
    (line,) = lines(k2.doi_plot(bcg()), "k2:curve:limbs")
    data = k2.doi_data(bcg()).sort_values("estimate")
    assert np.array_equal(line, data[["estimate", "abs_z"]].to_numpy())


@pytest.mark.parametrize(
    ("yi", "label", "words"),
    [
        ([-0.4, -0.2, 0.0, 0.2, 0.4], "none", "no asymmetry"),
        ([-4.27, -1.71, -0.58, -0.19, 0.0], "major", "major asymmetry"),
    ],
)
def test_class_is_printed_as_the_index_has_it(yi, label, words):
    vi = [0.09, 0.04, 0.01, 0.04, 0.09] if label == "none" else [0.158, 0.076, 0.018, 0.022, 0.040]
    figure = k2.doi_plot(plain(yi, vi))
    assert figure.k2meta["classification"] == label
    assert f"({words})" in texts(figure)


def test_index_is_printed_rounded_with_a_true_minus():
    assert "LFK index = −4.10 (major asymmetry)" in texts(k2.doi_plot(bcg()))
    assert "LFK指数 = −4.10（重度不对称）" in texts(k2.doi_plot(bcg(), lang="zh"))
    assert "LFK index=−4·10" in texts(k2.doi_plot(bcg(), theme="lancet"))


def test_effects_and_index_draw_the_same_figure():
    fit = bcg()
    tables = [k2.doi_plot(source).table() for source in (fit, fit.effects, k2.lfk_index(fit))]
    assert all(table.equals(tables[0]) for table in tables)


def test_what_has_no_limbs_is_refused():
    with pytest.raises(k2.DataError, match="at least 3 studies"):
        k2.doi_plot(plain([0.1, 0.2], [0.1, 0.1]))
    with pytest.raises(k2.DataError, match=r"all 3 effects are 0\.2"):
        k2.doi_plot(plain([0.2] * 3, [0.1] * 3))
    with pytest.raises(k2.DataError, match="without a measure"):
        k2.doi_plot(k2.lfk_index(many()))
    with pytest.raises(TypeError, match="did you mean 'lang'"):
        k2.doi_plot(bcg(), language="zh")


@pytest.mark.parametrize(
    ("make", "theme", "width", "lang", "labels"),
    [
        (bcg, "plain", "1col", "en", "all"),
        (bcg, "lancet", "2col", "zh", "all"),
        (many, "nature", "1col", "zh", None),
        (many, "jama", "2col", "en", 5),
        (fractures, "cma", "1col", "zh", "auto"),
        (fractures, "plain", "2col", "en", "auto"),
    ],
)
def test_no_fault(make, theme, width, lang, labels):
    figure = k2.doi_plot(make(), theme=theme, width=width, lang=lang, labels=labels)
    assert check_figure(figure, files=False) == []


def test_no_fault_in_files():
    def factory():
        return k2.doi_plot(bcg(), labels="all")

    assert check_figure(factory(), factory=factory) == []
