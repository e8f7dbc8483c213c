"""The command line: every verb, exit codes, JSON, files, messages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import k2meta as k2
from k2meta.cli.app import main

PYTHON = sys.executable


@pytest.fixture
def run(capsys):
    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture(scope="module")
def bcg(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "bcg.csv"
    k2.load_dataset("bcg").to_csv(path, index=False)
    return path


ROLES = ("--events1", "events1", "--n1", "n1", "--events2", "events2", "--n2", "n2")


def outside(*arguments, **options):
    command = [
        PYTHON,
        "-c",
        "import sys; from k2meta.cli.app import main; sys.exit(main())",
        *map(str, arguments),
    ]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


# --- the program --------------------------------------------------------------------------------


def test_version_and_help(run):
    code, out, err = run("--version")
    assert (code, out, err) == (0, f"k2meta {k2.__version__}\n", "")
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    for verb in ("fit", "datasets", "audit", "reproduce"):
        assert verb in out


@pytest.mark.parametrize("verb", ["fit", "datasets", "audit", "reproduce"])
def test_every_verb_has_help_and_json(run, verb):
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert "--json" in out


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from k2meta.cli.app import main; main(['--help']); "
        "heavy = {'numpy', 'pandas', 'matplotlib', 'scipy', 'statsmodels', 'rich'} & set(sys.modules); "
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_installed_script_runs():
    script = Path(PYTHON).with_name("k2meta")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("k2meta ")


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("datasets", "--nosuch"), ("fit",), ("fit", "x.csv")]
)
def test_usage_errors_exit_with_2(run, arguments):
    code, out, err = run(*arguments)
    assert code == 2
    assert "Usage" in out + err


def test_typer_runner_works_too(bcg):
    from typer.testing import CliRunner

    from k2meta.cli.app import app

    result = CliRunner().invoke(app, ["fit", str(bcg), "-m", "RR", *ROLES, "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["overall"]["k"] == 13


# --- fit ----------------------------------------------------------------------------------------


def test_fit_json_has_the_numbers_of_the_library(run, bcg):
    code, out, err = run(
        "fit", bcg, "--measure", "RR", *ROLES, "--by", "allocation", "--tau2", "DL", "--test", "z", "--json"
    )
    assert (code, err) == (0, "")
    document = json.loads(out)
    fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "RR"), tau2="DL", test="z")
    assert document["overall"]["analysis_scale"]["estimate"] == pytest.approx(fit.estimate, rel=1e-12)
    assert document["overall"]["tau2"] == pytest.approx(fit.tau2, rel=1e-12)
    assert list(document["subgroups"]["groups"]) == ["random", "alternate", "systematic"]
    assert sum(study["weight"] for study in document["studies"]) == pytest.approx(100)
    assert document["options"]["tau2"] == "DL"


def test_fit_text_table_figure_in_chinese(run, bcg, tmp_path):
    code, out, err = run(
        "fit",
        bcg,
        "-m",
        "RR",
        *ROLES,
        "--study",
        "study",
        "--by",
        "allocation",
        "--lang",
        "zh",
        "--forest",
        tmp_path / "fig.pdf",
        "--theme",
        "revman",
        "--width",
        "174",
        "--out",
        tmp_path / "table.csv",
    )
    assert (code, err) == (0, "")
    assert "亚组间差异检验" in out
    assert (tmp_path / "fig.pdf").read_bytes().startswith(b"%PDF")
    frame = k2.read_table(tmp_path / "table.csv")
    assert frame["kind"].value_counts().to_dict() == {"study": 13, "subgroup": 3, "overall": 1}


@pytest.mark.parametrize(
    ("options", "check"),
    [
        (("--pooling", "mh"), lambda d: d["options"]["pooling"] == "Mantel-Haenszel"),
        (
            ("--pooling", "mh", "--convention", "revman5", "--by", "allocation"),
            lambda d: d["subgroups"]["between"]["p_value"] < 1,
        ),
        (
            ("--model", "common"),
            lambda d: d["options"]["model"] == "common" and d["overall"]["pi_low"] is None,
        ),
        (("--convention", "revman2025"), lambda d: d["options"]["convention"] == "revman2025"),
        (("--tau2", "0.3"), lambda d: d["overall"]["tau2"] == 0.3 and d["options"]["tau2"] == "fixed"),
        (("--level", "0.9"), lambda d: d["options"]["level"] == 0.9),
        (
            ("--by", "allocation", "--common-tau2"),
            lambda d: len({g["tau2"] for g in d["subgroups"]["groups"].values()}) == 1,
        ),
    ],
)
def test_fit_options_reach_the_library(run, bcg, options, check):
    code, out, err = run("fit", bcg, "-m", "RR", *ROLES, *options, "--json")
    assert (code, err) == (0, "")
    assert check(json.loads(out))


def test_fit_peto_and_generic(run, bcg, tmp_path):
    code, out, _ = run("fit", bcg, "-m", "PETO", "--pooling", "peto", "--json")
    assert code == 0
    assert json.loads(out)["options"]["pooling"] == "Peto"
    path = tmp_path / "gen.csv"
    path.write_text("who,rr,lo,hi\nA,0.5,0.3,0.8333333\nB,0.8,0.5,1.28\n", encoding="utf-8")
    code, out, err = run(
        "fit",
        path,
        "-m",
        "GEN",
        "--estimate",
        "rr",
        "--ci-low=lo",
        "--ci-high",
        "hi",
        "--scale",
        "log",
        "--study",
        "who",
        "--json",
    )
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert [study["study"] for study in document["studies"]] == ["A", "B"]
    assert document["conversions"]


def test_excluded_and_missing_rows_are_named(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "study,events1,n1,events2,n2,why\nA,2,20,4,21,\nB,3,30,,30,\nC,4,40,5,41,retracted\nD,1,25,2,24,\n",
        encoding="utf-8",
    )
    code, _, err = run("fit", path, "-m", "RR")
    assert code == 2
    assert "B" in err
    code, out, _ = run("fit", path, "-m", "RR", "--missing", "drop", "--exclude-column", "why")
    assert code == 0
    assert "not pooled: B" in out
    assert "not pooled: C (retracted)" in out


def test_warnings_are_single_lines_on_stderr(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("study,events1,n1,events2,n2\nA,2.5,20,4,21\nB,3,30,6,30\n", encoding="utf-8")
    code, out, err = run("fit", path, "-m", "RR", "--json")
    assert code == 0
    json.loads(out)
    assert err.startswith("k2meta: warning: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-m", "RX"), "unknown measure 'RX'"),
        (("-m", "RR", "--evnts1", "a"), "did you mean --events1?"),
        (("-m", "RR", "--forst", "a.pdf"), "did you mean --forest?"),
        (("-m", "RR", "--events1"), "needs a value"),
        (("-m", "RR", "--events1", "foo"), "unknown column 'foo'"),
        (("-m", "RR", "--n1", "n1", "--n1", "n2"), "given twice"),
        (("-m", "RR", "stray"), "unexpected argument 'stray'"),
        (("-m", "RR", "--tau2", "REMEL"), "did you mean 'REML'"),
        (("-m", "RR", "--test", "knap"), "Known: z, t, knapp-hartung"),
        (("-m", "RR", "--model", "fixed"), "called 'common' here"),
        (("-m", "RR", "--by", "allocatoin"), "did you mean 'allocation'"),
        (("-m", "RR", "--pooling", "x"), "Known: inverse, mh, peto"),
        (("-m", "RR", "--pooling", "mh", "--tau2", "DL"), "no meaning with --pooling mh"),
        (("-m", "RR", "--convention", "x"), "Known: metafor, revman5"),
        (("-m", "RR", "--level", "95"), "0.95"),
        (("-m", "RR", "--lang", "fr"), "Known: en, zh"),
        (("-m", "RR", "--common-tau2"), "needs --by"),
        (("-m", "RR", "--out", "table.doc"), "known endings"),
        (("-m", "RR", "--out", "/proc/k2meta-no-such/x.csv"), "does not exist"),
        (("-m", "RR", "--forest", "/proc/k2meta-no-such/x.pdf"), "does not exist"),
        (("-m", "RR", "--forest", "x.doc"), "Known: pdf"),
        (("-m", "RR", "--forest", "x.pdf", "--theme", "nope"), "Known: bmj, cma"),
    ],
)
def test_bad_options_exit_with_2_and_the_librarys_words(run, bcg, arguments, words):
    code, out, err = run("fit", bcg, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("k2meta: ")
    assert "Traceback" not in err


def test_missing_file_and_bad_file(run, tmp_path):
    code, _, err = run("fit", tmp_path / "none.csv", "-m", "RR")
    assert code == 2
    assert "none.csv" in err
    (tmp_path / "bad.csv").write_text("a,b\n1\n", encoding="utf-8")
    code, _, err = run("fit", tmp_path / "bad.csv", "-m", "RR")
    assert code == 2
    assert "line 2" in err


# --- datasets -----------------------------------------------------------------------------------


def test_datasets_lists_shows_and_copies(run, tmp_path):
    code, out, _ = run("datasets")
    assert code == 0
    assert "k2_fractures" in out
    code, out, _ = run("datasets", "--json")
    assert {row["name"] for row in json.loads(out)} == set(k2.list_datasets()["name"])
    code, out, _ = run("datasets", "k2_fractures", "--card")
    assert code == 0
    assert "known discrepancies" in out
    assert "left out: Sato 2002" in out
    code, out, _ = run("datasets", "k2_fractures", "--csv", tmp_path / "rows.csv")
    assert code == 0
    assert len(k2.read_table(tmp_path / "rows.csv")) == len(k2.load_dataset("k2_fractures"))
    code, out, _ = run("datasets", "bcg", "--csv", "-")
    assert out.splitlines()[0].startswith("study,")
    assert len(out.splitlines()) == 14


@pytest.mark.parametrize("name", ["bcg", "k2_trials", "k2_published_pooled"])
def test_dataset_json_is_complete(run, name):
    code, out, err = run("datasets", name, "--include-retracted", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert len(document["rows"]) == len(k2.load_dataset(name, include_retracted=True))
    assert document["card"]["title"]


def test_dataset_errors(run):
    code, _, err = run("datasets", "bgc")
    assert code == 2
    assert "did you mean 'bcg'" in err
    code, _, err = run("datasets", "--card")
    assert code == 2
    assert "need the name" in err


# --- audit --------------------------------------------------------------------------------------


def test_audit_of_a_file(run, tmp_path):
    path = tmp_path / "printed.csv"
    path.write_text("source,measure,estimate,ci_low,ci_high,p\nA,RR,0.52,0.36,0.74,0.003\n", encoding="utf-8")
    code, out, _ = run("audit", path)
    assert code == 0
    assert "4 printed numbers: 0 reproduced, 3 consistent, 1 contradicted" in out
    code, out, _ = run("audit", path, "--json", "--contradicted", "-o", tmp_path / "audit.md")
    document = json.loads(out)
    assert document["counts"]["contradicted"] == 1
    assert [row["quantity"] for row in document["rows"]] == ["p"]
    assert "| p |" in (tmp_path / "audit.md").read_text(encoding="utf-8")


def test_audit_of_the_bundled_results_has_null_for_nan(run):
    code, out, _ = run("audit", "--source", "Xu 2021", "--json", "--lang", "zh")
    assert code == 0
    rows = json.loads(out)["rows"]
    assert any(row["recomputed_low"] is None for row in rows)
    assert any("未印" in row["note"] for row in rows)


# --- reproduce ----------------------------------------------------------------------------------


def test_reproduce_lists_without_a_name(run):
    code, out, _ = run("reproduce")
    assert code == 0
    assert "xu2021" in out
    code, out, _ = run("reproduce", "--json")
    assert [row["name"] for row in json.loads(out)] == ["xu2021", "alendronate2025"]
    code, _, err = run("reproduce", "-o", "x")
    assert code == 2
    assert "needs a name" in err


def test_reproduce_json_is_one_document(run):
    code, out, err = run("reproduce", "alendronate2025", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["counts"]["contradicted"] == 1
    assert document["folder"] is None
    assert any(row["printed"] == "7213" for row in document["audit"])


def test_reproduce_writes_a_folder_and_tells(run, tmp_path):
    code, out, _ = run("reproduce", "xu2021", "-o", tmp_path / "out", "--exclude-contested")
    assert code == 0
    assert "Ishida 2004" in out
    assert f"wrote {tmp_path / 'out'}" in out
    assert (tmp_path / "out" / "summary.md").is_file()
    assert (tmp_path / "out" / "figures" / "forest_fracture_osteoporotic.zh.pdf").is_file()


def test_reproduce_quiet_says_nothing(run):
    assert run("reproduce", "xu2021", "--quiet") == (0, "", "")


def test_reproduce_errors(run, bcg, tmp_path):
    for arguments, words in (
        (("nope",), "Known: xu2021, alendronate2025"),
        (("xu2021", "-o", bcg), "is a file"),
        (("xu2021", "-o", bcg / "sub"), "cannot write into the output folder"),
        (("xu2021", "--lang", "fr"), "Known: en, zh"),
        (("xu2021", "--rows", bcg), "lacks the columns"),
        (("xu2021", "--rows", tmp_path / "none.csv"), "none.csv"),
        (("alendronate2025", "--rows", bcg), "takes no rows"),
    ):
        code, out, err = run("reproduce", *arguments)
        assert (code, out) == (2, "")
        assert words in err


# --- streams ------------------------------------------------------------------------------------


def test_a_closed_pipe_is_no_traceback():
    done = subprocess.run(
        f"{PYTHON} -c 'from k2meta.cli.app import main; main()' datasets k2_trials --json | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_an_ascii_terminal_gets_valid_json_and_text():
    import os

    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = outside("audit", "--source", "Xu 2021", "--json", "--lang", "zh", env=environment)
    assert done.returncode == 0, done.stderr
    assert "未印" in json.dumps(json.loads(done.stdout.decode("ascii")), ensure_ascii=False)
    done = outside("audit", "--source", "Xu 2021", "--lang", "zh", env=environment)
    assert done.returncode == 0, done.stderr


def test_warning_filters_are_left_as_they_were(run, bcg):
    import warnings

    before = list(warnings.filters)
    run("fit", bcg, "-m", "RR", "--json")
    assert warnings.filters == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_bar_is_drawn_on_a_terminal_and_leaves_stdout_alone():
    import os
    import pty

    leader, follower = pty.openpty()
    code = (
        "import sys, time; from k2meta.auditing.progress import progress_of\n"
        "with progress_of(2) as step:\n"
        "    step('first step'); time.sleep(0.2); step('second step'); time.sleep(0.2)\n"
        "print('done')"
    )
    done = subprocess.run([PYTHON, "-c", code], stdout=subprocess.PIPE, stderr=follower, check=False)
    os.close(follower)
    drawn = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:
            break
        if not part:
            break
        drawn += part
    os.close(leader)
    assert done.returncode == 0
    assert done.stdout == b"done\n"
    assert b"first step" in drawn
    assert b"second step" in drawn


def test_encodings_can_be_named(run, tmp_path):
    path = tmp_path / "gb.csv"
    path.write_bytes("study,events1,n1,events2,n2\n王,2,20,4,21\nRønn,3,30,6,30\n".encode("gb18030"))
    code, out, err = run("fit", path, "-m", "RR", "--encoding", "gb18030", "--json")
    assert (code, err) == (0, "")
    assert [study["study"] for study in json.loads(out)["studies"]] == ["王", "Rønn"]
    path.write_bytes("source,measure,estimate,ci_low,ci_high\nRønn 王,RR,0.50,0.30,0.80\n".encode("gb18030"))
    code, out, _ = run("audit", path, "--encoding", "gb18030", "--json")
    assert code == 0
    assert json.loads(out)["rows"][0]["printed"] == "0.50"
    code, _, err = run("audit", path, "--encoding", "nope")
    assert code == 2
    assert "encoding" in err


def test_one_study_says_so(run, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("study,events1,n1,events2,n2\nA,2,20,4,21\n", encoding="utf-8")
    code, out, _ = run("fit", path, "-m", "RR")
    assert code == 0
    assert "heterogeneity is not defined" in out
    assert "one study" in out
