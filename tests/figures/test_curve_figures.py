"""Profile likelihood, normal Q-Q, drapery and specification curve: the numbers behind the marks."""

import numpy as np
import pytest
from check_figure import check_figure, errors

import k2meta as k2
from k2meta.analysis.likelihood_curves import profile_curve


def bcg(measure="RR", **options):
    return k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), measure, study="study"), **options)


def collection(figure, gid, part="plot"):
    (found,) = [c for c in figure.parts[part].collections if c.get_gid() == gid]
    return found


def words(figure):
    return " ".join(t.get_text() for t in figure.texts)


@pytest.fixture(scope="module")
def curve():
    return k2.specification_curve(bcg().effects, by="allocation")


# --------------------------------------------------------------------------- profile likelihood
def test_marks_of_the_profile_are_the_fit_and_its_limits():
    fit = bcg()
    figure = k2.profile_plot(fit)
    limits = fit.heterogeneity(method="PL").tau2_ci
    assert collection(figure, "k2:points:limits").get_offsets()[:, 0].tolist() == [limits.low, limits.high]
    ((tau2, height),) = collection(figure, "k2:points:maximum").get_offsets().tolist()
    assert tau2 == fit.tau2
    assert height == pytest.approx(fit.log_likelihood, rel=1e-12)


def test_an_estimator_that_is_not_the_maximum_gets_a_mark_of_its_own():
    fit = bcg(tau2="DL")
    figure = k2.profile_plot(fit)
    assert collection(figure, "k2:points:fit").get_offsets()[0, 0] == fit.tau2
    assert figure.k2meta["restricted"] is False


def test_profile_of_homogeneous_studies_starts_at_its_maximum():
    fit = k2.meta_analysis(yi=[0.1, 0.12, 0.11, 0.1], vi=[0.02, 0.03, 0.02, 0.05])
    assert fit.tau2 == 0
    assert errors(check_figure(k2.profile_plot(fit), files=False)) == []


def test_profile_needs_random_effects():
    with pytest.raises(k2.OptionError):
        k2.profile_plot(bcg(model="common"))
    with pytest.raises(k2.DataError, match=r"meta_analysis\(\)"):
        k2.profile_plot("fit")


def test_a_finished_curve_is_drawn_as_it_is():
    fit = bcg()
    assert k2.profile_plot(profile_curve(fit, 50)).table().equals(k2.profile_data(fit, points=50))


# --------------------------------------------------------------------------- normal Q-Q
def test_residuals_are_those_of_influence():
    fit = bcg()
    data = k2.qq_data(fit)
    expected = k2.influence(fit).to_frame().set_index("study")["rstudent"]
    assert np.array_equal(data["residuals"], expected.loc[data["study"]])
    figure = k2.qq_plot(fit)
    drawn = sum(len(c.get_offsets()) for c in figure.parts["plot"].collections)
    assert drawn == fit.k


def test_the_envelope_repeats_with_its_seed_and_not_without():
    fit = bcg()
    assert k2.qq_data(fit, reps=50, seed=4).equals(k2.qq_data(fit, reps=50, seed=4))
    assert not k2.qq_data(fit, reps=50, seed=4).equals(k2.qq_data(fit, reps=50, seed=5))


def test_studies_outside_the_envelope_are_named():
    figure = k2.qq_plot(bcg())
    outside = [row["label"] for row in figure.k2meta["rows"] if row["gid"].endswith("outside")]
    assert len(outside) == figure.k2meta["outside"] > 0
    assert all(name in words(figure) for name in outside)


# --------------------------------------------------------------------------- drapery
def test_curves_cross_a_level_where_the_interval_ends():
    fit = bcg()
    data = k2.drapery_data(fit, grid=[fit.ci.low, fit.estimate, fit.ci.high]).query("curve == 'pooled'")
    assert data["p_value"].tolist() == pytest.approx([0.05, 1.0, 0.05], abs=1e-10)


def test_every_study_has_a_curve_as_wide_as_its_weight():
    fit = bcg()
    figure = k2.drapery_plot(fit)
    widths = {
        line.get_gid(): line.get_linewidth()
        for line in figure.parts["plot"].lines
        if line.get_gid().startswith("k2:curve:study")
    }
    assert len(widths) == fit.k
    order = [widths[f"k2:curve:study:{i}"] for i in np.argsort(fit.weights)]
    assert order == sorted(order)


