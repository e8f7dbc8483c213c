"""The audit's verdicts on made-up and on published results."""

import math

import pandas as pd
import pytest

import k2meta as k2
from k2meta.auditing.printed import audit
from k2meta.auditing.verdicts import VERDICTS
from k2meta.errors import DataError, OptionError


def verdicts(**row):
    return {(r.quantity, r.convention): r.verdict for r in audit(row).rows}


def by_quantity(**row):
    return {r.quantity: r for r in audit(row).rows}


@pytest.fixture(scope="module")
def published():
    return audit("k2_published_pooled")


def pick(result, source, outcome, quantity, subgroup=None):
    return [
        row
        for row in result.rows
        if row.source == source
        and row.outcome == outcome
        and row.quantity == quantity
        and (subgroup is None or subgroup in row.subgroup)
    ]


def test_xu_2021_vertebral_fracture_p_is_contradicted(published):
    (row,) = pick(published, "Xu 2021", "vertebral_fracture", "p", "all")
    assert row.verdict == "contradicted"
    assert 0.0002 <= row.recomputed_low < row.recomputed_high <= 0.0007
    assert "Hartung-Knapp" in row.note
    for quantity in ("estimate", "ci_low", "ci_high"):
        (number,) = pick(published, "Xu 2021", "vertebral_fracture", quantity)
        assert number.verdict == "consistent"


def test_xu_2021_adverse_reactions_are_consistent(published):
    rows = [
        row for row in published.rows if (row.source, row.outcome) == ("Xu 2021", "adverse_drug_reactions")
    ]
    assert {row.quantity for row in rows} >= {"estimate", "ci_low", "ci_high", "p"}
    assert {row.verdict for row in rows} == {"consistent"}


def test_every_number_of_xu_2021_has_a_row(published):
    frame = k2.load_dataset("k2_published_pooled")
    xu = frame[frame["meta_analysis"] == "Xu 2021"]
    printed_p = (xu["p_printed"].astype(str) != "").sum()
    assert (
        len([row for row in published.rows if row.source == "Xu 2021" and row.quantity == "p"]) == printed_p
    )


def test_an_interval_that_cannot_hold_its_estimate(published):
    rows = pick(published, "Zhou 2022", "ucOC", "estimate")
    assert [row.verdict for row in rows] == ["contradicted"]
    assert "cannot contain" in rows[0].note


def test_salma_2022_femoral_neck_p(published):
    (row,) = pick(published, "Salma 2022", "femoral_neck_BMD", "p")
    assert row.verdict == "contradicted"
    assert row.recomputed_low == pytest.approx(0.125, abs=0.002)
    assert row.recomputed_high == pytest.approx(0.173, abs=0.002)
    assert "natural scale" in row.convention


def test_surrey_z_contradicts_its_p(published):
    rows = [row for row in published.rows if "Surrey" in row.source and row.quantity == "p"]
    bad = [row for row in rows if row.verdict == "contradicted"]
    assert [(row.outcome, row.printed) for row in bad] == [("BMD combined sites", "0.004")]
    assert bad[0].recomputed_high == pytest.approx(0.000116, abs=2e-6)


def test_hao_2017_is_judged_on_both_scales(published):
    estimate = pick(published, "Hao 2017", "any_fracture", "estimate", "highest")[0]
    assert estimate.verdict == "consistent"
    assert "natural scale" in estimate.convention
    assert "not on the log scale" in estimate.note
    conventions = {row.convention for row in pick(published, "Hao 2017", "any_fracture", "p", "highest")}
    assert {text.rsplit(", ", 1)[1] for text in conventions} == {"natural scale", "log scale"}


def test_a_ratio_on_the_natural_scale_is_tested_against_one():
    natural = next(
        row
        for row in audit({"measure": "RR", "estimate": "0.78", "ci_low": "0.56", "ci_high": "0.99"}).rows
        if row.quantity == "p" and "natural" in row.convention
    )
    z = 2 * 1.959964 * 0.22 / 0.43
    assert natural.recomputed_low < math.erfc(z / math.sqrt(2)) < natural.recomputed_high


def test_only_the_known_contradictions_are_found(published):
    found = {(row.source, row.outcome) for row in published.contradicted.rows}
    assert {(source, outcome) for source, outcome in found if "Surrey" not in source} == {
        ("Xu 2021", "vertebral_fracture"),
        ("Zhou 2022", "ucOC"),
        ("Salma 2022", "femoral_neck_BMD"),
    }


def test_retracted_meta_analysis_is_listed_with_its_notice(published):
    rows = [row for row in published.rows if row.source == "Iwamoto 2009"]
    assert rows
    assert all("retracted" in row.note and row.verdict == "not checkable" for row in rows)


def test_counts_add_up_to_the_printed_numbers(published):
    assert sum(published.counts.values()) == sum(bool(row.printed) for row in published.rows)
    assert list(published.counts) == list(VERDICTS)
    assert published.counts["contradicted"] == len(published.contradicted)


