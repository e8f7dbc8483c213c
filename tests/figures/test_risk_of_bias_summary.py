"""The summary of the risk of bias: shares, weights, and bars that end where the numbers say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from bias_cases import bias_table, custom_table
from check_figure import check_figure
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

import k2meta as k2
from k2meta.errors import DataError, LayoutError, OptionError
from k2meta.figures.bias.bias_marks import look_of
from k2meta.figures.bias.bias_tools import TOOLS
from k2meta.figures.bias.risk_of_bias_summary import risk_of_bias_shares, risk_of_bias_summary_plot

LANGS = ("en", "zh")


def fit(k: int) -> k2.MetaResult:
    """A fit of Trial 1 ... Trial k, with weights that differ."""
    return k2.meta_analysis(
        yi=np.linspace(-0.4, 0.5, k),
        vi=np.linspace(0.01, 0.2, k),
        study=[f"Trial {i + 1}" for i in range(k)],
    )


# --- figures


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(("lang", "width"), [("en", "1col"), ("zh", "1col"), ("en", "2col")])
def test_every_tool_is_drawn_without_fault(tool: str, lang: str, width: str):
    table = bias_table(tool, 30, overall=not tool.startswith(("nos", "quadas")))
    figure = risk_of_bias_summary_plot(table, tool=tool, lang=lang, width=width)
    assert check_figure(figure, files=False) == []


@pytest.mark.parametrize("domains", range(1, 13))
def test_any_number_of_domains(domains: int):
    figure = risk_of_bias_summary_plot(custom_table(9, domains), tool="custom", width="1col")
    assert check_figure(figure, files=False) == []
    assert len(figure.table()) == domains


@pytest.mark.parametrize("k", [1, 2, 60, 200])
@pytest.mark.parametrize("palette", ["safe", "cochrane"])
def test_any_number_of_studies(k: int, palette: str):
    figure = risk_of_bias_summary_plot(bias_table("robins-i", k), tool="robins-i", palette=palette)
    assert [p for p in check_figure(figure, files=False) if p.code != "COLOUR_ONLY"] == []


@pytest.mark.parametrize("lang", LANGS)
def test_files_are_sound(lang: str):
    def make():
        return risk_of_bias_summary_plot(bias_table("rob2", 11), lang=lang, width="1col")

    assert check_figure(make(), factory=make) == []


# --- numbers


@given(st.data())
def test_shares_are_sums_of_weights(draw):
    key = draw.draw(st.sampled_from(list(TOOLS)))
    k = draw.draw(st.integers(1, 12))
    table = bias_table(key, k)
    weights = draw.draw(st.lists(st.floats(1e-6, 1e6), min_size=k, max_size=k))
    shares = risk_of_bias_shares(table, tool=key, weights=weights)
    for row in shares.itertuples():
        judged = (table[row.code] == row.judgement).to_numpy()
        assert row.n == judged.sum()
        assert row.percent == pytest.approx(100 * np.average(judged, weights=weights), rel=1e-9, abs=1e-9)
    assert np.allclose(shares.groupby("code")["percent"].sum(), 100, rtol=1e-12)


def test_bars_end_where_the_record_says():
    table = bias_table("robins-i", 13)
    figure = risk_of_bias_summary_plot(table, tool="robins-i", weights=fit(13))
    shares = risk_of_bias_shares(table, tool="robins-i", weights=fit(13)).set_index(["code", "judgement"])[
        "percent"
    ]
    artists = {artist.get_gid(): artist for artist in figure.findobj(lambda a: a.get_gid() is not None)}
    ends: dict[str, float] = {}
    for row in figure.k2meta["rows"]:
        x = artists[row["gid"]].get_xy()[:, 0]
        assert x.min() == pytest.approx(row["lo"], abs=1e-9)
        assert x.max() == pytest.approx(row["hi"], abs=1e-9)
        assert row["lo"] == pytest.approx(ends.get(row["domain"], 0.0), abs=1e-9)
        assert row["hi"] - row["lo"] == pytest.approx(shares[row["domain"], row["value"]], abs=1e-9)
        assert to_hex(artists[row["gid"]].get_facecolor()).upper() == look_of(row["value"]).fill
        ends[row["domain"]] = row["hi"]
    assert all(end == pytest.approx(100, abs=1e-9) for end in ends.values())
    assert figure.parts["plot"].get_xlim() == (0.0, 100.0)
    assert figure.k2meta["weighted"]


@pytest.mark.parametrize("draw", [k2.risk_of_bias_plot, risk_of_bias_summary_plot])
def test_gids_are_fit_for_ids_in_svg(draw):
    gids = {item.gid for item in draw(bias_table("robins-i", 30), tool="robins-i").page.items}
    assert all(gid and " " not in gid for gid in gids)


def test_each_part_wide_enough_has_a_glyph():
    figure = risk_of_bias_summary_plot(bias_table("robins-i", 30), tool="robins-i", width="1col")
    glyphs = {item.gid for item in figure.page.items if item.gid.endswith(":glyph")}
    for row in figure.k2meta["rows"]:
        if row["hi"] - row["lo"] > 4:
            assert f"{row['gid']}:glyph" in glyphs


def test_weights_of_a_fit_are_found_by_label():
    table = bias_table("rob2", 5)
    own = fit(5)
    shuffled = table.sample(frac=1, random_state=3)
    by_label = dict(zip(own.study, own.weights.tolist(), strict=True))
    given_fit = risk_of_bias_shares(shuffled, tool="rob2", weights=own)
    assert np.allclose(
        given_fit["percent"], risk_of_bias_shares(table, tool="rob2", weights=own.weights)["percent"]
    )
    assert np.allclose(
        given_fit["percent"], risk_of_bias_shares(table, tool="rob2", weights=by_label)["percent"]
    )


def test_printed_percentages():
    table = {"study": [f"T{i}" for i in range(8)], "A": ["low"] * 4 + ["high"] * 3 + ["unclear"]}
    assert risk_of_bias_summary_plot(table, tool="custom").table().iloc[0].tolist() == [
        "A",
        "50%",
        "13%",
        "38%",
    ]
    few = risk_of_bias_summary_plot(table, tool="custom", weights=[1e6] * 7 + [1]).table().iloc[0].tolist()
    assert few == ["A", "57%", "<1%", "43%"]
    nearly = {"study": ["T1", "T2"], "A": ["low", "high"]}
    assert (
        risk_of_bias_summary_plot(nearly, tool="custom", weights=[1e6, 1]).table().iloc[0].tolist()[1]
        == "99%"
    )


def test_blanks_leave_the_bar_open():
    table = {"study": ["T1", "T2"], "A": ["low", None]}
    figure = risk_of_bias_summary_plot(table, tool="custom", missing="blank")
    assert figure.k2meta["rows"][0]["hi"] == pytest.approx(50)
    assert figure.table().iloc[0].tolist() == ["A", "50%"]


def test_texts_in_both_languages():
    table = bias_table("rob2", 4)
    plain = risk_of_bias_summary_plot(table)
    weighted = risk_of_bias_summary_plot(table, weights=[1, 2, 3, 4], lang="zh")
    assert "each study counts the same" in plain.alt_text
    assert "各研究按权重计" in weighted.alt_text
    assert weighted.k2meta["axis"]["title"] == "权重所占比例（%）"
    assert plain.k2meta["axis"]["title"] == "Share of studies (%)"
    for lang in LANGS:
        assert 40 <= len(plain.k2meta[f"alt_{lang}"]) <= 600
        assert plain.caption(lang)


# --- refusals


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2], "weights hold 2 values for 3 studies"),
        ("heavy", "weights hold 0 values for 3 studies"),
        ([1, -1, 1], r"study 'Trial 2': weight -1 - expected a finite number, 0 or more"),
        ([1, math.nan, 1], "study 'Trial 2': weight nan"),
        ([1, "x", 1], "study 'Trial 2': weight 'x'"),
        ([0, 0, 0], "all weights are 0"),
        ({"Trial 1": 1.0, "Trial 3": 2.0}, "study 'Trial 2' has no weight"),
        (fit(2), "study 'Trial 3' of the risk-of-bias table was not pooled"),
        (fit(4), "study 'Trial 4' of the fit is not in the risk-of-bias table"),
    ],
)
def test_weights_are_checked(weights: object, message: str):
    with pytest.raises(DataError, match=message):
        risk_of_bias_summary_plot(bias_table("rob2", 3), weights=weights)


def test_a_study_with_two_weights_is_refused():
    double = k2.meta_analysis(yi=[0.1, 0.2], vi=[0.1, 0.1], study=["Trial 1", "Trial 1"])
    with pytest.raises(DataError, match="study 'Trial 1' has several weights"):
        risk_of_bias_summary_plot(bias_table("rob2", 1), weights=double)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"weigths": None}, TypeError, "did you mean 'weights'"),
        ({"palette": "pastel"}, OptionError, "unknown palette"),
        ({"lang": "fr"}, OptionError, "unknown lang"),
        ({"width": 40}, LayoutError, r"too narrow for bars .* about [0-9]+ mm are needed"),
    ],
)
def test_options_are_checked(options: dict, error: type, message: str):
    with pytest.raises(error, match=message):
        risk_of_bias_summary_plot(bias_table("rob2", 2), **options)


def test_the_table_is_not_changed():
    table = bias_table("rob2", 3)
    before = table.copy()
    risk_of_bias_summary_plot(table)
    pd.testing.assert_frame_equal(table, before)
    assert k2.risk_of_bias_summary_plot is risk_of_bias_summary_plot
