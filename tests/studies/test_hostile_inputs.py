"""What a spreadsheet does to data: every cell, file and column is refused with its place, or read right."""

import warnings

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.errors import DataError, DataWarning, K2MetaError, OptionError
from k2meta.studies.cell_text import TEXT_REMEDIES, text_fault
from k2meta.studies.numeric import number_array

HEAD = "study,events1,n1,events2,n2\n"


def rows(**changes):
    table = {"study": ["A", "B", "C"], "events1": [2, 9, 4], "n1": [23, 66, 30], "events2": [6, 17, 8]}
    return pd.DataFrame({**table, "n2": [24, 66, 31], **changes})


def refusal(call, error=DataError):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def assert_told(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in: {text}"


@pytest.fixture
def put(tmp_path):
    def write(content, name="rows.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


# -- cells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "fault", "remedy"),
    [
        ("12", "numbers typed as text", "to_numeric"),
        ("1,234", "decimal comma or a separator of thousands", "1234 or 1.234"),
        ("0,5", "decimal comma", "decimal=','"),
        ("1,234,567", "separator of thousands", "1234"),
        ("1 234", "separator of thousands", "1234"),
        ("1.234,5", "separator of thousands", "1234"),
        ("12%", "percent sign", "0.12"),
        ("<0.001", "sign such as '<'", "0.001"),
        ("p < 0.05", "sign such as '<'", "0.001"),
        ("66*", "footnote mark", "Remove the mark"),
        ("#DIV/0!", "error of the spreadsheet", "formula"),
        ("#N/A", "error of the spreadsheet", "empty"),
        ("3-Jan", "dates", "turned a number"),
        ("2001-03-01", "dates", "again as a number"),
        ("3月1日", "dates", "again as a number"),
        ("1.2 (0.3)", "several numbers in one cell", "its own column"),
        ("1.2±0.3", "several numbers in one cell", "its own column"),
        ("0.36-0.74", "several numbers in one cell", "limits of an interval"),
        ("12/100", "several numbers in one cell", "events and n"),
        ("２３", "full-width or other unusual digits or signs", "plain digits"),
        ("−1.5", "full-width or other unusual digits or signs", "-1.5"),
        ("٢٣", "unusual digits or signs", "plain digits"),
        ("NR", "text", "put None"),
    ],
)
def test_a_cell_of_text_is_told_for_what_it_is(cell, fault, remedy):
    message = refusal(lambda: k2.effect_sizes(rows(n1=pd.Series([23, cell, 30], dtype=object)), "RR"))
    assert_told(message, f"{fault} in n1", f"study 'B' (row 1): {cell!r}", remedy)


def test_every_kind_of_text_has_a_remedy():
    kinds = {text_fault(cell) for cell in ("1,2", "5 of 9", "x", "7%", ">1", "5†", "#REF!", "1.1.2001", "１")}
    assert kinds <= set(TEXT_REMEDIES)
    assert len(kinds) == 9


def test_one_bad_cell_is_named_among_a_thousand_that_it_made_text(put):
    lines = "".join(f"S{i},1,10,2,10\n" for i in range(1000))
    data = k2.read_table(put(f"{HEAD}{lines}bad,NR,10,2,10\n"))
    message = refusal(lambda: k2.effect_sizes(data, "RR"))
    assert_told(message, "study 'bad' (row 1000): 'NR'", "1000 other cells hold a number typed as text")
    assert "'S0'" not in message


def test_nullable_and_categorical_columns_are_numbers():
    plain = k2.effect_sizes(rows(), "RR").yi
    for n1 in (pd.array([23, 66, 30], dtype="Int64"), pd.Categorical([23, 66, 30])):
        np.testing.assert_array_equal(k2.effect_sizes(rows(n1=n1), "RR").yi, plain)
    missing = pd.array([23, None, 30], dtype="Int64")
    assert_told(refusal(lambda: k2.effect_sizes(rows(n1=missing), "RR")), "'B' (row 1): missing")


# -- labels ---------------------------------------------------------------------------------------------


DATES = ("2001-01-02", "2004-03-01", "2014-05-06")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([2001.0, np.nan, 2014.0], ("2001", "Study 2", "2014")),
        (pd.to_datetime(DATES), DATES),
        (np.array([*DATES[:2], "NaT"], dtype="datetime64[ns]"), (*DATES[:2], "Study 3")),
        (["A", "A", " "], ("A", "A", "Study 3")),
    ],
)
def test_labels_look_as_they_were_typed(labels, expected):
    assert k2.effect_sizes(rows(study=labels), "RR").study == expected


