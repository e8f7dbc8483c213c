"""Print the module map of ARCHITECTURE.md from the first line of each module's docstring.

Run ``python tools/module_map.py --write`` after adding, moving or renaming a module; a test compares.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- module map: start -->", "<!-- module map: end -->"
LAYERS = (
    "cli", "report", "auditing", "figures", "tables", "analysis", "models", "studies", "measures", "kernels",
)  # fmt: skip


def first_line(path: Path) -> str:
    """First line of a module's docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0].rstrip(".") if text else ""


def modules(folder: Path) -> list[str]:
    """One line for each module of a folder."""
    paths = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    return [f"- `{path.name}` {first_line(path)}" for path in paths]


def module_map() -> str:
    """The map as Markdown."""
    package = ROOT / "k2meta"
    lines: list[str] = []
    for layer in LAYERS:
        folder = package / layer
        lines += [f"**`{layer}/`** - {first_line(folder / '__init__.py')}", ""]
        lines += modules(folder)
        for part in sorted(path.parent for path in folder.glob("*/__init__.py")):
            lines += [
                "",
                f"*`{layer}/{part.name}/`* - {first_line(part / '__init__.py')}",
                "",
                *modules(part),
            ]
        lines.append("")
    lines += ["**at the bottom**", ""]
    lines += [f"- `{name}` {first_line(package / name)}" for name in ("records.py", "errors.py")]
    return "\n".join(lines)


def current(text: str) -> str:
    """The map that a document holds."""
    return text.split(START)[1].split(END)[0].strip()


def main() -> None:
    """Print the map, or write it into ARCHITECTURE.md."""
    if "--write" not in sys.argv:
        print(module_map())
        return
    path = ROOT / "ARCHITECTURE.md"
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(START)
    after = rest.split(END)[1]
    path.write_text(f"{before}{START}\n{module_map()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
