"""Several effects of the same studies side by side: each panel is proved like a figure of its own."""

from __future__ import annotations

import forest_cases as cases
import numpy as np
import pandas as pd
import pytest
from check_figure import check_figure
from figure_checks import truth

import k2meta as k2


def artists(figure, gid):
    return figure.findobj(lambda a: a.get_gid() == gid)


def printed(figure):
    return "".join(t.get_text() for t in figure.texts)


def _fit(measure, **options):
    return k2.meta_analysis(cases.bcg(measure), **options)


@pytest.fixture(scope="module")
def fits():
    return _fit("RR"), _fit("RD")


@pytest.fixture(scope="module")
def figure(fits):
    return k2.forest_plot(list(fits), band=[(0.8, 1.25), None])


def _without(row, measure="RR"):
    data = k2.load_dataset("bcg").drop(index=row).reset_index(drop=True)
    return k2.meta_analysis(k2.effect_sizes(data, measure, study="study", **cases.BINARY))


# ------------------------------------------------------------------ marks and numbers
def test_every_panel_shows_its_own_numbers(figure, fits):
    assert len(figure.k2meta["panels"]) == 2
    assert figure.k2meta["rows"] == figure.k2meta["panels"][0]["rows"]
    assert figure.k2meta["axis"] == figure.k2meta["panels"][0]["axis"]
    for number, (panel, fit) in enumerate(zip(figure.k2meta["panels"], fits, strict=True)):
        stem = f"k2:p{number}:" if number else "k2:"
        rows = [row for row in panel["rows"] if row["kind"] == "study"]
        np.testing.assert_array_equal([row["x"] for row in rows], fit.effects.yi)
        (squares,) = artists(figure, f"{stem}study-square")
        np.testing.assert_allclose(squares.get_offsets()[:, 0], fit.effects.yi, rtol=1e-9)
        ratio = squares.get_sizes() / fit.weights
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
        for i, row in enumerate(panel["rows"]):
            assert row["gid"].startswith(stem)
            if row["kind"] == "study":
                (line,) = artists(figure, f"{stem}ci:{i}")
                low, high = line.axes.get_xlim()
                wanted = [max(row["lo"], low), min(row["hi"], high)]
                np.testing.assert_allclose(line.get_xdata(), wanted, rtol=1e-9)
                assert line.axes is figure.parts["plot1" if number else "plot"]
        total = next(row for row in panel["rows"] if row["kind"] == "pooled")
        (diamond,) = artists(figure, f"{stem}diamond:{panel['rows'].index(total)}")
        xs = diamond.get_xy()[:, 0]
        assert (xs.min(), xs.max()) == (fit.ci.low, fit.ci.high)
    scales = [panel["axis"]["scale"] for panel in figure.k2meta["panels"]]
    assert scales == ["log", "identity"]


def test_the_checker_sees_a_mark_of_the_second_panel_that_is_wrong(fits):
    figure = k2.forest_plot(list(fits))
    (line,) = artists(figure, "k2:p1:ci:3")
    line.set_xdata(np.asarray(line.get_xdata()) + 0.01)
    (squares,) = artists(figure, "k2:p1:study-square")
    squares.set_sizes(squares.get_sizes() ** 0.5)
    assert {p.code for p in truth.against_record(figure)} == {"CI_WRONG", "AREA_NOT_WEIGHT"}


def test_studies_and_arms_are_printed_once_effects_for_each_panel(figure, fits):
    table = figure.table()
    assert list(table.columns)[2:] == [
        *("study", "events1", "n1", "events2", "n2"),
        *("effect", "weight", "effect:1", "weight:1"),
    ]
    alone = [k2.forest_plot(fit).table() for fit in fits]
    assert table.effect.tolist() == alone[0].effect.tolist()
    assert table["effect:1"].tolist() == alone[1].effect.tolist()
    assert table["weight:1"].tolist() == alone[1].weight.tolist()
    for cell in table["effect:1"]:
        assert cell in [t.get_text() for t in figure.texts]


def test_lines_of_statistics_name_their_panel_and_shared_notes_stand_once(figure, fits):
    text = printed(figure)
    for fit, name in zip(fits, ("RR", "RD"), strict=True):
        assert f"Heterogeneity ({name}): " in text
        assert f"= {fit.q:.2f}, df = 12" in text
    assert text.count("Random-effects model; ") == 1
    assert "RR: Light grey band" in text


