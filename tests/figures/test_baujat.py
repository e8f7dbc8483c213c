"""The Baujat plot: its numbers, its marks, and that it has no fault on the page."""

import numpy as np
import pytest
from check_figure import check_figure
from companion_cases import texts

import k2meta as k2


def bcg(**options):
    roles = {role: role for role in ("events1", "n1", "events2", "n2")}
    return k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study", **roles), **options)


def test_contributions_of_a_common_effect_add_to_q():
    fit = bcg(model="common")
    assert k2.baujat_data(fit)["contribution"].sum() == pytest.approx(fit.q, rel=1e-12)


def test_influence_is_the_squared_change_without_the_study():
    fit = bcg()
    one_less = k2.meta_analysis(fit.effects.subset(np.arange(fit.k) != 3))
    expected = (fit.estimate - one_less.estimate) ** 2 / one_less.se**2
    assert k2.baujat_data(fit)["influence"][3] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", ["1col", "2col"])
def test_no_fault(lang, width):
    figure = k2.baujat_plot(bcg(), lang=lang, width=width)
    assert check_figure(figure, files=False) == []
    assert figure.k2meta["unlabelled"] == []


def test_marks_stand_at_their_numbers_with_areas_like_weights():
    fit = bcg()
    figure = k2.baujat_plot(fit)
    (points,) = [c for c in figure.parts["plot"].collections if c.get_gid() == "k2:points"]
    data = k2.baujat_data(fit)
    assert np.array_equal(points.get_offsets(), data[["contribution", "influence"]].to_numpy())
    ratio = points.get_sizes() / data["weight"].to_numpy()
    assert np.ptp(ratio) <= 1e-9 * ratio.max()


def test_names_that_do_not_exist_are_refused():
    with pytest.raises(k2.OptionError, match="'Nobody' is no study"):
        k2.baujat_plot(bcg(), labels=["Nobody"])
    with pytest.raises(TypeError, match="did you mean 'theme'"):
        k2.baujat_plot(bcg(), thme="plain")


def test_a_study_without_finite_influence_is_named_under_the_plot():
    fit = k2.meta_analysis(yi=[0.3, 0.3, 0.3, 0.5], vi=[0.1, 0.2, 0.15, 0.1], study=list("ABCD"))
    data = k2.baujat_data(fit)
    assert np.isinf(data["influence"][3])
    assert np.isfinite(data["influence"][:3]).all()
    figure = k2.baujat_plot(fit)
    assert [row["label"] for row in figure.k2meta["rows"] if row["kind"] == "point"] == ["A", "B", "C"]
    assert "not finite: D." in texts(figure)
    assert "未画出：D。" in texts(k2.baujat_plot(fit, lang="zh"))
    assert "finite" not in texts(k2.baujat_plot(bcg()))


def test_influence_is_0_where_nothing_changes():
    fit = k2.meta_analysis(yi=[0.3] * 4, vi=[0.2, 0.1, 0.3, 0.4])
    assert k2.baujat_data(fit)["influence"].tolist() == [0.0] * 4


def test_no_finite_influence_is_refused():
    tables = {"a": [1, 0], "n": [10, 20], "c": [0, 2], "m": [10, 20]}
    fit = k2.mantel_haenszel(tables, "RR", events1="a", n1="n", events2="c", n2="m")
    with pytest.raises(k2.errors.DataError, match=r"no study with a finite influence .* test='z'"):
        k2.baujat_plot(fit)
