"""effect_sizes: what goes in comes out, and every fault is told by study, column, value and remedy."""

import re
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from k2meta.errors import DataError, DataWarning, K2MetaError, OptionError
from k2meta.studies.datasets import analysis_rows, list_datasets, load_dataset
from k2meta.studies.door import effect_sizes

ROWS = {
    "study": ["Iwamoto 2001", "Ishida 2004", "Jiang 2014"],
    "events1": [2, 9, 2],
    "n1": [23, 66, 108],
    "events2": [6, 17, 4],
    "n2": [24, 66, 105],
}
MEANS = {
    "study": ["A", "B", "C", "D"],
    "mean1": [1.0, 2.0, 1.5, 1.2],
    "sd1": [3.0, 3.4, 2.8, 3.1],
    "n1": [50, 60, 80, 45],
    "mean2": [0.5, 1.0, 1.1, 0.9],
    "sd2": [3.2, 3.1, 3.0, 2.9],
    "n2": [52, 61, 79, 44],
}


def changed(rows, **columns):
    return pd.DataFrame({**rows, **columns})


def refusal(*args, error=DataError, **kwargs):
    with pytest.raises(error) as caught:
        effect_sizes(*args, **kwargs)
    return str(caught.value)


def doubt(*args, **kwargs):
    with pytest.warns(DataWarning) as caught:
        effects = effect_sizes(*args, **kwargs)
    return "\n".join(str(one.message) for one in caught), effects