@pytest.mark.parametrize("label", ["Total", "subtotal:", "Overall", "合计", "Total (95% CI)"])
def test_a_total_is_no_study(label):
    with pytest.warns(DataWarning, match=r"called like a total.*\(row 2\)"):
        k2.effect_sizes(rows(study=["A", "B", label]), "RR")
    k2.effect_sizes(rows(study=["A", "Totally 2001", "Overall 2004"]), "RR")


# -- columns --------------------------------------------------------------------------------------------


def test_merged_headers_of_two_rows():
    data = pd.DataFrame([[1, 10, 2, 10]], columns=pd.MultiIndex.from_product([["t", "c"], ["e", "n"]]))
    message = refusal(lambda: k2.effect_sizes(data, "RR", events1="t"))
    assert_told(message, "2 header rows", "('t', 'e')", "Join them")


def test_both_arms_cannot_be_one_column():
    message = refusal(lambda: k2.effect_sizes(rows(), "RR", events2="events1"))
    assert_told(message, "events1 and events2 are both the column 'events1'", "events2='<column>'")
    k2.effect_sizes(rows(), "RR", n2="n1", events2=[1, 2, 3])  # arms of one size may share the column


@pytest.mark.parametrize(("role", "meant"), [("ai", "events1"), ("n2i", "n2"), ("slab", "study")])
def test_names_from_r_are_translated(role, meant):
    message = refusal(lambda: k2.effect_sizes(rows(), "RR", **{role: "n1"}), OptionError)
    assert_told(message, f"unknown RR role {role!r}", f"called {meant!r} here")


def test_no_source_of_the_standard_error_lists_the_columns():
    data = pd.DataFrame({"estimate": [0.1], "std_err": [0.2]})
    assert_told(refusal(lambda: k2.effect_sizes(data, "GEN")), "none was given", "Columns: estimate, std_err")


# -- exclusions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["no", "No", "N", "FALSE", "否"])
def test_an_answer_is_no_reason(answer):
    data = rows(retracted=[answer, "yes", answer])
    message = refusal(lambda: k2.effect_sizes(data, "RR", exclude="retracted"))
    assert_told(message, "column 'retracted', study 'A' (row 0)", repr(answer), "== 'yes'")
    kept = k2.effect_sizes(data, "RR", exclude=data["retracted"] == "yes")
    assert [out.row for out in kept.excluded] == [1]


def test_a_tick_excludes_with_the_name_of_its_column():
    effects = k2.effect_sizes(rows(retracted=["", "yes", None]), "RR", exclude="retracted")
    assert effects.excluded[0].reason == "excluded (retracted)"


def test_a_column_of_zeros_and_ones_is_told_with_its_place():
    message = refusal(lambda: k2.effect_sizes(rows(out=[0, 1, 0]), "RR", exclude="out"))
    assert_told(message, "column 'out', study 'A' (row 0)", "entry 0", "== 1")


# -- intervals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ["log", "identity"])
def test_a_mistyped_limit_is_doubted(scale):
    row = {"study": ["A"], "estimate": [0.5], "ci_low": [0.02], "ci_high": [0.52]}
    with pytest.warns(DataWarning, match="far from the middle") as caught:
        k2.effect_sizes(row, "GEN", scale=scale)
    assert_told(str(caught[0].message), "study 'A' (row 0)", "0.5 (0.02 to 0.52)", "Compare the three")


