"""read_table: encodings, delimiters, malformed lines, types."""

import pytest

from k2meta.errors import DataError, OptionError
from k2meta.studies.door import effect_sizes
from k2meta.studies.reading import read_table

TEXT = "study,events1,n1\nIwamoto 2001,2,23\nRønn 2021,,71\n"
CHINESE = "研究,事件数,例数\n胥小琴二〇二一,2,23\n张丹,9,66\n"


@pytest.fixture
def put(tmp_path):
    def write(content, name="rows.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


def refusal(file, error=DataError, **options):
    with pytest.raises(error) as caught:
        read_table(file, **options)
    return str(caught.value)


def assert_told(text, *parts):
    for part in parts:
        assert part in text, f"{part!r} is not in: {text}"


# -- encodings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_chinese_files_are_read_without_being_told(put, encoding):
    table = read_table(put(CHINESE.encode(encoding)))
    assert table.columns.tolist() == ["研究", "事件数", "例数"]
    assert table["研究"].tolist() == ["胥小琴二〇二一", "张丹"]
    assert table["例数"].tolist() == [23, 66]
    assert table.attrs["encoding"].replace("-sig", "") == encoding.replace("-sig", "")


def test_a_mark_is_no_part_of_the_first_name(put):
    for options in ({}, {"encoding": "utf-8"}, {"encoding": "UTF_8"}):
        assert read_table(put(TEXT.encode("utf-8-sig")), **options).columns[0] == "study"


def test_western_bytes_are_not_guessed(put):
    file = put(TEXT.encode("latin-1"))
    assert_told(refusal(file), "rows.csv, line 3, column 2", "0xF8", "encoding='cp1252'", "gb18030")
    assert read_table(file, encoding="cp1252")["study"][1] == "Rønn 2021"


def test_a_wrong_encoding_is_told_with_its_place(put):
    assert_told(refusal(put(TEXT.encode("latin-1")), encoding="utf-8"), "line 3, column 2", "no utf-8")
    assert_told(refusal(put("a\nø\n"), encoding="ascii"), "line 2, column 1", "0xC3", "no ascii")
    assert_told(refusal(put(TEXT), error=OptionError, encoding="utf-9"), "'utf-9'", "did you mean 'utf-8'")
    assert_told(
        refusal(put(CHINESE.encode("gb18030") + b"\xff\xff")), "line 4, column 1", "0xFF", "no gb18030"
    )


def test_bytes_that_are_no_text(put):
    assert_told(refusal(put(TEXT.encode("utf-16-le"))), "line 1, column 2", "NUL", "utf-16-le")
    assert_told(refusal(put(b"PK\x03\x04\0\0\0\0")), "Excel workbook", "CSV UTF-8")
    assert_told(refusal(put(b"a,b\n1,\0\n")), "line 2, column 3", "damaged")


# -- files ----------------------------------------------------------------------------------------------


def test_missing_file_names_the_nearest(put, tmp_path):
    put(TEXT, "fractures.csv")
    assert_told(refusal(tmp_path / "fracture.csv"), "no file 'fracture.csv'", "Did you mean 'fractures.csv'")
    assert_told(refusal(tmp_path / "nowhere" / "x.csv"), "no folder", "nowhere")
    assert_told(refusal(tmp_path), "is a folder")
    assert_told(refusal("bad\0name.csv"), "cannot be read")


@pytest.mark.parametrize("content", ["", "\n\n", " \n", b"\xef\xbb\xbf"])
def test_empty_files(put, content):
    assert_told(refusal(put(content)), "rows.csv is empty", "header")


def test_header_without_rows(put):
    assert_told(refusal(put("study,n1\n\n")), "header (2 columns) but no rows")


# -- delimiters and lines -------------------------------------------------------------------------------


@pytest.mark.parametrize(("mark", "name"), [(",", ","), (";", ";"), ("\t", "tab")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_are_found(put, mark, name, end):
    table = read_table(put(TEXT.replace(",", mark).replace("\n", end)))
    assert table.shape == (2, 3)
    assert table.attrs["delimiter"] == mark


def test_the_delimiter_that_fits_every_line_wins(put):
    assert read_table(put("a;b;c,d\n1;2;3\n4;5;6\n")).columns.tolist() == ["a", "b", "c,d"]
    assert read_table(put("value\n1\n2\n")).columns.tolist() == ["value"]


def test_two_delimiters_that_fit_are_not_guessed(put):
    file = put("a;b,c\nx;2,y\n")
    assert_told(refusal(file), "comma (2 columns)", "semicolon (2 columns)", "delimiter=';'")
    assert read_table(file, delimiter=";").columns.tolist() == ["a", "b,c"]
    assert_told(refusal(file, error=OptionError, delimiter="|"), "'|'")


def test_quotes_hold_delimiters_and_line_breaks(put):
    table = read_table(put('study,n1\n"Xu, 2021",1\n"two\nlines",2\nlast,3\n'))
    assert table["study"].tolist() == ["Xu, 2021", "two\nlines", "last"]


def test_wrong_numbers_of_fields(put):
    text = refusal(put('study,n1,n2\nA,1,2\n"B\nb",1\nC,1,2,3\n'))
    assert_told(text, "line 3 has 2", "line 5 has 4", "Expected 3 fields", "'study' to 'n2'", "missing comma")
    many = "a,b\n" + "1\n" * 9
    assert_told(refusal(put(many)), "line 6 has 1, and 4 more lines (9 in all)")


def test_blank_lines_hold_no_study_and_keep_the_count(put):
    assert_told(refusal(put("a,b\n\n1,2\n\n1\n")), "line 5 has 1")


def test_broken_quotes(put):
    assert_told(refusal(put('a,b\n1,2\n"x,3\n4,5\n')), "line 3", "never closed")
    assert_told(refusal(put('a,b\n1,2\n"x"y,3\n')), "line 3", "not followed by a comma")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("study,n1,n1", ["line 1", "columns 2 and 3 are both named 'n1'", "Rename"]),
        ("study,,n1", ["column 2 has no name"]),
        ("study, n1,n2", ["spaces around names", "column 2 is ' n1'"]),
    ],
)
def test_headers_that_cannot_be_meant(put, header, told):
    assert_told(refusal(put(f"{header}\na,1,2\n")), *told)


# -- types ----------------------------------------------------------------------------------------------


def test_types_and_missing_values(put):
    table = read_table(put("label,whole,gap,real,code,mixed,none\nNA,1, 2 ,-.5,007,1,\n,2,NA,1e3,12,x,\n"))
    assert table["label"].tolist()[0] == "NA"  # a label, not a gap: the column is text
    assert table["label"].isna().tolist() == [False, True]
    assert table["whole"].dtype == "int64"
    assert table["gap"].tolist()[0] == 2.0
    assert table["gap"].isna().tolist() == [False, True]
    assert table["real"].tolist() == [-0.5, 1000.0]
    assert table["code"].tolist() == ["007", "12"]
    assert table["mixed"].tolist() == ["1", "x"]
    assert table["none"].isna().all()


@pytest.mark.parametrize("value", ["1_000", "inf", "0x10", "１２", "1.2.3", "−5"])
def test_what_python_might_take_for_a_number_stays_text(put, value):
    table = read_table(put(f"n1\n{value}\n5\n"))
    assert table["n1"].tolist() == [value, "5"]


def test_decimal_commas(put):
    file = put("study;sd1\nA;3,5\nB;4\n")
    assert_told(refusal(file), "line 2, column 'sd1'", "'3,5'", "decimal=','", "3.5")
    assert read_table(file, decimal=",")["sd1"].tolist() == [3.5, 4.0]
    both = put("study;sd1\nA;3,5\nB;4.5\n")
    assert_told(refusal(both, decimal=","), "line 3", "'4.5' has a decimal point")
    assert_told(refusal(file, error=OptionError, decimal=";"), "decimal mark")
    assert read_table(put("pages;x\n12,34;1\nx;2\n"))["pages"].tolist() == ["12,34", "x"]


def test_a_text_cell_among_numbers_is_told_by_the_door(put):
    rows = read_table(put("study,events1,n1,events2,n2\nA,2,23,6,24\nB,n.r.,66,17,66\n"))
    with pytest.raises(DataError, match=r"text in events1.*'B' \(row 1\): 'n.r.'"):
        effect_sizes(rows, "RR")
