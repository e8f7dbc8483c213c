"""Xu 2021: the expected numbers of the re-analyses, the switches, the template and the filled rows."""

import csv
import dataclasses
import io

import numpy as np
import pandas as pd
import pytest

import k2meta as k2
from k2meta.auditing.grid import GRID
from k2meta.auditing.reproduction import REPRODUCTIONS, reproduce
from k2meta.auditing.xu2021_plans import PLANS, select_plan
from k2meta.auditing.xu2021_template import COLUMNS, OUTCOMES, template_records
from k2meta.errors import DataError, OptionError, OutputError


@pytest.fixture(scope="module")
def done():
    return reproduce("xu2021", progress=False)


def natural(fit):
    values = [fit.estimate, fit.ci.low, fit.ci.high]
    return [round(float(v), 2) for v in (np.exp(values) if fit.measure == "RR" else values)]


# Computed independently of the package (R metafor 3.8-1 on the same rows).
EXPECTED = {
    "fracture_osteoporotic/all/DL, Wald": (3, 0.49, 0.26, 0.90, 0),
    "fracture_osteoporotic/all/REML, Wald": (3, 0.49, 0.26, 0.90, 0),
    "fracture_osteoporotic/all/Mantel-Haenszel": (3, 0.48, 0.26, 0.89, 0),
    "fracture_osteoporotic/all/REML, Knapp-Hartung": (3, 0.49, 0.30, 0.78, 0),
    "fracture_osteoporotic/all/REML, Knapp-Hartung, not narrower than Wald": (3, 0.49, 0.13, 1.87, 0),
    "fracture_osteoporotic/without contested/REML, Wald": (2, 0.40, 0.13, 1.23, 0),
    "ucoc_smd/all/DL, Wald": (4, -1.29, -1.85, -0.74, 84),
    "ucoc_smd/all/REML, Wald": (4, -1.29, -1.89, -0.68, 86),
    "ucoc_smd/all/DL, Knapp-Hartung": (4, -1.29, -2.27, -0.31, 84),
    "ucoc_smd/Not osteoporotic/DL, Wald": (3, -1.41, -2.06, -0.77, 86),
    "ucoc_smd/Not osteoporotic/REML, Wald": (3, -1.41, -2.16, -0.66, 90),
    "lumbar_bmd_smd/all/DL, Wald": (3, 0.16, -0.23, 0.54, 70),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_expected_results_to_the_printed_digits(done, name):
    k, estimate, low, high, i2 = EXPECTED[name]
    fit = done.analyses[name]
    assert (fit.k, *natural(fit)) == (k, estimate, low, high)
    assert round(fit.i2) == i2


def test_contested_trial_carries_seventy_percent(done):
    fit = done.analyses["fracture_osteoporotic/all/REML, Wald"]
    assert dict(zip(fit.study, fit.weights, strict=True))["Ishida 2004"] == pytest.approx(69.88, abs=0.01)
    assert fit.tau2 == 0.0


def test_every_subgroup_of_lumbar_bmd_is_one_trial(done):
    groups = {
        name.split("/")[1]: fit for name, fit in done.analyses.items() if name.startswith("lumbar_bmd_smd/")
    }
    assert {name: fit.k for name, fit in groups.items()} == {
        "all": 3,
        "Osteoporotic": 1,
        "Not osteoporotic": 1,
        "Osteoporosis not stated": 1,
    }


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.key)
def test_rules_choose_the_worked_examples(plan):
    data = k2.load_dataset(plan.dataset)
    example = {"fracture_osteoporotic": "fracture_osteoporotic", "ucoc_smd": "ucoc_smd"}.get(
        plan.key, "lumbar_spine_smd"
    )
    wanted = data.loc[data["worked_example"] == example, "study"].tolist()
    assert sorted(select_plan(plan).rows["study"]) == sorted(wanted)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.key)
def test_every_row_is_used_or_left_out_with_a_reason(plan):
    data = k2.load_dataset(plan.dataset, include_retracted=True)
    selection = select_plan(plan, data)
    named = {study for study, _ in selection.left_out} | set(selection.rows["study"])
    assert named == set(data["study"])
    assert all(reason for _, reason in selection.left_out)


def test_unverified_and_retracted_rows_never_enter(done):
    rows = pd.concat([done.tables[f"rows_{plan.key}"].to_frame() for plan in PLANS])
    assert set(rows["verification"]) <= {"full_text", "abstract", "review_export", "secondary"}
    assert (rows["retracted"] == "no").all()
    left = done.tables["rows_left_out"].to_frame()
    assert left["reason"].str.contains("'reconstructed' never enters").any()
    assert left["reason"].str.contains("etracted").any()