def test_ordinary_intervals_are_not_doubted():
    row = {"estimate": [0.52, 1.9], "ci_low": [0.36, 0.2], "ci_high": [0.74, 16.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        k2.effect_sizes(row, "GEN", scale="log")


# -- files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", [",,,,\n,,,,\n", "\n\n", "  \n", " , , , , \n"])
def test_blank_rows_of_a_spreadsheet_hold_no_study(put, tail):
    data = k2.read_table(put(f"{HEAD}A,2,23,6,24\n{tail}B,9,66,17,66\n{tail}"))
    assert data["study"].tolist() == ["A", "B"]
    assert data["n1"].dtype == "int64"
    assert_told(refusal(lambda: k2.read_table(put(f"{HEAD},,,,\nA,1\n"))), "line 3 has 2")


def test_a_gap_in_quotes_is_a_row(put):
    assert k2.read_table(put('n1\n3\n""\n5\n'))["n1"].isna().tolist() == [False, True, False]


def test_the_delimiter_that_a_spreadsheet_wrote_above_the_header(put):
    data = k2.read_table(put("sep=;\nstudy;mean1\nA;1.5\n"))
    assert data.columns.tolist() == ["study", "mean1"]
    assert_told(refusal(lambda: k2.read_table(put("sep=;\nstudy;n1\nA\n"))), "line 3 has 1")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "study,K2,,Control,\n,events,n,events,n\nA,1,2,3,4\n",
            ["columns 3, 5 have no name", "merged cells"],
        ),
        ("Table 1. Fractures\nstudy,n1\nA,5\n", ["'Table 1. Fractures' alone", "Remove titles"]),
        ("Table 1,,\nstudy,n1,n2\nA,5,6\n", ["columns 2, 3 have no name", "title above the header"]),
        ("study|n1\nA|5\n", ["'|' seems to separate", "column 6", "commas, semicolons or tabs"]),
        ("研究，例数\n张，23\n", ["'，' seems to separate", "column 3"]),
        ("study,n1\u200b\nA,5\n", ["column 2, 'n1\\u200b'", "invisible"]),
        ("%PDF-1.4\nx", ["is a PDF", "CSV UTF-8"]),
        ("<html><table>", ["is a web page", "CSV UTF-8"]),
        ("PK\x03\x04ab", ["Excel workbook", "CSV UTF-8"]),
    ],
)
def test_files_that_hold_no_plain_table(put, content, told):
    assert_told(refusal(lambda: k2.read_table(put(content))), "rows.csv", *told)


def test_points_that_separate_thousands(put):
    file = put("study;n1;sd1\nA;1.234;0,3\nB;2.250;0,4\n")
    message = refusal(lambda: k2.read_table(file, decimal=","))
    assert_told(message, "line 2, column 'n1'", "'1.234' has a point", "1234 or 1,234")
    assert k2.read_table(put("study;sd1\nA;1.23\nB;2.5\n"), decimal=",")["sd1"].tolist() == [1.23, 2.5]


def test_commas_that_separate_thousands(put):
    message = refusal(lambda: k2.read_table(put('study,n1\nA,"1,234"\nB,999\n')))
    assert_told(message, "line 2, column 'n1'", "1.234 is meant", "thousands (1234)")
    assert "thousands" not in refusal(lambda: k2.read_table(put("study;m\nA;0,12\nB;0,345\n")))


@pytest.mark.parametrize("path", [None, 5, b"rows.csv", [1], "", pd.DataFrame({"a": [1]})])
def test_what_is_no_path(path):
    assert_told(refusal(lambda: k2.read_table(path)), "path is", "name of a CSV or TSV file")


