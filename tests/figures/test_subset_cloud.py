"""The GOSH plot: every subset is a point, in its place, and nothing else is drawn."""

import numpy as np
import pytest
from check_figure import check_figure, errors

import k2meta as k2


def bcg(**options):
    return k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study"), **options)


@pytest.fixture(scope="module")
def cloud():
    return k2.gosh(bcg(tau2="DL"))


def points(figure):
    return {c.get_gid(): c for c in figure.parts["plot"].collections if c.get_gid().startswith("k2:points")}


def test_each_subset_is_a_point_at_its_estimate(cloud):
    (drawn,) = points(k2.gosh_plot(cloud)).values()
    assert np.array_equal(drawn.get_offsets(), np.column_stack([cloud.estimate, cloud.i2]))
    assert drawn.get_rasterized()


def test_highlighted_subsets_are_those_with_the_study(cloud):
    drawn = points(k2.gosh_plot(cloud, highlight="TPT Madras 1980", y="tau2"))
    place = cloud.study.index("TPT Madras 1980")
    chosen = cloud.included[:, place]
    assert np.array_equal(drawn["k2:points:highlighted"].get_offsets()[:, 1], cloud.tau2[chosen])
    assert len(drawn["k2:points"].get_offsets()) == int((~chosen).sum())
    assert (
        drawn["k2:points"].get_paths()[0].vertices.shape
        != drawn["k2:points:highlighted"].get_paths()[0].vertices.shape
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("theme", "margins"), [("plain", True), ("lancet", False)])
def test_no_fault(cloud, lang, theme, margins):
    figure = k2.gosh_plot(cloud, lang=lang, theme=theme, margins=margins, highlight="Aronson 1948")
    assert errors(check_figure(figure, files=False)) == []


def test_margins_share_the_axes_of_the_cloud(cloud):
    parts = k2.gosh_plot(cloud).parts
    assert parts["over"].get_xlim() == parts["plot"].get_xlim()
    assert parts["beside"].get_ylim() == parts["plot"].get_ylim()
    left, right = (parts[name].get_position().x0 for name in ("plot", "over"))
    assert left == pytest.approx(right, abs=1e-12)


def test_the_note_tells_the_seed_of_a_draw():
    figure = k2.gosh_plot(k2.gosh(bcg(model="common"), subsets=500, seed=7))
    text = " ".join(t.get_text() for t in figure.texts)
    assert "500 subsets of the 13 studies" in text
    assert "seed 7" in text
    assert figure.k2meta["seed"] == 7


def test_small_sets_and_wrong_names():
    two = k2.meta_analysis(yi=[0.1, 0.4], vi=[0.02, 0.03], study=["A", "B"])
    assert errors(check_figure(k2.gosh_plot(two), files=False)) == []
    one = k2.meta_analysis(yi=[0.1], vi=[0.02], study=["A"])
    assert k2.gosh_plot(one).k2meta["subsets"] == 1
    with pytest.raises(k2.OptionError, match="no study of the fit; did you mean 'A'"):
        k2.gosh_plot(two, highlight="a")
    with pytest.raises(k2.OptionError, match=r"no study of the fit\. Studies: A, B"):
        k2.gosh_plot(two, highlight="Nobody")
    with pytest.raises(k2.OptionError, match="i2"):
        k2.gosh_plot(two, y="I2")
    with pytest.raises(k2.DataError, match=r"gosh\(\)"):
        k2.gosh_plot([1, 2])