def assert_told(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in: {text}"


# -- what goes in ---------------------------------------------------------------------------------------


def expected_log_rr():
    a, n1, c, n2 = (np.array(ROWS[role], dtype=float) for role in ("events1", "n1", "events2", "n2"))
    return np.log(a / n1 / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2


@pytest.mark.parametrize(
    ("data", "roles"),
    [
        (pd.DataFrame(ROWS), {}),
        (ROWS, {}),
        (pd.DataFrame(ROWS).rename(columns={"events1": "ev t"}), {"events1": "ev t"}),
        (pd.DataFrame(ROWS), {"events1": [2, 9, 2]}),
        (pd.DataFrame(ROWS), {"events1": pd.Series([2, 9, 2])}),
        (None, {key: value for key, value in ROWS.items() if key != "study"}),
        (None, {key: np.array(value) for key, value in ROWS.items() if key != "study"}),
        (pd.DataFrame(ROWS).convert_dtypes(), {}),
        (pd.DataFrame(ROWS, index=[7, 7, 9]), {}),
        ({**ROWS, "n1": [Decimal(23), Fraction(66), np.int64(108)]}, {}),
    ],
    ids=[
        "frame",
        "dict",
        "renamed",
        "list",
        "series",
        "arrays",
        "numpy",
        "nullable",
        "odd index",
        "exact numbers",
    ],
)
def test_every_way_to_give_rows_gives_the_same_effects(data, roles):
    effects = effect_sizes(data, "rr", **roles)
    yi, vi = expected_log_rr()
    assert_allclose(effects.yi, yi, rtol=1e-13)
    assert_allclose(effects.vi, vi, rtol=1e-13)
    assert effects.measure == "RR"
    assert effects.excluded == ()


def test_nonevents_stand_in_for_sizes():
    rows = {**ROWS, "nonevents1": [21, 57, 106]}
    del rows["n1"]
    effects = effect_sizes(rows, "RR")
    assert_allclose(effects.yi, expected_log_rr()[0], rtol=1e-13)
    assert effects.role("n1").tolist() == [23, 66, 108]
    text = refusal(rows, "RR", n1=[23, 66, 108], nonevents1="nonevents1", error=OptionError)
    assert_told(text, "both n1 and nonevents1")


def test_one_number_holds_for_every_row():
    paired = {"mean1": [1.0, 2.0], "mean2": [0.5, 1.0], "sd1": [1.0, 1.1], "sd2": [1.2, 1.0], "n": [20, 30]}
    assert effect_sizes(paired, "MC", r=0.5).role("r").tolist() == [0.5, 0.5]


def test_labels_are_not_identity():
    rows = changed(ROWS, study=["Sato", "Sato", None])
    effects = effect_sizes(rows, "RR")
    assert effects.study == ("Sato", "Sato", "Study 3")
    assert effects.k == 3


def test_the_result_keeps_its_sources():
    frame = pd.DataFrame({**ROWS, "osteoporotic": ["yes", "yes", "no"]})
    effects = effect_sizes(frame, "RR", add=0.5, drop00=True)
    frame.loc[0, "osteoporotic"] = "spoilt"
    assert effects.data["osteoporotic"].tolist() == ["yes", "yes", "no"]
    assert effects.options["drop00"] is True
    assert effects.scale == "log"
    assert effects.is_ratio
    assert_allclose(effects.natural(np.log(2.0)), 2.0, rtol=1e-15)
    copy = effects.data
    copy.loc[0, "osteoporotic"] = "spoilt"
    assert effects.data["osteoporotic"][0] == "yes"
    assert repr(effects) == "Effects(RR, k = 3)"
    assert "Ishida 2004" in effects._repr_html_()
    with pytest.raises(ValueError, match="read-only"):
        effects.yi[0] = 1


def test_data_of_arrays_is_rebuilt():
    effects = effect_sizes(None, "RR", **{key: value for key, value in ROWS.items() if key != "study"})
    assert effects.data["study"].tolist() == ["Study 1", "Study 2", "Study 3"]
    assert effects.data["n1"].tolist() == [23, 66, 108]


def test_frame_shows_excluded_rows_in_their_place():
    effects = effect_sizes(ROWS, "RR", exclude={"Ishida 2004": "integrity questioned in print"})
    table = effects.to_frame(excluded=True)
    assert table["study"].tolist() == ROWS["study"]
    assert table["excluded"].tolist() == ["", "integrity questioned in print", ""]
    assert np.isnan(table["yi"][1])
    assert table["events1"].tolist() == [2, 9, 2]
    assert effects.to_frame()["row"].tolist() == [0, 2]


def test_subset_wants_booleans():
    effects = effect_sizes(ROWS, "RR")
    assert effects.subset(np.array([True, False, True])).study == ("Iwamoto 2001", "Jiang 2014")
    with pytest.raises(DataError, match="Expected 3 booleans"):
        effects.subset(np.array([0, 2]))


@pytest.mark.parametrize("k", [1, 2])
def test_one_and_two_studies_pass(k):
    assert effect_sizes(pd.DataFrame(ROWS).head(k), "OR").k == k


# -- columns, measures, options -------------------------------------------------------------------------


def test_unknown_column_names_the_nearest():
    text = refusal(ROWS, "RR", events1="evnts1")
    assert_told(text, "'evnts1'", "events1", "did you mean 'events1'", "Columns: study, events1, n1")


def test_missing_role_names_what_is_needed():
    rows = pd.DataFrame(ROWS).rename(columns={"n1": "N_1"})
    assert_told(refusal(rows, "RR"), "RR needs n1", "events1, n1, events2, n2", "nearest name is 'N_1'")
    assert "nearest name is 'n2'" not in refusal(pd.DataFrame(ROWS).drop(columns="n1"), "RR")
    assert_told(refusal(None, "RR", events1=[1], n1=[2], events2=[1]), "needs n2", "n2=<array>")
    assert_told(refusal(None, "RR", events1="a"), "'a' names a column", "data is None")


def test_unknown_measure_and_role_list_what_is_known():
    assert_told(refusal(ROWS, "RRR", error=OptionError), "'RRR'", "OR", "SMD", "GEN")
    assert_told(refusal(ROWS, 5, error=OptionError), "unknown measure 5")
    assert_told(refusal(ROWS, "RR", event1="x", error=OptionError), "'event1'", "did you mean 'events1'")


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ({"add": -1}, "add is -1"),
        ({"add": "0.5"}, "add is '0.5'"),
        ({"to": "zero"}, "only0"),
        ({"drop00": "yes"}, "drop00 is 'yes'"),
        ({"missing": "ignore"}, "raise, drop"),
        ({"convert": "hozo"}, "luo-wan-shi"),
        ({"scale": "log"}, "Expected scale only with 'GEN'"),
        ({"level": 95}, "Did you mean 0.95"),
        ({"vtype": "XX"}, "vtype for RR"),
    ],
)
def test_unknown_options_are_told(option, told):
    assert_told(refusal(ROWS, "RR", error=OptionError, **option), told)


