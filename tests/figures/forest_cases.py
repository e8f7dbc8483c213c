"""Results of every shape for the tests of the forest plot, made from numbers that never change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

import k2meta as k2

LABELS = {
    "short": "Study {}",
    "long": "The randomised controlled trial number {} of vitamin K2 in postmenopausal women",
    "word": "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft{}",
    "zh": "王小明，李大伟等（{}）绝经后骨质疏松症的维生素K2治疗",
}
BINARY = {name: name for name in ("events1", "n1", "events2", "n2")}


def bcg(measure: str = "RR") -> k2.Effects:
    """The 13 BCG trials."""
    return k2.effect_sizes(k2.load_dataset("bcg"), measure, study="study", **BINARY)


def _rows(measure: str, k: int) -> dict[str, Any]:
    rng = np.random.default_rng(20240 + k)
    n1, n2 = rng.integers(20, 3000, k), rng.integers(20, 3000, k)
    if measure in ("RR", "OR", "RD"):
        return {
            "events1": rng.binomial(n1 - 2, 0.12) + 1,
            "n1": n1,
            "events2": rng.binomial(n2 - 2, 0.2) + 1,
            "n2": n2,
        }
    if measure in ("MD", "SMD"):
        return {
            "mean1": rng.normal(0.80, 0.02, k).round(3),
            "sd1": rng.uniform(0.08, 0.15, k).round(3),
            "n1": n1 // 10 + 10,
            "mean2": rng.normal(0.79, 0.02, k).round(3),
            "sd2": rng.uniform(0.08, 0.15, k).round(3),
            "n2": n2 // 10 + 10,
        }
    if measure == "ZCOR":
        return {"r": rng.uniform(-0.2, 0.8, k).round(2), "n": n1}
    if measure == "IRR":
        return {
            "events1": rng.poisson(20, k) + 1,
            "time1": n1 * 1.5,
            "events2": rng.poisson(30, k) + 1,
            "time2": n2,
        }
    if measure == "GEN":
        se = rng.uniform(0.1, 0.4, k).round(3)
        return {"estimate": np.exp(rng.normal(-0.2, np.hypot(se, 0.1))).round(3), "se": se}
    return {"events": rng.binomial(n1 - 2, 0.15) + 1, "n": n1}


def effects(measure: str, k: int, labels: str = "short") -> k2.Effects:
    """Effects of k studies."""
    data = pd.DataFrame(_rows(measure, k))
    data["study"] = [LABELS[labels].format(i + 1) for i in range(k)]
    options = {"scale": "log"} if measure == "GEN" else {}
    return k2.effect_sizes(data, measure, study="study", **{c: c for c in data if c != "study"}, **options)


def result(measure: str, k: int, labels: str = "short", kind: str = "plain", model: str = "random") -> Any:
    """A fit, a subgroup result (``kind="subgroups"``) or a leave-one-out result (``"left out"``)."""
    found = effects(measure, k, labels)
    if kind == "subgroups" and k > 1:
        names = (
            ("低风险", "高风险或不清楚") if labels == "zh" else ("Low risk of bias", "High or unclear risk")
        )
        return k2.subgroup_analysis(found, [names[i % 3 == 0] for i in range(k)], model=model)
    fit = k2.meta_analysis(found, model=model)
    return k2.leave_one_out(fit) if kind == "left out" and k > 1 else fit