def test_frame_has_the_documented_columns(published):
    frame = published.to_frame()
    assert list(frame.columns) == [
        "source",
        "outcome",
        "subgroup",
        "quantity",
        "printed",
        "recomputed_low",
        "recomputed_high",
        "convention",
        "verdict",
        "note",
    ]
    assert len(frame) == len(published.rows)


def test_trailing_zeros_matter_as_given():
    loose = audit(
        {"measure": "MD", "estimate": "0.1", "ci_low": "0.01", "ci_high": "0.29"}, digits="as given"
    )
    tight = audit(
        {"measure": "MD", "estimate": "0.10", "ci_low": "0.01", "ci_high": "0.29"}, digits="as given"
    )
    assert [loose.rows[0].verdict, tight.rows[0].verdict] == ["consistent", "contradicted"]
    assert "not on the printed estimate" in tight.rows[0].note


def test_assumed_precision_is_said():
    row = audit({"measure": "MD", "estimate": 0.2, "ci_low": 0.07, "ci_high": 0.32}).rows[0]
    assert row.printed == "0.20"
    assert "0.2 read as 0.20" in row.note


def test_decimals_column_is_not_an_assumption():
    row = audit({"measure": "MD", "estimate": 0.2, "ci_low": 0.07, "ci_high": 0.32, "decimals": 2}).rows[0]
    assert (row.printed, row.note) == ("0.20", "")


def test_reversed_limits_are_contradicted():
    rows = by_quantity(measure="RR", estimate="0.5", ci_low="0.9", ci_high="0.3", p="0.01")
    assert "reversed" in rows["ci_low"].note
    assert rows["p"].verdict == "not checkable"


def test_negative_ratio_is_contradicted():
    assert "never zero or negative" in by_quantity(measure="OR", estimate="-0.5")["estimate"].note


def test_statement_of_no_significance_is_judged():
    rows = by_quantity(measure="MD", estimate="1.63", ci_low="0.10", ci_high="3.16", p="not significant")
    assert rows["p"].verdict == "contradicted"
    rows = by_quantity(measure="MD", estimate="0.93", ci_low="-0.02", ci_high="1.89", p="not significant")
    assert rows["p"].verdict == "consistent"


def test_level_of_the_interval_counts():
    wide = by_quantity(measure="RR", estimate="0.52", ci_low="0.36", ci_high="0.74", p="0.003", level=99)
    assert wide["p"].recomputed_high < 1e-4
    with pytest.raises(DataError, match="confidence level"):
        audit({"estimate": "1", "level": "150"})


def test_p_without_interval_gives_the_implied_one():
    rows = by_quantity(measure="RR", estimate="0.63", p="0.08")
    assert rows["p"].verdict == "not checkable"
    assert rows["ci_low"].printed == ""
    assert rows["ci_low"].recomputed_low < 0.376 < rows["ci_low"].recomputed_high


def test_too_coarse_an_interval_excludes_nothing():
    rows = audit({"measure": "MD", "estimate": "0.00", "ci_low": "0.00", "ci_high": "0.01", "p": "0.78"}).rows
    assert [r.verdict for r in rows if r.quantity == "p"] == ["not checkable"]


def test_phrase_measures_are_not_misread():
    assert (
        by_quantity(measure="MD or SMD (not stated)", estimate="-0.5", ci_low="-0.8", ci_high="-0.2")[
            "estimate"
        ].verdict
        == "consistent"
    )


def test_source_filter_and_its_error():
    assert {row.source for row in audit("k2_published_pooled", source="Xu 2021").rows} == {"Xu 2021"}
    with pytest.raises(OptionError, match="Xu 2021"):
        audit("k2_published_pooled", source="Xu 2012")


def test_a_file_is_read_with_its_digits(tmp_path):
    path = tmp_path / "printed.csv"
    path.write_text("source,measure,estimate,ci_low,ci_high,p\nA,RR,0.52,0.36,0.74,0.003\n", encoding="utf-8")
    assert [row.verdict for row in audit(str(path)).rows if row.quantity == "p"] == ["contradicted"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (pd.DataFrame({"rr": [1]}), "nothing to audit"),
        ({"estimate": "abc", "p": "0.1"}, "row 1, column 'estimate'"),
        (3, "audit cannot read int"),
    ],
)
def test_bad_input_is_named(rows, words):
    with pytest.raises(DataError, match=words):
        audit(rows)


def test_unknown_options_list_the_known():
    with pytest.raises(OptionError, match="as given"):
        audit({"estimate": 1}, digits="exact")


def test_summary_and_html_say_the_same(published):
    text = published.summary()
    assert f"{published.counts['contradicted']} contradicted" in text
    assert "Zhou 2022" in text
    assert "<table" in published._repr_html_()
    assert "AuditResult" in repr(published)
