"""What careless callers and busy programs do to the companions: they hold, or say what is wrong."""

from __future__ import annotations

import copy
import io
import pickle
import re
import threading
import warnings
import xml.dom.minidom

import matplotlib
import numpy as np
import pandas as pd
import pytest
from check_figure import check_figure
from companion_cases import bcg, bcg_effects, many
from matplotlib.text import Text

import k2meta as k2

FIT = bcg()
JUDGED = {"study": ["A", "B"], "Selection": ["Low", "High"], "Blinding": ["Low", "Low"]}
ONE_FIT = (
    *(k2.forest_plot, k2.funnel_plot, k2.doi_plot, k2.baujat_plot, k2.labbe_plot, k2.radial_plot),
    *(k2.drapery_plot, k2.influence_plot, k2.profile_plot, k2.qq_plot),
)
COMPANIONS = ONE_FIT[1:]


def saved(figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.save(buffer, format=kind, dpi=80)
    return buffer.getvalue()


# ------------------------------------------------------------------ keywords that hold what they cannot
@pytest.mark.parametrize("plot", COMPANIONS)
@pytest.mark.parametrize("value", ["no", 1, None, np.array([True, False]), [], pd.Series([True])])
def test_switches_are_true_or_false(plot, value):
    with pytest.raises(k2.OptionError, match=r"^footnote.* - expected True or False - write footnote=True"):
        plot(FIT, footnote=value)


@pytest.mark.parametrize("plot", COMPANIONS)
@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("title", 3),
        ("title", np.array(["a", "b"])),
        ("lang", np.array(["en", "zh"])),
        ("lang", ["en"]),
        ("width", 10**400),
        ("width", [85]),
        ("theme", np.array([1.0])),
    ],
)
def test_single_values_are_no_lists(plot, keyword, value):
    with pytest.raises(k2.OptionError, match=f"{keyword}.*(expected|Known)"):
        plot(FIT, **{keyword: value})


@pytest.mark.parametrize("plot", [k2.doi_plot, k2.baujat_plot, k2.labbe_plot, k2.radial_plot, k2.qq_plot])
def test_names_may_come_in_any_container(plot):
    name = FIT.effects.study[3]
    wanted = saved(plot(FIT, labels=[name], lang="zh", width=130), "svg")
    for names in ((n for n in [name]), np.array([name]), pd.Series([name], index=[7]), {name: 1}, {name}):
        assert saved(plot(FIT, labels=names, lang="zh", width=130), "svg") == wanted
    assert not plot(FIT, labels=np.array([], dtype=str)).k2meta["unlabelled"]


@pytest.mark.parametrize("labels", [1.5, True, -1, b"x", object(), 1 + 2j, np.float64(2)])
def test_what_is_no_choice_of_names_is_refused(labels):
    regression = k2.meta_regression("~ latitude", bcg_effects())
    for plot, given in ((k2.doi_plot, FIT), (k2.qq_plot, FIT), (k2.bubble_plot, regression)):
        with pytest.raises(k2.OptionError, match=r'labels=.* - expected "auto"'):
            plot(given, labels=labels)


@pytest.mark.parametrize(
    ("plot", "options", "message"),
    [
        (k2.drapery_plot, {"levels": 5}, "levels - 5 is no P value"),
        (k2.drapery_plot, {"levels": None}, "levels - None is no P value"),
        (k2.drapery_plot, {"levels": [True]}, "levels - True is no P value"),
        (k2.drapery_plot, {"xlim": "auto"}, "xlim='auto' - expected two numbers"),
        (k2.drapery_plot, {"xlim": (0, 2)}, "xlim=.*expected two numbers"),
        (k2.drapery_plot, {"xlim": [1, 10**400]}, "xlim=.*expected two numbers"),
        (k2.influence_plot, {"diagnostics": 3}, "diagnostics=3 - expected a list of names"),
        (k2.influence_plot, {"diagnostics": np.array(["hats"])}, "unknown diagnostic .*did you mean 'hat'"),
        (k2.influence_plot, {"diagnostics": [["hat"]]}, "unknown diagnostic"),
        (k2.gosh_plot, {"highlight": 3}, "highlight=3 - no study of the fit"),
        (k2.gosh_plot, {"highlight": ["A"]}, "highlight is a list - expected a text"),
        (k2.qq_plot, {"level": 10**400, "reps": 20}, "level is 1000"),
        (k2.table_forest_plot, {"width": "2col"}, "width='2col' - expected the width of the plot region"),
        (k2.table_forest_plot, {"width": 0}, "width=0 - expected the width of the plot region"),
        (k2.table_forest_plot, {"lang": ["en"]}, r"unknown lang \['en'\]"),
    ],
)
def test_options_of_one_figure_are_read_with_care(plot, options, message):
    with pytest.raises(k2.OptionError, match=message):
        plot(FIT, **options)