def test_data_of_a_strange_kind():
    assert_told(refusal(3, "RR"), "data is a int", "DataFrame", "read_table")
    assert_told(refusal([[1, 2]], "RR"), "data is a list")
    twice = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["events1", "n1", "events2", "n2", "n2"])
    assert_told(refusal(twice, "RR"), "more than one column named 'n2'")


def test_lengths_that_differ():
    assert_told(
        refusal(None, "RR", events1=[1, 2], n1=[9], events2=[1, 2], n2=[9, 9]), "events1 has 2", "n1 has 1"
    )
    assert_told(refusal(ROWS, "RR", n1=[9, 9]), "n1 has 2 values", "3 rows")
    assert_told(refusal({**ROWS, "n1": [9, 9]}, "RR"), "unequal length", "n1 has 2")
    assert_told(refusal(ROWS, "RR", study=["a"]), "1 labels for 3 rows")
    assert_told(refusal(ROWS, "RR", n1=np.ones((3, 1))), "shape (3, 1)", "one dimension")
    assert_told(refusal(ROWS, "RR", n1={1: 2}), "dict", "no order")


def test_a_series_with_another_index_is_not_matched_by_luck():
    frame = pd.DataFrame(ROWS)
    shuffled = frame["n1"].sort_values(ascending=False)
    assert_told(refusal(frame, "RR", n1=shuffled), "another index", "to_numpy()")
    assert effect_sizes(frame, "RR", n1=shuffled.to_numpy()).role("n1").tolist() == [108, 66, 23]


def test_no_rows():
    assert_told(refusal(pd.DataFrame(ROWS).head(0), "RR"), "no rows", "k = 0")
    assert_told(refusal(None, "RR", events1=[], n1=[], events2=[], n2=[]), "k = 0")
    assert_told(refusal({}, "RR"), "needs events1")


# -- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT, Decimal("NaN")])
def test_missing_values_are_named_or_dropped_by_name(nothing):
    rows = changed(ROWS, events1=pd.Series([2, nothing, 2], dtype=object))
    text = refusal(rows, "RR")
    assert_told(text, "missing value in events1", "'Ishida 2004' (row 1)", "missing='drop'")
    effects = effect_sizes(rows, "RR", missing="drop")
    assert effects.study == ("Iwamoto 2001", "Jiang 2014")
    (out,) = effects.excluded
    assert (out.row, out.study, out.reason) == (1, "Ishida 2004", "missing value in events1")
    assert effects.row.tolist() == [0, 2]


def test_dropping_everything_is_an_error():
    text = refusal(changed(ROWS, n1=[None] * 3), "RR", missing="drop")
    assert_told(text, "no study is left", "'Iwamoto 2001' (row 0): missing value in n1")


def test_masked_values_are_missing():
    rows = {**ROWS, "n1": np.ma.masked_array([23, 66, 108], [False, True, False])}
    assert [out.row for out in effect_sizes(rows, "RR", missing="drop").excluded] == [1]


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("events1", ["2", 9, 2], ["text in events1", "'Iwamoto 2001' (row 0): '2'", "to_numeric"]),
        ("events1", [2, "NR", 2], ["'Ishida 2004' (row 1): 'NR'", "put None"]),
        ("n1", [23, "66,0", 108], ["decimal comma in n1", "'66,0'", "decimal=','"]),
        ("events1", [True, 9, 2], ["true/false in events1", "True", "1 and 0"]),
        ("n1", [23, np.inf, 108], ["infinite value in n1", "inf"]),
        ("n1", [23, 10**400, 108], ["infinite value in n1"]),
        ("n1", [23, 1j, 108], ["no number in n1", "1j"]),
        ("events1", [2, -9, 2], ["negative count in events1", "'Ishida 2004' (row 1): -9", "0 or more"]),
        ("events1", [2, 70, 2], ["events1 > n1", "70 > 66", "swapped"]),
        ("n2", [24, 0, 105], ["group without people in n2", "above 0"]),
    ],
)
def test_faulty_values_of_tables(column, values, told):
    rows = changed(ROWS, **{column: pd.Series(values, dtype=object)})
    assert_told(refusal(rows, "RR"), *told)


