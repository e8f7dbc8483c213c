"""The command line with files as spreadsheets write them and options as people mistype them."""

import json

import pytest

from k2meta.cli.app import main

HEAD = "study,events1,n1,events2,n2\n"
ROWS = f"{HEAD}A,2,23,6,24\nB,9,66,17,66\nC,4,30,8,31\n"
GENERIC = "study,estimate,se,var\nA,0.1,0.1,0.01\nB,0.3,0.1,0.01\n"


@pytest.fixture
def run(capsys, tmp_path):
    """Write ROWS.csv, run the program on it; code, stdout, stderr."""

    def call(content, *arguments, verb="fit"):
        file = tmp_path / "rows.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        code = main([verb, str(file), *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def assert_refused(said, *words):
    code, out, err = said
    assert (code, out) == (2, ""), err
    assert err.startswith("k2meta: ")
    assert "Traceback" not in err
    assert "Warning" not in err
    for word in words:
        assert word in err, f"{word!r} is not in: {err}"


# -- files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("json_wanted", [(), ("--json",)])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["rows.csv is empty"]),
        (HEAD, ["header (5 columns) but no rows"]),
        (f"{HEAD}A,1,2\n", ["line 2 has 3", "Expected 5 fields"]),
        (f'{HEAD}"A,1,2,3,4\n', ["line 2", "never closed"]),
        ("Table 1\n" + ROWS, ["'Table 1' alone", "Remove titles"]),
        ("study,K2,,Control,\n,e,n,e,n\nA,1,9,2,9\n", ["columns 3, 5 have no name"]),
        (f"{HEAD}A,NR,23,6,24\nB,9,66,17,66\n", ["study 'A' (row 0): 'NR'", "leave the cell empty"]),
        (f'{HEAD}A,2,"1,234",6,24\n', ["line 2, column 'n1'", "1234", "(on the command line: --decimal ,)"]),
        (f"{HEAD}A,2%,23,6,24\n", ["percent sign in events1", "'2%'"]),
        (f"{HEAD}A,２,23,6,24\n", ["full-width or other unusual digits", "'２'"]),
        (f"{HEAD}A,,23,6,24\n", ["missing value in events1", "(on the command line: --missing drop)"]),
        (f"{HEAD}A,30,23,6,24\n", ["more events than people", "30 > 23"]),
        (f"{HEAD}A,-9,23,6,24\n", ["negative count", "-9"]),
        (ROWS.replace("n2", "N 2"), ["RR needs n2", "nearest name is 'N 2'", "--n2 N 2"]),
        ("研究,事件1\n张,2\n", ["RR needs events1", "Columns: 研究, 事件1"]),
        (b"PK\x03\x04\0\0", ["Excel workbook", "CSV UTF-8"]),
        ("Rønn,1\n".encode("latin-1"), ["line 1, column 2", "0xF8", "--encoding cp1252"]),
    ],
)
def test_files_that_cannot_be_pooled(run, content, words, json_wanted):
    assert_refused(run(content, "--measure", "RR", *json_wanted), *words)


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (ROWS, ()),
        (ROWS + ",,,,\n,,,,\n", ()),
        (ROWS.replace(",", ";"), ()),
        ("sep=;\n" + ROWS.replace(",", ";"), ()),
        (ROWS.replace(",", "\t").encode("utf-16"), ()),
        (ROWS.replace("\n", "\r\n").encode("utf-8-sig"), ()),
        (ROWS.replace("A,", "张丹,").encode("gb18030"), ()),
        (ROWS.replace("A,", "Rønn,").encode("latin-1"), ("--encoding", "cp1252")),
        (ROWS.replace(",", ";").replace("23", "23,0"), ("--decimal", ",")),
        (ROWS.replace("\n", ",\n", 1).replace("n2,", "n2,note") .replace("24\n", "24,x\n")
         .replace("66\n", "66,\n").replace("31\n", "31,\n"), ()),
    ],
)  # fmt: skip
def test_files_as_spreadsheets_write_them(run, content, options):
    code, out, err = run(content, "--measure", "RR", "--json", *options)
    assert (code, err) == (0, "")
    assert json.loads(out)["overall"]["estimate"] == pytest.approx(0.49554, rel=1e-4)