def test_arm_splits_are_halves_of_the_printed_totals():
    rows = select_plan(PLANS[1]).rows
    assumed = rows[rows["n_used_basis"] == "assumed_equal_split"]
    assert len(assumed) == 3
    assert (assumed["n1_used"] + assumed["n2_used"] == assumed["n_total"]).all()
    assert ((assumed["n2_used"] - assumed["n1_used"]).isin([0, 1])).all()


def test_audit_holds_the_contradiction_and_the_consistent_result(done):
    frame = done.to_frame()
    xu = frame[(frame["source"] == "Xu 2021") & (frame["quantity"] == "p")]
    verdicts = {(row.outcome, row.printed): row.verdict for row in xu.itertuples()}
    assert verdicts["vertebral_fracture", "0.003"] == "contradicted"
    assert verdicts["adverse_drug_reactions", "0.03"] == "consistent"


def test_summary_keeps_the_three_parts_apart(done):
    order = [
        done.summary.index(head) for head in ("## 1. Audit", "## 2. Re-analysis", "## 3. What is missing")
    ]
    assert order == sorted(order)
    assert "22 trials and 7,154 women" in done.summary
    assert "0.49 (0.26 to 0.90) with it, 0.40 (0.13 to 1.23) without it" in done.summary
    assert "Arm sizes are assumed in 3 of 4 trials" in done.summary
    assert "rows_wanted.csv" in done.summary
    for word in ("fraud", "fabricat", "misconduct"):
        assert word not in done.summary.casefold()


def test_chinese_summary_says_the_same_numbers():
    zh = reproduce("xu2021", lang="zh", progress=False)
    assert "0.49（0.26～0.90）" in zh.summary
    assert "1个矛盾" in zh.summary
    assert "## 3. 尚缺的内容" in zh.summary


def test_contested_switch_changes_figure_and_text(done):
    out = reproduce("xu2021", include_contested=False, progress=False)
    assert "are left out, and results with them stand beside" in out.summary
    figure = out.drawings["forest_fracture_osteoporotic"]("en")
    assert [row["label"] for row in figure.k2meta["excluded"]] == ["Ishida 2004"]
    assert out.analyses.keys() == done.analyses.keys()


def test_retracted_switch_adds_a_labelled_sensitivity_analysis(done):
    out = reproduce("xu2021", include_retracted=True, progress=False)
    added = set(out.analyses) - set(done.analyses)
    assert added == {"sensitivity/hip_fracture_with_retracted"}
    assert "Sato 2002" in out.analyses[added.pop()].study
    assert "not evidence" in out.summary
    assert "not evidence" not in done.summary


def test_figures_show_the_numbers_of_the_fit(done):
    figure = done.drawings["forest_fracture_osteoporotic"]("en")
    pooled = [row for row in figure.k2meta["rows"] if row["kind"] == "pooled"]
    fits = done.analyses
    assert pooled[0]["x"] == pytest.approx(fits["fracture_osteoporotic/all/REML, Wald"].estimate, rel=1e-12)
    assert pooled[1]["x"] == pytest.approx(
        fits["fracture_osteoporotic/all/Mantel-Haenszel"].estimate, rel=1e-12
    )


# --- the template ------------------------------------------------------------------------------


def template():
    return pd.DataFrame(template_records())


def test_template_lists_candidates_and_printed_results(done):
    text = done.texts["rows_wanted.csv"]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == list(COLUMNS)
    assert {row["outcome"] for row in rows} == {outcome.key for outcome in OUTCOMES}
    pooled = [row for row in rows if row["kind"] == "pooled"]
    assert ("vertebral_fracture", "0.52", "0.36", "0.74", "0.003") in [
        tuple(row[c] for c in ("outcome", "effect_printed", "ci_low_printed", "ci_high_printed", "p_printed"))
        for row in pooled
    ]
    assert {row["in_xu_2021"] for row in rows if row["kind"] == "trial"} == {"unknown"}
    assert all(row["events1"] == "" for row in rows)


def fill(k_printed="", drop_numbers=()):
    """Fill the vertebral fracture rows with made-up trials and the results RevMan 5 would print."""
    trials = {"A": (4, 60, 9, 61), "B": (0, 40, 3, 42), "C": (11, 120, 18, 118), "D": (7, 90, 12, 88)}
    data = pd.DataFrame(trials.values(), columns=["events1", "n1", "events2", "n2"])
    fit = k2.mantel_haenszel(data, "RR", convention="revman5")
    printed = [f"{float(np.exp(v)):.2f}" for v in (fit.estimate, fit.ci.low, fit.ci.high)]
    rows = [
        {
            "kind": "pooled",
            "outcome": "vertebral_fracture",
            "osteoporotic": "all",
            "effect_printed": printed[0],
            "ci_low_printed": printed[1],
            "ci_high_printed": printed[2],
            "p_printed": f"{fit.p_value:.3f}",
            "k_printed": k_printed,
        }
    ]
    for position, (study, numbers) in enumerate(trials.items()):
        values = (
            {}
            if study in drop_numbers
            else dict(zip(("events1", "n1", "events2", "n2"), numbers, strict=True))
        )
        rows.append(
            {
                "kind": "trial",
                "outcome": "vertebral_fracture",
                "study": study,
                "osteoporotic": "yes" if study in "AC" else "no",
                "in_xu_2021": "yes",
                "weight_printed": f"{fit.weights[position]:.1f}",
                **values,
            }
        )
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS)), fit