def test_booleans_of_every_dtype_are_refused():
    for dtype in ("bool", "boolean", "object"):
        assert_told(
            refusal(changed(ROWS, events1=pd.Series([True, False, True], dtype=dtype)), "RR"), "true/false"
        )


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("sd1", [3.0, 0.0, 2.8, 3.1], ["SD not above 0 in sd1", "'B' (row 1): 0", "quartiles"]),
        ("sd2", [3.0, -1.5, 2.8, 3.1], ["SD not above 0 in sd2", "-1.5"]),
        ("n1", [1, 60, 80, 45], ["group too small in n1", "'A' (row 0): 1", "at least 2 people"]),
        ("sd1", [3.0, None, 2.8, 3.1], ["missing value in sd1", "An SE, a CI or quartiles"]),
    ],
)
def test_faulty_values_of_means(column, values, told):
    assert_told(refusal(changed(MEANS, **{column: values}), "MD"), *told)


@pytest.mark.parametrize(
    ("measure", "roles", "told"),
    [
        (
            "IRR",
            {"events1": [1], "time1": [0], "events2": [2], "time2": [9]},
            ["person-time not above 0 in time1"],
        ),
        ("COR", {"r": [1.0], "n": [20]}, ["correlation outside (-1, 1)", "percentage"]),
        ("ZCOR", {"r": [0.4], "n": [3]}, ["sample too small in n", "at least 4 pairs"]),
        ("PLO", {"events": [7], "n": [5]}, ["events > n", "7 > 5"]),
        ("MN", {"mean": [1.0], "sd": [0.0], "n": [9]}, ["SD not above 0 in sd"]),
        (
            "MC",
            {"mean1": [1.0], "mean2": [2.0], "sd1": [1.0], "sd2": [1.0], "n": [1], "r": [0.5]},
            ["too small in n"],
        ),
    ],
)
def test_faulty_values_of_other_families(measure, roles, told):
    assert_told(refusal(None, measure, **roles), "Study 1", *told)


def test_five_rows_are_named_and_the_rest_counted():
    text = refusal(None, "RR", events1=[-1] * 8, n1=[9] * 8, events2=[1] * 8, n2=[9] * 8)
    assert_told(text, "'Study 5' (row 4)", "and 3 more (8 rows in all)")
    assert "Study 6" not in text


def test_all_kinds_of_fault_are_told_at_once():
    rows = changed(ROWS, events1=[-2, 9, 2], n2=[24, 10, 105])
    text = refusal(rows, "RR")
    assert_told(text, "2 kinds of fault", "negative count", "events2 > n2", "17 > 10")


def test_renamed_columns_are_told_by_both_names():
    rows = changed(ROWS, ev=[-2, 9, 2])
    assert_told(refusal(rows, "RR", events1="ev"), "events1 (column 'ev')")


def test_fractional_counts_are_used_with_a_warning():
    text, effects = doubt(changed(ROWS, events1=[2.5, 9, 2]), "RR")
    assert_told(text, "not whole in events1", "'Iwamoto 2001' (row 0): 2.5", "whole numbers")
    assert effects.role("events1")[0] == 2.5


