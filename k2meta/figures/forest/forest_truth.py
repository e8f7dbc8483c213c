"""The truth record and the table of a forest plot: what each mark and each cell shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib

from k2meta import __version__
from k2meta.figures.forest.layout import ForestLayout
from k2meta.figures.looks.display import Page
from k2meta.figures.looks.model import FigureModel, Row, plain_text
from k2meta.figures.looks.themes import Theme

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["forest_record", "forest_table"]

_GIDS = {"study": "ci", "pooled": "diamond", "prediction": "pi"}


def forest_record(model: FigureModel, layout: ForestLayout, number: int, theme: Theme) -> dict[str, Any]:
    """Build the truth record of a page.

    The place of a row in ``rows`` is the number in its gids. ``panels`` holds rows and axis of every plot;
    the gids of further ones name it (``k2:p1:ci:0``). ``rows`` and ``axis`` are those of the first.
    """
    page = layout.pages[number]
    shown = [layout.rows[i] for i in page.rows if i >= 0]
    panels = [_panel(model, layout, page, i) for i in range(len(model.panels))]
    return {
        **model.record,
        "kind": "forest",
        "rows": panels[0]["rows"],
        "excluded": [{"label": r.label, "reason": r.reason} for r in shown if r.kind == "excluded"],
        "axis": panels[0]["axis"],
        "panels": panels,
        "bias": [{"label": row.label, "dots": dict(row.dots)} for row in shown if row.dots],
        "size": layout.size,
        "columns": list(layout.columns),
        "dropped": list(layout.dropped),
        "merged": layout.merged,
        "page": number + 1,
        "pages": len(layout.pages),
        "theme": theme.name,
        "versions": {"k2meta": __version__, "matplotlib": matplotlib.__version__},
    }


def _panel(model: FigureModel, layout: ForestLayout, page: Page, number: int) -> dict[str, Any]:
    panel, plot = model.panels[number], page.plots[number]
    return {
        "rows": _rows(layout.panel_rows[number], page, f"k2:p{number}:" if number else "k2:"),
        "axis": {
            "low": plot.low,
            "high": plot.high,
            "scale": panel.scale.kind,
            "null": panel.scale.null,
            "ticks": [{"position": p, "label": label} for p, label in layout.panel_ticks[number]],
        },
        "bands": [[low, high] for low, high, _ in panel.bands],
    }


def _rows(rows: Sequence[Row], page: Page, stem: str) -> list[dict[str, Any]]:
    marked = [i for i in page.rows if i >= 0 and rows[i].kind in _GIDS]
    return [
        {
            "x": rows[i].x,
            "lo": rows[i].lo,
            "hi": rows[i].hi,
            "weight": rows[i].weight,
            "kind": rows[i].kind,
            "label": rows[i].label,
            "group": rows[i].group,
            "row": i,
            "gid": f"{stem}{_GIDS[rows[i].kind]}:{index}",
        }
        for index, i in enumerate(marked)
    ]


def forest_table(layout: ForestLayout, page: Page) -> pd.DataFrame:
    """Return the texts of the cells as printed, one row for each row of the page."""
    import pandas as pd

    rows = []
    for i in page.rows:
        row = layout.rows[i] if i >= 0 else None
        if row is None or row.kind in ("space", "note"):
            continue
        cells = {key: row.dots.get(key, plain_text(row.cells.get(key, ()))) for key in layout.columns}
        rows.append({"kind": row.kind, "group": row.group, **cells})
    return pd.DataFrame(rows, columns=["kind", "group", *layout.columns])