def test_warnings_leave_stdout_to_json(run):
    code, out, err = run(f"{ROWS}Total,15.5,119,31,121\n", "--measure", "RR", "--json")
    assert code == 0
    assert json.loads(out)["overall"]["k"] == 4
    assert "warning: a row called like a total" in err
    assert "warning: counts that are not whole" in err


# -- options --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--vi", "var"), ["--vi", "called --var here"]),
        (("--sei", "se"), ["--sei", "called --se here"]),
        (("--se", "se", "--var", "var"), ["se, var were given", "exactly one of"]),
        ((), ["se, var are columns of the data", "(on the command line: --se se)"]),
        (("--se", "SE"), ["unknown column 'SE' for se", "did you mean 'se'"]),
        (("--se", "se", "--scale", "ln"), ["unknown scale 'ln'", "log"]),
        (("--se", "se", "--level", "95"), ["level is 95", "0.95"]),
        (("--se", "se", "--test", "HKSJ"), ["'HKSJ'", "'knapp-hartung' here"]),
        (("--se", "se", "--model", "common", "--tau2", "DL"), ["tau2='DL'", "model='common'"]),
        (("--se", "se", "--tau2", "nan"), ["tau2 is nan"]),
        (("--se", "se", "--theme", "revman"), ["--forest"]),
        (("--se", "se", "--width", "85"), ["--forest"]),
        (("--se", "se", "--decimal", "."), None),
        (("--se", "se", "--decimal", ";"), ["unknown decimal mark ';'"]),
        (("--se", "se", "--encoding", "hex"), ["unknown encoding 'hex'", "gb18030"]),
    ],
)
def test_options_that_cannot_be_meant(run, options, words):
    said = run(GENERIC, "--measure", "GEN", *options)
    if words is None:
        assert said[0] == 0
    else:
        assert_refused(said, *words)


def test_an_answer_is_no_reason_to_exclude(run):
    rows = "study,events1,n1,events2,n2,retracted\nA,2,23,6,24,no\nB,9,66,17,66,yes\n"
    assert_refused(run(rows, "-m", "RR", "--exclude-column", "retracted"), "'no' is an answer", "study 'A'")
    code, out, _ = run(rows.replace(",no", ","), "-m", "RR", "--exclude-column", "retracted", "--json")
    assert code == 0
    assert [row["study"] for row in json.loads(out)["excluded"]] == ["B"]


@pytest.mark.parametrize("target", ["--out", "--forest"])
@pytest.mark.parametrize("path", [".", "nowhere/x.{}", "plain", "x.docx", "/proc/k2meta.{}"])
def test_files_that_cannot_be_written(run, tmp_path, monkeypatch, target, path):
    monkeypatch.chdir(tmp_path)
    assert_refused(run(ROWS, "-m", "RR", target, path.format("csv" if target == "--out" else "pdf")))


def test_two_outputs_on_stdout(capsys):
    assert main(["datasets", "bcg", "--csv", "-", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--csv - and --json" in said.err


# -- audits and reproductions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("a,b\n1,2\n", (), ["nothing to audit", "the columns are a, b"]),
        ("estimate,ci_low\n0.5,abc\n", (), ["row 1, column 'ci_low'", "'abc'"]),
        ("estimate;ci_low\n0,5;0,3\n", (), ["line 2, column 'estimate'", "'0,5' has a comma"]),
        ("estimate\n0.5\n", ("--level", "0"), ["level is 0", "0.95"]),
        ("source,estimate\nXu,0.5\n", ("--source", "Xuu"), ["unknown source 'Xuu'", "did you mean 'Xu'"]),
    ],
)
def test_audits_that_cannot_be_made(run, content, options, words):
    assert_refused(run(content, *options, verb="audit"), *words)


def test_a_template_that_is_none(capsys, tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    assert main(["reproduce", "xu2021", "--rows", str(tmp_path / "rows.csv"), "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "rows.csv lacks the columns kind, outcome" in said.err