# -- exclusions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "exclude",
    [
        {"Ishida 2004": "retracted"},
        {1: "retracted"},
        ["", "retracted", None],
        pd.Series([None, "retracted", float("nan")]),
        "why",
    ],
)
def test_every_way_to_exclude(exclude):
    rows = changed(ROWS, why=["", "retracted", None])
    effects = effect_sizes(rows, "RR", exclude=exclude)
    assert effects.study == ("Iwamoto 2001", "Jiang 2014")
    (out,) = effects.excluded
    assert (out.row, out.reason) == (1, "retracted")


def test_a_flag_column_excludes_with_its_name():
    effects = effect_sizes(changed(ROWS, retracted=[False, True, False]), "RR", exclude="retracted")
    assert effects.excluded[0].reason == "excluded (retracted)"


def test_excluded_rows_are_not_checked():
    rows = changed(ROWS, events1=pd.Series([2, "not reported", 2], dtype=object))
    effects = effect_sizes(rows, "RR", exclude={1: "retracted"})
    assert effects.k == 2
    assert np.isnan(effects.roles["events1"][1])


@pytest.mark.parametrize(
    ("exclude", "told"),
    [
        ({"Ishida": "x"}, ["'Ishida'", "Did you mean 'Ishida 2004'"]),
        ({5: "x"}, ["row 5", "between 0 and 2"]),
        (["x"], ["1 entries for 3 rows"]),
        ([1.5, None, None], ["entry 1.5", "reason as text"]),
        ("whyy", ["unknown column 'whyy'"]),
        (3, ["exclude is 3", "exclude={3: 'why'}"]),
        ({0: "x", 1: "y", 2: "z"}, ["no study is left", "'Iwamoto 2001' (row 0): x"]),
    ],
)
def test_exclusions_that_cannot_be_meant(exclude, told):
    assert_told(refusal(ROWS, "RR", exclude=exclude), *told)


def test_a_shared_label_names_no_study():
    rows = changed(ROWS, study=["Sato", "Sato", "Jiang"])
    assert_told(refusal(rows, "RR", exclude={"Sato": "retracted"}), "rows 0, 1", "exclude={0: 'why'}")


# -- studies without an effect --------------------------------------------------------------------------


def test_double_zero_studies_are_kept_in_sight():
    rows = changed(ROWS, events1=[0, 9, 2], events2=[0, 17, 4])
    effects = effect_sizes(rows, "RR", drop00=True)
    (out,) = effects.excluded
    assert (out.row, out.study) == (0, "Iwamoto 2001")
    assert_told(out.reason, "no events in either arm", "drop00")
    assert effect_sizes(rows, "RR").k == 3  # as metafor: corrected unless drop00


@pytest.mark.parametrize(
    ("values", "options", "told"),
    [
        ({"events1": [0] * 3, "events2": [0] * 3}, {"drop00": True}, "no events in either arm"),
        (
            {"events1": [23, 66, 108], "events2": [24, 66, 105]},
            {"drop00": True},
            "events in everybody in both arms",
        ),
        ({"events1": [0] * 3}, {"to": "none"}, "a zero cell without correction"),
    ],
)
def test_no_computable_study_is_an_error(values, options, told):
    text = refusal(changed(ROWS, **values), "OR", **options)
    assert_told(text, "no study has an effect that can be computed (k = 0)", "'Jiang 2014' (row 2)", told)


def test_ratio_of_means_needs_means_above_zero():
    effects = effect_sizes(changed(MEANS, mean1=[-1.0, 2.0, 1.5, 1.2]), "ROM")
    assert_told(effects.excluded[0].reason, "ROM needs means above 0", "-1")


# -- ready-made estimates -------------------------------------------------------------------------------


def test_generic_sources_agree():
    y, se = np.array([0.4, -0.3, 0.8]), np.array([0.2, 0.25, 0.5])
    z = 1.959963984540054
    from_se = effect_sizes(None, "GEN", estimate=y, se=se)
    from_var = effect_sizes(None, "GEN", estimate=y, var=se**2)
    from_ci = effect_sizes(None, "GEN", estimate=y, ci_low=y - z * se, ci_high=y + z * se)
    for effects in (from_se, from_var, from_ci):
        assert_allclose(effects.yi, y, rtol=1e-15)
        assert_allclose(effects.sei, se, rtol=1e-12)
    assert [c.target for c in from_ci.conversions] == ["se"] * 3
    assert "high - low" in from_ci.conversions[0].method
    assert from_se.conversions == ()
    assert from_var.vi.tolist() == (se**2).tolist()


