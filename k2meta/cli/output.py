"""What the verbs write: text or JSON on stdout, files, and errors on stderr."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from k2meta.errors import OptionError, OutputError

if TYPE_CHECKING:
    from k2meta.tables.table import Table

__all__ = [
    "as_options",
    "plain",
    "say",
    "show_warnings",
    "terminal_width",
    "write_json",
    "write_table",
    "write_text",
]

TABLE_FORMATS = {".csv": "to_csv", ".md": "to_markdown", ".html": "to_html", ".txt": "to_text"}


def terminal_width() -> int | None:
    """Cells of the terminal; None where stdout is a file or a pipe (tables keep their width)."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def say(text: str) -> None:
    """Write text on stdout; characters that the stream cannot show become question marks."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, errors="replace").decode(encoding))


def plain(value: Any) -> Any:
    """Turn numpy scalars and arrays, NaN and mappings into what JSON knows (NaN becomes null)."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def write_json(value: Any) -> None:
    """Write one JSON document on stdout, and nothing else."""
    encoding = (sys.stdout.encoding or "ascii").casefold().replace("-", "")
    text = json.dumps(plain(value), ensure_ascii=encoding != "utf8", indent=2, allow_nan=False)
    print(text)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a UTF-8 file; its folder must exist.

    Raises
    ------
    OutputError
        When the file cannot be written; the message says where and why.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"{target} is a folder; give the name of a file")
    if not target.parent.is_dir():
        raise OutputError(f"the folder {target.parent} does not exist; make it first or name another")
    try:
        with target.open("w", encoding="utf-8", newline="") as handle:
            handle.write(text)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    return target


def write_table(path: str | os.PathLike[str], table: Table) -> Path:
    """Write a table in the format its file name ends with (.csv, .md, .html, .txt)."""
    suffix = Path(path).suffix.casefold()
    if suffix not in TABLE_FORMATS:
        known = ", ".join(TABLE_FORMATS)
        raise OptionError(
            f"cannot write a table as {suffix or 'a file without ending'}; known endings: {known}"
        )
    text = getattr(table, TABLE_FORMATS[suffix])()
    return write_text(path, text if text.endswith("\n") else text + "\n")


_ROLES = r"(?:non)?events[12]?|(?:n|mean|sd|se|time|median|r|p|var|estimate|ci_low|ci_high)[12]?"
_KEYWORD = re.compile(
    rf"(?:[Pp]ass|[Ss]ay|[Uu]se|with|in|or) ((?:encoding|decimal|missing|scale|{_ROLES})='[^']*')"
)


def as_options(message: str) -> str:
    """Say how the keywords that a message of the library advises are written as options; mostly nothing.

    Examples
    --------
    >>> as_options("Leave such studies out by name with missing='drop'.")
    '(on the command line: --missing drop)'
    >>> as_options("unknown column 'x' for events1")
    ''
    """
    found = []
    for advice in dict.fromkeys(_KEYWORD.findall(message)):
        name, _, value = advice.partition("=")
        found.append(f"--{name.replace('_', '-')} {value[1:-1]}")
    return f"(on the command line: {', '.join(found)})" if found else ""


@contextmanager
def show_warnings() -> Iterator[None]:
    """Write the package's warnings as single lines on stderr, once each, without source lines."""
    seen: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        text = f"{message}"
        if text not in seen:
            seen.add(text)
            print(f"k2meta: warning: {text}", file=sys.stderr)
        del category

    with warnings.catch_warnings():
        warnings.showwarning = show
        warnings.simplefilter("default")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        yield
