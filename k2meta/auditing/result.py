"""What a reproduction gives back, and how it is written into a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from k2meta.auditing.progress import Step
from k2meta.auditing.verdicts import AuditResult
from k2meta.errors import OutputError
from k2meta.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from k2meta.models.result import MetaResult

__all__ = ["FIGURE_FORMATS", "FIGURE_LANGUAGES", "ReproductionResult", "prepare_folder"]

FIGURE_FORMATS = ("pdf", "png")
FIGURE_LANGUAGES = ("en", "zh")
Draw = Callable[[str], Any]


def prepare_folder(out: str | Path) -> Path:
    """Make the output folder, or say why it cannot be used.

    Raises
    ------
    OutputError
        When the path is a file, or the folder cannot be made or written.
    """
    if not isinstance(out, (str, os.PathLike)) or not os.fspath(out):
        given = "empty" if isinstance(out, str) else f"of type {type(out).__name__}"
        raise OutputError(f"out is {given}. Expected the name of a folder; '.' is the working folder.")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"the output folder {folder} is a file; name a folder, or remove the file")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".k2meta-writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write into the output folder {folder}: {reason}; name another") from error
    return folder


def _unspoilt(path: Path, text: str) -> Path:
    """Give another name where a file of that name holds something else: people fill these files in."""
    if not path.exists() or path.read_bytes() == text.encode("utf-8"):
        return path
    return path.with_name(f"{path.stem}.new{path.suffix}")


@dataclass(frozen=True, eq=False)
class ReproductionResult:
    """A published meta-analysis, recomputed.

    Attributes
    ----------
    name : str
        As given to :func:`k2meta.reproduce`.
    title : str
    audit : AuditResult
        A verdict for each printed number.
    analyses : mapping of str to MetaResult
        Every fit, by ``analysis/method``.
    tables : mapping of str to Table
        By file name, without ending.
    summary : str
        The report, in Markdown.
    texts : mapping of str to str
        Further files by name (the template of rows wanted, say).
    headlines : tuple of str
        What matters most, a line each.
    shown : tuple of str
        The tables a terminal shows, by name.
    lang : {"en", "zh"}
        Language of the summary and of :attr:`figures`.
    drawings : mapping of str to callable
        ``draw(lang) -> K2Figure`` by file name; nothing is drawn before it is asked for.
    """

    name: str
    title: str
    audit: AuditResult
    analyses: Mapping[str, MetaResult]
    tables: Mapping[str, Table]
    summary: str
    texts: Mapping[str, str] = field(default_factory=dict)
    headlines: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    lang: str = "en"
    drawings: Mapping[str, Draw] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Give the verdicts as a DataFrame, one row for each printed number."""
        return self.audit.to_frame()

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The forest plots in the result's language, by name."""
        return {name: draw(self.lang) for name, draw in self.drawings.items()}

    def write(self, out: str | Path, step: Step | None = None) -> list[Path]:
        """Write ``summary.md``, ``tables/*.csv``, ``figures/*.pdf`` and ``*.png`` (en and zh).

        Returns
        -------
        list of Path

        Raises
        ------
        OutputError
            When the folder or a file cannot be written.
        """
        folder = prepare_folder(out)
        try:
            return self._write(folder, step)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(f"cannot write into {folder}: {error}") from error

    def _write(self, folder: Path, step: Step | None) -> list[Path]:
        written = []

        def put(path: Path, text: str) -> None:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            written.append(path)

        put(folder / "summary.md", self.summary)
        for name, text in self.texts.items():
            # a spreadsheet program needs the mark to read Chinese in a CSV file
            marked = "\ufeff" + text if name.endswith(".csv") else text
            put(_unspoilt(folder / name, marked), marked)
        for name, table in self.tables.items():
            put(folder / "tables" / f"{name}.csv", table.to_csv())
        for name, draw in self.drawings.items():
            for lang in FIGURE_LANGUAGES:
                if step is not None:
                    step(f"forest plot {name} ({lang})")
                figure = (
                    self.figures[name] if lang == self.lang and "figures" in self.__dict__ else draw(lang)
                )
                pages = figure if isinstance(figure, list) else [figure]
                for number, page in enumerate(pages, start=1):
                    stem = f"{name}.{lang}" if len(pages) == 1 else f"{name}.{number}.{lang}"
                    for ending in FIGURE_FORMATS:
                        path = folder / "figures" / f"{stem}.{ending}"
                        path.parent.mkdir(exist_ok=True)
                        page.save(str(path))
                        written.append(path)
        return written

    def __repr__(self) -> str:
        return (
            f"ReproductionResult({self.name!r}: {len(self.analyses)} analyses, {len(self.tables)} tables, "
            f"{len(self.drawings)} figures; {self.audit!r})"
        )

    def _repr_markdown_(self) -> str:
        return self.summary