def test_generic_p_gives_the_standard_error():
    effects = effect_sizes(None, "GEN", estimate=[-0.5], p=[0.05])
    assert_allclose(effects.sei, 0.5 / 1.959963984540054, rtol=1e-12)
    assert effects.conversions[0].inputs == {"estimate": -0.5, "p": 0.05}


def test_generic_log_scale():
    effects = effect_sizes(None, "GEN", estimate=[0.52], ci_low=[0.36], ci_high=[0.74], scale="log")
    assert_allclose(effects.yi, np.log(0.52), rtol=1e-14)
    assert_allclose(effects.sei, (np.log(0.74) - np.log(0.36)) / (2 * 1.959963984540054), rtol=1e-12)
    assert effects.scale == "log"
    assert effects.role("estimate").tolist() == [0.52]
    assert effects.is_ratio
    assert_allclose(effects.natural(effects.yi), 0.52, rtol=1e-14)
    # se always is on the analysis scale
    assert_allclose(effect_sizes(None, "GEN", estimate=[0.5], se=[0.3], scale="log").sei, 0.3, rtol=1e-15)


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        ({"se": [0.1], "var": [0.01]}, ["se, var were given", "exactly one"]),
        ({}, ["none was given", "ci_low + ci_high"]),
        ({"ci_low": [0.1]}, ["not ci_high", "both limits"]),
        ({"se": [0.0]}, ["SE not above 0 in se", "'Study 1' (row 0): 0"]),
        ({"var": [-0.1]}, ["variance not above 0 in var", "-0.1"]),
        ({"var": [0.0]}, ["variance not above 0 in var", "rounded"]),
        ({"p": [0.0]}, ["p-value outside (0, 1] in p", "0.001"]),
        ({"p": [1.5]}, ["p-value outside (0, 1] in p: study 'Study 1' (row 0): 1.5"]),
        ({"p": [1.0]}, ["no SE follows from p", "estimate 0.5, p 1"]),
        ({"ci_low": [0.9], "ci_high": [0.1]}, ["reversed or empty interval", "0.9 to 0.1", "Swap"]),
        ({"ci_low": [0.6], "ci_high": [0.9]}, ["does not contain its estimate", "0.5 is not in 0.6 to 0.9"]),
        (
            {"ci_low": [-0.6], "ci_high": [0.9], "scale": "log"},
            ["ratio not above 0 in ci_low", "-0.6", "leave scale out"],
        ),
    ],
)
def test_faulty_estimates(roles, told):
    assert_told(refusal(None, "GEN", estimate=[0.5], **roles), *told)


def test_generic_columns_by_name():
    frame = pd.DataFrame({"estimate": [0.1, 0.4], "se": [0.2, 0.3], "p": [0.6, 0.2]})
    assert_told(refusal(frame, "GEN"), "se, p are columns of the data", "se='se'")
    assert effect_sizes(frame, "GEN", se="se").k == 2
    assert_told(refusal(frame[["se"]], "GEN"), "GEN needs estimate")


