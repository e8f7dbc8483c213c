"""Printed == plotted == tabled == fitted, for any data, look and language."""

from __future__ import annotations

import re
import warnings
from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import k2meta as k2
from k2meta.figures.looks.themes import theme_names

NUMBER = re.compile(r"[-\N{MINUS SIGN}]?\d+(?:[.\N{MIDDLE DOT}]\d+)?")


@st.composite
def forests(draw):
    """A fit, and how it is to be drawn."""
    k = draw(st.integers(1, 24))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    spread = draw(st.sampled_from([0.0, 0.3, 1.5]))
    vi = np.exp(rng.normal(-3, draw(st.sampled_from([0.1, 1.5])), k))
    yi = rng.normal(draw(st.sampled_from([-1.0, 0.0, 0.4])), np.sqrt(spread**2 + vi))
    scale = draw(st.sampled_from([None, "log"]))
    frame = {"estimate": np.exp(yi) if scale else yi, "var": vi, "study": [f"Trial {i}" for i in range(k)]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.DataWarning)  # random numbers may look odd by chance
        effects = k2.effect_sizes(frame, "GEN", study="study", scale=scale)
    fit = k2.meta_analysis(
        effects,
        model=draw(st.sampled_from(["random", "common"])),
        test=draw(st.sampled_from(["z", "t"])),
    )
    options = {
        "theme": draw(st.sampled_from(theme_names())),
        "lang": draw(st.sampled_from(["en", "zh"])),
        "sort": draw(st.sampled_from(["data", "effect", "weight", "name"])),
        "width": draw(st.sampled_from(["2col", 160])),
    }
    return fit, options


def printed_numbers(text):
    """Numbers in a cell as they can be read, whatever brackets and separators the theme uses."""
    text = text.replace("\N{THIN SPACE}", "")
    # a hyphen or dash between two numbers joins the ends of an interval and is no sign
    text = re.sub(r"(?<=\d)[-\N{EN DASH}](?=\d)", " ", text)
    found = NUMBER.findall(text)
    return [Decimal(n.replace("\N{MIDDLE DOT}", ".").replace("\N{MINUS SIGN}", "-")) for n in found]


def rounded(value, like):
    """The value with as many decimals as the printed number; no negative zero."""
    return Decimal(float(value)).quantize(like) + 0


def drawn_text(figure, row, column):
    gid = f"k2:text:{row}:{column}"
    texts = [t for t in figure.texts if t.get_gid() == gid]
    return " ".join("".join(t.get_text() for t in texts).split())


@given(forests())
@settings(max_examples=60, deadline=None)
def test_every_number_is_the_same_wherever_it_is_shown(case):
    fit, options = case
    figure = k2.forest_plot(fit, **options)
    record, table, data = figure.k2meta, figure.table(), k2.forest_data(fit, sort=options["sort"])
    rows = record["rows"]
    assert len(rows) == len(data)
    shown = table[table["kind"].isin(["study", "pooled", "prediction"])].reset_index(drop=True)
    assert len(shown) == len(rows)
    by_label = dict(zip(fit.study, range(fit.k), strict=True))
    for place, row in enumerate(rows):
        if row["kind"] == "study":  # the record holds what was fitted, to the last bit
            i = by_label[row["label"]]
            assert row["x"] == fit.effects.yi[i]
        elif row["kind"] == "pooled":
            assert (row["x"], row["lo"], row["hi"]) == (fit.estimate, fit.ci.low, fit.ci.high)
        # what is drawn in the cell is what the table says
        assert drawn_text(figure, row["row"], "effect") == " ".join(shown["effect"][place].split())
        # and it is the natural value, rounded once
        natural = data[["natural", "natural_low", "natural_high"]].iloc[place].tolist()
        wanted = natural if row["kind"] != "prediction" else natural[1:]
        numbers = printed_numbers(shown["effect"][place])
        assert numbers == [rounded(v, like) for v, like in zip(wanted, numbers, strict=True)]


@given(forests())
@settings(max_examples=40, deadline=None)
def test_every_mark_stands_at_its_number_with_its_weight(case):
    fit, options = case
    figure = k2.forest_plot(fit, **options)
    axes, rows = figure.parts["plot"], figure.k2meta["rows"]
    low, high = axes.get_xlim()
    by_gid = {a.get_gid(): a for a in (*axes.lines, *axes.patches, *axes.collections)}
    studies = [row for row in rows if row["kind"] == "study"]
    squares = by_gid["k2:study-square"]
    assert np.array_equal(squares.get_offsets()[:, 0], [row["x"] for row in studies])
    ratio = np.asarray(squares.get_sizes()) / [row["weight"] for row in studies]
    assert np.ptp(ratio) <= 1e-9 * ratio.max()
    for row in rows:
        artist = by_gid.get(row["gid"])
        if artist is None:  # wholly beyond the axis: an arrow says so
            assert row["hi"] < low or row["lo"] > high
            continue
        x = artist.get_xdata() if hasattr(artist, "get_xdata") else artist.get_xy()[:, 0]
        ends = (
            (max(row["lo"], low), min(row["hi"], high)) if row["kind"] != "pooled" else (row["lo"], row["hi"])
        )
        assert abs(np.min(x) - ends[0]) <= 1e-9
        assert abs(np.max(x) - ends[1]) <= 1e-9
    if "weight" in figure.table():
        total = sum(
            n for text in figure.table().query("kind == 'study'")["weight"] for n in printed_numbers(text)
        )
        assert total == Decimal("100.0")