@pytest.mark.parametrize(
    "option",
    [
        {"encoding": 5}, {"encoding": "hex"}, {"encoding": "undefined"}, {"encoding": "ut\0f"},
        {"delimiter": [","]}, {"delimiter": 5}, {"decimal": None}, {"decimal": ["."]},
    ],
)  # fmt: skip
def test_options_of_reading_that_are_unknown(put, option):
    assert_told(refusal(lambda: k2.read_table(put(HEAD), **option), OptionError), "Known:")


# -- converters and arrays ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: k2.sd_from_se("0.1", 20), ["se is the text '0.1'", "to_numeric"]),
        (lambda: k2.sd_from_se([0.1, "0,1"], 20), ["se[1] is the text '0,1'", "decimal point"]),
        (lambda: k2.sd_from_se(True, 20), ["se holds true/false"]),
        (lambda: k2.sd_from_se([1j], 20), ["se holds complex"]),
        (lambda: k2.sd_from_se([[1, 2], [3]], 20), ["se holds lists of unequal length"]),
        (lambda: k2.sd_from_se([1, 2], [1, 2, 3]), ["unequal shape", "se (2,), n (3,)"]),
        (lambda: k2.sd_from_se(np.inf, 20), ["se is infinite"]),
        (lambda: k2.sd_from_difference_p(1, "<0.05", 20, 20), ["p is the text '<0.05'", "0.001"]),
        (lambda: k2.combine_arms([], [], []), ["given no arm"]),
        (lambda: k2.combine_event_arms([], []), ["given no arm"]),
        (lambda: k2.mean_from_quantiles(20, 5), ["median given", "q1 and q3"]),
        (lambda: k2.mean_sd_from_quantiles(20, 5, q1=4), ["median, q1 given", "both of a pair"]),
        (lambda: k2.sd_from_quantiles(20, q3=4), ["q3 given"]),
        (lambda: k2.mean_sd_from_quantiles(20, 5, q1=5, q3=5, method="qe"), ["q3 - q1 is 0"]),
        (lambda: k2.sd_from_ci(1, 2, 20, level=True), ["level is True"]),
    ],
)
def test_converters_say_what_is_wrong(call, told):
    assert_told(refusal(call), *told)


def test_degrees_of_freedom_may_be_infinite():
    assert float(k2.se_from_ci(0, 2, df=np.inf)) == pytest.approx(0.51021, rel=1e-4)


def test_missing_numbers_of_every_make_become_nan():
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    for values in ([1, None], pd.array([1, pd.NA], dtype="Int64"), masked, pd.Series([1.0, np.nan])):
        np.testing.assert_array_equal(number_array("x", values), [1.0, np.nan])


# -- data sets ------------------------------------------------------------------------------------------


def test_rows_of_an_analysis_need_a_loaded_data_set():
    for data in ([1], "bcg", pd.DataFrame({"a": [1]})):
        assert_told(refusal(lambda data=data: k2.analysis_rows(data)), "without a card", "load_dataset")
    fractures = k2.load_dataset("k2_fractures")
    column = next(iter(fractures.attrs["card"]["analysis"]["where"]))
    assert_told(
        refusal(lambda: k2.analysis_rows(fractures.drop(columns=column))), f"lack the column {column!r}"
    )
    assert_told(refusal(lambda: k2.analysis_rows(fractures, ["x"]), OptionError), "unknown analysis ['x']")


@pytest.mark.parametrize("name", [None, 5, ["bcg"], "", "BCG", "../bcg"])
def test_unknown_data_sets_are_listed(name):
    assert_told(refusal(lambda: k2.load_dataset(name), OptionError), "unknown data set", "raudenbush1985")


# -- groups and influence -------------------------------------------------------------------------------


def test_groups_that_differ_only_in_spelling_are_doubted():
    effects = k2.effect_sizes(rows(op=["Yes", "yes ", "no"]), "RR")
    with pytest.warns(DataWarning, match="op: 'Yes', 'yes ' are 2 groups"):
        result = k2.subgroup_analysis(effects, "op")
    assert list(result.groups) == ["Yes", "yes ", "no"]  # told, not merged


