"""The influence panel: each point is the diagnostic of its study."""

import numpy as np
import pytest
from check_figure import check_figure, errors
from companion_cases import texts

import k2meta as k2

NAMES = ("rstudent", "dffits", "cooks_distance", "cov_ratio", "tau2_deleted", "q_deleted", "hat", "weight")


def bcg(**options):
    return k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR", study="study"), **options)


def with_outlier(k=20):
    rng = np.random.default_rng(3)
    yi = rng.normal(0, 0.2, k)
    yi[4] = 4.0
    return k2.meta_analysis(yi=yi, vi=np.full(k, 0.05), study=[f"Trial {i}" for i in range(k)])


def test_every_panel_shows_every_study_at_its_value():
    fit = with_outlier()
    figure, data = k2.influence_plot(fit), k2.influence_data(fit)
    assert tuple(figure.parts) == NAMES
    for name in NAMES:
        points = [c for c in figure.parts[name].collections if c.get_gid().startswith("k2:points")]
        drawn = np.vstack([c.get_offsets() for c in points])
        drawn = drawn[np.argsort(drawn[:, 0])]
        assert np.array_equal(drawn, data[["number", name]].to_numpy(dtype=float)), name


def test_influential_studies_have_a_shape_and_a_number_of_their_own():
    fit = with_outlier()
    flagged = k2.influence_data(fit).query("influential")["number"].tolist()
    assert flagged == [5]
    figure = k2.influence_plot(fit)
    shapes = {c.get_gid(): len(c.get_paths()[0].vertices) for c in figure.parts["hat"].collections}
    assert shapes["k2:points:hat:influential"] != shapes["k2:points:hat"]
    labels = [t.get_text() for t in figure.texts if (t.get_gid() or "").startswith("k2:text:label")]
    assert set(labels) == {"5"}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", ["1col", "2col"])
def test_no_fault(lang, width):
    for fit in (bcg(), with_outlier(60)):
        assert errors(check_figure(k2.influence_plot(fit, lang=lang, width=width), files=False)) == []


def test_two_equal_studies_and_one():
    two = k2.meta_analysis(yi=[0.1, 0.1], vi=[0.02, 0.02])
    assert errors(check_figure(k2.influence_plot(two), files=False)) == []
    with pytest.raises(k2.DataError, match="only one is omitted"):
        k2.influence_plot(k2.meta_analysis(yi=[0.1], vi=[0.02]))


def test_unknown_diagnostics_are_refused():
    with pytest.raises(k2.OptionError, match="cooks_distance"):
        k2.influence_plot(bcg(), diagnostics=["cooks"])
    with pytest.raises(k2.OptionError, match="a list of names"):
        k2.influence_plot(bcg(), diagnostics="hat")
    with pytest.raises(k2.DataError, match=r"influence\(\)"):
        k2.influence_plot(3)


def test_a_study_that_misses_in_a_panel_is_named_and_no_axis_goes_below_0():
    fit = k2.meta_analysis(yi=[0.3, 0.3, 0.3, 0.5], vi=[0.1, 0.2, 0.15, 0.1], study=list("ABCD"))
    figure = k2.influence_plot(k2.influence(fit))
    assert "not finite: D." in texts(figure)
    assert "not finite: D." in texts(k2.influence_plot(k2.influence(fit), footnote=False))
    assert figure.parts["tau2_deleted"].get_ylim()[0] >= 0.0
    assert "finite" not in texts(k2.influence_plot(bcg()))