def test_words_tell_of_both_panels(figure):
    for lang, words in (("en", "2 panels side by side"), ("zh", "2幅图并排")):
        assert words in figure.k2meta[f"alt_{lang}"]
        assert len(figure.k2meta[f"alt_{lang}"]) <= 600
    assert "Risk difference: Random-effects model: −0.025" in figure.alt_text
    assert figure.caption("en").startswith("Forest plot of risk ratio and risk difference")
    assert figure.k2meta["measures"] == ["RR", "RD"]


def test_data_of_panels_follow_each_other(fits):
    data = k2.forest_data(list(fits))
    for number, fit in enumerate(fits):
        own = data[data.panel == number].drop(columns="panel").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, k2.forest_data(fit))


# ------------------------------------------------------------------ studies that one panel lacks
def test_a_study_of_one_panel_keeps_its_row(fits):
    figure = k2.forest_plot([_without(3), fits[1]])
    table = figure.table()
    names = table[table.kind == "study"].study.tolist()
    assert names == list(fits[1].study)  # in the place that the data give it
    row = table[table.study == fits[1].study[3]].iloc[0]
    assert (row.effect, row.weight) == ("", "")
    assert row["effect:1"] != ""
    assert row.n1 == f"{fits[1].effects.role('n1')[3]:.0f}"
    assert len([r for r in figure.k2meta["rows"] if r["kind"] == "study"]) == 12
    assert len([r for r in figure.k2meta["panels"][1]["rows"] if r["kind"] == "study"]) == 13
    total = table[table.kind == "pooled"].iloc[0]
    assert (total.n1, total.events1) == ("", "")  # the sums of one panel are not those of the other
    assert check_figure(figure, files=False, dpi=100) == []


def test_a_study_not_estimable_in_one_panel_is_drawn_in_the_other():
    data = k2.load_dataset("bcg")
    data.loc[3, ["events1", "events2"]] = 0
    fits = [
        k2.meta_analysis(k2.effect_sizes(data, m, study="study", drop00=m == "RR", **cases.BINARY))
        for m in ("RR", "RD")
    ]
    assert [fit.k for fit in fits] == [12, 13]
    row = k2.forest_plot(fits).table().iloc[3]
    assert (row.kind, row.effect) == ("study", "Not estimable")
    assert row["effect:1"].startswith("0.000 (")


# ------------------------------------------------------------------ one value for each panel
def test_lists_go_panel_by_panel(fits):
    figure = k2.forest_plot(
        list(fits),
        xlim=[(0.1, 2), None],
        ticks=[None, [-0.1, 0]],
        effect=["Relative risk", None],
        favours=[("BCG", "control"), None],
        decimals=[3, 2],
        heads={"weight": "Share", "effect:1": "RD"},
        columns=["effect", "weight"],
    )
    one, two = (panel["axis"] for panel in figure.k2meta["panels"])
    assert (one["low"], one["high"]) == pytest.approx((np.log(0.1), np.log(2)), rel=1e-12)
    assert [tick["label"] for tick in two["ticks"]] == ["−0.1", "0"]
    table = figure.table()
    assert table.effect[0].startswith("0.411 ")
    assert table["effect:1"][0].startswith("−0.05 ")
    text = [t.get_text() for t in figure.texts]
    assert text.count("Share") == 2
    assert "RD" in text
    assert text.count("Favours BCG") == 1
    assert "Heterogeneity (Relative risk): " in printed(figure)


def test_one_value_may_stand_for_all(fits):
    figure = k2.forest_plot(list(fits), favours=("BCG", "control"), decimals=2)
    assert [t.get_text() for t in figure.texts].count("Favours BCG") == 2
    with pytest.raises(k2.OptionError, match="one name for 2 panels"):
        k2.forest_plot(list(fits), effect="Risk")
    with pytest.raises(k2.OptionError, match="xlim has 3 values"):
        k2.forest_plot(list(fits), xlim=[(0.1, 2), None, None])