def test_an_array_of_diagnostics_is_a_list_of_names():
    assert list(k2.influence_plot(FIT, diagnostics=np.array(["hat", "weight"])).parts) == ["hat", "weight"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"domains": 3}, "domains=3 - expected a list of columns"),
        ({"domains": [["Selection"]]}, "unknown domain column"),
        ({"palette": ["safe"]}, "palette is a list - expected a text"),
        ({"missing": np.array([1, 2])}, "missing is a ndarray - expected a text"),
        ({"study": pd.Series([1])}, "study is a Series - expected a text"),
    ],
)
def test_tables_of_judgements_are_asked_for_with_care(options, message):
    for plot in (k2.risk_of_bias_plot, k2.risk_of_bias_summary_plot):
        with pytest.raises(k2.OptionError, match=message):
            plot(JUDGED, tool="custom", **options)


def test_a_column_of_judgements_is_no_single_value():
    with pytest.raises(k2.DataError, match=r"column 'D1' is 'Low' - expected one judgement for each study"):
        k2.risk_of_bias_plot({"study": ["A"], "D1": "Low"}, tool="custom")


# ------------------------------------------------------------------ threads
def test_threads_draw_the_same_bytes_and_leave_settings_alone():
    jobs = [
        (k2.forest_plot, {"lang": "zh", "theme": "cma"}),
        (k2.funnel_plot, {"theme": "lancet", "contour": True}),
        (k2.baujat_plot, {"lang": "zh"}),
        (k2.doi_plot, {}),
    ]
    kinds = ("pdf", "svg")
    alone = [[saved(plot(FIT, **options), kind) for kind in kinds] for plot, options in jobs]
    before, together = dict(matplotlib.rcParams), {}

    def work(number: int) -> None:
        plot, options = jobs[number % 4]
        together[number] = [saved(plot(FIT, **options), kind) for kind in kinds]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] == alone[number % 4] for number in range(8)] == [True] * 8
    assert dict(matplotlib.rcParams) == before


# ------------------------------------------------------------------ pages and type of any size
@pytest.mark.parametrize(
    "plot", [k2.baujat_plot, k2.drapery_plot, k2.funnel_plot, k2.qq_plot, k2.influence_plot]
)
@pytest.mark.parametrize("size", [14, 20, 40])
def test_type_too_large_for_the_plot_is_set_smaller(plot, size):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", k2.LayoutWarning)  # names without room, a tall page
        figure = plot(FIT, size=size, width=70)
    assert [fault for fault in check_figure(figure, files=False, dpi=80) if fault.severity == "error"] == []


@pytest.mark.parametrize("width", [30, 45, 60])
@pytest.mark.parametrize("k", [13, 200])
def test_a_narrow_page_is_refused_or_good(width, k):
    fit = FIT if k == 13 else many(k)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", k2.LayoutWarning)
            figure = k2.influence_plot(fit, width=width)
    except k2.LayoutError as refused:
        needed = float(re.search(r"about (\d+) mm are needed", str(refused)).group(1))
        assert needed > width
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", k2.LayoutWarning)
            figure = k2.influence_plot(fit, width=needed + 1)
    faults = check_figure(figure, files=False, dpi=80)
    assert [fault for fault in faults if fault.severity == "error" and fault.code != "WIDTH"] == []


@pytest.mark.parametrize("width", [48, 52, 60, 70])
def test_a_summary_needs_no_more_than_its_error_says(width):
    table = {"study": ["A", "B"], **{f"D{i}": ["Low", "High"] for i in range(1, 6)}}
    assert k2.risk_of_bias_summary_plot(table, tool="rob2", width=width).k2meta["rows"]


# ------------------------------------------------------------------ labels
@pytest.mark.parametrize(
    ("label", "printed"),
    [
        ("Tab\tbed", "Tab bed"),
        ("New\r\nline", "New line"),
        ("zero\u200bwidth", "zerowidth"),
        (r"$\frac{1$ & 50% <b>", r"$\frac{1$ & 50% <b>"),
        ("$x^2$", "$x^2$"),
    ],
)
@pytest.mark.parametrize("name", ["funnel", "doi", "baujat", "radial", "qq", "table_forest"])
def test_labels_print_on_one_line_and_to_the_letter(name, label, printed):
    fit = k2.meta_analysis(yi=[0.1, 0.2, 0.9, 0.4], vi=[0.1, 0.2, 0.1, 0.3], study=[label, "B", "C", "D"])
    plot = getattr(k2, f"{name}_plot")
    for labels in ("all", [label], [printed]) if name != "table_forest" else (None,):
        figure = plot(fit, **({} if labels is None else {"labels": labels, "width": 130}))
        shown = [text for text in figure.findobj(Text) if text.get_text().startswith(printed[:2])]
        assert "".join(text.get_text() for text in shown).startswith(printed)
        assert not any(text.get_parse_math() for text in shown)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg")
        xml.dom.minidom.parseString(buffer.getvalue())