def test_filled_template_names_the_convention_that_reproduces(tmp_path):
    rows, fit = fill()
    path = tmp_path / "filled.csv"
    rows.to_csv(path, index=False)
    out = reproduce("xu2021", rows=path, progress=False)
    label = "common, Mantel-Haenszel (as revman5)"
    ours = out.analyses[f"rows/vertebral_fracture/all/{label}"]
    assert ours.estimate == pytest.approx(fit.estimate, rel=1e-12)
    assert f"reproduced by: {label}" in out.summary
    frame = out.tables["conventions"].to_frame()
    row = frame[(frame["population"] == "all postmenopausal") & (frame["convention"] == label)].iloc[0]
    assert (row["verdict"], row["reached"], row["rows"]) == ("reproduces", "4 of 4", "4 of 4")
    assert set(frame["population"]) == {
        "all postmenopausal",
        "postmenopausal osteoporosis",
        "without osteoporosis",
    }
    weights = out.to_frame().query("quantity == 'weight'")
    assert weights["verdict"].tolist() == ["reproduced"] * 4
    assert "forest_rows_vertebral_fracture" in out.drawings


def test_wrong_print_is_contradicted_under_every_convention():
    rows, _ = fill()
    rows.loc[0, "effect_printed"] = "0.99"
    out = reproduce("xu2021", rows=rows, progress=False)
    judged = out.to_frame().query("printed == '0.99' and quantity == 'estimate'")
    assert set(judged["verdict"]) == {"contradicted"}
    assert len(judged) == len(GRID)
    assert "no convention reaches every printed number" in out.summary


def test_means_are_compared_too():
    data = pd.DataFrame(
        [(1.2, 2.0, 30, 0.4, 2.1, 31), (0.9, 1.8, 50, 0.3, 1.7, 52), (2.0, 2.5, 22, 0.2, 2.2, 20)],
        columns=["mean1", "sd1", "n1", "mean2", "sd2", "n2"],
    )
    fit = k2.meta_analysis(k2.effect_sizes(data, "MD"), convention="revman5")
    rows = data.assign(
        kind="trial", outcome="lumbar_spine_BMD_12mo", study=list("ABC"), osteoporotic="yes", in_xu_2021="yes"
    )
    printed = {
        "kind": "pooled",
        "outcome": "lumbar_spine_BMD_12mo",
        "osteoporotic": "yes",
        "effect_printed": f"{fit.estimate:.3f}",
        "ci_low_printed": f"{fit.ci.low:.3f}",
        "ci_high_printed": f"{fit.ci.high:.3f}",
    }
    rows = pd.concat([rows, pd.DataFrame([printed])], ignore_index=True)
    out = reproduce("xu2021", rows=rows, progress=False)
    found = out.tables["conventions"].to_frame().query("verdict == 'reproduces'")
    assert "random, DL, z (as revman5)" in found["convention"].tolist()
    assert not any("Mantel" in name for name in out.analyses if "lumbar_spine_BMD" in name)


def test_partly_filled_rows_get_no_verdict_and_are_named():
    rows, _ = fill(drop_numbers=("D",))
    out = reproduce("xu2021", rows=rows, progress=False)
    frame = out.to_frame()
    assert set(frame[frame["convention"].str.startswith("random,")]["verdict"]) == {"not checkable"}
    assert "numbers missing for D" in out.summary
    assert "3 of 4 trials are complete" in out.summary