def test_models_go_to_the_panel_of_their_effects(fits):
    more = [_fit(m, model="common") for m in ("RD", "RR")]
    panels = k2.forest_plot(list(fits), models=more).k2meta["panels"]
    for panel, fit, other in zip(panels, fits, more[::-1], strict=True):
        assert [r["x"] for r in panel["rows"] if r["kind"] == "pooled"] == [fit.estimate, other.estimate]


# ------------------------------------------------------------------ kinds of results
def test_panels_of_subgroups_and_of_refits(fits):
    groups = [k2.subgroup_analysis(cases.bcg(m), "allocation") for m in ("RR", "RD")]
    figure = k2.forest_plot(groups)
    for panel, result in zip(figure.k2meta["panels"], groups, strict=True):
        shown = {row["group"]: row["x"] for row in panel["rows"] if row["kind"] == "pooled" and row["group"]}
        assert shown == {name: sub.estimate for name, sub in result.groups.items()}
    assert printed(figure).count("Test for subgroup differences") == 2
    refits = [k2.leave_one_out(fit) for fit in fits]
    figure = k2.forest_plot(refits)
    for panel, result in zip(figure.k2meta["panels"], refits, strict=True):
        rows = [row["x"] for row in panel["rows"] if row["kind"] == "study"]
        np.testing.assert_array_equal(rows, result.estimate)
    names = [n for n in figure.table().study if n.startswith("Omitting")]
    assert len(names) == 13
    changing = {
        f"Omitting {n}" for n, c in zip(refits[1].study, refits[1].changes_conclusion, strict=True) if c
    }
    assert changing
    # a mark for each panel: the first one's conclusion never changes
    assert {n.removesuffix("†") for n in names if n.endswith("†")} == changing
    assert not any("*" in n for n in names)
    assert "RD: † The conclusion at" in printed(figure)
    assert len(artists(figure, "k2:bg:band")) == len(artists(figure, "k2:bg:p1:band")) == 1


def test_pages_repeat_every_panel():
    fits = [k2.meta_analysis(cases.effects(m, 60)) for m in ("RR", "RD")]
    pages = k2.forest_plot(fits, pages="auto", columns=["effect"])
    assert len(pages) > 1
    for number, fit in enumerate(fits):
        shown = [
            r["x"] for page in pages for r in page.k2meta["panels"][number]["rows"] if r["kind"] == "study"
        ]
        np.testing.assert_array_equal(shown, fit.effects.yi)
        assert len({page.parts["plot1" if number else "plot"].get_xlim() for page in pages}) == 1


def test_what_cannot_be_joined_is_told(fits):
    with pytest.raises(k2.OptionError, match="results of one kind"):
        k2.forest_plot([fits[0], k2.leave_one_out(fits[1])])
    with pytest.raises(k2.DataError, match="no study in common"):
        k2.forest_plot([fits[0], k2.meta_analysis(cases.effects("RD", 4))])
    with pytest.raises(k2.OptionError, match="list of 0"):
        k2.forest_plot([])
    with pytest.raises(k2.OptionError, match="cannot show str"):
        k2.forest_plot([fits[0], "fit"])
    one = k2.subgroup_analysis(cases.bcg(), "allocation")
    two = k2.subgroup_analysis(cases.bcg("RD"), ["a", "b"] * 6 + ["a"])
    with pytest.raises(k2.OptionError, match="the same groups"):
        k2.forest_plot([one, two])
    steps = [k2.cumulative_meta_analysis(fit, order="effect") for fit in fits]
    with pytest.raises(k2.OptionError, match="studies in different orders"):
        k2.forest_plot(steps)
    assert k2.forest_plot([k2.cumulative_meta_analysis(fit, order="year") for fit in fits])
    data = k2.load_dataset("bcg")
    data.loc[2, "n1"] += 5
    changed = k2.meta_analysis(k2.effect_sizes(data, "RD", study="study", **cases.BINARY))
    with pytest.raises(
        k2.DataError, match=r"Rosenthal et al 1960 - n1 is 231 in panel RR and 236 in panel RD"
    ):
        k2.forest_plot([fits[0], changed])
    assert k2.forest_plot([fits[0], changed], columns=["effect"])


def test_a_page_too_narrow_for_the_panels_says_what_they_need(fits):
    with pytest.raises(k2.LayoutError, match=r"about \d+ mm are needed"):
        k2.forest_plot(list(fits), width="1col")