@pytest.mark.parametrize("plot", [k2.doi_plot, k2.labbe_plot, k2.qq_plot])
@pytest.mark.parametrize("label", ["A😀", "bell\x07", "שלום", "\ud800"])
def test_what_no_face_draws_is_named(plot, label):
    rows = k2.load_dataset("bcg").assign(study=[label, *(f"S{i}" for i in range(12))])
    fit = k2.meta_analysis(k2.effect_sizes(rows, "RR", study="study"))
    with pytest.raises(k2.MissingGlyphError, match=r"U\+[0-9A-F]{4}.*Replace or remove"):
        plot(fit, labels="all")


# ------------------------------------------------------------------ files and copies
def test_copies_draw_the_same_bytes():
    figure = k2.funnel_plot(FIT, contour=True, lang="zh")
    wanted = saved(figure, "png"), saved(figure, "svg")
    for again in (copy.copy(figure), copy.deepcopy(figure), pickle.loads(pickle.dumps(figure))):
        assert (saved(again, "png"), saved(again, "svg")) == wanted
        assert again.caption("en") == figure.caption("en")
        assert again.table().equals(figure.table())
    assert (saved(figure, "png"), saved(figure, "svg")) == wanted


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (io.BytesIO(), {"format": 3}, "unknown figure format 3"),
        (io.BytesIO(), {"format": ["pdf"]}, "unknown figure format"),
        (io.StringIO(), {"format": "svg"}, "a StringIO takes text - expected a binary stream"),
        ("", {}, "'' cannot be written, as it names a folder - expected a file"),
        ("null\x00.pdf", {}, r"cannot be the name of a file"),
    ],
)
def test_what_is_no_file_is_told(target, options, message):
    with pytest.raises(k2.K2MetaError, match=message):
        k2.funnel_plot(FIT).save(target, **options)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(k2.OutputError, match=r"it names a folder.*figure\.pdf, say"):
        k2.funnel_plot(FIT).save(tmp_path)


def test_captions_are_of_one_language():
    with pytest.raises(k2.OptionError, match="unknown language"):
        k2.funnel_plot(FIT).caption({"en": 1})


# ------------------------------------------------------------------ the table-style figure
@pytest.mark.parametrize(
    ("name", "near"), [("colour_alt_rows", "color_alt_rows"), ("markersise", "markersize")]
)
def test_misspelt_options_of_the_table_style_figure_are_told(name, near):
    with pytest.raises(
        TypeError, match=f"table_forest_plot.. has no keyword '{name}'; did you mean '{near}'"
    ):
        k2.table_forest_plot(FIT, **{name: True})


@pytest.mark.parametrize(
    "options", [{"annote": ["nope"]}, {"annote": 3}, {"xticks": "a"}, {"starpval": True, "pval": "x"}]
)
def test_what_forestplot_refuses_is_told_in_words(options):
    with pytest.raises(k2.OptionError, match=r"forestplot does not draw this .*columns among label, kind"):
        k2.table_forest_plot(FIT, **options)


def test_shaded_rows_need_no_transparency():
    figure = k2.table_forest_plot(FIT, color_alt_rows=True, table=False)
    assert figure.axes[0].patches
    for artist in (*figure.axes[0].patches, *figure.axes[0].collections):
        assert artist.get_alpha() in (None, 1)
    assert figure.axes[0].patches[0].get_facecolor()[:3] == pytest.approx((0.96,) * 3)
    under = min(artist.get_zorder() for artist in (*figure.axes[0].lines, *figure.axes[0].collections))
    assert all(patch.get_zorder() < under for patch in figure.axes[0].patches)


# ------------------------------------------------------------------ options of forest and funnel plots
@pytest.mark.parametrize("value", [np.array([True, False]), pd.Series([1]), 1, "yes", []])
@pytest.mark.parametrize("name", ["statistics", "footnote", "overall", "excluded", "prediction"])
def test_switches_of_forest_plots_are_true_or_false(name, value):
    with pytest.raises(k2.OptionError, match=f"(?s)^{name}=.* - expected True or False"):
        k2.forest_plot(FIT, **{name: value})


@pytest.mark.parametrize("name", ["lang", "pages", "sort"])
def test_single_values_of_forest_plots_are_no_arrays(name):
    for value in (np.array(["a", "b"]), pd.Series([1, 2])):
        with pytest.raises(k2.OptionError, match=rf"^({name} is a |unknown order of studies)"):
            k2.forest_plot(FIT, **{name: value})


@pytest.mark.parametrize("around", [1e308, 700.0, -1e6])
def test_limits_stand_near_the_studies(around):
    with pytest.raises(k2.OptionError, match="so far from the studies"):
        k2.funnel_plot(FIT, around=around)


def test_show_tells_where_figures_are_seen():
    with pytest.raises(k2.OptionError, match=r"has no window.*fig\.save"):
        k2.funnel_plot(FIT).show()