# -- possible but hardly meant --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "numbers", "told"),
    [
        # printed without a label; read as SDs they are impossible (see the data set k2_bmd)
        ("Shiraki 2000", (1.4, 0.7, 120, -1.8, 0.6, 121), ["0.7 and 0.6", "p = 2e-103", "read as SEs, 3.5"]),
        ("Orimo 1998", (2.2, 2.48, 39, -7.31, 3.65, 41), ["2.48 and 3.65", "p = 2e-22", "read as SEs, 2.2"]),
    ],
)
@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_standard_errors_typed_as_sds(measure, name, numbers, told):
    roles = dict(zip(("mean1", "sd1", "n1", "mean2", "sd2", "n2"), ([x] for x in numbers), strict=True))
    text, _ = doubt(None, measure, study=[name], **roles)
    assert_told(text, "SEs typed as SDs?", repr(name), "se1 and se2", *told)
    roles["se1"], roles["se2"] = roles.pop("sd1"), roles.pop("sd2")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effects = effect_sizes(None, measure, study=[name], **roles)
    assert [c.target for c in effects.conversions] == ["sd1", "sd2"]


def analysed():
    table = list_datasets()
    return [str(name) for name in table.get("name", table.index)]


@pytest.mark.parametrize("name", analysed())
def test_no_bundled_data_set_is_doubted(name):
    data = load_dataset(name)
    analysis = data.attrs["card"].get("analysis")
    if not analysis:
        return
    rows = analysis_rows(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effects = effect_sizes(rows, analysis["measure"], **analysis["roles"])
    assert effects.k + len(effects.excluded) == len(rows)


def test_an_sd_out_of_line_that_fits_as_a_standard_error():
    rows = changed(MEANS, sd1=[3.0, 3.4, 0.33, 3.1], sd2=[3.2, 3.1, 0.34, 2.9])
    text, _ = doubt(rows, "MD")
    assert_told(text, "far below the other studies'", "'C' (row 2)", "times sqrt(n) 2.95")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effect_sizes(rows, "SMD")  # scales may differ from study to study there


def test_variances_typed_as_standard_errors():
    text, _ = doubt(None, "GEN", estimate=[0.5, 0.4], se=[0.01, 0.2], study=["A", "B"])
    assert_told(text, "variances typed as SEs?", "'A' (row 0): 0.01", "z = 50.0", "z = 5.0", "var=")


def test_standard_errors_typed_as_variances():
    rng = np.random.default_rng(4)
    se = rng.uniform(0.1, 0.2, 20)
    y = rng.normal(0, se)
    text, _ = doubt(None, "GEN", estimate=y, var=se)
    assert_told(text, "SEs typed as variances?", "agree too well", "19 df", "se=")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effect_sizes(None, "GEN", estimate=y, se=se)


def test_ratios_that_were_not_logged():
    text, _ = doubt(None, "GEN", estimate=[0.52], ci_low=[0.36], ci_high=[0.74], study=["Xu"])
    assert_told(text, "even on the log scale", "0.52 (0.36 to 0.74)", "scale='log'")


def test_differences_called_ratios():
    text, _ = doubt(None, "GEN", estimate=[1.0], ci_low=[0.2], ci_high=[1.8], scale="log")
    assert_told(text, "even on the natural scale", "1 (0.2 to 1.8)")


@pytest.mark.parametrize("scale", ["identity", "log"])
def test_rounding_alone_is_no_ground_for_doubt(scale):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effect_sizes(None, "GEN", estimate=[1.0], ci_low=[0.9], ci_high=[1.1], scale=scale)
        effect_sizes(None, "GEN", estimate=[0.3], ci_low=[0.1], ci_high=[0.8], scale="log")


# -- filled arms ----------------------------------------------------------------------------------------


def test_arms_are_filled_row_by_row_and_recorded():
    rows = pd.DataFrame(
        {
            "study": ["sd", "se", "ci", "iqr", "range", "both"],
            "mean1": [1.0, 1.0, 1.0, None, None, None],
            "sd1": [3.0, None, None, None, None, None],
            "se1": [None, 0.5, None, None, None, None],
            "ci_low1": [None, None, 0.0, None, None, None],
            "ci_high1": [None, None, 2.0, None, None, None],
            "median1": [None, None, None, 9.0, 9.0, 9.0],
            "q1_1": [None, None, None, 6.0, None, 6.0],
            "q3_1": [None, None, None, 12.5, None, 12.5],
            "min1": [None, None, None, None, 2.0, 2.0],
            "max1": [None, None, None, None, 17.0, 17.0],
            "n1": [50, 36, 25, 100, 100, 100],
            "mean2": [0.0, 0.0, 0.0, 8.0, 8.0, 8.0],
            "sd2": [3.0, 3.0, 3.0, 5.0, 5.0, 5.0],
            "n2": [50, 50, 50, 100, 100, 100],
        }
    )
    effects = effect_sizes(rows, "MD")
    sd = effects.role("sd1")
    assert sd[:2].tolist() == [3.0, 3.0]
    assert_allclose(sd[2], 5 * 2 / (2 * 2.0638985616280205), rtol=1e-12)  # t quantile, 24 df
    assert not np.isnan(effects.role("mean1")).any()
    made = [(c.study, c.target) for c in effects.conversions]
    assert made == [
        ("se", "sd1"),
        ("ci", "sd1"),
        *((s, t) for s in ("iqr", "range", "both") for t in ("mean1", "sd1")),
    ]
    assert_told(effects.conversions[0].method, "SE * sqrt(n)", "6.5.2.2")
    assert effects.conversions[0].inputs == {"se": 0.5, "n": 36.0}
    assert_told(effects.conversions[2].method, "Luo 2018")
    assert repr(effects) == "Effects(MD, k = 6, 8 values converted)"
    by_fit = effect_sizes(rows, "MD", convert="qe")
    assert_told(by_fit.conversions[2].method, "McGrath 2020")


def test_a_role_without_a_column_is_filled_whole():
    rows = {key: value for key, value in MEANS.items() if key not in ("sd1", "sd2")}
    effects = effect_sizes(rows, "MD", se1=[0.5] * 4, se2=[0.4] * 4)
    assert_allclose(effects.role("sd1"), 0.5 * np.sqrt(MEANS["n1"]), rtol=1e-14)


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"se1": [-0.5]}, ["SE not above 0 in se1", "-0.5"]),
        ({"ci_low1": [2.0], "ci_high1": [3.0]}, ["cannot be converted", "does not contain the mean 1"]),
        ({"ci_low1": [2.0], "ci_high1": [0.5]}, ["cannot be converted"]),
        ({"median1": [9.0], "q1_1": [10.0], "q3_1": [12.0]}, ["q1 is 10", "q1 <= median"]),
        ({"median1": [9.0]}, ["needs sd1"]),
        ({"median1": [9.0], "q1_1": [6.0], "q3_1": [None]}, ["missing value in sd1"]),
    ],
)
def test_arms_that_cannot_be_filled(extra, told):
    rest = {"mean1": [1.0], "n1": [50], "mean2": [0.5], "sd2": [3.0], "n2": [50]}
    assert_told(refusal({"study": ["Rønn 2021"], **rest}, "MD", **extra), *told)


def test_an_sd_and_its_own_standard_error_are_compared():
    text, effects = doubt({**MEANS, "se1": [3.0, 0.44, 0.31, 0.46]}, "MD")
    assert_told(text, "sd1 and se1 disagree", "'A' (row 0): SD 3, SE 3 with n = 50 gives 21.2", "SD is used")
    assert "'B'" not in text
    assert effects.conversions == ()


def test_skewed_quantiles_are_doubted_under_normal_methods_only():
    arm = {"median1": [9.0], "q1_1": [8.0], "q3_1": [30.0], "n1": [100]}
    rest = {"mean2": [9.0], "sd2": [10.0], "n2": [100]}
    text, _ = doubt(None, "MD", study=["A"], **arm, **rest)
    assert_told(text, "skewed quantiles", "'A' (row 0): median 9, q1 8, q3 30", "'qe' or 'bc'")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert effect_sizes(None, "MD", convert="bc", **arm, **rest).k == 1


def test_messages_name_four_things():
    text = refusal(changed(ROWS, events1=[2, 70, 2]), "RR")
    assert re.search(r"'Ishida 2004' \(row 1\).*70 > 66.*Expected .*\. [A-Z]", text)
    assert issubclass(DataError, K2MetaError)
