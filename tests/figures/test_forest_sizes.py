"""Freeman-Tukey axes: what is read off the axis is what is printed."""

import numpy as np
import pytest
from check_figure import check_figure, errors

import k2meta as k2
from k2meta.figures.words.reading import read_scale


def proportions():
    rows = {"study": list("ABCD"), "events": [10, 16, 43, 4], "n": [10, 17, 58, 8]}
    return k2.meta_analysis(k2.effect_sizes(rows, "PFT", study="study"))


def rates():
    rows = {"study": list("ABC"), "events": [0, 6, 14], "time": [40.0, 55.0, 300.0]}
    return k2.meta_analysis(k2.effect_sizes(rows, "IRFT", study="study"))


@pytest.mark.parametrize("fit", [proportions(), rates()], ids=["PFT", "IRFT"])
def test_pooled_rows_stand_where_the_axis_reads_their_printed_values(fit):
    figure = k2.forest_plot(fit)
    scale = read_scale(fit.effects).scale
    data = k2.forest_data(fit).query("kind != 'study'")
    rows = [row for row in figure.k2meta["rows"] if row["kind"] != "study"]
    for row, (_, shown) in zip(rows, data.iterrows(), strict=True):
        read = scale.to_natural(np.array([row["lo"], row["hi"]]))
        assert read == pytest.approx([shown["natural_low"], shown["natural_high"]], abs=1e-12)
    for tick in figure.k2meta["axis"]["ticks"]:
        assert scale.to_natural(np.array([tick["position"]]))[0] == pytest.approx(
            float(tick["label"]), abs=1e-9
        )


def test_no_interval_runs_past_the_value_it_is_printed_with():
    fit = proportions()
    rows = {row["label"]: row for row in k2.forest_plot(fit).k2meta["rows"]}
    # 10 of 10: estimate and upper limit are both 1, and so the same place
    assert rows["A"]["hi"] == pytest.approx(rows["A"]["x"], abs=1e-12)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_footnote_says_at_which_size_the_axis_is_read(lang):
    fit = proportions()
    figure = k2.forest_plot(fit, lang=lang)
    middle = len(fit.study) / sum(1 / n for n in (10, 17, 58, 8))
    text = "".join(t.get_text() for t in figure.texts if "footnote" in (t.get_gid() or ""))
    assert f"{middle:.1f}" in text
    assert errors(check_figure(figure, files=False)) == []
    assert errors(check_figure(k2.forest_plot(rates(), lang=lang), files=False)) == []
