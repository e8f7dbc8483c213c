"""From the bytes of a file to text: UTF-8, UTF-16 with a mark, GB18030; never a guess that is not told."""

from __future__ import annotations

import codecs

from k2meta.errors import DataError, unknown_option

__all__ = ["decode"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_USUAL = ("utf-8", "gb18030", "utf-16", "cp1252", "latin-1", "big5", "shift_jis")


def decode(raw: bytes, encoding: str | None, name: str) -> tuple[str, str]:
    """Decode a table's bytes.

    Parameters
    ----------
    raw : bytes
    encoding : str or None
        None: by the byte-order mark; else UTF-8; else GB18030 when the bytes can hardly be anything else.
    name : str
        The file, for messages.

    Returns
    -------
    text, encoding : str

    Raises
    ------
    DataError
        When bytes do not fit, with line and column.
    OptionError
        For an unknown encoding.
    """
    if encoding is not None:
        try:
            b"a".decode(encoding)  # codecs that are no encodings of text ("hex") are known to lookup() too
        except UnicodeDecodeError:
            pass  # UTF-16 and its like need more than one byte
        except (LookupError, TypeError, ValueError):
            raise unknown_option("encoding", encoding, _USUAL) from None
        if encoding.lower().replace("_", "-") == "utf-8":
            encoding = "utf-8-sig"  # a mark at the start is no part of the first column's name
        return _strictly(raw, encoding, name), encoding
    for mark, marked in _MARKS:
        if raw.startswith(mark):
            return _strictly(raw, marked, name), marked
    _refuse_other_formats(raw, name)
    _refuse_nul(raw, name)
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _surely_chinese(raw):
            return _strictly(raw, "gb18030", name), "gb18030"
        where = _place(raw, error.start)
        raise DataError(
            f"{name}, {where}: byte 0x{raw[error.start]:02X} is not UTF-8, and the file has no byte-order "
            "mark. Expected UTF-8, UTF-16 with a mark, or text that is clearly GB18030. Save it as UTF-8, "
            "or say encoding='cp1252' (Western) or encoding='gb18030' (Chinese)."
        ) from None


def _strictly(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        byte = f"byte 0x{raw[error.start]:02X} " if error.start < len(raw) else ""
        raise DataError(
            f"{name}, {_place(raw, error.start)}: {byte}is no {encoding.removesuffix('-sig')} "
            f"({error.reason}). Expected a file in that encoding. Try another encoding=, or save the file "
            "as UTF-8."
        ) from None


def _place(raw: bytes, at: int) -> str:
    """Line and column (in bytes), both counted from 1."""
    before = raw[:at]
    line, start = before.count(b"\n") + 1, before.rfind(b"\n") + 1
    return f"line {line}, column {at - start + 1}"


_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook (or another zipped file)",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF-": "a PDF",
    b"{\\rtf": "a text of a word processor",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<table": "a web page",
    b"<?xml": "XML",
}


def _refuse_other_formats(raw: bytes, name: str) -> None:
    start = raw[:20].lstrip().lower()
    for mark, what in _OTHER_FORMATS.items():
        if start.startswith(mark.lower()):
            raise DataError(
                f"{name} is {what}. Expected a table as text. Save the sheet as CSV UTF-8 and read that."
            )


def _refuse_nul(raw: bytes, name: str) -> None:
    at = raw.find(b"\0")
    if at < 0:
        return
    half = len(raw) > 3 and raw.count(b"\0") > len(raw) / 4
    guess = " The file looks like UTF-16 without a mark: say encoding='utf-16-le'." if half else ""
    raise DataError(
        f"{name}, {_place(raw, at)}: a NUL byte. Expected text. The file is damaged or no CSV.{guess}"
    )


def _surely_chinese(raw: bytes) -> bool:
    """Whether bytes that are no UTF-8 can hardly be anything but GB18030.

    Nearly every pair of bytes is some GB18030 character, so decoding proves nothing. Chinese text is
    told by its high bytes coming in pairs (GB 2312: both from 0xA1 up); in Western text a high byte
    mostly stands alone among ASCII letters.
    """
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        # damaged further down: what comes before tells the encoding, and the damage is told with its place
        text = raw[: error.start].decode("gb18030")
    wide = [character for character in text if ord(character) > 127]
    if len(wide) < 2:
        return False
    common = sum(_in_gb2312(character) for character in wide)
    return common >= 0.9 * len(wide)


def _in_gb2312(character: str) -> bool:
    try:
        encoded = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    # levels 1 and 2 of the hanzi, and the rows of punctuation and full-width letters
    return len(encoded) == 2 and (0xB0 <= encoded[0] <= 0xF7 or encoded[0] in (0xA1, 0xA3))
