"""Invented counts of PRISMA 2020 flow diagrams for their tests."""

from __future__ import annotations

from hypothesis import strategies as st

NEW = {
    "databases": {"PubMed": 600, "Embase": 450, "CENTRAL": 184},
    "registers": 66,
    "duplicates": 318,
    "automation": 12,
    "removed_other": 3,
    "screened": 967,
    "excluded": 870,
    "sought": 97,
    "not_retrieved": 4,
    "assessed": 93,
    "excluded_reports": {"Wrong population": 30, "Wrong outcome": 18, "Not randomised": 7},
    "studies": 35,
    "reports": 38,
}
OTHER = {
    "websites": 8,
    "organisations": 5,
    "citations": 12,
    "other_sought": 25,
    "other_not_retrieved": 3,
    "other_assessed": 22,
    "other_excluded_reports": {"Wrong design": 18},
    "reports": 42,
}
UPDATED = {"previous_studies": 21, "previous_reports": 25, "total_studies": 56, "total_reports": 63}
TEMPLATES = {
    "new": NEW,
    "new, other methods": NEW | OTHER,
    "updated": NEW | UPDATED,
    "updated, other methods": NEW | OTHER | UPDATED | {"total_reports": 67},
}
LEAST = {
    "databases": 100,
    "duplicates": 10,
    "screened": 90,
    "excluded": 70,
    "sought": 20,
    "not_retrieved": 1,
    "assessed": 19,
    "excluded_reports": 9,
    "studies": 8,
}


@st.composite
def flows(draw, updated: bool | None = None, other: bool | None = None) -> dict:
    """Counts that hold together."""
    small = st.integers(0, 40)
    flow = {key: draw(st.integers(0, 20)) for key in ("duplicates", "automation", "removed_other")}
    reports = draw(small)
    reasons = draw(st.lists(st.integers(0, 20), max_size=4))
    flow["excluded_reports"] = {f"Reason {i}": n for i, n in enumerate(reasons)}
    flow["assessed"] = reports + sum(reasons)
    flow["not_retrieved"] = draw(small)
    flow["sought"] = flow["assessed"] + flow["not_retrieved"]
    by_human, by_machine = draw(small), draw(small)
    flow |= {"excluded_by_human": by_human, "excluded_by_automation": by_machine}
    flow["excluded"] = by_human + by_machine
    flow["screened"] = flow["sought"] + flow["excluded"]
    identified = flow["screened"] + flow["duplicates"] + flow["automation"] + flow["removed_other"]
    flow["registers"] = draw(st.integers(0, identified))
    flow["databases"] = identified - flow["registers"]
    if draw(st.booleans()) if other is None else other:
        more, gone, lost = draw(small), draw(small), draw(small)
        reports += more
        flow |= {"other_assessed": more + gone, "other_excluded_reports": gone, "other_not_retrieved": lost}
        flow["other_sought"] = flow["citations"] = more + gone + lost
    flow |= {"reports": reports, "studies": draw(st.integers(0, 40))}
    if draw(st.booleans()) if updated is None else updated:
        flow |= {"previous_studies": draw(small), "previous_reports": draw(small)}
        flow["total_studies"] = flow["previous_studies"] + flow["studies"]
        flow["total_reports"] = flow["previous_reports"] + flow["reports"]
    return flow