def test_fewer_rows_than_the_paper_counts_get_no_verdict():
    rows, _ = fill(k_printed="6")
    out = reproduce("xu2021", rows=rows, progress=False)
    assert "no verdict before all trials are filled in" in out.summary
    assert "4 of 6 trials are filled in" in out.to_frame()["note"].str.cat(sep=" ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="in_xu_2021"), "lacks the column in_xu_2021"),
        (lambda t: t.assign(in_xu_2021="no"), "no row is marked in_xu_2021 = yes"),
        (lambda t: t.assign(in_xu_2021="yse"), "did you mean 'yes'"),
        (lambda t: t.assign(outcome="vertebral_fractures"), "did you mean 'vertebral_fracture'"),
        (lambda t: t.assign(events1=[None, 70, 0, 11, 7]), "A"),
        (lambda t: t.assign(events1=[None, "four", 0, 11, 7]), "'four' is not a number"),
        (lambda t: t.assign(effect_printed=["abc", *[None] * 4]), "'abc' is not a number"),
        (lambda t: pd.concat([t, t.iloc[:1]], ignore_index=True), "2 pooled rows"),
    ],
)
def test_bad_rows_get_a_message_that_names_them(change, words):
    rows, _ = fill()
    with pytest.raises(DataError, match=words):
        reproduce("xu2021", rows=change(rows), progress=False)


def test_printed_zeros_are_kept_from_a_file(tmp_path):
    rows, _ = fill()
    rows.loc[0, ["effect_printed", "ci_low_printed", "ci_high_printed"]] = ["0.60", "0.40", "0.90"]
    path = tmp_path / "filled.csv"
    rows.to_csv(path, index=False)
    frame = reproduce("xu2021", rows=path, progress=False).to_frame()
    assert "0.60" in frame["printed"].tolist()
    assert "0.6" not in frame["printed"].tolist()


# --- the folder and the options ------------------------------------------------------------------


def test_everything_is_written(tmp_path):
    rows, _ = fill()
    out = reproduce("xu2021", out=tmp_path / "new" / "folder", rows=rows, progress=False)
    folder = tmp_path / "new" / "folder"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"summary.md", "tables/audit.csv", "tables/conventions.csv"} <= names
    for name in out.drawings:
        for lang in ("en", "zh"):
            assert {f"figures/{name}.{lang}.pdf", f"figures/{name}.{lang}.png"} <= names
    assert (folder / "summary.md").read_text(encoding="utf-8") == out.summary
    assert "rows_wanted.csv" not in names
    assert len(k2.read_table(folder / "tables" / "audit.csv")) == len(out.audit)


def test_unusable_folders_are_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        reproduce("xu2021", out=tmp_path / "file", progress=False)
    with pytest.raises(OutputError, match="cannot write into the output folder"):
        reproduce("xu2021", out=tmp_path / "file" / "sub", progress=False)


def test_unknown_names_and_options():
    with pytest.raises(OptionError, match="did you mean 'xu2021'"):
        reproduce("xu2012")
    with pytest.raises(OptionError, match="Known: en, zh"):
        reproduce("xu2021", lang="fr")
    with pytest.raises(OptionError, match="takes no rows"):
        reproduce("alendronate2025", rows="rows.csv")
    assert list(REPRODUCTIONS) == ["xu2021", "alendronate2025"]


def test_progress_is_said_only_when_long(capsys):
    from k2meta.auditing import progress

    with progress.progress_of(2) as step:
        step("one")
        step("two")
    assert capsys.readouterr().err == ""
    before = progress.PATIENCE
    try:
        progress.PATIENCE = 0.0
        with progress.progress_of(2) as step:
            step("one")
        with progress.progress_of(2, show=False) as step:
            step("silent")
    finally:
        progress.PATIENCE = before
    assert capsys.readouterr().err == "k2meta: step 1 of 2: one\n"


def test_a_filled_template_is_never_overwritten(tmp_path):
    rows, _ = fill()
    out = dataclasses.replace(reproduce("xu2021", progress=False), drawings={})
    out.write(tmp_path)
    template = (tmp_path / "rows_wanted.csv").read_bytes()
    assert k2.read_table(tmp_path / "rows_wanted.csv").columns.tolist() == list(COLUMNS)
    out.write(tmp_path)
    assert (tmp_path / "rows_wanted.csv").read_bytes() == template
    assert not (tmp_path / "rows_wanted.new.csv").exists()
    rows.to_csv(tmp_path / "rows_wanted.csv", index=False)
    filled = (tmp_path / "rows_wanted.csv").read_bytes()
    assert reproduce("xu2021", rows=tmp_path / "rows_wanted.csv", progress=False).texts == {}
    written = out.write(tmp_path)
    assert (tmp_path / "rows_wanted.csv").read_bytes() == filled
    assert tmp_path / "rows_wanted.new.csv" in written
    assert (tmp_path / "rows_wanted.new.csv").read_bytes() == template


def test_unknown_number_of_trials_is_said():
    rows, _ = fill()
    assert "holds only if no trial is missing" in reproduce("xu2021", rows=rows, progress=False).summary
    rows, _ = fill(k_printed="4")
    assert "holds only if no trial is missing" not in reproduce("xu2021", rows=rows, progress=False).summary
