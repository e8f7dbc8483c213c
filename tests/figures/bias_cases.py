"""Invented tables of risk-of-bias judgements for the tests of the figures."""

from __future__ import annotations

import random

import pandas as pd

from k2meta.figures.bias.bias_judgements import RISING
from k2meta.figures.bias.bias_tools import get_tool

LABELS = {
    "short": "Trial {}",
    "long": "The invented randomised controlled trial number {} of an invented drug in women",
    "word": "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft{}",
    "zh": "王小明，李大伟等（{}）绝经后骨质疏松症的维生素K2治疗",
}


def bias_table(tool: str, k: int, labels: str = "short", overall: bool = True) -> pd.DataFrame:
    """A table for k studies in which every judgement of the tool may occur; overall is the worst domain."""
    chosen = get_tool(tool)
    dice = random.Random(17 + k)
    columns = {"study": [LABELS[labels].format(i + 1) for i in range(k)]}
    for domain in chosen.domains:
        allowed = domain.judgements or chosen.judgements
        columns[domain.code] = [dice.choice(allowed) for _ in range(k)]
    frame = pd.DataFrame(columns)
    if overall:
        frame["overall"] = [
            max((cell for cell in row[1:] if cell in RISING), key=RISING.index, default=chosen.judgements[0])
            for row in frame.itertuples(index=False)
        ]
    return frame


def custom_table(k: int, d: int, labels: str = "short") -> pd.DataFrame:
    """A table for k studies and d domains of one's own."""
    dice = random.Random(100 * k + d)
    columns = {"study": [LABELS[labels].format(i + 1) for i in range(k)]}
    for number in range(d):
        columns[f"Invented domain {number + 1}"] = [dice.choice(("low", "unclear", "high")) for _ in range(k)]
    return pd.DataFrame(columns)
