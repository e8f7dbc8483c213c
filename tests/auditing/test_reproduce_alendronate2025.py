"""The Cochrane review of alendronate: every printed number against its own rows."""

import pytest

from k2meta.auditing.reproduction import reproduce


@pytest.fixture(scope="module")
def done():
    return reproduce("alendronate2025", progress=False)


def test_every_printed_pooled_number_but_one_is_reproduced(done):
    frame = done.to_frame()
    pooled = frame[~frame["subgroup"].str.contains(":") & (frame["printed"] != "")]
    assert pooled["verdict"].value_counts().to_dict() == {"reproduced": 42, "contradicted": 1}
    bad = pooled[pooled["verdict"] == "contradicted"].iloc[0]
    assert (bad["quantity"], bad["printed"], bad["recomputed_low"]) == ("n", "7213", 7357.0)
    assert bad["outcome"].startswith("1.2")
    assert bad["subgroup"] == "primary"
    assert "Ascott Evans 2003 (0/95 v 0/49)" in bad["note"]


def test_every_printed_study_number_is_reproduced(done):
    frame = done.to_frame()
    studies = frame[frame["subgroup"].str.contains(":") & (frame["printed"] != "")]
    assert len(studies) == 368
    assert set(studies["verdict"]) == {"reproduced"}
    assert set(studies["quantity"]) == {"estimate", "ci_low", "ci_high", "weight"}


@pytest.mark.parametrize(
    ("study", "weight"), [("FIT-CF 1998", 84.235723), ("Greenspan 1998", 5.269489), ("Pols 1999", 10.494788)]
)
def test_hip_primary_weights(done, study, weight):
    fit = done.analyses["1.3/primary"]
    assert dict(zip(fit.study, fit.weights, strict=True))[study] == pytest.approx(weight, abs=5e-7)


def test_hip_needs_the_correction_of_revman(done):
    import k2meta as k2

    rows = k2.load_dataset("alendronate_fractures").query("analysis == '1.3' and prevention == 'primary'")
    plain = k2.mantel_haenszel(rows, "RR", study="study", convention="metafor")
    import math

    assert round(math.exp(done.analyses["1.3/primary"].estimate), 2) == 0.76
    assert round(math.exp(plain.estimate), 2) == 0.75


def test_both_populations_are_compared(done):
    frame = done.tables["pooled_by_prevention"].to_frame()
    wrist = frame[frame["outcome"].str.startswith("1.4")]
    assert wrist["p_between"].tolist() == pytest.approx([0.0150, 0.0150], abs=5e-4)
    nothing = frame[frame["outcome"].str.startswith("1.9")]
    assert (nothing["k"] == 0).all()
    assert nothing["estimate"].isna().all()


def test_figures_have_the_weights_that_cochrane_prints(done):
    figure = done.drawings["forest_1_3_hip_fractures"]("zh")
    rows = {row["label"]: row["weight"] for row in figure.k2meta["rows"] if row["kind"] == "study"}
    assert rows["FIT-CF 1998"] == pytest.approx(84.235723, abs=5e-7)
    groups = {row["group"] for row in figure.k2meta["rows"] if row["kind"] == "study"}
    assert groups == {"一级预防（无骨质疏松）", "二级预防（骨质疏松）"}


def test_summary_and_headlines_name_the_discrepancy(done):
    assert "42 of 43 printed pooled numbers" in done.headlines[0]
    assert "368 of 368" in done.headlines[1]
    assert "7213" in done.summary
    assert "7357" in done.summary
    zh = reproduce("alendronate2025", lang="zh", progress=False)
    assert "43个合并结果数字" in zh.summary
    assert "恰为Ascott Evans 2003" in zh.summary