def test_groups_of_numbers_have_no_decimals():
    effects = k2.effect_sizes(rows(op=[1.0, 2.0, 1.0]), "RR")
    assert list(k2.subgroup_analysis(effects, "op").groups) == ["1", "2"]


@pytest.mark.parametrize("by", [None, 5, np.ones((3, 2)), {"A": "x"}])
def test_groupings_that_are_none(by):
    assert_told(refusal(lambda: k2.subgroup_analysis(k2.effect_sizes(rows(), "RR"), by)), "by is a")


def test_a_series_of_groups_must_have_the_index_of_the_data():
    effects = k2.effect_sizes(rows(), "RR")
    shuffled = pd.Series(["x", "y", "x"], index=[2, 1, 0])
    assert_told(refusal(lambda: k2.subgroup_analysis(effects, shuffled)), "another index", "to_numpy()")
    result = k2.subgroup_analysis(effects, pd.Series(["x", "y", "x"], name="op"))
    assert (result.by, list(result.groups)) == ("op", ["x", "y"])


def test_leave_one_out_wants_a_fit():
    effects = k2.effect_sizes(rows(op=["x", "y", "x"]), "RR")
    for given in (effects, rows(), None, k2.subgroup_analysis(effects, "op")):
        assert_told(refusal(lambda given=given: k2.leave_one_out(given)), "fit is a", "meta_analysis()")


# -- everything at once ---------------------------------------------------------------------------------


def test_a_hundred_thousand_rows(put):
    file = put(HEAD + "".join(f"S{i},{i % 9},100,{i % 7},100\n" for i in range(100_000)))
    effects = k2.effect_sizes(k2.read_table(file), "RD")
    assert effects.k == 100_000
    assert k2.meta_analysis(effects, tau2="DL").k == 100_000


MESSY = [
    None,
    np.nan,
    "",
    " ",
    "x",
    "1,5",
    "１",
    True,
    -1,
    0,
    1e400,
    10**400,
    [],
    {},
    pd.NaT,
    object(),
    1j,
    b"2",
]


@pytest.mark.parametrize("value", MESSY, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("role", ["events1", "n1", "study"])
def test_any_value_in_any_cell_is_ours(value, role):
    cells = rows()[role].tolist()
    cells[1] = value
    try:
        effects = k2.effect_sizes(rows(**{role: pd.Series(cells, dtype=object)}), "RR", missing="drop")
        told = f"{role} study 'B' (row 1)"
    except K2MetaError as error:
        effects, told = None, str(error)
    assert_told(told, role, "study 'B' (row 1)")
    assert effects is None or effects.k + len(effects.excluded) == 3


def test_one_variance_among_the_ses_of_large_effects_is_doubted() -> None:
    with pytest.warns(k2.DataWarning, match="variances typed as SEs.*'Study 3'"):
        k2.effect_sizes({"estimate": [0.3, 0.5, 0.4, 0.6], "se": [0.04, 0.05, 0.0016, 0.06]}, "GEN")


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({"n1": "events1"}, "events1 and n1 are both the column 'events1'.*different numbers"),
        ({"events2": "events1"}, "events1 and events2 are both the column 'events1'.*each arm"),
    ],
)
def test_one_column_for_two_roles_is_refused(roles, words: str) -> None:
    with pytest.raises(k2.DataError, match=words):
        k2.effect_sizes(k2.load_dataset("bcg"), "RR", **roles)


def test_arms_of_equal_size_may_share_their_column() -> None:
    bcg = k2.load_dataset("bcg")
    shared = k2.effect_sizes(bcg.assign(n2=bcg["n1"].max()), "RR", n1="n2", n2="n2")
    assert shared.k == 13