@pytest.mark.parametrize("y", ["p", "z"])
def test_curves_stay_inside_the_plot(y):
    axes = k2.drapery_plot(bcg(), y=y, xlim=(0.3, 0.8)).parts["plot"]
    low, high = axes.get_xlim()
    for line in axes.lines:
        assert low - 1e-9 <= np.min(line.get_xdata())
        assert np.max(line.get_xdata()) <= high + 1e-9


def test_no_prediction_region_without_one():
    figure = k2.drapery_plot(bcg(model="common"))
    assert not [p for p in figure.parts["plot"].patches if p.get_gid() == "k2:bg:prediction"]
    assert [p for p in k2.drapery_plot(bcg()).parts["plot"].patches if p.get_gid() == "k2:bg:prediction"]


def test_drapery_options_are_checked():
    for wrong in ({"y": "q"}, {"levels": (5,)}, {"xlim": (2, 1)}, {"xlim": (-1, 2)}):
        with pytest.raises(k2.OptionError):
            k2.drapery_plot(bcg(), **wrong)


# --------------------------------------------------------------------------- specification curve
def test_specifications_are_drawn_in_order_of_their_estimates(curve):
    data = k2.specification_data(curve)
    assert data["estimate"].is_monotonic_increasing
    figure = k2.specification_plot(curve)
    drawn = sum(len(c.get_offsets()) for c in figure.parts["plot"].collections if "points" in c.get_gid())
    assert drawn == curve.n


def test_dots_say_the_choices_of_each(curve):
    figure = k2.specification_plot(curve)
    dots = collection(figure, "k2:bg:choices", "choices").get_offsets()
    factors = [name for name, options in curve.choices.items() if len(set(options)) > 1]
    assert len(dots) == curve.n * len(factors)
    ticks = {t["label"]: t["position"] for t in figure.k2meta["axes"]["choices"]["y"]["ticks"]}
    of_reml = {int(x) - 1 for x, y in dots if y == ticks["REML"]}
    data = k2.specification_data(curve)
    assert of_reml == set(np.flatnonzero(data["model"] == "REML"))


def test_many_specifications_are_thinned_and_it_is_said(curve):
    figure = k2.specification_plot(curve, most=20)
    assert figure.k2meta["drawn"] == 20
    assert figure.table()["rank"].iloc[[0, -1]].tolist() == [1, curve.n]
    assert f"20 of {curve.n} specifications drawn" in words(figure)


def test_share_and_median_are_printed(curve):
    text = words(k2.specification_plot(curve))
    natural = np.exp(curve.median)
    assert f"median {natural:.2f}" in text
    assert f"{100 * curve.share_significant:.0f}% with" in text


def test_wrong_input_is_refused(curve):
    with pytest.raises(k2.DataError, match=r"specification_curve\(\)"):
        k2.specification_plot(bcg())
    with pytest.raises(k2.OptionError, match="most"):
        k2.specification_plot(curve, most=1)


# --------------------------------------------------------------------------- all
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("theme", ["plain", "lancet"])
def test_no_fault(curve, lang, theme):
    common = {"lang": lang, "theme": theme}
    fit = bcg()
    figures = [
        k2.profile_plot(fit, **common),
        k2.profile_plot(bcg(tau2="PM"), width="2col", **common),
        k2.qq_plot(fit, labels="all", **common),
        k2.drapery_plot(fit, **common),
        k2.drapery_plot(k2.meta_analysis(yi=[0.1], vi=[0.02]), y="z", **common),
        k2.specification_plot(curve, **common),
        k2.specification_plot(curve, width="1col", **common),
    ]
    for figure in figures:
        assert errors(check_figure(figure, files=False)) == [], figure.k2meta["kind"]


def test_only_the_residuals_outside_are_named_though_all_bear_one_name():
    yi = np.append(np.linspace(-0.2, 0.2, 9), 2.0)
    fit = k2.meta_analysis(yi=yi, vi=np.full(10, 0.05), study=["A"] * 10, model="common")
    figure = k2.qq_plot(fit, seed=1)
    labels = [text for text in figure.texts if (text.get_gid() or "").startswith("k2:text:label")]
    assert 0 < figure.k2meta["outside"] < 10
    assert len(labels) == figure.k2meta["outside"]
