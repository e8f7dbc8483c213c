"""``k2meta plot``: every kind, every format, every option, and what it says when something is wrong."""

import json
import re

import pytest
from PIL import Image

import k2meta as k2
from k2meta.cli.app import main
from k2meta.cli.plot_keywords import Keyword, figure_keywords, keyword_list, read_value
from k2meta.cli.plot_kinds import KINDS, STUDY_OPTIONS
from k2meta.cli.roles import role_names

HAN = re.compile(r"[\u4e00-\u9fff]")
JUDGED = (
    "study,D1,D2,D3,D4,D5,overall,share\n"
    "Aronson 1948,Low,Low,Low,Low,High,High,3\n"
    "TPT Madras 1980,Low,Some concerns,Low,Low,Low,Some concerns,1\n"
)
FLOW = (
    "key,n\ndatabases,100\nduplicates,10\nscreened,90\nexcluded,70\nsought,20\nnot_retrieved,1\nassessed,19\n"
    'excluded_reports,"Wrong outcome, 9"\nstudies,8\n'
)
NEEDS = {"bubble": ["--formula", "~ latitude"]}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to draw in, with rows of studies, judgements and a flow."""
    k2.load_dataset("bcg").to_csv(tmp_path / "bcg.csv", index=False)
    (tmp_path / "judged.csv").write_text(JUDGED, encoding="utf-8")
    (tmp_path / "flow.csv").write_text(FLOW, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def plot(place, capsys):
    """Run the verb; exit code, stdout, stderr, and the names of the files written."""

    def call(*arguments):
        before = set(place.iterdir())
        code = main(["plot", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err, sorted(p.name for p in set(place.iterdir()) - before)

    return call


def source(kind):
    """The arguments that a kind needs to be drawn."""
    if kind == "prisma":
        return [kind, "flow.csv"]
    if kind.startswith("risk-of-bias"):
        return [kind, "judged.csv"]
    return [kind, "bcg.csv", "-m", "RR", *NEEDS.get(kind, [])]


def refused(said, *words):
    code, out, err, files = said
    assert (code, out, files) == (2, "", []), err
    assert err.startswith("k2meta: ")
    assert "Traceback" not in err
    for word in words:
        assert word in err, f"{word!r} is not in: {err}"


# --- what is drawn ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_what_the_library_draws(plot, kind):
    code, out, err, files = plot(*source(kind), "-o", "figure.svg", "--json", "--lang", "zh")
    assert (code, err, files) == (0, "", ["figure.svg"])
    document = json.loads(out)
    assert (document["kind"], document["written"]) == (kind, ["figure.svg"])
    assert document["rows"]
    assert HAN.search(document["alt"]["zh"])
    assert HAN.search(document["caption"]["zh"])


def test_numbers_are_those_of_the_library(plot):
    _, out, _, _ = plot(
        "forest", "bcg.csv", "-m", "OR", "--tau2", "DL", "--test", "z", "-o", "f.pdf", "--json"
    )
    fit = k2.meta_analysis(k2.effect_sizes(k2.load_dataset("bcg"), "OR", study="study"), tau2="DL", test="z")
    table = k2.forest_plot(fit).table()
    assert [row["effect"] for row in json.loads(out)["rows"]] == table["effect"].tolist()


def test_text_names_the_files_and_describes_the_figure(plot):
    code, out, err, files = plot("funnel", "bcg.csv", "-m", "RR", "-o", "a.pdf", "-o", "b.png", "--dpi", 100)
    assert (code, err, files) == (0, "", ["a.pdf", "b.png"])
    assert out.splitlines()[:2] == ["wrote a.pdf", "wrote b.png"]
    assert out.splitlines()[2].startswith("Funnel plot of 13 studies")


def test_every_format_at_once(plot, place):
    names = [f"f.{ending}" for ending in ("pdf", "svg", "png", "tiff", "eps", "pptx")]
    wanted = [piece for name in names for piece in ("-o", name)]
    code, _, err, files = plot("forest", "bcg.csv", "-m", "RR", *wanted, "--dpi", "120")
    assert (code, err, files) == (0, "", sorted(names))
    starts = {name: (place / name).read_bytes()[:5] for name in names}
    assert starts["f.pdf"] == b"%PDF-"
    assert starts["f.svg"] == b"<?xml"
    assert starts["f.png"][1:4] == b"PNG"
    assert starts["f.tiff"][:2] in (b"II", b"MM")
    assert starts["f.eps"] == b"%!PS-"
    assert starts["f.pptx"][:2] == b"PK"
    with Image.open(place / "f.png") as image:
        assert image.width == round(174 / 25.4 * 120)


def test_both_languages_and_pages_get_files_of_their_own(plot, place):
    _, out, _, files = plot("baujat", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--lang", "en+zh")
    assert files == ["f-en.pdf", "f-zh.pdf"]
    assert "Baujat plot of 13 studies" in out
    assert HAN.search(out)
    k2.load_dataset("mcdaniel1994").to_csv(place / "long.csv", index=False)
    _, _, _, files = plot(
        "forest", "long.csv", "-m", "ZCOR", "-o", "g.svg", "--pages", "auto", "--width", "1col"
    )
    assert files == ["g-1.svg", "g-2.svg", "g-3.svg"]


def test_keywords_of_the_figure_and_settings_of_the_theme(plot):
    arguments = ("forest", "bcg.csv", "-m", "RR", "-o", "f.svg", "--editable", "--theme", "jama")
    more = ("--favours", "BCG, no BCG", "--arms", "BCG,Control", "--xlim", "0.1,5", "--prediction", "false")
    code, out, err, _ = plot(
        *arguments, *more, "--title", "Trials, all", "--size", "7", "--whiskers", "--json"
    )
    assert (code, err) == (0, "")
    assert "prediction" not in {row["kind"] for row in json.loads(out)["rows"]}
    with open("f.svg", encoding="utf-8") as file:
        text = file.read()
    for words in ("Favors BCG", "Favors no BCG", "Trials, all"):
        assert words in text


def test_subgroups_columns_and_judgements_beside_a_forest_plot(plot):
    base = ("forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--json")
    _, out, err, _ = plot(*base, "--by", "allocation", "--extra", "latitude,year")
    rows = json.loads(out)["rows"]
    assert err == ""
    assert {row["group"] for row in rows if row["kind"] == "study"} == {"random", "alternate", "systematic"}
    assert [row["latitude"] for row in rows if row["study"] == "Aronson 1948"] == ["44"]
    code, out, err, _ = plot(*base, "--rob", "judged.csv,rob2")
    assert code == 0, err
    assert "TPT Madras 1980" in out


def test_options_of_the_analysis(plot):
    base = ("bcg.csv", "-m", "RR", "-o", "f.pdf", "--json")
    _, out, _, _ = plot("cumulative", *base, "--order", "year", "--descending")
    assert json.loads(out)["rows"][0]["study"] == "+ TPT Madras 1980"
    _, out, _, _ = plot("gosh", *base, "--subsets", "50", "--seed", "3", "--highlight", "Aronson 1948")
    assert len(json.loads(out)["rows"]) == 50
    _, out, _, _ = plot("specification", *base, "--tau2", "DL,common", "--test", "z", "--by", "allocation")
    assert {row["model"] for row in json.loads(out)["rows"]} == {"DL", "common"}
    two = ("--formula", "~ latitude + allocation", "--moderator", "latitude", "--by", "allocation")
    _, out, _, _ = plot("bubble", *base, *two)
    assert "allocation" in json.loads(out)["alt"]["en"]
    _, out, _, _ = plot("risk-of-bias-summary", "judged.csv", "-o", "r.pdf", "--weights", "share", "--json")
    assert "25%" in out


def test_flags_alone_mean_true(plot):
    arguments = ("funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--egger", "--contour", "--trim-and-fill")
    code, out, err, _ = plot(*arguments)
    assert (code, err) == (0, "")
    assert "Trim and fill added 1" in out


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["funel", "bcg.csv", "-m", "RR", "-o", "f.pdf"], ["unknown kind", "did you mean 'funnel'?"]),
        (["funnel", "bcg.csv", "-o", "f.pdf"], ["funnel needs the measure", "--measure RR"]),
        (
            ["funnel", "-m", "RR", "-o", "f.pdf"],
            ["needs the file of rows", "plot funnel ROWS.csv -o funnel.pdf"],
        ),
        (
            ["funnel", "bcg.csv", "-m", "RR"],
            ["needs a file to draw into", "plot funnel bcg.csv -o funnel.pdf"],
        ),
        (["funnel", "nosuch.csv", "-m", "RR", "-o", "f.pdf"], ["no file 'nosuch.csv'"]),
        (["funnel", "bcg.csv", "-m", "RRR", "-o", "f.pdf"], ["unknown measure 'RRR'"]),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "no/f.pdf"], ["the folder no does not exist", "make it"]),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "."], ["is a folder; give the name of a file"]),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "f.docx"], ["unknown figure format 'docx'", "pptx"]),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "-o", "f.docx"], ["'docx'"]),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--theme", "jamma"], ["did you mean 'jama'?"]),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--lang", "de"], ["unknown lang", "en, zh, en+zh"]),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--width", "wide"], ["unknown width 'wide'"]),
        (
            ["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--width", "20"],
            ["20 mm is too narrow", "needed"],
        ),
        (
            ["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--sise", "7"],
            ["did you mean --size?", "--keywords"],
        ),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--size"], ["--size needs a value", "--keywords"]),
        (
            ["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--footnote", "no"],
            ["--footnote is either true or false"],
        ),
        (["funnel", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--size", "--egger"], ["--size needs a value"]),
        (["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--xlim", "1"], ["xlim"]),
        (
            ["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--favours", "BCG"],
            ["favours=['BCG']", "two texts"],
        ),
        (["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--dpi", "high"], ["dpi='high'"]),
        (["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--profile", "natur"], ["did you mean 'nature'?"]),
        (["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--profile", "nature"], ["'nature'", "width=183"]),
        (
            ["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--extra", "lattitude"],
            ["did you mean 'latitude'?"],
        ),
        (["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--extra", "dose"], ["Columns: study, author"]),
        (["forest", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--rob", "nosuch.csv"], ["no file 'nosuch.csv'"]),
        (
            ["bubble", "bcg.csv", "-m", "RR", "-o", "f.pdf"],
            ["bubble needs the moderators", "--formula '~ year'"],
        ),
        (["bubble", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--formula", "~ dose"], ["'dose'", "no column"]),
        (["cumulative", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--order", "yaer"], ["did you mean 'year'?"]),
        (["gosh", "bcg.csv", "-m", "RR", "-o", "f.pdf", "--subsets", "many"], ["subsets is 'many'"]),
        (["risk-of-bias", "judged.csv", "-o", "f.pdf", "--tool", "rob3"], ["did you mean 'rob2'?"]),
        (
            ["risk-of-bias-summary", "judged.csv", "-o", "f.pdf", "--weights", "w"],
            ["--weights names no column"],
        ),
        (["prisma", "bcg.csv", "-o", "f.pdf"], ["expected 'key' and 'n'"]),
    ],
    ids=lambda value: "-".join(value)[:60] if isinstance(value, list) else None,
)
def test_refusals_say_what_is_wrong_and_write_nothing(plot, arguments, words):
    refused(plot(*arguments), *words)


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (
            "funnel",
            ["--by", "allocation"],
            ["--by has no meaning for funnel", "for forest, bubble, specification"],
        ),
        ("funnel", ["--formula", "~ year"], ["--formula has no meaning for funnel; it belongs to bubble"]),
        ("forest", ["--seed=3"], ["--seed has no meaning for forest; it belongs to gosh, qq"]),
        ("bubble", ["--pooling", "mh"], ["--pooling has no meaning for bubble"]),
        ("specification", ["--model", "common"], ["--model has no meaning for specification"]),
        ("prisma", ["--tau2", "DL"], ["--tau2 has no meaning for prisma", "not pooled"]),
        ("prisma", ["-m", "RR"], ["--measure has no meaning for prisma"]),
        ("prisma", ["--study", "key"], ["--study has no meaning for prisma"]),
        ("prisma", ["--missing", "blank"], ["--missing has no meaning for prisma"]),
        ("risk-of-bias", ["--events1", "D1"], ["--events1 has no meaning for risk-of-bias"]),
        ("risk-of-bias", ["--exclude-column", "D1", "--level", "0.9"], ["--exclude-column", "--level"]),
    ],
)
def test_nothing_that_is_asked_for_is_ignored(plot, kind, arguments, words):
    refused(plot(*source(kind), "-o", "f.pdf", *arguments), *words)


def test_numbers_of_a_flow_that_do_not_agree_are_refused(plot, place):
    (place / "flow.csv").write_text(FLOW.replace("screened,90", "screened,91"), encoding="utf-8")
    refused(plot("prisma", "flow.csv", "-o", "f.pdf"), "screened (91)", "databases (100)", "expected 90")


def test_a_missing_kind_is_a_usage_error(plot):
    code, out, err, files = plot()
    assert (code, files) == (2, [])
    assert "Missing argument 'KIND'" in out + err


# --- what explains itself -----------------------------------------------------------------------


def test_help_names_every_kind_and_where_the_keywords_are(plot):
    code, out, err, _ = plot("--help")
    assert (code, err) == (0, "")
    for kind in KINDS.values():
        assert f"{kind.name:<22}{kind.words}" in out
    for words in (
        "--keywords",
        "--json",
        "en+zh",
        ".pptx",
        "--theme",
        "--width",
        "Example: k2meta plot forest",
    ):
        assert words in out


@pytest.mark.parametrize("kind", KINDS)
def test_keywords_are_listed_with_their_meaning(plot, kind):
    code, out, err, files = plot(kind, "--keywords")
    assert (code, err, files) == (0, "", [])
    assert max(map(len, out.splitlines())) <= 130
    for left in ("``", ":func:", ":class:", ":mod:", "As in"):
        assert left not in out
    known = figure_keywords(KINDS[kind])
    assert all(word.option in out for word in known.values())
    silent = [word.name for word in known.values() if not (word.words or word.kind)]
    assert silent == []
    _, out, _, _ = plot(kind, "--keywords", "--json")
    assert [item["option"] for item in json.loads(out)] == [word.option for word in known.values()]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_no_keyword_has_the_name_of_a_role_or_an_option_of_the_verb(kind):
    own = {
        *STUDY_OPTIONS,
        "study",
        "theme",
        "width",
        "lang",
        "out",
        "encoding",
        "decimal",
        "json",
        "keywords",
    }
    assert not set(figure_keywords(kind)) & (role_names() | own)
    assert set(kind.options) <= set(figure_keywords(kind))


def test_the_list_gives_defaults_as_they_are_typed():
    lines = "\n".join(keyword_list(KINDS["funnel"], 90))
    for words in (
        "--y [se]",
        "--contour [false]",
        "--footnote [true]",
        "--left [study,user,arms]",
        "--size [8.0]",
    ):
        assert words in lines
    assert "Known: bmj, cma, elsevier" in lines


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("A, B", "str", "A, B"),
        ("2021", "str | None", "2021"),
        ("0.5", "str", "0.5"),
        ("0.2,5", "Pair | Sequence[Pair | None] | None", [0.2, 5]),
        ("-1,1", "tuple[float, float] | None", [-1, 1]),
        ("1,2", "tuple[str, str] | None", ["1", "2"]),
        ("3", "str | int | Iterable[str] | None", 3),
        ("A,B", "str | int | Iterable[str] | None", ["A", "B"]),
        ("True", "bool", True),
        ("none", "bool | None", None),
        ("0.9,0.95", "bool | Sequence[float]", [0.9, 0.95]),
        ('{"en": ["a", "b"]}', "tuple[str, str] | None", {"en": ["a", "b"]}),
        ("[[1, 2], null]", "Pair | Sequence[Pair | None] | None", [[1, 2], None]),
        ("abc", "float | None", "abc"),
        ("D1", "Sequence[str] | None", ["D1"]),
        ("0.95", "bool | Sequence[float]", [0.95]),
        ("0.05", "tuple[float, ...]", [0.05]),
        ("2", "int | Sequence[int | None] | None", 2),
        ("true", "tuple[str, str] | None", ["true"]),
        ("1e400", "float | None", "1e400"),
    ],
)
def test_values_are_read_as_their_keyword_means_them(text, annotation, value):
    assert read_value(text, Keyword("any", "figure", annotation)) == value
