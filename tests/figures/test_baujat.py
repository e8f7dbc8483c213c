"""The Baujat plot: its numbers, its marks, and that it has no fault on the page."""

import numpy as np
import pytest
from check_figure import check_figure

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
