"""Names of studies in the bundled data: they are printed in figures as they stand."""

from __future__ import annotations

import re

import pytest

import k2meta as k2

MISSING = re.compile(r"(^|\s)(NA|NaN|nan|None|NULL)$")


@pytest.mark.parametrize("name", k2.list_datasets()["name"])
def test_no_name_of_a_study_ends_with_a_missing_year(name):
    rows = k2.load_dataset(name)
    if "study" not in rows:
        pytest.skip("studies have no names of their own")
    labels = [str(label) for label in rows["study"].dropna()]
    assert not [label for label in labels if MISSING.search(label) or label != label.strip()]
